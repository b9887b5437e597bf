package str

import (
	"math"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

func incr(c *keyspace.Ctx) { add(c, 1) }
func decr(c *keyspace.Ctx) { add(c, -1) }

func incrby(c *keyspace.Ctx) {
	if n, ok := c.Int(2); ok {
		add(c, n)
	}
}

func decrby(c *keyspace.Ctx) {
	n, ok := c.Int(2)
	if !ok {
		return
	}
	if n == math.MinInt64 {
		c.W.Error(reply.ErrDecrOverflow)
		return
	}
	add(c, -n)
}

// add changes an integer in place. A string that reads as an integer but is
// kept as bytes becomes one.
func add(c *keyspace.Ctx, delta int64) {
	key := c.Args[1]
	e := c.Lookup(key)
	n, ok := integer(c, e)
	if !ok {
		return
	}
	if delta > 0 && n > math.MaxInt64-delta || delta < 0 && n < math.MinInt64-delta {
		c.W.Error(reply.ErrOverflow)
		return
	}
	n += delta
	if e == nil {
		c.Set(key, draftInt(c, n), false)
	} else if v, ok := e.Value().(*Int); ok {
		c.Edit(e)
		v.n = n
	} else {
		c.Replace(e, draftInt(c, n))
	}
	c.Notify('$', "incrby", key)
	c.W.Int(n)
}

// integer reads e's string as an integer, 0 for a nil e. It answers the error
// itself.
func integer(c *keyspace.Ctx, e *keyspace.Entry) (n int64, ok bool) {
	if e == nil {
		return 0, true
	}
	if v, ok := e.Value().(*Int); ok {
		return v.n, true
	}
	var tmp Scratch
	b, ok := Bytes(e.Value(), &tmp)
	if !ok {
		c.W.Error(reply.ErrWrongType)
		return 0, false
	}
	if n, ok = redisnum.ParseInt(b); !ok {
		c.W.Error(reply.ErrNotInteger)
	}
	return n, ok
}

func incrbyfloat(c *keyspace.Ctx) {
	key := c.Args[1]
	e := c.Lookup(key)
	old := []byte{'0'}
	var tmp Scratch
	if e != nil {
		var ok bool
		if old, ok = Bytes(e.Value(), &tmp); !ok {
			c.W.Error(reply.ErrWrongType)
			return
		}
	}
	value, ok := redisnum.ParseLongDouble(old)
	if !ok {
		c.W.Error(reply.ErrNotFloat)
		return
	}
	increment, ok := redisnum.ParseLongDouble(c.Args[2])
	if !ok {
		c.W.Error(reply.ErrNotFloat)
		return
	}
	sum, ok := value.Add(increment)
	if !ok {
		c.W.Error(reply.ErrNaNOrInf)
		return
	}
	text := sum.Append(nil)
	if e != nil {
		c.Replace(e, draftPlain(c, text))
	} else {
		c.Set(key, draftPlain(c, text), false)
	}
	c.Notify('$', "incrbyfloat", key)
	c.W.Bulk(text)
}
