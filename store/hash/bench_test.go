package hash_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/msredis/msredis/store/storetest"
)

var value = strings.Repeat("x", 64)

// fields makes a hash "key" of n fields.
func fields(n int) (lines []string) {
	for i := range n {
		lines = append(lines, fmt.Sprintf("hset key field%d %s", i, value))
	}
	return lines
}

// hot are commands with what each may allocate.
var hot = []storetest.Hot{
	storetest.NewHot("HsetSmall", fields(10), storetest.Repeat(1, "hset key field5 "+value), 0),
	storetest.NewHot("HsetLengths", fields(10), storetest.Repeat(1, "hset key field5 v", "hset key field5 "+value), 0),
	storetest.NewHot("HsetNew", fields(10), storetest.Repeat(1, "hset key other "+value, "hdel key other"), 0),
	storetest.NewHot("HgetSmall", fields(10), storetest.Repeat(1, "hget key field5"), 0),
	storetest.NewHot("HgetPackedFull", fields(512), storetest.Repeat(1, "hget key field256"), 0),
	storetest.NewHot("HgetallSmall", fields(10), storetest.Repeat(1, "hgetall key"), 0),
	storetest.NewHot("HincrbySmall", fields(10), storetest.Repeat(1, "hincrby key count 1"), 0),
	storetest.NewHot("HsetTable", fields(1000), storetest.Repeat(1, "hset key field5 "+value), 0),
	storetest.NewHot("HsetTableLengths", fields(1000), storetest.Repeat(1, "hset key field5 v", "hset key field5 "+value), 1),
	storetest.NewHot("HsetTableNew", fields(1000), storetest.Repeat(1, "hset key other "+value, "hdel key other"), 0.5),
	storetest.NewHot("HgetTable", fields(1000), storetest.Repeat(1, "hget key field5"), 0),
	storetest.NewHot("HrandfieldTable", fields(1000), storetest.Repeat(1, "hrandfield key"), 0),
}

func TestAllocations(t *testing.T) { storetest.CheckAllocations(t, kinds, rows, hot) }

func BenchmarkStore(b *testing.B) { storetest.Benchmark(b, kinds, rows, hot) }
