package hash

import (
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

func hgetdel(c *keyspace.Ctx) {
	var view Hash
	e, h, ok := lookup(c, &view)
	if !ok {
		return
	}
	fields, ok := fieldArgs(c, 2, reply.ErrNumFieldsRange)
	if !ok {
		return
	}
	getAnd(c, e, h, fields, &removal)
}

func hgetex(c *keyspace.Ctx) {
	var view Hash
	e, h, ok := lookup(c, &view)
	if !ok {
		return
	}
	o := options{width: 1}
	if !o.parse(c) {
		return
	}
	var fc *fieldChange
	switch {
	case o.timed && o.deadline <= c.Now:
		fc = &removal
	case o.timed:
		fc = &fieldChange{"hexpire", (*Hash).has, func(h *Hash, field []byte) { h.expire(field, o.deadline) }}
	case o.persist:
		fc = &persistence
	}
	getAnd(c, e, h, o.fields, fc)
}

// fieldChange is what HGETDEL and HGETEX do with a field that they have answered.
type fieldChange struct {
	event   string
	applies func(h *Hash, field []byte) bool
	do      func(h *Hash, field []byte)
}

var (
	removal     = fieldChange{"hdel", (*Hash).has, func(h *Hash, field []byte) { h.Remove(field) }}
	persistence = fieldChange{
		"hpersist",
		func(h *Hash, field []byte) bool { return h != nil && h.Deadline(field) != 0 },
		func(h *Hash, field []byte) { h.times.drop(h, field) },
	}
)

// getAnd answers the values of the fields and makes the change, if there is one, with
// each. A field that comes twice is then as the first time has left it.
func getAnd(c *keyspace.Ctx, e *keyspace.Entry, h *Hash, fields [][]byte, fc *fieldChange) {
	c.W.Array(len(fields))
	var own *Hash // as of the first change
	for _, field := range fields {
		now := h
		if own != nil {
			now = own
		}
		now.bulk(c, field)
		if fc == nil || !fc.applies(now, field) {
			continue
		}
		if own == nil {
			own = edit(c, e, h)
		}
		fc.do(own, field)
	}
	if own == nil {
		return
	}
	keep(c, e, own)
	c.Notify('h', fc.event, c.Args[1])
	if own.Len() == 0 {
		c.Notify('g', "del", c.Args[1])
	}
}

func hsetex(c *keyspace.Ctx) {
	o := options{width: 2}
	if !o.parse(c) {
		return
	}
	var view Hash
	e, h, ok := lookup(c, &view)
	if !ok {
		return
	}
	if !o.allow(h) {
		c.W.Int(0)
		return
	}
	past := o.timed && o.deadline <= c.Now
	change(c, e, h, func(h *Hash) {
		s := c.Settings()
		h.expect(s, o.fields)
		for i := 0; i < len(o.fields); i += 2 {
			field := o.fields[i]
			isNew := h.Set(s, field, o.fields[i+1])
			switch {
			case o.timed && !past:
				h.expire(field, o.deadline)
			case !isNew && !o.keepTTL:
				h.times.drop(h, field)
			}
		}
	})
	c.Notify('h', "hset", c.Args[1])
	switch {
	case past:
		o.remove(c)
	case o.timed:
		c.Notify('h', "hexpire", c.Args[1])
	}
	c.W.Int(1)
}

// allow reports whether the conditions let HSETEX change h; nil: there is no key.
func (o *options) allow(h *Hash) bool {
	if o.nx && h != nil || o.xx && h == nil {
		return false
	}
	for i := 0; i < len(o.fields) && (o.fnx || o.fxx); i += 2 {
		if h.has(o.fields[i]) == o.fnx {
			return false
		}
	}
	return true
}

// remove deletes the fields that HSETEX has set, for a deadline that has passed.
func (o *options) remove(c *keyspace.Ctx) {
	var view Hash
	e, h, _ := lookup(c, &view)
	own := edit(c, e, h)
	for i := 0; i < len(o.fields); i += 2 {
		own.Remove(o.fields[i])
	}
	keep(c, e, own)
	c.Notify('h', "hdel", c.Args[1])
	if own.Len() == 0 {
		c.Notify('g', "del", c.Args[1])
	}
}
