package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/recorded"
	"github.com/msredis/msredis/resp/command/commandtest"
	"github.com/msredis/msredis/store/keyspace"
)

// PlayScripts plays the scripts in a family's testdata. Their replies were recorded from
// a real server.
func PlayScripts(t *testing.T, kinds []*keyspace.Kind, rows []keyspace.Row) {
	t.Parallel()
	recorded.Run(t, "testdata/*.txt", Player(kinds, rows))
}

// CheckRows fails for each row that says something else than the real server does.
func CheckRows(t *testing.T, rows []keyspace.Row) {
	t.Parallel()
	for _, difference := range commandtest.Differences(Table(rows)) {
		name, _, _ := strings.Cut(difference, ":")
		if own := slices.ContainsFunc(rows, func(r keyspace.Row) bool { return named(&r, name) }); own {
			t.Error(difference)
		}
	}
}

// named reports whether the row is that of the command, or of its container. All other
// rows are stand-ins of Table.
func named(r *keyspace.Row, fullName string) bool {
	if r.Container != "" {
		return r.Container+"|"+r.Name == fullName
	}
	return r.Name == fullName
}

// CheckAccounting runs random commands. After each, the bytes that the store counts must
// be the sum of what MEMORY USAGE says of its keys, in the first databases. A change
// that a handler does not announce shows here. Random returns the command of a step; an
// empty one is left out.
func CheckAccounting(t *testing.T, e *Env, databases int, keys []string, steps int, random func(rng *rand.Rand, step int) []string) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	for step := range steps {
		command := random(rng, step)
		if len(command) == 0 {
			continue
		}
		e.DB = 0
		e.Do(command...)
		sum := int64(0)
		for e.DB = range databases {
			for _, key := range keys {
				var n int64 // a key that is not there has none
				fmt.Sscanf(e.Do("memory", "usage", key), ":%d", &n)
				sum += n
			}
		}
		if got := e.Store.DataBytes(); got != sum {
			t.Fatalf("step %d: after %.60q the store has %d bytes, its keys %d", step, command, got, sum)
		}
	}
}

// CheckWithoutEffect runs commands that change nothing. None may disturb a client that
// watches one of the keys.
func CheckWithoutEffect(t *testing.T, e *Env, keys []string, commands []string) {
	t.Helper()
	var watched [][]byte
	for _, key := range keys {
		watched = append(watched, []byte(key))
	}
	before := fmt.Sprint(e.Store.Versions(0, watched))
	for _, command := range commands {
		e.Do(strings.Fields(command)...)
		if after := fmt.Sprint(e.Store.Versions(0, watched)); after != before {
			t.Fatalf("%s: versions %s became %s", command, before, after)
		}
	}
}
