package keys_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/msredis/msredis/store/storetest"
)

// TestAccounting: what the store is accounted with is the sum of what MEMORY
// USAGE says of its keys, whatever was done to them.
func TestAccounting(t *testing.T) {
	t.Parallel()
	env := storetest.New(t, kinds, rows)
	names := []string{"a", "b", "c", "d", "a key with a much longer name than the others have, so that it is kept apart from them"}
	storetest.CheckAccounting(t, env, 2, names, 3000, func(rng *rand.Rand, _ int) []string {
		number := func() string { return strconv.Itoa(rng.IntN(200)) }
		text := func() string { return strings.Repeat("x", rng.IntN(100)) }
		a, b := names[rng.IntN(len(names))], names[rng.IntN(len(names))]
		commands := [][]string{
			{"set", a, text()},
			{"set", a, number(), "ex", "100"},
			{"set", a, text(), "keepttl"},
			{"set", a, text(), "pxat", "1"},
			{"append", a, text()},
			{"setrange", a, number(), text()},
			{"setbit", a, number(), "1"},
			{"bitfield", a, "set", "u8", number(), "7", "incrby", "i5", number(), "1"},
			{"bitop", "or", a, b, b},
			{"incr", a},
			{"incrbyfloat", a, "1.5"},
			{"mset", a, text(), b, text()},
			{"getset", a, text()},
			{"getex", a, "ex", "100"},
			{"getex", a, "persist"},
			{"getdel", a},
			{"expire", a, "100"},
			{"expire", a, "-1"},
			{"persist", a},
			{"rename", a, b},
			{"copy", a, b, "replace"},
			{"copy", a, b, "replace", "db", "1"},
			{"move", a, "1"},
			{"swapdb", "0", "1"},
			{"del", a, b},
		}
		if rng.IntN(50) == 0 {
			env.Advance(200_000)
		}
		return commands[rng.IntN(len(commands))]
	})
	env.Do("flushall")
	if got := env.Store.DataBytes(); got != 0 {
		t.Errorf("an empty store has %d bytes", got)
	}
}

// integer reads an integer reply; -1 for any other.
func integer(reply string) int64 {
	var n int64
	if _, err := fmt.Sscanf(reply, ":%d\r\n", &n); err != nil {
		return -1
	}
	return n
}
