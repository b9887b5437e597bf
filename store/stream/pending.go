package stream

import (
	"math"

	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// lookupGroup returns the stream of argument 1 and its group of argument 2; g is
// nil if there is none. For a value of another type it answers the error itself.
func lookupGroup(c *keyspace.Ctx) (e *keyspace.Entry, s *Stream, g *group, ok bool) {
	e = c.Lookup(c.Args[1])
	if s, ok = Of(c, e); ok && s != nil {
		g = s.groupNamed(c.Args[2])
	}
	return e, s, g, ok
}

func xack(c *keyspace.Ctx) {
	e, s, g, ok := lookupGroup(c)
	if !ok {
		return
	}
	if g == nil {
		c.W.Int(0)
		return
	}
	ids, ok := strictIDs(c, 3)
	if !ok {
		return
	}
	n := 0
	for _, id := range ids {
		if p, ok := g.pending.get(id); ok {
			c.Edit(e)
			g = s.takeGroup(g)
			s.release(g, p)
			n++
		}
	}
	c.W.Int(int64(n))
}

// pendingQuery is an XPENDING that asks for entries.
type pendingQuery struct {
	minIdle    int64
	start, end ID
	count      int64
	consumer   []byte // nil: all
}

func xpending(c *keyspace.Ctx) {
	var q pendingQuery
	summary := len(c.Args) == 3
	if !summary && !q.parse(c) {
		return
	}
	_, _, g, ok := lookupGroup(c)
	switch {
	case !ok:
	case g == nil:
		c.W.Error(reply.NoGroup(c.Args[1], c.Args[2]))
	case summary:
		g.replySummary(c.W)
	default:
		q.answer(c, g)
	}
}

// parse reads the arguments. It answers the error itself.
func (q *pendingQuery) parse(c *keyspace.Ctx) (ok bool) {
	n := len(c.Args)
	if n < 6 || n > 9 {
		c.W.Error(reply.ErrSyntax)
		return false
	}
	at := 3
	if c.Is(at, "IDLE") {
		if q.minIdle, ok = c.Int(at + 1); !ok {
			return false
		}
		if n < 8 {
			c.W.Error(reply.ErrSyntax)
			return false
		}
		at += 2
	}
	if q.count, ok = c.Int(at + 2); !ok {
		return false
	}
	if q.start, ok = startID(c, at); !ok {
		return false
	}
	if q.end, ok = endID(c, at+1); !ok {
		return false
	}
	if n > at+3 {
		q.consumer = c.Args[at+3]
	}
	return true
}

func (g *group) replySummary(w *reply.Writer) {
	w.Array(4)
	w.Int(int64(g.pending.len()))
	if g.pending.len() == 0 {
		w.Null()
		w.Null()
		w.NullArray()
		return
	}
	first, _ := g.pending.at(place{})
	replyID(w, first.id)
	replyID(w, g.pending.last().id)
	n, at := 0, w.Later()
	for _, m := range g.consumers {
		if m.pending.len() > 0 {
			n++
			w.Array(2)
			w.Bulk(m.name)
			w.BulkInt(int64(m.pending.len()))
		}
	}
	w.CloseArray(at, n)
}

func (q *pendingQuery) answer(c *keyspace.Ctx, g *group) {
	list := &g.pending
	if q.consumer != nil {
		m := g.consumer(q.consumer)
		if m == nil {
			c.W.Array(0)
			return
		}
		list = &m.pending
	}
	n, at := int64(0), c.W.Later()
	list.each(q.start, func(p *nack) bool {
		if n >= q.count || q.end.less(p.id) {
			return false
		}
		idle := since(c.Clock, p.time)
		if q.minIdle != 0 && idle < q.minIdle {
			return true
		}
		n++
		c.W.Array(4)
		replyID(c.W, p.id)
		c.W.Bulk(p.owner.name)
		c.W.Int(max(idle, 0))
		c.W.Int(int64(p.count))
		return true
	})
	c.W.CloseArray(at, int(n))
}

// since returns now - then, for any then.
func since(now, then int64) int64 {
	if then < 0 && now > math.MaxInt64+then {
		return math.MaxInt64
	}
	return now - then
}
