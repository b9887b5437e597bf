package store_test

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/msredis/msredis/internal/race"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
)

// TestReadAll: units that are read together, with their keys looked up ahead,
// answer as each does alone.
func TestReadAll(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1, 1<<30)
	s.SetAhead(0)
	var fill []command.Call
	for i := range 200 {
		fill = append(fill, call(i%databases, "SET", fmt.Sprint("k", i), i), call(i%databases, "RPUSH", fmt.Sprint("l", i), i, i+1))
	}
	s.Apply([]store.Entry{{Index: 1, Time: 1_700_000_000_000, Units: []*command.Unit{unit(fill, false)}}})

	rng := rand.New(rand.NewSource(1))
	random := func() command.Call {
		key := fmt.Sprint(string("kl"[rng.Intn(2)]), rng.Intn(210))
		switch rng.Intn(8) {
		case 0:
			return command.NewLiteral([]byte("+literal\r\n"))
		case 1:
			return call(rng.Intn(databases), "MGET", key, "k1", "k2")
		case 2:
			return call(databases, "GET", key) // there is no such database
		case 3:
			return call(rng.Intn(databases), "DBSIZE")
		case 4:
			exec := call(0, "EXEC")
			exec.Tx = &command.Tx{Calls: []command.Call{call(0, "GET", key), call(1, "GET", key)}}
			return exec
		}
		return call(rng.Intn(databases), "GET", key)
	}
	rounds := 500
	if race.Enabled {
		rounds /= 5
	}
	for round := range rounds {
		var together, alone []*command.Unit
		for range 1 + rng.Intn(40) {
			var calls []command.Call
			for n := rng.Intn(3) * rng.Intn(8); len(calls) < 1+n; {
				calls = append(calls, random())
			}
			together, alone = append(together, unit(calls, false)), append(alone, unit(calls, false))
		}
		s.ReadAll(together)
		for i, u := range alone {
			s.Read(u)
			if got, want := string(together[i].W.Buf), string(u.W.Buf); got != want {
				t.Fatalf("round %d, unit %d of %d: %q, alone %q", round, i, len(alone), got, want)
			}
		}
	}
}
