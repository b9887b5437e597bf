package list_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/msredis/msredis/store/storetest"
)

var value = strings.Repeat("x", 64)

// filled makes a list "key" of n elements.
func filled(n int) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprintf("rpush key element-%d", i))
	}
	return lines
}

// hot are commands with what each may allocate. Pairs leave the list as long as it was.
var hot = []storetest.Hot{
	storetest.NewHot("LpushRpop", filled(1000), storetest.Repeat(1, "lpush key "+value, "rpop key"), 0.05),
	storetest.NewHot("RpushRpop", filled(1000), storetest.Repeat(1, "rpush key "+value, "rpop key"), 0.05),
	storetest.NewHot("Rotate", filled(1000), storetest.Repeat(1, "rpoplpush key key"), 0.05),
	storetest.NewHot("Lrange100", filled(1000), storetest.Repeat(1, "lrange key 0 99"), 0),
	storetest.NewHot("Lrange600", filled(1000), storetest.Repeat(1, "lrange key 0 599"), 0),
}

func TestAllocations(t *testing.T) { storetest.CheckAllocations(t, kinds, rows, hot) }

func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, kinds, rows, hot) }

// BenchmarkMillion has a list of a million elements.
func BenchmarkMillion(b *testing.B) {
	million := filled(1_000_000)
	storetest.Benchmark(b, kinds, rows, []storetest.Hot{
		storetest.NewHot("LindexMiddle", million, storetest.Repeat(1, "lindex key 500000"), 0),
		storetest.NewHot("LrangeMiddle", million, storetest.Repeat(1, "lrange key 500000 500009"), 0),
		storetest.NewHot("LsetMiddle", million, storetest.Repeat(1, "lset key 500000 other-500000", "lset key 500000 x"), 0),
	})
}
