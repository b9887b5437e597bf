package hash

import (
	"github.com/msredis/msredis/store/keyspace"
)

// bulk answers the value of a field, null if there is none.
func (h *Hash) bulk(c *keyspace.Ctx, field []byte) {
	if value, ok := h.value(field); ok {
		c.W.Bulk(value)
	} else {
		c.W.Null()
	}
}

func hget(c *keyspace.Ctx) {
	var view Hash
	if _, h, ok := lookup(c, &view); ok {
		h.bulk(c, c.Args[2])
	}
}

func hmget(c *keyspace.Ctx) {
	var view Hash
	_, h, ok := lookup(c, &view)
	if !ok {
		return
	}
	fields := c.Args[2:]
	c.W.Array(len(fields))
	for _, field := range fields {
		h.bulk(c, field)
	}
}

func hexists(c *keyspace.Ctx) {
	var view Hash
	_, h, ok := lookup(c, &view)
	if !ok {
		return
	}
	if _, exists := h.value(c.Args[2]); exists {
		c.W.Int(1)
	} else {
		c.W.Int(0)
	}
}

func hstrlen(c *keyspace.Ctx) {
	var view Hash
	if _, h, ok := lookup(c, &view); ok {
		value, _ := h.value(c.Args[2])
		c.W.Int(int64(len(value)))
	}
}

func hlen(c *keyspace.Ctx) {
	var view Hash
	e, h, ok := lookup(c, &view)
	switch {
	case !ok:
	case e == nil:
		c.W.Int(0)
	default:
		c.W.Int(int64(h.Len()))
	}
}

func hgetall(c *keyspace.Ctx) {
	var view Hash
	e, h, ok := lookup(c, &view)
	switch {
	case !ok:
	case e == nil:
		c.W.Map(0)
	default:
		c.W.Map(h.Len())
		h.Each(func(field, value []byte) bool {
			c.W.Bulk(field)
			c.W.Bulk(value)
			return !c.W.Stopped()
		})
	}
}

func hkeys(c *keyspace.Ctx) {
	list(c, func(field, _ []byte) []byte { return field })
}

func hvals(c *keyspace.Ctx) {
	list(c, func(_, value []byte) []byte { return value })
}

// list answers one part of every pair.
func list(c *keyspace.Ctx, part func(field, value []byte) []byte) {
	var view Hash
	e, h, ok := lookup(c, &view)
	switch {
	case !ok:
	case e == nil:
		c.W.Array(0)
	default:
		c.W.Array(h.Len())
		h.Each(func(field, value []byte) bool {
			c.W.Bulk(part(field, value))
			return !c.W.Stopped()
		})
	}
}

func hscan(c *keyspace.Ctx) {
	c.Purge(c.Args[1])
	cursor, ok := c.Cursor(2)
	if !ok {
		return
	}
	var view Hash
	e, h, ok := lookup(c, &view)
	if !ok {
		return
	}
	if e == nil {
		c.ScanReply(0, 0)
		return
	}
	o, ok := c.ScanOptions(3, true)
	if !ok {
		return
	}
	var found [][]byte
	next := h.scan(cursor, o.Count, func(field, value []byte) {
		switch {
		case !o.Match(field):
		case o.NoValues:
			found = append(found, field)
		default:
			found = append(found, field, value)
		}
	})
	c.ScanReply(next, len(found))
	for _, part := range found {
		c.W.Bulk(part)
	}
}
