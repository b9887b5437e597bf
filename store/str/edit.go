package str

import (
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// Writable announces a change of key's string, and returns it in the form that can be
// changed in place. It is at least size bytes long: zeros are added, a missing key is
// created. e is the key's entry and holds a string, or is nil.
func Writable(c *keyspace.Ctx, key []byte, e *keyspace.Entry, size int) *Raw {
	if e == nil {
		r := &Raw{b: make([]byte, size)}
		c.Edit(c.Set(key, r, false))
		return r
	}
	r, ok := e.Value().(*Raw)
	if !ok {
		var tmp Scratch
		b, _ := Bytes(e.Value(), &tmp)
		r = &Raw{b: make([]byte, max(size, len(b)))}
		copy(r.b, b)
		e = c.Replace(e, r)
	}
	c.Edit(e)
	r.take(size)
	r.Grow(size)
	return r
}

// tooLong answers the error if a string of n bytes with add bytes more would
// be too long. Neither is negative.
func tooLong(c *keyspace.Ctx, n, add int64) bool {
	if longest := MaxLen(c.Settings()); n > longest || add > longest-n {
		c.W.Error(reply.ErrStringTooLong)
		return true
	}
	return false
}

func appendTo(c *keyspace.Ctx) {
	key, more := c.Args[1], c.Args[2]
	e := c.Lookup(key)
	if e == nil {
		c.Set(key, draft(c, more), false)
		c.Notify('$', "append", key)
		c.W.Int(int64(len(more)))
		return
	}
	old, ok := Size(e.Value())
	if !ok {
		c.W.Error(reply.ErrWrongType)
		return
	}
	if tooLong(c, int64(old), int64(len(more))) {
		return
	}
	r := Writable(c, key, e, 0)
	r.b = append(r.b, more...)
	c.Notify('$', "append", key)
	c.W.Int(int64(len(r.b)))
}

func setrange(c *keyspace.Ctx) {
	key, part := c.Args[1], c.Args[3]
	offset, ok := c.Int(2)
	if !ok {
		return
	}
	if offset < 0 {
		c.W.Error(reply.ErrOffsetRange)
		return
	}
	e := c.Lookup(key)
	old := 0
	if e != nil {
		if old, ok = Size(e.Value()); !ok {
			c.W.Error(reply.ErrWrongType)
			return
		}
	}
	if len(part) == 0 {
		c.W.Int(int64(old))
		return
	}
	if tooLong(c, offset, int64(len(part))) {
		return
	}
	r := Writable(c, key, e, int(offset)+len(part))
	copy(r.b[offset:], part)
	c.Notify('$', "setrange", key)
	c.W.Int(int64(len(r.b)))
}
