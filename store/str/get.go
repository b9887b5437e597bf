package str

import (
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// replyString answers e's string, null for a nil e. A value of another family
// is answered with an error and false.
func replyString(c *keyspace.Ctx, e *keyspace.Entry) bool {
	if e == nil {
		c.W.Null()
		return true
	}
	switch v := e.Value().(type) {
	case *Packed:
		c.W.Bulk(v.bytes())
	case *Int:
		c.W.BulkInt(v.n)
	case *Raw:
		c.W.Bulk(v.b)
	default:
		c.W.Error(reply.ErrWrongType)
		return false
	}
	return true
}

func get(c *keyspace.Ctx) { replyString(c, c.Lookup(c.Args[1])) }

func strlen(c *keyspace.Ctx) {
	e := c.Lookup(c.Args[1])
	if e == nil {
		c.W.Int(0)
		return
	}
	n, ok := Size(e.Value())
	if !ok {
		c.W.Error(reply.ErrWrongType)
		return
	}
	c.W.Int(int64(n))
}

func mget(c *keyspace.Ctx) {
	keys := c.Args[1:]
	c.W.Array(len(keys))
	var tmp Scratch
	for _, key := range keys {
		e := c.Lookup(key)
		if e == nil {
			c.W.Null()
		} else if b, ok := Bytes(e.Value(), &tmp); ok {
			c.W.Bulk(b)
		} else {
			c.W.Null()
		}
	}
}

func getrange(c *keyspace.Ctx) {
	start, ok := c.Int(2)
	if !ok {
		return
	}
	end, ok := c.Int(3)
	if !ok {
		return
	}
	e := c.Lookup(c.Args[1])
	if e == nil {
		c.W.Bulk(nil)
		return
	}
	var tmp Scratch
	b, ok := Bytes(e.Value(), &tmp)
	if !ok {
		c.W.Error(reply.ErrWrongType)
		return
	}
	from, to := Range(start, end, int64(len(b)))
	c.W.Bulk(b[from:to])
}

// Range turns Redis's inclusive bounds, which count from the end if negative,
// into 0 ≤ from ≤ to ≤ n for a slice.
func Range(start, end, n int64) (from, to int64) {
	if n == 0 || start < 0 && end < 0 && start > end {
		return 0, 0
	}
	if start < 0 {
		start = max(start+n, 0)
	}
	if end < 0 {
		end = max(end+n, 0)
	}
	end = min(end, n-1)
	if start > end {
		return 0, 0
	}
	return start, end + 1
}

func getdel(c *keyspace.Ctx) {
	key := c.Args[1]
	e := c.Lookup(key)
	if replyString(c, e) && e != nil {
		c.Delete(key)
		c.Notify('g', "del", key)
	}
}

func getex(c *keyspace.Ctx) {
	var o options
	if !o.parse(c, 2, ofGetex) {
		return
	}
	key := c.Args[1]
	e := c.Lookup(key)
	if e == nil {
		c.W.Null()
		return
	}
	if _, ok := Size(e.Value()); !ok {
		c.W.Error(reply.ErrWrongType)
		return
	}
	deadline, ok := o.deadline(c)
	if !ok {
		return
	}
	replyString(c, e)
	switch {
	case deadline != 0 && deadline <= c.Now:
		c.Delete(key)
		c.Notify('g', "del", key)
	case deadline != 0:
		c.Expire(e, deadline)
		c.Notify('g', "expire", key)
	case o.persist && e.Deadline() != 0:
		c.Expire(e, 0)
		c.Notify('g', "persist", key)
	}
}
