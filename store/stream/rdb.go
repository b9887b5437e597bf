package stream

import (
	"bytes"

	"github.com/msredis/msredis/internal/listpack"
	"github.com/msredis/msredis/internal/rdb"
	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/store/keyspace"
)

// serial is the form of streams in Redis's serialisation. A chunk is a listpack
// there: the numbers of its living and of its deleted entries, and the body.
var serial = keyspace.RDB{
	Dump:  dump,
	Types: []rdb.Type{rdb.TypeStream, rdb.TypeStream2, rdb.TypeStream3},
	Load:  load,
}

func (id ID) rdb() rdb.StreamID { return rdb.StreamID{MS: id.MS, Seq: id.Seq} }

func dump(v keyspace.Value) *rdb.Encoder {
	s := v.(*Stream)
	out := rdb.NewEncoder(rdb.TypeStream2)
	out.Len(uint64(s.chunks.len()))
	s.chunks.each(minID, func(c *chunk) bool {
		out.Bytes(c.id.rdb().RawID())
		var l rdb.Listpack
		l.AddInt(int64(c.live))
		l.AddInt(int64(c.dead))
		l.AddPacked(c.body, elements(c.body))
		out.Listpack(&l)
		return true
	})
	out.Len(uint64(s.length))
	out.ID(s.last.rdb())
	out.ID(s.first.rdb())
	out.ID(s.maxDeleted.rdb())
	out.Len(s.added)
	out.Len(uint64(len(s.groups)))
	for _, g := range s.groups {
		g.dump(out)
	}
	return out
}

func (g *group) dump(out *rdb.Encoder) {
	out.Bytes(g.name)
	out.ID(g.last.rdb())
	out.Len(uint64(g.read))
	out.Len(uint64(g.pending.len()))
	g.pending.each(minID, func(n *nack) bool {
		out.Raw(n.id.rdb().RawID())
		out.Millis(n.time)
		out.Len(n.count)
		return true
	})
	out.Len(uint64(len(g.consumers)))
	for _, c := range g.consumers {
		out.Bytes(c.name)
		out.Millis(c.seen)
		out.Len(uint64(c.pending.len()))
		c.pending.each(minID, func(n *nack) bool {
			out.Raw(n.id.rdb().RawID())
			return true
		})
	}
}

// elements counts those of a chunk's body.
func elements(body []byte) (n int) {
	for ; len(body) > 0; n++ {
		body = body[listpack.Skip(body):]
	}
	return n
}

func load(_ *settings.Values, t rdb.Type, d *rdb.Decoder) (keyspace.Value, error) {
	l := loader{s: New()}
	err := d.Stream(t, &l)
	if err == nil {
		err = l.closeGroup()
	}
	if err != nil {
		return nil, err
	}
	return l.s, nil
}

// loader makes a stream of its parts, which may be anything.
type loader struct {
	s *Stream
	g *group    // whose parts are coming; nil: none yet
	c *consumer // likewise
	// orphans are the pending entries of g that have no owner yet.
	orphans int
}

// Chunk implements rdb.StreamVisitor.
func (l *loader) Chunk(id rdb.StreamID, packed []byte) error {
	b, err := rdb.ListpackBody(packed)
	if err != nil {
		return err
	}
	var counts [2]int64
	for i := range counts {
		e, size := listpack.Cut(b)
		if size == 0 || e.Str != nil {
			return rdb.ErrFormat
		}
		counts[i], b = e.Num, b[size:]
	}
	c := &chunk{id: ID(id), body: bytes.Clone(b)}
	if !l.s.adopt(c) || int64(c.live) != counts[0] || int64(c.dead) != counts[1] {
		return rdb.ErrFormat
	}
	return nil
}

// Figures implements rdb.StreamVisitor.
func (l *loader) Figures(f rdb.StreamFigures) error {
	s := l.s
	s.findFirst()
	s.last, s.maxDeleted, s.added = ID(f.Last), ID(f.MaxDeleted), f.Added
	if !f.Known {
		s.added = f.Length
	}
	if f.Length != uint64(s.length) || s.last.less(s.top) {
		return rdb.ErrFormat
	}
	return nil
}

// Group implements rdb.StreamVisitor.
func (l *loader) Group(name []byte, last rdb.StreamID, read int64, known bool) error {
	if err := l.closeGroup(); err != nil || l.s.groupNamed(name) != nil {
		return rdb.ErrFormat
	}
	if !known {
		read = l.s.position(ID(last))
	}
	l.s.addGroup(name, ID(last), read)
	l.g, l.c = l.s.groupNamed(name), nil
	return nil
}

// closeGroup checks that every pending entry is somebody's.
func (l *loader) closeGroup() error {
	if l.orphans > 0 {
		return rdb.ErrFormat
	}
	return nil
}

// Pending implements rdb.StreamVisitor.
func (l *loader) Pending(id rdb.StreamID, delivered int64, count uint64) error {
	n := &nack{id: ID(id), time: delivered, count: count}
	if last := l.g.pending.last(); last != nil && !last.id.less(n.id) {
		return rdb.ErrFormat
	}
	l.g.pending.push(&l.s.own, n)
	l.s.bytes += nackSize
	l.orphans++
	return nil
}

// Consumer implements rdb.StreamVisitor.
func (l *loader) Consumer(name []byte, seen, active int64) error {
	if l.g.consumer(name) != nil {
		return rdb.ErrFormat
	}
	l.c = l.s.addConsumer(l.g, name, seen)
	l.c.active = active
	return nil
}

// Owns implements rdb.StreamVisitor.
func (l *loader) Owns(id rdb.StreamID) error {
	n, ok := l.g.pending.get(ID(id))
	if !ok || n.owner != nil {
		return rdb.ErrFormat
	}
	if last := l.c.pending.last(); last != nil && !last.id.less(n.id) {
		return rdb.ErrFormat
	}
	n.owner = l.c.owner
	l.c.pending.push(&l.s.own, n)
	l.orphans--
	return nil
}
