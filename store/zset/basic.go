package zset

import (
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// lookup returns the sorted set of argument 1, nil if there is none. For a value
// of another type it answers the error itself.
func lookup(c *keyspace.Ctx) (z *ZSet, ok bool) { return Of(c, c.Lookup(c.Args[1])) }

func zcard(c *keyspace.Ctx) {
	z, ok := lookup(c)
	switch {
	case !ok:
	case z == nil:
		c.W.Int(0)
	default:
		c.W.Int(int64(z.Len()))
	}
}

func zscore(c *keyspace.Ctx) {
	if z, ok := lookup(c); ok {
		replyScore(c, z, c.Args[2])
	}
}

func zmscore(c *keyspace.Ctx) {
	z, ok := lookup(c)
	if !ok {
		return
	}
	c.W.Array(len(c.Args) - 2)
	for _, m := range c.Args[2:] {
		replyScore(c, z, m)
	}
}

func replyScore(c *keyspace.Ctx, z *ZSet, m []byte) {
	if z != nil {
		if _, score, ok := z.find(m); ok {
			c.W.Double(score)
			return
		}
	}
	c.W.Null()
}

func zrank(c *keyspace.Ctx)    { replyRank(c, false) }
func zrevrank(c *keyspace.Ctx) { replyRank(c, true) }

// replyRank also knows WITHSCORE, of Redis 7.2.
func replyRank(c *keyspace.Ctx, reverse bool) {
	withScore := len(c.Args) > 3
	switch {
	case len(c.Args) > 4:
		c.W.Error(reply.WrongArity(c.Cmd.FullName))
		return
	case withScore && !c.Is(3, "WITHSCORE"):
		c.W.Error(reply.ErrSyntax)
		return
	}
	z, ok := lookup(c)
	if !ok {
		return
	}
	if z != nil {
		if at, score, ok := z.find(c.Args[2]); ok {
			rank := z.rank(at)
			if reverse {
				rank = z.Len() - 1 - rank
			}
			if withScore {
				c.W.Array(2)
			}
			c.W.Int(int64(rank))
			if withScore {
				c.W.Double(score)
			}
			return
		}
	}
	if withScore {
		c.W.NullArray()
	} else {
		c.W.Null()
	}
}

func zcount(c *keyspace.Ctx) {
	r, ok := parseScores(c, 2, 3)
	if !ok {
		return
	}
	if z, ok := lookup(c); ok {
		replyLen(c, z, func() interval { return z.byScore(r) })
	}
}

func zlexcount(c *keyspace.Ctx) {
	r, ok := parseLex(c, 2, 3)
	if !ok {
		return
	}
	if z, ok := lookup(c); ok {
		replyLen(c, z, func() interval { return z.byLex(r, false) })
	}
}

func replyLen(c *keyspace.Ctx, z *ZSet, of func() interval) {
	if z == nil {
		c.W.Int(0)
	} else {
		c.W.Int(int64(of().len()))
	}
}

func zscan(c *keyspace.Ctx) {
	cursor, ok := c.Cursor(2)
	if !ok {
		return
	}
	z, ok := lookup(c)
	if !ok {
		return
	}
	if z == nil {
		c.ScanReply(0, 0)
		return
	}
	o, ok := c.ScanOptions(3, false)
	if !ok {
		return
	}
	if z.packed != nil {
		z.packed.scan(c, &o)
		return
	}
	var found []*elem
	next := z.large.table.Scan(cursor, o.Count, func(e *elem) {
		if o.Match(e.member()) {
			found = append(found, e)
		}
	})
	c.ScanReply(next, 2*len(found))
	var tmp [40]byte
	for _, e := range found {
		c.W.Bulk(e.member())
		c.W.Bulk(reply.AppendDouble17(tmp[:0], e.score())) // of a large set Redis shows all digits
	}
}

// scan answers with all members at once, as Redis does.
func (p *packed) scan(c *keyspace.Ctx, o *keyspace.ScanOptions) {
	var found []int
	for i := range p.len() {
		if o.Match(p.member(i)) {
			found = append(found, i)
		}
	}
	c.ScanReply(0, 2*len(found))
	var tmp [40]byte
	for _, i := range found {
		c.W.Bulk(p.member(i))
		c.W.Bulk(reply.AppendDouble(tmp[:0], p.score(i)))
	}
}
