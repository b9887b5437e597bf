package list_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/list"
	"github.com/msredis/msredis/store/storetest"
)

// bench is a store with one list, without a log, a connection or a listener for
// events.
type bench struct {
	tb    testing.TB
	store *store.Store
	table *command.Table
	entry []store.Entry
}

func newBench(tb testing.TB, elements int) *bench {
	b := &bench{tb: tb, table: storetest.Table(list.Rows), entry: []store.Entry{{Time: 1_000_000_000_000}}}
	s, err := store.New(store.Options{Table: b.table, Rows: list.Rows, Kinds: kinds, Databases: 1, Lanes: 1})
	if err != nil {
		tb.Fatal(err)
	}
	b.store = s
	for i := range elements {
		b.run(b.unit(1, []string{"rpush", "key", "element " + strconv.Itoa(i)}))
	}
	return b
}

// unit returns a unit of n calls, the given ones in turn.
func (b *bench) unit(n int, calls ...[]string) *command.Unit {
	u := &command.Unit{}
	for i := range n {
		words := calls[i%len(calls)]
		var args [][]byte
		for _, word := range words {
			args = append(args, []byte(word))
		}
		u.Calls = append(u.Calls, command.NewCall(b.table.Lookup(args[0]), args, 0, nil))
	}
	return u
}

func (b *bench) run(u *command.Unit) {
	u.W.Reset()
	if u.Writes() {
		b.entry[0].Index++
		b.entry[0].Units = append(b.entry[0].Units[:0], u)
		b.store.Apply(b.entry)
	} else {
		b.store.Read(u)
	}
	if u.W.Errors > 0 {
		b.tb.Fatal(u.W.LastError)
	}
}

// batch is how many calls a unit of a benchmark has.
const batch = 100

// benchmarks are commands on a list of so many elements; pairs leave it as long
// as it was.
var benchmarks = []struct {
	name     string
	elements int
	calls    [][]string
	allocs   float64
}{
	{"LpushRpop", 1000, [][]string{{"lpush", "key", strings.Repeat("x", 64)}, {"rpop", "key"}}, 0.05},
	{"RpushRpop", 1000, [][]string{{"rpush", "key", strings.Repeat("x", 64)}, {"rpop", "key"}}, 0.05},
	{"Rotate", 1000, [][]string{{"rpoplpush", "key", "key"}}, 0.05},
	{"Lrange100", 1000, [][]string{{"lrange", "key", "0", "99"}}, 0},
	{"Lrange600", 1000, [][]string{{"lrange", "key", "0", "599"}}, 0},
	{"LindexMiddle", 1_000_000, [][]string{{"lindex", "key", "500000"}}, 0},
	{"LrangeMiddle", 1_000_000, [][]string{{"lrange", "key", "500000", "500009"}}, 0},
	{"LsetMiddle", 1_000_000, [][]string{{"lset", "key", "500000", "other 500000"}, {"lset", "key", "500000", "x"}}, 0},
}

func TestAllocations(t *testing.T) {
	for _, bm := range benchmarks {
		if bm.elements > 1000 {
			continue
		}
		b := newBench(t, bm.elements)
		u := b.unit(batch, bm.calls...)
		if got := testing.AllocsPerRun(5, func() { b.run(u) }) / batch; got > bm.allocs+0.1 { // 0.1: of the batch
			t.Errorf("%s allocates %.2f objects, want %.2f", bm.name, got, bm.allocs)
		}
	}
}

func BenchmarkStore(b *testing.B) {
	stores := map[int]*bench{} // a million elements are made once
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			s := stores[bm.elements]
			if s == nil {
				s = newBench(b, bm.elements)
				stores[bm.elements] = s
			}
			u := s.unit(batch, bm.calls...)
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i += batch {
				s.run(u)
			}
		})
	}
}
