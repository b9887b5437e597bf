package hash

import (
	"math"
	"strconv"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// lookup returns the hash of the command's key and its entry, both nil if there
// is none. The hash is not to be changed; it may be in view. A value of another
// family is answered with an error and ok false.
func lookup(c *keyspace.Ctx, view *Hash) (e *keyspace.Entry, h *Hash, ok bool) {
	e = c.Lookup(c.Args[1])
	if e == nil {
		return nil, nil, true
	}
	if h, ok = Of(e.Value(), view); !ok {
		c.W.Error(reply.ErrWrongType)
	}
	return e, h, ok
}

// change runs fn on the hash of e, on a new one if e is nil.
func change(c *keyspace.Ctx, e *keyspace.Entry, h *Hash, fn func(h *Hash)) {
	own := edit(c, e, h) // not h, which then would have to be on the heap
	fn(own)
	keep(c, e, own)
}

func hset(c *keyspace.Ctx) {
	if created, ok := setAll(c); ok {
		c.W.Int(int64(created))
	}
}

func hmset(c *keyspace.Ctx) {
	if _, ok := setAll(c); ok {
		c.W.OK()
	}
}

// setAll sets the fields of HSET and returns how many are new. It answers
// errors itself.
func setAll(c *keyspace.Ctx) (created int, ok bool) {
	if len(c.Args)%2 != 0 {
		c.W.Error(reply.WrongArity(c.Cmd.FullName))
		return 0, false
	}
	var view Hash
	e, h, ok := lookup(c, &view)
	if !ok {
		return 0, false
	}
	pairs := c.Args[2:]
	change(c, e, h, func(h *Hash) {
		s := c.Settings()
		h.expect(s, pairs)
		for i := 0; i < len(pairs); i += 2 {
			if h.Set(s, pairs[i], pairs[i+1]) {
				created++
			} else {
				h.times.drop(h, pairs[i])
			}
		}
	})
	c.Notify('h', "hset", c.Args[1])
	return created, true
}

// expect prepares h for the fields and values in args. One that is too long to
// be packed makes a table of it even if a later one takes its place.
func (h *Hash) expect(s *settings.Values, args [][]byte) {
	if h.table != nil {
		return
	}
	size := 0
	for _, arg := range args {
		if len(arg) > s.HashMaxListpackValue {
			h.spread()
			return
		}
		size += lenSize(len(arg)) + len(arg)
	}
	if h.packed.n == 0 && len(args)/2 <= s.HashMaxListpackEntries {
		h.packed.room(size)
	}
}

func hsetnx(c *keyspace.Ctx) {
	var view Hash
	e, h, ok := lookup(c, &view)
	if !ok {
		return
	}
	field, value := c.Args[2], c.Args[3]
	if e != nil {
		if _, exists := h.Get(field); exists {
			c.W.Int(0)
			return
		}
	}
	change(c, e, h, func(h *Hash) { h.Set(c.Settings(), field, value) })
	c.Notify('h', "hset", c.Args[1])
	c.W.Int(1)
}

func hdel(c *keyspace.Ctx) {
	var view Hash
	e, h, ok := lookup(c, &view)
	if !ok {
		return
	}
	deleted := 0
	fields := c.Args[2:]
	for len(fields) > 0 && !h.has(fields[0]) {
		fields = fields[1:]
	}
	if len(fields) > 0 {
		own := edit(c, e, h)
		for _, field := range fields {
			if own.Remove(field) {
				deleted++
			}
		}
		keep(c, e, own)
		c.Notify('h', "hdel", c.Args[1])
		if own.Len() == 0 {
			c.Notify('g', "del", c.Args[1])
		}
	}
	c.W.Int(int64(deleted))
}

// value returns the present value of the command's field, if there is one.
func (h *Hash) value(field []byte) (value []byte, ok bool) {
	if h == nil {
		return nil, false
	}
	return h.Get(field)
}

// has reports whether the field is there.
func (h *Hash) has(field []byte) bool {
	_, ok := h.value(field)
	return ok
}

func hincrby(c *keyspace.Ctx) {
	delta, ok := c.Int(3)
	if !ok {
		return
	}
	var view Hash
	e, h, ok := lookup(c, &view)
	if !ok {
		return
	}
	field := c.Args[2]
	n := int64(0)
	if old, exists := h.value(field); exists {
		if n, ok = redisnum.ParseInt(old); !ok {
			c.W.Error(reply.ErrHashNotInt)
			return
		}
	}
	if delta > 0 && n > math.MaxInt64-delta || delta < 0 && n < math.MinInt64-delta {
		c.W.Error(reply.ErrOverflow)
		return
	}
	n += delta
	change(c, e, h, func(h *Hash) {
		var tmp [20]byte
		h.Set(c.Settings(), field, strconv.AppendInt(tmp[:0], n, 10))
	})
	c.Notify('h', "hincrby", c.Args[1])
	c.W.Int(n)
}

func hincrbyfloat(c *keyspace.Ctx) {
	increment, ok := redisnum.ParseLongDouble(c.Args[3])
	switch {
	case !ok:
		c.W.Error(reply.ErrNotFloat)
		return
	case increment.IsInf():
		c.W.Error(reply.ErrValueNaNOrInf)
		return
	}
	var view Hash
	e, h, ok := lookup(c, &view)
	if !ok {
		return
	}
	field := c.Args[2]
	old, exists := h.value(field)
	if !exists {
		old = []byte{'0'}
	}
	value, ok := redisnum.ParseLongDouble(old)
	if !ok {
		c.W.Error(reply.ErrHashNotFloat)
		return
	}
	sum, ok := value.Add(increment)
	if !ok {
		c.W.Error(reply.ErrNaNOrInf)
		return
	}
	text := sum.Append(nil)
	change(c, e, h, func(h *Hash) { h.Set(c.Settings(), field, text) })
	c.Notify('h', "hincrbyfloat", c.Args[1])
	c.W.Bulk(text)
}
