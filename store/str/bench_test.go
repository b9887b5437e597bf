package str_test

import (
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/keyspace"
)

// hot are commands on one existing key with what each may allocate.
var hot = []struct {
	name   string
	before string // the value
	args   []string
	allocs float64
}{
	{"Get", strings.Repeat("x", 64), []string{"get", "key"}, 0},
	{"GetInt", "123456", []string{"get", "key"}, 0},
	{"GetLong", strings.Repeat("x", 2000), []string{"get", "key"}, 0},
	{"Getrange", strings.Repeat("x", 64), []string{"getrange", "key", "8", "-8"}, 0},
	{"Set", "", []string{"set", "key", strings.Repeat("x", 64)}, 1},
	{"SetInt", "", []string{"set", "key", "123456"}, 1},
	{"SetLong", "", []string{"set", "key", strings.Repeat("x", 2000)}, 2},
	{"SetEx", "", []string{"set", "key", "value", "ex", "100"}, 2},
	{"Incr", "0", []string{"incr", "key"}, 0},
	{"Append", "", []string{"append", "key", "x"}, 0.1},
	{"Setrange", strings.Repeat("x", 64), []string{"setrange", "key", "8", "abcdefgh"}, 0},
	{"IncrByFloat", "0", []string{"incrbyfloat", "key", "0.1"}, 100},
}

// pipeline returns a function that runs n times the command, as one log entry or
// one read, without a log, a connection or a listener for events.
func pipeline(tb testing.TB, before string, args []string, n int) func() {
	var specs []command.Spec
	for i := range rows {
		if rows[i].Container == "" {
			specs = append(specs, rows[i].Spec)
		}
	}
	table, err := command.NewTable(specs)
	if err != nil {
		tb.Fatal(err)
	}
	var simple []keyspace.Row
	for _, row := range rows {
		if row.Container == "" {
			simple = append(simple, row)
		}
	}
	s, err := store.New(store.Options{Table: table, Rows: simple, Kinds: kinds, Databases: 1, Lanes: 1})
	if err != nil {
		tb.Fatal(err)
	}
	call := func(words ...string) command.Call {
		var args [][]byte
		for _, word := range words {
			args = append(args, []byte(word))
		}
		return command.NewCall(table.Lookup(args[0]), args, 0, nil)
	}
	entries := []store.Entry{{Time: 1_000_000_000_000, Units: []*command.Unit{{Calls: []command.Call{call("set", "key", before)}}}}}
	s.Apply(entries)
	unit := &command.Unit{}
	for range n {
		unit.Calls = append(unit.Calls, call(args...))
	}
	entries[0].Units[0] = unit
	return func() {
		unit.W.Reset()
		if unit.Writes() {
			entries[0].Index++
			s.Apply(entries)
		} else {
			s.Read(unit)
		}
		if unit.W.Errors > 0 {
			tb.Fatal(unit.W.LastError)
		}
	}
}

func TestAllocations(t *testing.T) {
	for _, h := range hot {
		const n = 100
		run := pipeline(t, h.before, h.args, n)
		if got := testing.AllocsPerRun(5, run) / n; got > h.allocs+0.1 { // 0.1: of the batch
			t.Errorf("%s allocates %.1f objects, want %.1f", h.name, got, h.allocs)
		}
	}
}

func BenchmarkStore(b *testing.B) {
	for _, h := range hot {
		b.Run(h.name, func(b *testing.B) {
			const n = 100
			run := pipeline(b, h.before, h.args, n)
			b.ReportAllocs()
			for i := 0; i < b.N; i += n {
				run()
			}
		})
	}
}
