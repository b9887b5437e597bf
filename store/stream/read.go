package stream

import (
	"fmt"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// reading is an XREAD or XREADGROUP. Argument keys+i is the name of a stream and
// argument keys+n+i where to go on in it. BLOCK is the session's affair.
type reading struct {
	keys, n  int
	count    int64 // of entries from each stream; 0: all
	noAck    bool
	group    []byte // nil: XREAD
	consumer []byte
	streams  []readFrom
}

// readFrom is one of the streams that are read.
type readFrom struct {
	e     *keyspace.Entry
	s     *Stream // nil if there is none
	g     *group
	after ID
	isNew bool // ">": what no consumer of the group has got
}

func xread(c *keyspace.Ctx) {
	var r reading
	if r.options(c, false) && r.open(c) {
		r.answer(c)
	}
}

func xreadgroup(c *keyspace.Ctx) {
	var r reading
	switch {
	case !r.options(c, true):
	case r.group == nil:
		c.W.Error(reply.ErrReadNoGroup)
	case r.open(c):
		r.answer(c)
	}
}

// options reads the options up to STREAMS. It answers the error itself.
func (r *reading) options(c *keyspace.Ctx, withGroup bool) (ok bool) {
	fail := func(text string) bool {
		c.W.Error(text)
		return false
	}
	for i := 1; i < len(c.Args); i++ {
		more := len(c.Args) - 1 - i
		switch {
		case more > 0 && c.Is(i, "BLOCK"):
			i++
			if _, text := command.MillisTimeout(c.Args[i]); text != "" {
				return fail(text)
			}
		case more > 0 && c.Is(i, "COUNT"):
			i++
			if r.count, ok = c.Int(i); !ok {
				return false
			}
			r.count = max(r.count, 0)
		case more > 0 && c.Is(i, "STREAMS"):
			if more%2 != 0 {
				last := "$"
				if withGroup {
					last = ">"
				}
				return fail(fmt.Sprintf(reply.ErrReadUnbalanced, c.Cmd.FullName, last))
			}
			r.keys, r.n = i+1, more/2
			return true
		case more > 1 && c.Is(i, "GROUP"):
			if !withGroup {
				return fail(reply.ErrReadGroup)
			}
			r.group, r.consumer = c.Args[i+1], c.Args[i+2]
			i += 2
		case c.Is(i, "NOACK"):
			if !withGroup {
				return fail(reply.ErrReadNoAck)
			}
			r.noAck = true
		default:
			return fail(reply.ErrSyntax)
		}
	}
	return fail(reply.ErrSyntax)
}

// open looks up the streams and reads the IDs. It answers the error itself.
func (r *reading) open(c *keyspace.Ctx) bool {
	r.streams = make([]readFrom, r.n)
	for i := range r.streams {
		f, key, at := &r.streams[i], c.Args[r.keys+i], r.keys+r.n+i
		f.e = c.Lookup(key)
		var ok bool
		if f.s, ok = Of(c, f.e); !ok {
			return false
		}
		if r.group != nil {
			if f.s != nil {
				f.g = f.s.groupNamed(r.group)
			}
			if f.g == nil {
				c.W.Error(reply.NoGroupToRead(key, r.group))
				return false
			}
		}
		if text := f.from(c, at); text != "" {
			c.W.Error(text)
			return false
		}
	}
	return true
}

// from reads argument i as where to go on. It returns the error.
func (f *readFrom) from(c *keyspace.Ctx, i int) (errText string) {
	switch string(cString(c.Args[i])) {
	case "$":
		if f.g != nil {
			return reply.ErrReadDollar
		}
		if f.s != nil {
			f.after = f.s.last
		}
		return ""
	case "+": // the last entry; since Redis 7.4
		if f.g != nil {
			return reply.ErrReadPlus
		}
		if f.s != nil {
			f.after, _ = f.s.last.previous()
		}
		return ""
	case ">":
		if f.g == nil {
			return reply.ErrReadNew
		}
		f.isNew = true
		return ""
	}
	id, _, ok := parseID(c.Args[i], 0, false)
	if !ok {
		return reply.ErrStreamID
	}
	f.after = id
	f.isNew = f.g != nil && id == maxID // as in Redis, to which ">" is that ID
	return ""
}

// answer answers with what the streams have, null if that is nothing.
func (r *reading) answer(c *keyspace.Ctx) {
	n, at := 0, c.W.Later()
	for i := range r.streams {
		f := &r.streams[i]
		if !f.served() {
			if f.g != nil {
				f.g, _ = f.s.member(c, f.e, f.g, r.consumer, c.Args[r.keys+i])
			}
			continue
		}
		n++
		if !c.W.Resp3() {
			c.W.Array(2)
		}
		key := c.Args[r.keys+i]
		c.W.Bulk(key)
		switch {
		case f.g == nil:
			start, _ := f.after.next()
			f.s.replyRange(c.W, start, maxID, r.count, false)
		case f.isNew:
			r.readNew(c, f, key)
		default:
			r.readHistory(c, f, key)
		}
	}
	switch {
	case n == 0:
		c.W.NullArray()
	case c.W.Resp3():
		c.W.CloseMap(at, n)
	default:
		c.W.CloseArray(at, n)
	}
}

// served reports whether there is an answer from this stream. To a consumer that
// asks for its history there always is.
func (f *readFrom) served() bool {
	switch {
	case f.s == nil:
		return false
	case f.g == nil:
		return f.s.length > 0 && f.after.less(f.s.top)
	case f.isNew:
		return f.s.length > 0 && f.g.last.less(f.s.top)
	}
	return true
}

// member returns the consumer, which is made if there is none, and notes that it has
// asked for something. c.Clock is c.Now in the log; of a trial it is the time at which
// the log would take the command. It also returns the group, of which g is no version any
// more if it was changed.
func (s *Stream) member(c *keyspace.Ctx, e *keyspace.Entry, g *group, name, key []byte) (*group, *consumer) {
	m := g.consumer(name)
	switch {
	case m == nil:
		c.Edit(e)
		c.Notify('t', "xgroup-createconsumer", key)
		g = s.takeGroup(g)
		m = s.addConsumer(g, name, c.Now)
	case since(c.Clock, m.seen) >= seenStep, c.Clock < m.seen:
		c.Edit(e)
		g = s.takeGroup(g)
		m = s.takeConsumer(g, m)
		m.seen = c.Now
	}
	return g, m
}

// edit announces a change of the group and the consumer of a reading, and returns the
// latter.
func (r *reading) edit(c *keyspace.Ctx, f *readFrom, key []byte) *consumer {
	c.Edit(f.e)
	g, m := f.s.member(c, f.e, f.g, r.consumer, key)
	f.g = f.s.takeGroup(g)
	m = f.s.takeConsumer(f.g, m)
	m.seen = c.Now
	return m
}

func (r *reading) readNew(c *keyspace.Ctx, f *readFrom, key []byte) {
	m := r.edit(c, f, key)
	start, _ := f.g.last.next()
	n, at := int64(0), c.W.Later()
	f.s.ascend(start, maxID, func(k *cursor) bool {
		f.s.advance(f.g, k.id)
		k.reply(c.W)
		if !r.noAck {
			f.s.deliver(f.g, m, k.id, c.Now)
		}
		n++
		return n != r.count
	})
	c.W.CloseArray(at, int(n))
}

// readHistory answers with what the consumer has pending.
func (r *reading) readHistory(c *keyspace.Ctx, f *readFrom, key []byte) {
	m := r.edit(c, f, key)
	start, _ := f.after.next()
	n, at := int64(0), c.W.Later()
	m.pending.each(start, func(p *nack) bool {
		if k, _, ok := f.s.find(p.id); ok {
			k.reply(c.W)
			p = f.s.takeNack(f.g, p)
			p.time = c.Now
			p.count++
		} else { // deleted since
			c.W.Array(2)
			replyID(c.W, p.id)
			c.W.NullArray()
		}
		n++
		return n != r.count
	})
	c.W.CloseArray(at, int(n))
}
