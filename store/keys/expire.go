package keys

import (
	"fmt"
	"math"

	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

func expire(c *keyspace.Ctx)    { setDeadline(c, c.Now, 1000) }
func pexpire(c *keyspace.Ctx)   { setDeadline(c, c.Now, 1) }
func expireat(c *keyspace.Ctx)  { setDeadline(c, 0, 1000) }
func pexpireat(c *keyspace.Ctx) { setDeadline(c, 0, 1) }

// setDeadline is the EXPIRE family: the deadline is base plus argument 2 in
// units of scale milliseconds. One that has passed deletes the key.
func setDeadline(c *keyspace.Ctx, base, scale int64) {
	var cond condition
	if !cond.parse(c) {
		return
	}
	when, ok := c.Int(2)
	if !ok {
		return
	}
	// A negative time cannot overflow by the base, which is not negative.
	if when > math.MaxInt64/scale || when < math.MinInt64/scale || when*scale > math.MaxInt64-base {
		c.W.Error(fmt.Sprintf(reply.ErrInvalidExpire, c.Cmd.FullName))
		return
	}
	when = when*scale + base
	key := c.Args[1]
	e := c.Lookup(key)
	switch {
	case e == nil || !cond.allows(e.Deadline(), when):
		c.W.Int(0)
	case when <= c.Now:
		c.Delete(key)
		c.Notify('g', "del", key)
		c.W.Int(1)
	default:
		c.Expire(e, when)
		c.Notify('g', "expire", key)
		c.W.Int(1)
	}
}

// condition is that under which EXPIRE changes a deadline.
type condition struct{ nx, xx, gt, lt bool }

// parse reads the options from argument 3 on. It answers the error itself.
func (o *condition) parse(c *keyspace.Ctx) bool {
	for i := 3; i < len(c.Args); i++ {
		switch {
		case c.Is(i, "NX"):
			o.nx = true
		case c.Is(i, "XX"):
			o.xx = true
		case c.Is(i, "GT"):
			o.gt = true
		case c.Is(i, "LT"):
			o.lt = true
		default:
			c.W.Error(fmt.Sprintf(reply.ErrExpireOption, c.Args[i]))
			return false
		}
	}
	switch {
	case o.nx && (o.xx || o.gt || o.lt):
		c.W.Error(reply.ErrExpireNX)
		return false
	case o.gt && o.lt:
		c.W.Error(reply.ErrExpireGTLT)
		return false
	}
	return true
}

// allows reports whether a deadline may be changed to another. A key without
// one (0) is as if it expired never.
func (o *condition) allows(old, next int64) bool {
	switch {
	case o.nx && old != 0, o.xx && old == 0:
		return false
	case o.gt && (old == 0 || next <= old):
		return false
	case o.lt && old != 0 && next >= old:
		return false
	}
	return true
}

func persist(c *keyspace.Ctx) {
	key := c.Args[1]
	e := c.Lookup(key)
	if e == nil || e.Deadline() == 0 {
		c.W.Int(0)
		return
	}
	c.Expire(e, 0)
	c.Notify('g', "persist", key)
	c.W.Int(1)
}

func ttl(c *keyspace.Ctx)         { replyDeadline(c, c.Clock, 1000) }
func pttl(c *keyspace.Ctx)        { replyDeadline(c, c.Clock, 1) }
func expiretime(c *keyspace.Ctx)  { replyDeadline(c, 0, 1000) }
func pexpiretime(c *keyspace.Ctx) { replyDeadline(c, 0, 1) }

// replyDeadline answers the deadline less base in units of scale milliseconds,
// rounded; -1 if there is none and -2 if there is no key.
func replyDeadline(c *keyspace.Ctx, base, scale int64) {
	e := c.Peek(c.Args[1])
	switch {
	case e == nil:
		c.W.Int(-2)
	case e.Deadline() == 0:
		c.W.Int(-1)
	default:
		ms := max(e.Deadline()-base, 0)
		n := ms / scale
		if ms%scale*2 >= scale && scale > 1 {
			n++
		}
		c.W.Int(n)
	}
}
