package stream_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/msredis/msredis/store/storetest"
)

// batch is how many commands a benchmark runs as one log entry.
const batch = 100

const million = 1_000_000

// repeat makes a batch of commands, %d in which is a number in [0, n).
func repeat(format string, n int) (lines []string) {
	for i := range batch {
		var numbers []any
		for j := range strings.Count(format, "%d") {
			numbers = append(numbers, (i*7919+j*104729)%n)
		}
		lines = append(lines, fmt.Sprintf(format, numbers...))
	}
	return lines
}

// filled makes a stream "s" of n entries, 1-0, 2-0 …, and then what more says.
func filled(n int, more ...string) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprintf("xadd s %d-0 sensor %d temperature 19.8", i+1, i%1000))
	}
	return append(lines, more...)
}

// hot are commands with what each may allocate.
var hot = []struct {
	name   string
	before []string
	calls  []string
	allocs float64
}{
	{"Xadd", filled(1000), repeat("xadd s * sensor %d temperature 19.8", 1000), 0.5},
	{"XaddMaxlen", filled(1000), repeat("xadd s maxlen ~ 1000 * sensor %d temperature 19.8", 1000), 0.5},
	{"XaddNewKey", nil, append(repeat("xadd s%d * f v", batch), repeat("del s%d", batch)...), 11},
	{"Xlen", filled(1000), repeat("xlen s", 1), 0},
	{"Xrange10", filled(1000), repeat("xrange s %d + count 10", 900), 3},
	{"Xrevrange10", filled(1000), repeat("xrevrange s %d - count 10", 900), 3},
	{"XreadNothing", filled(1000), repeat("xread streams s $", 1), 1},
	{"XreadgroupNothing", filled(1000, "xgroup create s g $"), repeat("xreadgroup group g c streams s >", 1), 1},
	{"XaddReadAck", filled(1000, "xgroup create s g $", "xgroup create t g $ mkstream"), []string{
		"xadd t 5000-1 f v", "xreadgroup group g c count 1 streams t >", "xack t g 5000-1", "xtrim t maxlen 0", "xsetid t 4000", "xgroup setid t g 4000",
	}, 0.1},
}

func TestAllocations(t *testing.T) {
	for _, h := range hot {
		run := storetest.Pipeline(t, kinds, rows, h.before, h.calls)
		if got := testing.AllocsPerRun(5, run) / batch; got > h.allocs+0.1 { // 0.1: of the batch
			t.Errorf("%s allocates %.1f objects, want %.1f", h.name, got, h.allocs)
		}
	}
}

// BenchmarkStore takes a command for one operation.
func BenchmarkStore(b *testing.B) {
	for _, h := range hot {
		b.Run(h.name, func(b *testing.B) { benchmark(b, h.before, h.calls) })
	}
}

func benchmark(b *testing.B, before, calls []string) {
	run := storetest.Pipeline(b, kinds, rows, before, calls)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i += len(calls) {
		run()
	}
}

// BenchmarkMillion has a stream of a million entries.
func BenchmarkMillion(b *testing.B) {
	before := filled(million)
	group := append(filled(million), "xgroup create s g 0")
	for _, m := range []struct {
		name          string
		before, calls []string
	}{
		{"Xadd", before, repeat("xadd s * sensor %d temperature 19.8", 1000)},
		{"Xrange10", before, repeat("xrange s %d + count 10", million-100)},
		{"Xrevrange10", before, repeat("xrevrange s %d - count 10", million-100)},
		{"Xdel", before, repeat("xdel s %d-0", million)},
		{"Xreadgroup1", group, repeat("xreadgroup group g c count 1 streams s >", 1)},
		{"XreadgroupHistory10", append(group, "xreadgroup group g c streams s >"), repeat("xreadgroup group g c count 10 streams s %d", million-100)},
		{"Xack", append(group, "xreadgroup group g c streams s >"), repeat("xack s g %d-0", million)},
	} {
		b.Run(m.name, func(b *testing.B) { benchmark(b, m.before, m.calls) })
	}
}
