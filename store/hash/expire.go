package hash

import (
	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// maxDeadline is the last time at which a field may expire, in Unix
// milliseconds: Redis keeps it in 46 bits.
const maxDeadline = 1<<46 - 1

// The answers of HEXPIRE and its like for a field.
const (
	noField     = -2
	noDeadline  = -1
	notAllowed  = 0
	deadlineSet = 1
	expiredNow  = 2
)

func hexpire(c *keyspace.Ctx)    { setDeadlines(c, c.Now, 1000) }
func hpexpire(c *keyspace.Ctx)   { setDeadlines(c, c.Now, 1) }
func hexpireat(c *keyspace.Ctx)  { setDeadlines(c, 0, 1000) }
func hpexpireat(c *keyspace.Ctx) { setDeadlines(c, 0, 1) }

// setDeadlines is the HEXPIRE family: the deadline is base plus argument 2 in
// units of scale milliseconds. One that has passed deletes the field.
func setDeadlines(c *keyspace.Ctx, base, scale int64) {
	var view Hash
	e, h, ok := lookup(c, &view)
	if !ok {
		return
	}
	when, ok := deadlineArg(c, 2, base, scale)
	if !ok {
		return
	}
	at, allows := condition(c)
	fields, ok := fieldArgs(c, at, reply.ErrNumFields)
	if !ok {
		return
	}
	c.W.Array(len(fields))
	set, deleted := 0, 0
	var own *Hash // as of the first change
	for _, field := range fields {
		now := h
		if own != nil {
			now = own
		}
		if !now.has(field) {
			c.W.Int(noField)
			continue
		}
		if !allows(now.Deadline(field), when) {
			c.W.Int(notAllowed)
			continue
		}
		if own == nil {
			own = edit(c, e, h)
		}
		if when <= c.Now {
			own.Remove(field)
			deleted++
			c.W.Int(expiredNow)
		} else {
			own.expire(field, when)
			set++
			c.W.Int(deadlineSet)
		}
	}
	if own != nil {
		keep(c, e, own)
	}
	if set > 0 {
		c.Notify('h', "hexpire", c.Args[1])
	}
	if deleted > 0 {
		c.Notify('h', "hdel", c.Args[1])
		if own.Len() == 0 {
			c.Notify('g', "del", c.Args[1])
		}
	}
}

// condition reads the option of HEXPIRE, if there is one. It returns the place of
// FIELDS, and whether a deadline may be changed to another. A field without one (0) is
// as if it never expired.
func condition(c *keyspace.Ctx) (at int, allows func(old, next int64) bool) {
	switch {
	case c.Is(3, "NX"):
		return 4, func(old, _ int64) bool { return old == 0 }
	case c.Is(3, "XX"):
		return 4, func(old, _ int64) bool { return old != 0 }
	case c.Is(3, "GT"):
		return 4, func(old, next int64) bool { return old != 0 && next > old }
	case c.Is(3, "LT"):
		return 4, func(old, next int64) bool { return old == 0 || next < old }
	}
	return 3, func(int64, int64) bool { return true }
}

// fieldArgs reads FIELDS, which has to stand at argument at, and what belongs to
// it. It answers errors itself; tooFew is that of a number below one.
func fieldArgs(c *keyspace.Ctx, at int, tooFew string) (fields [][]byte, ok bool) {
	if !c.Is(at, "FIELDS") {
		c.W.Error(reply.ErrFieldsMissing)
		return nil, false
	}
	n := int64(0)
	if at+1 < len(c.Args) {
		n, _ = redisnum.ParseInt(c.Args[at+1])
	}
	if n < 1 {
		c.W.Error(tooFew)
		return nil, false
	}
	fields = c.Args[at+2:]
	if n != int64(len(fields)) {
		c.W.Error(reply.ErrNumFieldsArgs)
		return nil, false
	}
	return fields, true
}

func httl(c *keyspace.Ctx)         { replyDeadlines(c, c.Clock, 1000) }
func hpttl(c *keyspace.Ctx)        { replyDeadlines(c, c.Clock, 1) }
func hexpiretime(c *keyspace.Ctx)  { replyDeadlines(c, 0, 1000) }
func hpexpiretime(c *keyspace.Ctx) { replyDeadlines(c, 0, 1) }

// replyDeadlines answers, for each field, the deadline less base in units of
// scale milliseconds, rounded up.
func replyDeadlines(c *keyspace.Ctx, base, scale int64) {
	var view Hash
	_, h, ok := lookup(c, &view)
	if !ok {
		return
	}
	fields, ok := fieldArgs(c, 2, reply.ErrNumFieldsRange)
	if !ok {
		return
	}
	c.W.Array(len(fields))
	for _, field := range fields {
		if _, exists := h.value(field); !exists {
			c.W.Int(noField)
		} else if at := h.Deadline(field); at == 0 {
			c.W.Int(noDeadline)
		} else {
			c.W.Int((max(at-base, 0) + scale - 1) / scale)
		}
	}
}

func hpersist(c *keyspace.Ctx) {
	var view Hash
	e, h, ok := lookup(c, &view)
	if !ok {
		return
	}
	fields, ok := fieldArgs(c, 2, reply.ErrNumFieldsRange)
	if !ok {
		return
	}
	c.W.Array(len(fields))
	var own *Hash // as of the first change; it has deadlines, so it is h itself
	for _, field := range fields {
		switch {
		case !h.has(field):
			c.W.Int(noField)
		case h.Deadline(field) == 0:
			c.W.Int(noDeadline)
		default:
			if own == nil {
				own = edit(c, e, h)
			}
			own.times.drop(own, field)
			c.W.Int(deadlineSet)
		}
	}
	if own != nil {
		keep(c, e, own)
		c.Notify('h', "hpersist", c.Args[1])
	}
}
