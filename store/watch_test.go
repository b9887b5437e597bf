package store_test

import (
	"fmt"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
)

// WATCH sees everything that happens to a key until EXEC, on a node that has applied
// it all, and on one that was restored from a snapshot in between.
func TestWatchSees(t *testing.T) {
	t.Parallel()
	large := []any{"hset", "h"}
	for i := range 2000 {
		large = append(large, fmt.Sprint("f", i), i)
	}
	expire := func(ms, n int) []any {
		words := []any{"hpexpire", "h", ms, "fields", n}
		for i := range n {
			words = append(words, fmt.Sprint("f", i))
		}
		return words
	}
	type step struct {
		at    int64
		words []any
	}
	for name, tt := range map[string]struct {
		before []step
		after  []step
		exec   int64
		runs   bool
	}{
		"nothing":                        {before: []step{{0, []any{"set", "h", 1}}}, runs: true},
		"another key":                    {before: []step{{0, []any{"set", "h", 1}}}, after: []step{{1, []any{"set", "i", 1}}}, runs: true},
		"a field expires":                {before: []step{{0, []any{"hset", "h", "f0", 1, "g", 2}}, {0, expire(50, 1)}}, exec: 50},
		"no field expires":               {before: []step{{0, []any{"hset", "h", "f0", 1, "g", 2}}, {0, expire(50, 1)}}, exec: 49, runs: true},
		"the second field expires":       {before: []step{{0, []any{"hset", "h", "f0", 1, "f1", 2, "g", 3}}, {0, expire(30, 1)}, {0, []any{"hpexpire", "h", 60, "fields", 1, "f1"}}, {40, nil}}, exec: 60},
		"two fields in a row":            {before: []step{{0, []any{"hset", "h", "f0", 1, "f1", 2, "g", 3}}, {0, expire(30, 1)}, {0, []any{"hpexpire", "h", 60, "fields", 1, "f1"}}}, after: []step{{30, nil}}, exec: 60},
		"all fields expire":              {before: []step{{0, []any{"hset", "h", "f0", 1}}, {0, expire(50, 1)}}, exec: 50},
		"many fields expire":             {before: []step{{0, large}, {0, expire(50, 1500)}}, exec: 50},
		"they were being removed":        {before: []step{{0, large}, {0, expire(50, 1500)}, {50, nil}}, after: []step{{50, nil}, {50, nil}}, exec: 51, runs: true},
		"an absent key":                  {runs: true},
		"an absent key, and another":     {after: []step{{1, []any{"set", "other-key", 1}}}, runs: true},
		"created":                        {after: []step{{1, []any{"set", "h", 1}}}},
		"created and deleted":            {after: []step{{1, []any{"set", "h", 1}}, {1, []any{"del", "h"}}}},
		"created and expired":            {after: []step{{1, []any{"set", "h", 1, "px", 5}}}, exec: 6},
		"created and flushed":            {after: []step{{1, []any{"set", "h", 1}}, {1, []any{"flushall"}}}},
		"renamed here and away":          {before: []step{{0, []any{"set", "x", 1}}}, after: []step{{1, []any{"rename", "x", "h"}}, {1, []any{"rename", "h", "x"}}}},
		"moved here and deleted":         {after: []step{{1, []any{"hset", "h", "f0", 1}}, {1, []any{"hdel", "h", "f0"}}}},
		"swapped without it":             {after: []step{{1, []any{"swapdb", 0, 1}}, {1, []any{"swapdb", 0, 1}}}, runs: true},
		"swapped in and out":             {before: []step{{0, []any{"swapdb", 0, 1}}, {0, []any{"set", "h", 1}}, {0, []any{"swapdb", 0, 1}}}, after: []step{{1, []any{"swapdb", 0, 1}}, {1, []any{"swapdb", 0, 1}}}},
		"had expired before":             {before: []step{{0, []any{"set", "h", 1, "px", 5}}, {5, nil}}, after: []step{{6, nil}, {7, nil}}, exec: 8, runs: true},
		"had expired, created, deleted":  {before: []step{{0, []any{"set", "h", 1, "px", 5}}, {5, nil}}, after: []step{{6, []any{"set", "h", 1}}, {7, []any{"del", "h"}}}},
		"deleted before":                 {before: []step{{0, []any{"set", "h", 1}}, {0, []any{"del", "h"}}}, runs: true},
		"created before, then by others": {before: []step{{0, []any{"set", "h", 1}}, {0, []any{"del", "h"}}}, after: []step{{1, []any{"set", "other-key", 1}}}, runs: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const base = 1_700_000_000_000
			s, index, now := newStore(t, 1, 1<<30), uint64(0), int64(base)
			apply := func(s *store.Store, at int64, calls ...command.Call) string {
				now = max(now, base+at)
				return apply(s, index, now, calls...)
			}
			play := func(steps []step) {
				for _, x := range steps {
					index++
					if x.words == nil {
						apply(s, x.at)
					} else {
						apply(s, x.at, call(0, x.words...))
					}
				}
			}
			play(tt.before)
			watch := command.Watch{Key: []byte("h"), Version: s.Versions(0, [][]byte{[]byte("h")})[0]}
			play(tt.after)
			var shelf memShelf
			shelf.write(t, s.Cut(), &memSink{})
			restored := shelf.load(t, newStore(t, 1, 1<<30))
			index++
			exec := command.NewExec(table.Lookup([]byte("exec")), &command.Tx{
				Watches: []command.Watch{watch}, Calls: []command.Call{call(0, "set", "done", 1)},
			}, nil)
			want := "*-1\r\n"
			if tt.runs {
				want = "*1\r\n+OK\r\n"
			}
			for _, s := range []*store.Store{s, restored} {
				if got := apply(s, tt.exec, exec); got != want {
					t.Errorf("EXEC answers %q, want %q", got, want)
				}
			}
			a, _ := s.Digest()
			if b, _ := restored.Digest(); a != b {
				t.Error("digests differ")
			}
		})
	}
}
