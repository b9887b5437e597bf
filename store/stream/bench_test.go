package stream_test

import (
	"fmt"
	"testing"

	"github.com/msredis/msredis/store/storetest"
)

const million = 1_000_000

// filled makes a stream "s" of n entries, 1-0, 2-0 …, and then what more says.
func filled(n int, more ...string) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprintf("xadd s %d-0 sensor %d temperature 19.8", i+1, i%1000))
	}
	return append(lines, more...)
}

// hot are commands with what each may allocate.
var hot = []storetest.Hot{
	storetest.NewHot("Xadd", filled(1000), storetest.Repeat(1000, "xadd s * sensor %d temperature 19.8"), 0.5),
	storetest.NewHot("XaddMaxlen", filled(1000), storetest.Repeat(1000, "xadd s maxlen ~ 1000 * sensor %d temperature 19.8"), 0.5),
	storetest.NewHot("XaddNewKey", nil, append(storetest.Repeat(storetest.Batch, "xadd s%d * f v"), storetest.Repeat(storetest.Batch, "del s%d")...), 11),
	storetest.NewHot("Xlen", filled(1000), storetest.Repeat(1, "xlen s"), 0),
	storetest.NewHot("Xrange10", filled(1000), storetest.Repeat(900, "xrange s %d + count 10"), 3),
	storetest.NewHot("Xrevrange10", filled(1000), storetest.Repeat(900, "xrevrange s %d - count 10"), 3),
	storetest.NewHot("XreadNothing", filled(1000), storetest.Repeat(1, "xread streams s $"), 1),
	storetest.NewHot("XreadgroupNothing", filled(1000, "xgroup create s g $"), storetest.Repeat(1, "xreadgroup group g c streams s >"), 1),
	storetest.NewHot("XaddReadAck", filled(1000, "xgroup create s g $", "xgroup create t g $ mkstream"), []string{
		"xadd t 5000-1 f v", "xreadgroup group g c count 1 streams t >", "xack t g 5000-1", "xtrim t maxlen 0", "xsetid t 4000", "xgroup setid t g 4000",
	}, 2),
}

func TestAllocations(t *testing.T) { storetest.CheckAllocations(t, kinds, rows, hot) }

func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, kinds, rows, hot) }

// BenchmarkMillion has a stream of a million entries.
func BenchmarkMillion(b *testing.B) {
	before := filled(million)
	group := append(filled(million), "xgroup create s g 0")
	storetest.Benchmark(b, kinds, rows, []storetest.Hot{
		storetest.NewHot("Xadd", before, storetest.Repeat(1000, "xadd s * sensor %d temperature 19.8"), 0),
		storetest.NewHot("Xrange10", before, storetest.Repeat(million-100, "xrange s %d + count 10"), 0),
		storetest.NewHot("Xrevrange10", before, storetest.Repeat(million-100, "xrevrange s %d - count 10"), 0),
		storetest.NewHot("Xdel", before, storetest.Repeat(million, "xdel s %d-0"), 0),
		storetest.NewHot("Xreadgroup1", group, storetest.Repeat(1, "xreadgroup group g c count 1 streams s >"), 0),
		storetest.NewHot("XreadgroupHistory10", append(group, "xreadgroup group g c streams s >"), storetest.Repeat(million-100, "xreadgroup group g c count 10 streams s %d"), 0),
		storetest.NewHot("Xack", append(group, "xreadgroup group g c streams s >"), storetest.Repeat(million, "xack s g %d-0"), 0),
	})
}
