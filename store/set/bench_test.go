package set_test

import (
	"fmt"
	"testing"

	"github.com/msredis/msredis/store/storetest"
)

// filled makes a key "s" of n members.
func filled(format string, n int) (lines []string) {
	for i := range n {
		lines = append(lines, "sadd s "+fmt.Sprintf(format, i))
	}
	return lines
}

// hot are commands with what each may allocate.
var hot = []storetest.Hot{
	storetest.NewHot("SaddNewKey", nil, append(storetest.Repeat(storetest.Batch, "sadd s%d element"), storetest.Repeat(storetest.Batch, "srem s%d element")...), 8),
	storetest.NewHot("SaddThere", filled("element:%d", 10_000), storetest.Repeat(10_000, "sadd s element:%d"), 0),
	storetest.NewHot("SaddInts", filled("%d", 400), append(storetest.Repeat(90, "sadd s 1%d"), storetest.Repeat(90, "srem s 1%d")...), 0.1),
	storetest.NewHot("SaddPacked", filled("e:%d", 20), append(storetest.Repeat(90, "sadd s x:%d"), storetest.Repeat(90, "srem s x:%d")...), 0.1),
	storetest.NewHot("SaddTable", filled("element:%d", 10_000), append(storetest.Repeat(9000, "sadd s x:%d"), storetest.Repeat(9000, "srem s x:%d")...), 1.5),
	storetest.NewHot("Sismember", filled("element:%d", 10_000), storetest.Repeat(20_000, "sismember s element:%d"), 0),
	storetest.NewHot("SpopTable", filled("element:%d", 10_000), append(storetest.Repeat(1, "spop s"), storetest.Repeat(10_000, "sadd s element:%d")...), 1.5),
	storetest.NewHot("SpopPacked", filled("e:%d", 120), append(storetest.Repeat(1, "spop s"), storetest.Repeat(120, "sadd s e:%d")...), 0.1),
	storetest.NewHot("Srandmember", filled("element:%d", 10_000), storetest.Repeat(1, "srandmember s"), 0),
	storetest.NewHot("Smembers100", filled("element:%d", 100), storetest.Repeat(1, "smembers s"), 0),
	storetest.NewHot("SinterPacked", filled("element:%d", 100), storetest.Repeat(1, "sinter s s"), 4),
}

func TestAllocations(t *testing.T) { storetest.CheckAllocations(t, kinds, rows, hot) }

func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, kinds, rows, hot) }
