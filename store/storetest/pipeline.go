package storetest

import (
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/keyspace"
)

// Pipeline returns a function that runs calls as one log entry, or as one read. It has
// no log, no connection and no listener for events. It is for benchmarks and for
// counting allocations. The store has been through setup before; its commands, like the
// calls, are words with blanks in between.
func Pipeline(tb testing.TB, kinds []*keyspace.Kind, rows []keyspace.Row, setup, calls []string) func() {
	tb.Helper()
	table := Table(rows)
	s, err := store.New(store.Options{Table: table, Rows: rows, Kinds: kinds, Databases: 1, Lanes: 1})
	if err != nil {
		tb.Fatal(err)
	}
	unitOf := func(lines []string) *command.Unit {
		u := &command.Unit{}
		for _, line := range lines {
			var args [][]byte
			for word := range strings.FieldsSeq(line) {
				args = append(args, []byte(word))
			}
			cmd, _ := table.Resolve(args)
			if cmd == nil {
				tb.Fatalf("there is no command %q", line)
			}
			u.Calls = append(u.Calls, command.NewCall(cmd, args, 0, nil))
		}
		return u
	}
	entries := []store.Entry{{Time: 1_000_000_000_000, Seed: 1}}
	run := func(u *command.Unit) {
		u.W.Reset()
		if u.Writes() {
			entries[0].Index++
			entries[0].Units = append(entries[0].Units[:0], u)
			s.Apply(entries)
		} else {
			s.Read(u)
		}
		if u.W.Errors > 0 {
			tb.Fatal(u.W.LastError)
		}
	}
	if len(setup) > 0 {
		run(unitOf(setup))
	}
	unit := unitOf(calls)
	return func() { run(unit) }
}
