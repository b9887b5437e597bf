package store_test

import (
	"fmt"
	"testing"

	"github.com/tidwall/redcon"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

// dispatched are the calls of BenchmarkDispatch.
var dispatched = []struct {
	name  string
	lines [][]string
	tx    bool
}{
	{"SET", [][]string{{"SET", "key:000000012345", "xxx"}}, false},
	{"GET", [][]string{{"GET", "key:000000012345"}}, false},
	{"MSET10", [][]string{msetLine(10)}, false},
	{"MULTI5", [][]string{
		{"SET", "key:000000000001", "xxx"}, {"SET", "key:000000000002", "xxx"}, {"SET", "key:000000000003", "xxx"},
		{"SET", "key:000000000004", "xxx"}, {"SET", "key:000000000005", "xxx"},
	}, true},
}

func msetLine(n int) []string {
	line := []string{"MSET"}
	for i := range n {
		line = append(line, fmt.Sprintf("key:%012d", i), "xxx")
	}
	return line
}

// dispatcher does what a command costs before it is applied: it is cut, looked up,
// gets its footprint, and the shards to lock are found.
type dispatcher struct {
	wire  []byte
	tx    *command.Tx
	exec  command.Call
	slab  [64][]byte
	calls []command.Call
	room  command.KeyRoom
	set   keyspace.ShardSet
	locks func(c *command.Call, set *keyspace.ShardSet)
}

func newDispatcher(tb testing.TB, lines [][]string, tx bool) *dispatcher {
	s := newStore(tb, 1, 1<<30)
	d := &dispatcher{locks: s.Concerns, calls: make([]command.Call, 0, 16)}
	for _, line := range lines {
		d.wire = redcon.AppendArray(d.wire, len(line))
		for _, word := range line {
			d.wire = redcon.AppendBulkString(d.wire, word)
		}
	}
	if tx {
		d.tx = &command.Tx{}
	}
	return d
}

func (d *dispatcher) run() {
	d.room.Reset()
	d.calls, d.set = d.calls[:0], keyspace.ShardSet{}
	for rest, slab := d.wire, d.slab[:]; len(rest) > 0; {
		_, args, _, left, err := redcon.ReadNextCommand(rest, slab)
		if err != nil {
			panic(err)
		}
		rest, slab = left, slab[len(args):]
		cmd, _ := table.Resolve(args)
		d.calls = append(d.calls, command.Call{})
		d.calls[len(d.calls)-1].Set(cmd, args, 0, &d.room)
	}
	if d.tx != nil {
		d.tx.Calls = d.calls
		d.exec = command.NewExec(nil, d.tx, &d.room)
		d.locks(&d.exec, &d.set)
		return
	}
	for i := range d.calls {
		d.locks(&d.calls[i], &d.set)
	}
}

// BenchmarkDispatch shows what a command costs before it is applied.
func BenchmarkDispatch(b *testing.B) {
	for _, t := range dispatched {
		b.Run(t.name, func(b *testing.B) {
			d := newDispatcher(b, t.lines, t.tx)
			b.ReportAllocs()
			for b.Loop() {
				d.run()
			}
		})
	}
}

// TestDispatchDoesNotAllocate: the footprint of a call on one key needs no memory, and
// that of any other call none beyond the room for its keys.
func TestDispatchDoesNotAllocate(t *testing.T) {
	for _, test := range dispatched {
		d := newDispatcher(t, test.lines, test.tx)
		d.run()
		if n := testing.AllocsPerRun(100, d.run); n != 0 {
			t.Errorf("%s: %v allocations", test.name, n)
		}
		if d.set.Empty() {
			t.Errorf("%s locks nothing", test.name)
		}
	}
	var c command.Call
	args := [][]byte{[]byte("SET"), []byte("key"), []byte("value")}
	if n := testing.AllocsPerRun(100, func() { c.Set(table.Lookup(args[0]), args, 0, nil) }); n != 0 {
		t.Errorf("without a room: %v allocations", n)
	}
}
