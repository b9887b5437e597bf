package set_test

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
		line := format
		if strings.Contains(format, "%d") {
			line = fmt.Sprintf(format, i*7919%n)
		}
		lines = append(lines, line)
	}
	return lines
}

// filled makes a key "s" of n members.
func filled(format string, n int) (lines []string) {
	for i := range n {
		lines = append(lines, "sadd s "+fmt.Sprintf(format, i))
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
	{"SaddNewKey", nil, append(repeat("sadd s%d element", batch), repeat("srem s%d element", batch)...), 8},
	{"SaddThere", filled("element:%d", 10_000), repeat("sadd s element:%d", 10_000), 0},
	{"SaddInts", filled("%d", 400), append(repeat("sadd s 1%d", 90), repeat("srem s 1%d", 90)...), 0.1},
	{"SaddPacked", filled("e:%d", 20), append(repeat("sadd s x:%d", 90), repeat("srem s x:%d", 90)...), 0.1},
	{"SaddTable", filled("element:%d", 10_000), append(repeat("sadd s x:%d", 9000), repeat("srem s x:%d", 9000)...), 1.5},
	{"Sismember", filled("element:%d", 10_000), repeat("sismember s element:%d", 20_000), 0},
	{"SpopTable", filled("element:%d", 10_000), append(repeat("spop s", 1), repeat("sadd s element:%d", 10_000)...), 1.5},
	{"SpopPacked", filled("e:%d", 120), append(repeat("spop s", 1), repeat("sadd s e:%d", 120)...), 0.1},
	{"Srandmember", filled("element:%d", 10_000), repeat("srandmember s", 1), 0},
	{"Smembers100", filled("element:%d", 100), repeat("smembers s", 1), 0},
	{"SinterPacked", filled("element:%d", 100), repeat("sinter s s", 1), 4},
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
