package zset_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/msredis/msredis/store/storetest"
)

// TestAccounting: what the store is accounted with is the sum of what MEMORY
// USAGE says of its keys, whatever was done to them. A change that a handler
// does not announce shows here.
func TestAccounting(t *testing.T) {
	t.Parallel()
	env := storetest.New(t, kinds, rows)
	rng := rand.New(rand.NewPCG(1, 2))
	names := []string{"a", "b", "c"}
	key := func() string { return names[rng.IntN(len(names))] }
	member := func() string { return strings.Repeat("m", 1+rng.IntN(3)*rng.IntN(30)) + strconv.Itoa(rng.IntN(300)) }
	number := func() string { return strconv.Itoa(rng.IntN(100) - 50) }
	for step := range 3000 {
		commands := [][]string{
			{"zadd", key(), number(), member(), number(), member(), number(), member()},
			{"zadd", key(), number(), member(), number(), member(), number(), member(), number(), member()},
			{"zadd", key(), "incr", "gt", number(), member()},
			{"zincrby", key(), number(), member()},
			{"zrem", key(), member(), member()},
			{"zpopmin", key()},
			{"zpopmax", key(), "2"},
			{"zmpop", "2", key(), key(), "max", "count", "3"},
			{"zremrangebyrank", key(), "1", "3"},
			{"zremrangebyscore", key(), number(), "-45"},
			{"zremrangebylex", key(), "[m1", "[m3"},
			{"zrangestore", key(), key(), "0", "50"},
			{"zunionstore", key(), "2", key(), key()},
			{"zinterstore", key(), "2", key(), key()},
			{"zdiffstore", key(), "2", key(), key()},
			{"copy", key(), key(), "replace"},
			{"rename", key(), key()},
			{"del", key()},
		}
		command := commands[rng.IntN(len(commands))]
		if command[0] == "del" && rng.IntN(20) > 0 {
			continue
		}
		env.Do(command...)
		sum := int64(0)
		for _, name := range names {
			var n int64
			fmt.Sscanf(env.Do("memory", "usage", name), ":%d", &n)
			sum += n
		}
		if got := env.Store.DataBytes(); got != sum {
			t.Fatalf("step %d: after %.60q the store has %d bytes, its keys %d", step, command, got, sum)
		}
	}
}

// TestWithoutEffect: a command that changes nothing does not disturb those who
// watch the key.
func TestWithoutEffect(t *testing.T) {
	t.Parallel()
	for _, setup := range []string{"zadd k 1 a 2 b inf i", "zadd k 1 a 2 b inf i 4 " + strings.Repeat("x", 100)} {
		env := storetest.New(t, kinds, rows)
		env.Do(strings.Fields(setup)...)
		env.Do("set", "str", "value")
		keys := [][]byte{[]byte("k"), []byte("str")}
		before := fmt.Sprint(env.Store.Versions(0, keys))
		for _, command := range []string{
			"zadd k 1 a", "zadd k nx 5 a", "zadd k xx 5 none", "zadd k gt 0 a", "zadd k lt 7 a", "zadd k incr 0 a",
			"zadd k 1 a x b", "zadd k incr -inf i", "zincrby k -inf i", "zincrby k 0 a", "zrem k none", "zpopmin k 0",
			"zpopmax k -1", "zmpop 1 none min", "zmpop 2 str k min", "zremrangebyrank k 5 9", "zremrangebyscore k 7 9",
			"zremrangebylex k (zz [zzz", "zremrangebylex k x y", "zrangestore k str 0 1", "zunionstore k 2 k str", "zinterstore none 2 k none",
			"zdiffstore none 1 none", "zadd str 1 a", "zincrby str 1 a", "zrem str a", "zpopmin str", "zunionstore k 2 k none weights x y",
		} {
			env.Do(strings.Fields(command)...)
			if after := fmt.Sprint(env.Store.Versions(0, keys)); after != before {
				t.Errorf("%s, then %s: versions %s became %s", setup, command, before, after)
			}
		}
	}
}
