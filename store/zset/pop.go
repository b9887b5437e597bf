package zset

import (
	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

func zpopmin(c *keyspace.Ctx) { popOne(c, false) }
func zpopmax(c *keyspace.Ctx) { popOne(c, true) }

func popOne(c *keyspace.Ctx, highest bool) {
	if len(c.Args) > 3 {
		c.W.Error(reply.ErrSyntax)
		return
	}
	count, hasCount := int64(1), len(c.Args) == 3
	if hasCount {
		var ok bool
		count, ok = redisnum.ParseInt(c.Args[2])
		if !ok || count < 0 {
			c.W.Error(reply.ErrNotPositive)
			return
		}
	}
	e := c.Lookup(c.Args[1])
	z, ok := Of(c, e)
	switch {
	case !ok:
	case z == nil || count == 0:
		c.W.Array(0)
	default:
		n := int(min(count, int64(z.Len())))
		pairs := hasCount && c.W.Resp3()
		if pairs {
			c.W.Array(n)
		} else {
			c.W.Array(2 * n)
		}
		pop(c, c.Args[1], e, z, n, highest, pairs)
	}
}

// pop answers with n members and their scores, as pairs or one after the other,
// and removes them.
func pop(c *keyspace.Ctx, key []byte, e *keyspace.Entry, z *ZSet, n int, highest, pairs bool) {
	c.Edit(e)
	l := list{c.W, true, pairs}
	event := "zpopmin"
	iv := interval{0, n}
	if highest {
		event = "zpopmax"
		iv = interval{z.Len() - n, z.Len()}
		z.descend(iv.from, iv.to, l.add)
	} else {
		z.ascend(iv.from, iv.to, l.add)
	}
	z.removeRange(iv.from, iv.to)
	c.Notify('z', event, key)
	notifyIfEmpty(c, key, z)
}

func zmpop(c *keyspace.Ctx) { mpop(c, 1) }

// mpop is ZMPOP from argument first on. In front of a first of 2 stands a
// timeout, which Redis looks at last.
func mpop(c *keyspace.Ctx, first int) {
	numkeys, ok := redisnum.ParseInt(c.Args[first])
	if !ok || numkeys <= 0 {
		c.W.Error(reply.ErrNumKeys)
		return
	}
	if numkeys > int64(len(c.Args)-first-2) {
		c.W.Error(reply.ErrSyntax)
		return
	}
	end := first + 1 + int(numkeys)
	highest := c.Is(end, "MAX")
	if !highest && !c.Is(end, "MIN") {
		c.W.Error(reply.ErrSyntax)
		return
	}
	count := int64(-1)
	for i := end + 1; i < len(c.Args); i += 2 {
		if count != -1 || !c.Is(i, "COUNT") || i+1 == len(c.Args) {
			c.W.Error(reply.ErrSyntax)
			return
		}
		if count, ok = redisnum.ParseInt(c.Args[i+1]); !ok || count <= 0 {
			c.W.Error(reply.ErrCountZero)
			return
		}
	}
	if count == -1 {
		count = 1
	}
	if first == 2 && !c.Timeout(1) {
		return
	}
	for _, key := range c.Args[first+1 : end] {
		e := c.Lookup(key)
		z, ok := Of(c, e)
		if !ok {
			return
		}
		if z != nil {
			n := int(min(count, int64(z.Len())))
			c.W.Array(2)
			c.W.Bulk(key)
			c.W.Array(n)
			pop(c, key, e, z, n, highest, true)
			return
		}
	}
	c.W.NullArray()
}
