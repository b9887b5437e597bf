package keys

import (
	"math"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

func flushdb(c *keyspace.Ctx) {
	if parseFlush(c) {
		c.Flush(c.DB)
		c.W.OK()
	}
}

func flushall(c *keyspace.Ctx) {
	if parseFlush(c) {
		for db := range c.Databases() {
			c.Flush(db)
		}
		c.W.OK()
	}
}

// parseFlush checks for SYNC or ASYNC, which mean the same here. The keys are out of
// sight at once, and their memory goes to the garbage collector.
func parseFlush(c *keyspace.Ctx) bool {
	if len(c.Args) > 2 || len(c.Args) == 2 && !c.Is(1, "SYNC") && !c.Is(1, "ASYNC") {
		c.W.Error(reply.ErrSyntax)
		return false
	}
	return true
}

func swapdb(c *keyspace.Ctx) {
	a, ok := dbIndex(c.Args[1])
	if !ok {
		c.W.Error(reply.ErrFirstDB)
		return
	}
	b, ok := dbIndex(c.Args[2])
	if !ok {
		c.W.Error(reply.ErrSecondDB)
		return
	}
	if n := int64(c.Databases()); a < 0 || a >= n || b < 0 || b >= n {
		c.W.Error(reply.ErrDBIndex)
		return
	}
	c.SwapDB(int(a), int(b))
	c.W.OK()
}

func dbIndex(arg []byte) (int64, bool) {
	n, ok := redisnum.ParseInt(arg)
	return n, ok && n >= math.MinInt32 && n <= math.MaxInt32
}
