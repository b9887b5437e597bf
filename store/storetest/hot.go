package storetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/msredis/msredis/store/keyspace"
)

// Batch is how many commands Repeat makes: one log entry of a benchmark.
const Batch = 100

// Hot is a command whose speed and allocations are measured.
type Hot struct {
	name   string
	before []string
	calls  []string
	allocs float64
}

// NewHot returns commands that run as one log entry, or as one read, after others that
// fill the store. An operation may allocate so many objects.
func NewHot(name string, before, calls []string, allocs float64) Hot {
	return Hot{name, before, calls, allocs}
}

// operations returns for how many operations the calls count. They are usually Batch: a
// command is an operation, and so is a pair of an adding and a removing one.
func (h *Hot) operations() int { return min(len(h.calls), Batch) }

// Repeat makes a batch of commands, the formats in turn. Each %d in them is a number in
// [0, n).
func Repeat(n int, formats ...string) (lines []string) {
	for i := range Batch {
		format := formats[i%len(formats)]
		var numbers []any
		for j := range strings.Count(format, "%d") {
			numbers = append(numbers, (i*7919+j*104729)%n)
		}
		lines = append(lines, fmt.Sprintf(format, numbers...))
	}
	return lines
}

// CheckAllocations fails for each command that allocates more objects than it may.
func CheckAllocations(t *testing.T, kinds []*keyspace.Kind, rows []keyspace.Row, hot []Hot) {
	t.Helper()
	for _, h := range hot {
		run := Pipeline(t, kinds, rows, h.before, h.calls)
		if got := testing.AllocsPerRun(5, run) / float64(h.operations()); got > h.allocs+0.1 { // 0.1: of the batch
			t.Errorf("%s allocates %.2f objects, want %.2f", h.name, got, h.allocs)
		}
	}
}

// Benchmark measures each command.
func Benchmark(b *testing.B, kinds []*keyspace.Kind, rows []keyspace.Row, hot []Hot) {
	for _, h := range hot {
		b.Run(h.name, func(b *testing.B) {
			run := Pipeline(b, kinds, rows, h.before, h.calls)
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i += h.operations() {
				run()
			}
		})
	}
}
