package zset

import (
	"fmt"
	"math"

	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// maxDraws bounds how many members ZRANDMEMBER gives when they may repeat. It
// keeps one short command from a reply of any size.
const maxDraws = 1 << 24

func zrandmember(c *keyspace.Ctx) {
	if len(c.Args) > 2 {
		zrandmemberCount(c)
		return
	}
	z, ok := lookup(c)
	switch {
	case !ok:
	case z == nil:
		c.W.Null()
	default:
		m, _ := z.at(c.Below(z.Len()))
		c.W.Bulk(m)
	}
}

func zrandmemberCount(c *keyspace.Ctx) {
	count, ok := c.Int(2)
	if !ok {
		return
	}
	withScores := len(c.Args) == 4 && c.Is(3, "WITHSCORES")
	switch {
	case count == math.MinInt64:
		c.W.Error(fmt.Sprintf(reply.ErrIntRange, -math.MaxInt64, math.MaxInt64))
		return
	case len(c.Args) > 3 && !withScores:
		c.W.Error(reply.ErrSyntax)
		return
	case withScores && (count < -math.MaxInt64/2 || count > math.MaxInt64/2):
		c.W.Error(reply.ErrOutOfRange)
		return
	}
	z, ok := lookup(c)
	switch {
	case !ok:
	case z == nil || count == 0:
		c.W.Array(0)
	case count < -maxDraws:
		c.W.Error(reply.ErrOutOfRange)
	case count < 0:
		l := startList(c, int(-count), withScores)
		for n := -count; n > 0 && !c.W.Stopped(); n-- {
			l.add(z.at(c.Below(z.Len())))
		}
	case count >= int64(z.Len()):
		z.replyRange(c, runs{{0, z.Len()}}, true, withScores) // Redis begins at the end
	default:
		z.replySome(c, int(count), withScores)
	}
}

// replySome answers with count different random members, fewer than there are.
func (z *ZSet) replySome(c *keyspace.Ctx, count int, withScores bool) {
	// manyOf is the part from which on they are drawn in one walk over all.
	const manyOf = 4
	l := startList(c, count, withScores)
	left := z.Len()
	if count < left/manyOf {
		drawn := make(map[int]struct{}, count)
		for len(drawn) < count {
			rank := c.Below(left)
			if _, twice := drawn[rank]; !twice {
				drawn[rank] = struct{}{}
				l.add(z.at(rank))
			}
		}
		return
	}
	z.each(func(m []byte, score float64) {
		if c.Below(left) < count {
			l.add(m, score)
			count--
		}
		left--
	})
}
