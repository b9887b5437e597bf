package zset_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/msredis/msredis/store/storetest"
)

// batch is how many commands a benchmark runs as one log entry.
const batch = 100

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

// filled makes a key "z" of n members, each with a score of its own.
func filled(n int) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprintf("zadd z %d element:%d", i*7919%n, i))
	}
	return lines
}

// hot are commands with what each may allocate.
var hot = []struct {
	name   string
	before []string
	calls  []string
	allocs float64
}{
	{"ZaddNewKey", nil, append(repeat("zadd z%d 1 element", batch), repeat("zrem z%d element", batch)...), 6},
	{"ZaddPacked", filled(20), append(repeat("zadd z %d x:%d", 90), repeat("zremrangebyrank z -1 -1", 1)...), 0.1},
	{"ZaddLarge", filled(10_000), append(repeat("zadd z %d x:%d", 9000), repeat("zpopmin z", 1)...), 1.5},
	{"ZaddSame", filled(10_000), repeat("zadd z %d element:%d", 10_000), 0},
	{"ZaddNX", filled(10_000), repeat("zadd z nx %d element:%d", 10_000), 0},
	{"Zincrby", filled(10_000), repeat("zincrby z 1.5 element:%d", 10_000), 0.5},
	{"Zscore", filled(10_000), repeat("zscore z element:%d", 10_000), 0},
	{"ZscorePacked", filled(100), repeat("zscore z element:%d", 100), 0},
	{"Zrank", filled(10_000), repeat("zrank z element:%d", 10_000), 0},
	{"Zrange10", filled(10_000), repeat("zrange z 5000 5009", 1), 0},
	{"Zrevrange100Scores", filled(10_000), repeat("zrevrange z 0 99 withscores", 1), 0},
	{"Zrangebyscore10", filled(10_000), repeat("zrangebyscore z 5000 5009", 1), 0},
	{"Zcount", filled(10_000), repeat("zcount z 1000 (9000", 1), 0},
}

func TestAllocations(t *testing.T) {
	for _, h := range hot {
		run := storetest.Pipeline(t, kinds, rows, h.before, h.calls)
		if got := testing.AllocsPerRun(5, run) / batch; got > h.allocs+0.1 { // 0.1: of the batch
			t.Errorf("%s allocates %.1f objects, want %.1f", h.name, got, h.allocs)
		}
	}
}

// BenchmarkStore takes a command, or an adding and a removing one, for one
// operation.
func BenchmarkStore(b *testing.B) {
	for _, h := range hot {
		b.Run(h.name, func(b *testing.B) {
			run := storetest.Pipeline(b, kinds, rows, h.before, h.calls)
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i += batch {
				run()
			}
		})
	}
}
