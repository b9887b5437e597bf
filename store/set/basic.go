package set

import (
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// Of returns the set of e, nil for a nil e. For a value of another type it
// answers the error itself.
func Of(c *keyspace.Ctx, e *keyspace.Entry) (s *Set, ok bool) {
	if e == nil {
		return nil, true
	}
	s, ok = e.Value().(*Set)
	if !ok {
		c.W.Error(reply.ErrWrongType)
	}
	return s, ok
}

func sadd(c *keyspace.Ctx) {
	key := c.Args[1]
	e := c.Lookup(key)
	s, ok := Of(c, e)
	if !ok {
		return
	}
	added := 0
	if e == nil {
		s = New()
		for _, m := range c.Args[2:] {
			s.Add(c.Settings(), m)
		}
		c.Set(key, s, false)
		added = s.Len()
	} else {
		for _, m := range c.Args[2:] {
			if !s.Has(m) {
				c.Edit(e)
				s.Add(c.Settings(), m)
				added++
			}
		}
	}
	if added > 0 {
		c.Notify('s', "sadd", key)
	}
	c.W.Int(int64(added))
}

func srem(c *keyspace.Ctx) {
	key := c.Args[1]
	e := c.Lookup(key)
	s, ok := Of(c, e)
	if !ok {
		return
	}
	removed := 0
	switch {
	case e == nil:
	case s.table != nil && len(c.Args) >= removeMany && s.Len() < probeShare*len(c.Args):
		if gone := s.found(c.Args[2:]); len(gone) > 0 {
			c.Edit(e)
			removed = s.removeAll(gone)
		}
	default:
		for _, m := range c.Args[2:] {
			if s.Has(m) {
				c.Edit(e)
				s.Remove(m)
				removed++
			}
		}
	}
	if removed > 0 {
		c.Notify('s', "srem", key)
		notifyIfEmpty(c, key, s)
	}
	c.W.Int(int64(removed))
}

// notifyIfEmpty tells that a key goes because its last member went.
func notifyIfEmpty(c *keyspace.Ctx, key []byte, s *Set) {
	if s.Len() == 0 {
		c.Notify('g', "del", key)
	}
}

func smove(c *keyspace.Ctx) {
	source, destination, m := c.Args[1], c.Args[2], c.Args[3]
	from := c.Lookup(source)
	to := c.Lookup(destination)
	if from == nil {
		c.W.Int(0)
		return
	}
	s, ok := Of(c, from)
	if !ok {
		return
	}
	d, ok := Of(c, to)
	if !ok {
		return
	}
	switch {
	case !s.Has(m):
		c.W.Int(0)
		return
	case from == to:
		c.W.Int(1)
		return
	}
	c.Edit(from)
	s.Remove(m)
	c.Notify('s', "srem", source)
	notifyIfEmpty(c, source, s)
	switch {
	case to == nil:
		d = New()
		d.Add(c.Settings(), m)
		c.Set(destination, d, false)
		c.Notify('s', "sadd", destination)
	case !d.Has(m):
		c.Edit(to)
		d.Add(c.Settings(), m)
		c.Notify('s', "sadd", destination)
	}
	c.W.Int(1)
}

func sismember(c *keyspace.Ctx) {
	if s, ok := Of(c, c.Lookup(c.Args[1])); ok {
		replyHas(c, s, c.Args[2])
	}
}

func smismember(c *keyspace.Ctx) {
	s, ok := Of(c, c.Lookup(c.Args[1]))
	if !ok {
		return
	}
	c.W.Array(len(c.Args) - 2)
	for _, m := range c.Args[2:] {
		replyHas(c, s, m)
	}
}

func replyHas(c *keyspace.Ctx, s *Set, m []byte) {
	if s != nil && s.Has(m) {
		c.W.Int(1)
	} else {
		c.W.Int(0)
	}
}

func scard(c *keyspace.Ctx) {
	s, ok := Of(c, c.Lookup(c.Args[1]))
	switch {
	case !ok:
	case s == nil:
		c.W.Int(0)
	default:
		c.W.Int(int64(s.Len()))
	}
}

func smembers(c *keyspace.Ctx) {
	s, ok := Of(c, c.Lookup(c.Args[1]))
	switch {
	case !ok:
	case s == nil:
		c.W.Set(0)
	default:
		c.W.Set(s.Len())
		s.reply(c.W)
	}
}

// reply writes all members.
func (s *Set) reply(w *reply.Writer) {
	if s.table != nil {
		for m := range s.table.All() {
			if w.Bulk(m.bytes()); w.Stopped() {
				break
			}
		}
		return
	}
	for i := range s.Len() {
		s.replyAt(i, w)
	}
}

func sscan(c *keyspace.Ctx) {
	cursor, ok := c.Cursor(2)
	if !ok {
		return
	}
	s, ok := Of(c, c.Lookup(c.Args[1]))
	if !ok {
		return
	}
	if s == nil {
		c.ScanReply(0, 0)
		return
	}
	o, ok := c.ScanOptions(3, false)
	if !ok {
		return
	}
	var found [][]byte
	next := s.scan(cursor, o.Count, func(m []byte) {
		if o.Match(m) {
			found = append(found, m)
		}
	})
	c.ScanReply(next, len(found))
	for _, m := range found {
		c.W.Bulk(m)
	}
}

// scan calls fn with members from a cursor on and returns the next one: see
// ds.Dict.Scan. A small set is given at once, as in Redis. fn may keep the slice
// until the set changes.
func (s *Set) scan(cursor uint64, count int, fn func(m []byte)) (next uint64) {
	if s.table != nil {
		return s.table.Scan(cursor, count, func(m *member) { fn(m.bytes()) })
	}
	s.Each(func(m []byte) bool {
		if s.ints != nil {
			m = append([]byte(nil), m...)
		}
		fn(m)
		return true
	})
	return 0
}
