package zset

import (
	"slices"

	"github.com/msredis/msredis/store/keyspace"
)

func zrem(c *keyspace.Ctx) {
	key := c.Args[1]
	e := c.Lookup(key)
	z, ok := Of(c, e)
	if !ok {
		return
	}
	removed := 0
	switch {
	case z == nil:
	case z.large != nil && rebuilds(len(c.Args)-2, z.Len()):
		if gone := z.large.found(c.Args[2:]); len(gone) > 0 {
			c.Edit(e)
			removed = z.Len()
			z.large.removeAll(gone)
			removed -= z.Len()
		}
	default:
		for _, m := range c.Args[2:] {
			if at, _, ok := z.find(m); ok {
				c.Edit(e)
				z.remove(at)
				removed++
			}
		}
	}
	if removed > 0 {
		c.Notify('z', "zrem", key)
		notifyIfEmpty(c, key, z)
	}
	c.W.Int(int64(removed))
}

// notifyIfEmpty tells that a key goes because its last member went.
func notifyIfEmpty(c *keyspace.Ctx, key []byte, z *ZSet) {
	if z.Len() == 0 {
		c.Notify('g', "del", key)
	}
}

func zremrangebyrank(c *keyspace.Ctx) {
	start, ok := c.Int(2)
	if !ok {
		return
	}
	if stop, ok := c.Int(3); ok {
		removeRange(c, "zremrangebyrank", nil, func(z *ZSet) interval { return z.byRank(start, stop, false) })
	}
}

func zremrangebyscore(c *keyspace.Ctx) {
	if r, ok := parseScores(c, 2, 3); ok {
		removeRange(c, "zremrangebyscore", nil, func(z *ZSet) interval { return z.byScore(r) })
	}
}

func zremrangebylex(c *keyspace.Ctx) {
	if r, ok := parseLex(c, 2, 3); ok {
		removeRange(c, "zremrangebylex", &r, func(z *ZSet) interval { return z.byLex(r, false) })
	}
}

// removeRange removes what of returns, of a range of members only what is in it.
func removeRange(c *keyspace.Ctx, event string, lex *lexRange, of func(*ZSet) interval) {
	key := c.Args[1]
	e := c.Lookup(key)
	z, ok := Of(c, e)
	if !ok {
		return
	}
	n := 0
	if z != nil {
		one := [1]interval{of(z)}
		rs := runs(one[:])
		if lex != nil && z.scattered() {
			rs = z.lexRuns(*lex, false)
		}
		if n = rs.len(); n > 0 {
			c.Edit(e)
			for _, iv := range slices.Backward(rs) {
				z.removeRange(iv.from, iv.to)
			}
			c.Notify('z', event, key)
			notifyIfEmpty(c, key, z)
		}
	}
	c.W.Int(int64(n))
}
