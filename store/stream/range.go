package stream

import (
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// lookup returns the stream of argument 1, nil if there is none. For a value of
// another type it answers the error itself.
func lookup(c *keyspace.Ctx) (s *Stream, ok bool) { return Of(c, c.Lookup(c.Args[1])) }

func xlen(c *keyspace.Ctx) {
	s, ok := lookup(c)
	switch {
	case !ok:
	case s == nil:
		c.W.Int(0)
	default:
		c.W.Int(int64(s.length))
	}
}

func xrange(c *keyspace.Ctx)    { replyInterval(c, 2, 3, false) }
func xrevrange(c *keyspace.Ctx) { replyInterval(c, 3, 2, true) }

// replyInterval answers with the entries between the IDs at two positions.
func replyInterval(c *keyspace.Ctx, startAt, endAt int, reverse bool) {
	start, ok := startID(c, startAt)
	if !ok {
		return
	}
	end, ok := endID(c, endAt)
	if !ok {
		return
	}
	count := int64(-1)
	for i := 4; i < len(c.Args); i += 2 {
		if !c.Is(i, "COUNT") || i+1 == len(c.Args) {
			c.W.Error(reply.ErrSyntax)
			return
		}
		if count, ok = c.Int(i + 1); !ok {
			return
		}
		count = max(count, 0)
	}
	s, ok := lookup(c)
	switch {
	case !ok:
	case s == nil:
		c.W.Array(0)
	case count == 0:
		c.W.NullArray()
	default:
		s.replyRange(c.W, start, end, max(count, 0), reverse)
	}
}

func xdel(c *keyspace.Ctx) {
	key := c.Args[1]
	e := c.Lookup(key)
	s, ok := Of(c, e)
	if !ok {
		return
	}
	if s == nil {
		c.W.Int(0)
		return
	}
	ids, ok := strictIDs(c, 2)
	if !ok {
		return
	}
	deleted := 0
	for _, id := range ids {
		if !s.exists(id) {
			continue
		}
		c.Edit(e)
		s.delete(id)
		deleted++
	}
	if deleted > 0 {
		c.Notify('t', "xdel", key)
	}
	c.W.Int(int64(deleted))
}

// strictIDs reads the arguments from i on as IDs. If one is none, the error is
// answered already.
func strictIDs(c *keyspace.Ctx, i int) ([]ID, bool) {
	ids := make([]ID, 0, len(c.Args)-i)
	for ; i < len(c.Args); i++ {
		id, ok := strictID(c, i)
		if !ok {
			return nil, false
		}
		ids = append(ids, id)
	}
	return ids, true
}

func xsetid(c *keyspace.Ctx) {
	id, ok := strictID(c, 2)
	if !ok {
		return
	}
	added, maxDeleted := int64(-1), minID
	for i := 3; i < len(c.Args); i += 2 {
		switch {
		case i+1 < len(c.Args) && c.Is(i, "ENTRIESADDED"):
			if added, ok = c.Int(i + 1); !ok {
				return
			}
			if added < 0 {
				c.W.Error(reply.ErrSetIDAdded)
				return
			}
		case i+1 < len(c.Args) && c.Is(i, "MAXDELETEDID"):
			if maxDeleted, ok = strictID(c, i+1); !ok {
				return
			}
			if id.less(maxDeleted) {
				c.W.Error(reply.ErrSetIDDeleted)
				return
			}
		default:
			c.W.Error(reply.ErrSyntax)
			return
		}
	}
	key := c.Args[1]
	e := c.Lookup(key)
	s, ok := Of(c, e)
	switch {
	case !ok:
		return
	case s == nil:
		c.W.Error(reply.ErrNoSuchKey)
		return
	case id.less(s.maxDeleted):
		c.W.Error(reply.ErrSetIDBelow)
		return
	case s.length > 0 && id.less(s.top):
		c.W.Error(reply.ErrSetIDSmall)
		return
	case s.length > 0 && added != -1 && int64(s.length) > added:
		c.W.Error(reply.ErrSetIDLength)
		return
	}
	c.Edit(e)
	s.last = id
	if added != -1 {
		s.added = uint64(added)
	}
	if maxDeleted != minID {
		s.maxDeleted = maxDeleted
	}
	c.W.OK()
	c.Notify('t', "xsetid", key)
}
