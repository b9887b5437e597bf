package zset_test

import (
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
		member := func() string { return strings.Repeat("m", 1+rng.IntN(3)*rng.IntN(30)) + strconv.Itoa(rng.IntN(300)) }
		number := func() string { return strconv.Itoa(rng.IntN(100) - 50) }
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
			return nil
		}
		return command
	})
}

// TestWithoutEffect: a command that changes nothing does not disturb those who
// watch the key.
func TestWithoutEffect(t *testing.T) {
	t.Parallel()
	for _, setup := range []string{"zadd k 1 a 2 b inf i", "zadd k 1 a 2 b inf i 4 " + strings.Repeat("x", 100)} {
		env := storetest.New(t, kinds, rows)
		env.Do(strings.Fields(setup)...)
		env.Do("set", "str", "value")
		storetest.CheckWithoutEffect(t, env, []string{"k", "str"}, []string{
			"zadd k 1 a", "zadd k nx 5 a", "zadd k xx 5 none", "zadd k gt 0 a", "zadd k lt 7 a", "zadd k incr 0 a",
			"zadd k 1 a x b", "zadd k incr -inf i", "zincrby k -inf i", "zincrby k 0 a", "zrem k none", "zpopmin k 0",
			"zpopmax k -1", "zmpop 1 none min", "zmpop 2 str k min", "zremrangebyrank k 5 9", "zremrangebyscore k 7 9",
			"zremrangebylex k (zz [zzz", "zremrangebylex k x y", "zrangestore k str 0 1", "zunionstore k 2 k str", "zinterstore none 2 k none",
			"zdiffstore none 1 none", "zadd str 1 a", "zincrby str 1 a", "zrem str a", "zpopmin str", "zunionstore k 2 k none weights x y",
		})
	}
}
