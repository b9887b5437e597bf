package set_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/msredis/msredis/store/storetest"
)

// TestAccounting: the store counts the bytes of its keys, whatever was done to them.
func TestAccounting(t *testing.T) {
	t.Parallel()
	names := []string{"a", "b", "c"}
	storetest.CheckAccounting(t, storetest.New(t, kinds, rows), 1, names, 3000, func(rng *rand.Rand, step int) []string {
		key := func() string { return names[rng.IntN(len(names))] }
		member := func() string {
			switch rng.IntN(4) {
			case 0:
				return "w" + strconv.Itoa(rng.IntN(300))
			case 1:
				return strconv.FormatInt(rng.Int64()>>rng.IntN(64), 10)
			}
			return strconv.Itoa(rng.IntN(300))
		}
		commands := [][]string{
			{"sadd", key(), member(), member(), member(), member()},
			{"sadd", key(), member(), member(), member(), member(), member(), member()},
			{"srem", key(), member(), member(), member()},
			{"smove", key(), key(), member()},
			{"spop", key()},
			{"spop", key(), strconv.Itoa(rng.IntN(20))},
			{"sunionstore", key(), key(), key()},
			{"sinterstore", key(), key(), key()},
			{"sdiffstore", key(), key(), key()},
			{"copy", key(), key(), "replace"},
			{"rename", key(), key()},
			{"del", key()},
		}
		command := commands[rng.IntN(len(commands))]
		if command[0] == "del" && rng.IntN(20) > 0 {
			return nil
		}
		return command
	})
}

// TestWithoutEffect: a command that changes nothing does not disturb those who
// watch the key.
func TestWithoutEffect(t *testing.T) {
	t.Parallel()
	for _, setup := range []string{"sadd k 1 2 3", "sadd k a b c", "sadd k a b " + strings.Repeat("x", 100)} {
		env := storetest.New(t, kinds, rows)
		env.Do(strings.Fields(setup)...)
		member := strings.Fields(setup)[2]
		env.Do("sadd", "other", member)
		env.Do("set", "str", "value")
		storetest.CheckWithoutEffect(t, env, []string{"k", "other", "str"}, []string{
			"sadd k " + member, "srem k none", "smove k other none", "smove k k " + member, "smove none k x",
			"spop k 0", "spop none 3", "smove str k x", "smove k str " + member, "sadd str x", "spop str",
			"sunionstore k k str", "sinterstore none k none", "sdiffstore none none", "spop k -1", "spop k 1 1",
		})
		keys := [][]byte{[]byte("k"), []byte("other"), []byte("str")}
		before := fmt.Sprint(env.Store.Versions(0, keys))
		env.Do("smove", "k", "other", member) // k loses it, other has it already
		versions := env.Store.Versions(0, keys)
		if after := fmt.Sprint(versions); after == before || !strings.HasSuffix(after, before[strings.Index(before, " "):]) {
			t.Errorf("%s: SMOVE made versions %s of %s", setup, after, before)
		}
	}
}
