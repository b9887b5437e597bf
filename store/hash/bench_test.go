package hash_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/hash"
	"github.com/msredis/msredis/store/storetest"
)

// bench is a store with one hash, without a log, a connection or a listener for
// events.
type bench struct {
	tb    testing.TB
	store *store.Store
	table *command.Table
	entry []store.Entry
}

// newBench fills the hash with so many fields "field<i>" with values of 64
// bytes.
func newBench(tb testing.TB, fields int) *bench {
	b := &bench{tb: tb, table: storetest.Table(hash.Rows), entry: []store.Entry{{Time: 1_000_000_000_000}}}
	s, err := store.New(store.Options{Table: b.table, Rows: hash.Rows, Kinds: kinds, Databases: 1, Lanes: 1})
	if err != nil {
		tb.Fatal(err)
	}
	b.store = s
	for i := range fields {
		b.run(b.unit(1, []string{"hset", "key", "field" + strconv.Itoa(i), value}))
	}
	return b
}

var value = strings.Repeat("x", 64)

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

// benchmarks are commands on a hash of so many fields.
var benchmarks = []struct {
	name   string
	fields int
	calls  [][]string
	allocs float64
}{
	{"HsetSmall", 10, [][]string{{"hset", "key", "field5", value}}, 0},
	{"HsetLengths", 10, [][]string{{"hset", "key", "field5", "v"}, {"hset", "key", "field5", value}}, 0},
	{"HsetNew", 10, [][]string{{"hset", "key", "other", value}, {"hdel", "key", "other"}}, 0},
	{"HgetSmall", 10, [][]string{{"hget", "key", "field5"}}, 0},
	{"HgetPackedFull", 512, [][]string{{"hget", "key", "field256"}}, 0},
	{"HgetallSmall", 10, [][]string{{"hgetall", "key"}}, 0},
	{"HincrbySmall", 10, [][]string{{"hincrby", "key", "count", "1"}}, 0},
	{"HsetTable", 1000, [][]string{{"hset", "key", "field5", value}}, 0},
	{"HsetTableLengths", 1000, [][]string{{"hset", "key", "field5", "v"}, {"hset", "key", "field5", value}}, 1},
	{"HsetTableNew", 1000, [][]string{{"hset", "key", "other", value}, {"hdel", "key", "other"}}, 0.5},
	{"HgetTable", 1000, [][]string{{"hget", "key", "field5"}}, 0},
	{"HrandfieldTable", 1000, [][]string{{"hrandfield", "key"}}, 0},
}

func TestAllocations(t *testing.T) {
	for _, bm := range benchmarks {
		b := newBench(t, bm.fields)
		u := b.unit(batch, bm.calls...)
		if got := testing.AllocsPerRun(5, func() { b.run(u) }) / batch; got > bm.allocs+0.1 { // 0.1: of the batch
			t.Errorf("%s allocates %.2f objects, want %.2f", bm.name, got, bm.allocs)
		}
	}
}

func BenchmarkStore(b *testing.B) {
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			s := newBench(b, bm.fields)
			u := s.unit(batch, bm.calls...)
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i += batch {
				s.run(u)
			}
		})
	}
}
