package zset_test

import (
	"fmt"
	"testing"

	"github.com/msredis/msredis/store/storetest"
)

// filled makes a key "z" of n members, each with a score of its own.
func filled(n int) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprintf("zadd z %d element:%d", i*7919%n, i))
	}
	return lines
}

// hot are commands with what each may allocate.
var hot = []storetest.Hot{
	storetest.NewHot("ZaddNewKey", nil, append(storetest.Repeat(storetest.Batch, "zadd z%d 1 element"), storetest.Repeat(storetest.Batch, "zrem z%d element")...), 6),
	storetest.NewHot("ZaddPacked", filled(20), append(storetest.Repeat(90, "zadd z %d x:%d"), storetest.Repeat(1, "zremrangebyrank z -1 -1")...), 0.1),
	storetest.NewHot("ZaddLarge", filled(10_000), append(storetest.Repeat(9000, "zadd z %d x:%d"), storetest.Repeat(1, "zpopmin z")...), 1.5),
	storetest.NewHot("ZaddSame", filled(10_000), storetest.Repeat(10_000, "zadd z %d element:%d"), 0),
	storetest.NewHot("ZaddNX", filled(10_000), storetest.Repeat(10_000, "zadd z nx %d element:%d"), 0),
	storetest.NewHot("Zincrby", filled(10_000), storetest.Repeat(10_000, "zincrby z 1.5 element:%d"), 0.5),
	storetest.NewHot("Zscore", filled(10_000), storetest.Repeat(10_000, "zscore z element:%d"), 0),
	storetest.NewHot("ZscorePacked", filled(100), storetest.Repeat(100, "zscore z element:%d"), 0),
	storetest.NewHot("Zrank", filled(10_000), storetest.Repeat(10_000, "zrank z element:%d"), 0),
	storetest.NewHot("Zrange10", filled(10_000), storetest.Repeat(1, "zrange z 5000 5009"), 0),
	storetest.NewHot("Zrevrange100Scores", filled(10_000), storetest.Repeat(1, "zrevrange z 0 99 withscores"), 0),
	storetest.NewHot("Zrangebyscore10", filled(10_000), storetest.Repeat(1, "zrangebyscore z 5000 5009"), 0),
	storetest.NewHot("Zcount", filled(10_000), storetest.Repeat(1, "zcount z 1000 (9000"), 0),
}

func TestAllocations(t *testing.T) { storetest.CheckAllocations(t, kinds, rows, hot) }

func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, kinds, rows, hot) }
