package stream

import (
	"bytes"
	"slices"

	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/ds"
	"github.com/msredis/msredis/store/keyspace"
)

// Stream is a value: entries in the order of their IDs, and the consumer groups that
// read them. The entries are in chunks, see there. The cuts between chunks are part of
// the state. So are deleted entries that still take room.
type Stream struct {
	chunks ordered[*chunk]
	length int // entries
	// first and top are the IDs of the first and the last entry; zero if there
	// is none.
	first, top ID

	last       ID     // ID generated last; new ones are above it
	maxDeleted ID     // largest that XDEL has deleted
	added      uint64 // entries ever added

	groups []*group // in the order of their names
	bytes  int64    // of chunks and groups
	own    ds.Owner
}

// New returns an empty stream.
func New() *Stream { return &Stream{} }

// Kind implements keyspace.Value.
func (*Stream) Kind() *keyspace.Kind { return &Kind }

// Encoding implements keyspace.Value.
func (*Stream) Encoding() string { return "stream" }

// Len implements keyspace.Value.
func (s *Stream) Len() int { return s.length }

// The memory that the parts of a stream count: their allocations and their places in
// sequences.
const (
	streamSize   = 160
	chunkSize    = 96 + 8
	groupSize    = 144 + 8
	consumerSize = 96 + 8
	nackSize     = 48 + 2*8
)

// MemSize implements keyspace.Value.
func (s *Stream) MemSize() int64 { return streamSize + s.bytes }

func (c *chunk) memSize() int64 { return chunkSize + int64(len(c.body)) }

// copiedMax is how many bytes a stream has at most that is copied at once.
const copiedMax = 4 << 10

// Clone implements keyspace.Value.
func (s *Stream) Clone() keyspace.Value {
	c := s.same()
	if s.bytes > copiedMax {
		s.own.Share(&c.own)
		return c
	}
	c.chunks = s.chunks.clone((*chunk).clone)
	c.groups = make([]*group, len(s.groups))
	for i, g := range s.groups {
		c.groups[i] = g.clone()
	}
	return c
}

// Freeze implements keyspace.Freezer.
func (s *Stream) Freeze() keyspace.Value {
	if s.bytes <= copiedMax {
		return nil
	}
	v := s.same()
	s.own.Lend(&v.own)
	return v
}

// Owner implements keyspace.Freezer.
func (s *Stream) Owner() *ds.Owner { return &s.own }

// Release implements keyspace.Freezer.
func (s *Stream) Release() { s.own.Release() }

// same returns a stream that has the nodes of s.
func (s *Stream) same() *Stream {
	return &Stream{
		chunks: s.chunks, length: s.length, first: s.first, top: s.top, last: s.last, maxDeleted: s.maxDeleted, added: s.added,
		groups: s.groups, bytes: s.bytes,
	}
}

// takeChunk returns the chunk at p, to be changed.
func (s *Stream) takeChunk(p place) *chunk {
	own := s.own.Strict()
	b := s.chunks.take(own, p.block)
	c := b.es[p.i]
	if own != nil {
		c = c.take(own)
		b.es[p.i] = c
	}
	return c
}

// nextID returns the ID that "*" stands for at a time.
func (s *Stream) nextID(now int64) (ID, bool) {
	if ms := uint64(now); ms > s.last.MS {
		return ID{MS: ms}, true
	}
	return s.last.next()
}

// add adds an entry, whose ID is above last. pairs are its fields and values. The
// settings decide whether it begins a chunk.
func (s *Stream) add(to *settings.Values, id ID, pairs [][]byte) {
	size := 0
	for _, p := range pairs {
		size += len(p)
	}
	tail := s.takeTail()
	// Only XSETID lets a deleted entry have a higher ID than one to come. The
	// chunks are in order nevertheless if none is left that has nothing else.
	for tail != nil && tail.live == 0 && id.Compare(tail.last) <= 0 {
		s.dropChunk(s.chunks.from(tail.id), tail)
		tail = s.takeTail()
	}
	switch {
	case tail == nil:
		s.addChunk(newChunk(id, pairs, size))
	case tail.hasRoom(to, size):
		before := len(tail.body)
		tail.append(id, pairs)
		s.bytes += int64(len(tail.body) - before)
	default:
		tail.seal()
		s.addChunk(newChunk(id, pairs, size))
	}
	if s.length == 0 {
		s.first = id
	}
	s.length++
	s.added++
	s.last, s.top = id, id
}

// takeTail returns the last chunk, to be changed; nil if there is none.
func (s *Stream) takeTail() *chunk {
	n := len(s.chunks.blocks)
	if n == 0 {
		return nil
	}
	return s.takeChunk(place{n - 1, len(s.chunks.blocks[n-1].es) - 1})
}

func (s *Stream) addChunk(c *chunk) {
	c.mark = s.own.Mark()
	s.chunks.push(s.own.Strict(), c)
	s.bytes += c.memSize()
}

// dropChunk removes the chunk c at p; what was behind it is at the place returned.
func (s *Stream) dropChunk(p place, c *chunk) place {
	s.bytes -= c.memSize()
	return s.chunks.remove(s.own.Strict(), p)
}

// find returns the entry id and the place of its chunk.
func (s *Stream) find(id ID) (k cursor, p place, ok bool) {
	if s.length == 0 || id.less(s.first) || s.top.less(id) {
		return k, p, false
	}
	p = s.chunks.from(id)
	c, ok := s.chunks.at(p)
	if !ok || c.id != id {
		if p, ok = s.chunks.before(p); !ok {
			return k, p, false
		}
		c, _ = s.chunks.at(p)
	}
	k, ok = c.find(id)
	return k, p, ok
}

func (s *Stream) exists(id ID) bool {
	_, _, ok := s.find(id)
	return ok
}

// delete removes the entry id and reports whether it was there.
func (s *Stream) delete(id ID) bool {
	k, p, ok := s.find(id)
	if !ok {
		return false
	}
	k.c = s.takeChunk(p)
	if k.delete(); k.c.live == 0 {
		s.dropChunk(p, k.c)
	}
	s.length--
	if s.maxDeleted.less(id) {
		s.maxDeleted = id
	}
	if id == s.first {
		s.findFirst()
	}
	if id == s.top {
		s.findTop()
	}
	return true
}

// findFirst finds the first entry again.
func (s *Stream) findFirst() {
	s.first = minID
	s.ascend(minID, maxID, func(k *cursor) bool {
		s.first = k.id
		return false
	})
}

// findTop finds the last entry again.
func (s *Stream) findTop() {
	s.top = minID
	s.descend(minID, maxID, func(k *cursor) bool {
		s.top = k.id
		return false
	})
}

// chunkOf returns the place of the chunk that id is in, if it is in any.
func (s *Stream) chunkOf(id ID) place {
	p := s.chunks.from(id)
	if c, ok := s.chunks.at(p); ok && c.id == id {
		return p
	}
	p, _ = s.chunks.before(p) // or the first one
	return p
}

// ascend calls fn with the entries from start to end, both included, until it
// returns false.
func (s *Stream) ascend(start, end ID, fn func(k *cursor) bool) {
	for p := s.chunkOf(start); ; p = s.chunks.after(p) {
		c, ok := s.chunks.at(p)
		if !ok {
			return
		}
		k := c.start()
		for k.step() {
			if k.deleted() || k.id.less(start) {
				continue
			}
			if end.less(k.id) || !fn(&k) {
				return
			}
		}
	}
}

// descend is ascend from the last entry to the first.
func (s *Stream) descend(start, end ID, fn func(k *cursor) bool) {
	if s.chunks.len() == 0 {
		return
	}
	marks := make([]int, 0, 100) // where the entries of a chunk begin
	for p, more := s.chunkOf(end), true; more; p, more = s.chunks.before(p) {
		c, _ := s.chunks.at(p)
		marks = marks[:0]
		k := c.start()
		for k.step() {
			if !k.deleted() && k.id.Compare(end) <= 0 {
				marks = append(marks, k.at)
			}
		}
		for i := len(marks) - 1; i >= 0; i-- {
			k.next = marks[i]
			k.step()
			if k.id.less(start) || !fn(&k) {
				return
			}
		}
	}
}

// replyRange answers with at most count entries from start to end; count 0: all.
func (s *Stream) replyRange(w *reply.Writer, start, end ID, count int64, reverse bool) {
	n, at := int64(0), w.Later()
	walk := s.ascend
	if reverse {
		walk = s.descend
	}
	walk(start, end, func(k *cursor) bool {
		k.reply(w)
		n++
		return n != count
	})
	w.CloseArray(at, int(n))
}

// groupNamed returns the group with this name, nil if there is none.
func (s *Stream) groupNamed(name []byte) *group {
	if i, ok := s.groupAt(name); ok {
		return s.groups[i]
	}
	return nil
}

func (s *Stream) groupAt(name []byte) (int, bool) {
	return slices.BinarySearchFunc(s.groups, name, func(g *group, name []byte) int { return bytes.Compare(g.name, name) })
}

// Of returns the stream that e holds, nil if e is nil. For a value of another
// type it answers the error itself.
func Of(c *keyspace.Ctx, e *keyspace.Entry) (s *Stream, ok bool) {
	if e == nil {
		return nil, true
	}
	if s, ok = e.Value().(*Stream); !ok {
		c.W.Error(reply.ErrWrongType)
	}
	return s, ok
}
