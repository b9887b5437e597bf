package stream

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/internal/listpack"
	"github.com/msredis/msredis/internal/varint"
	"github.com/msredis/msredis/store/keyspace"
)

// Kind is the row of streams in the catalogue of value families. An empty stream
// is one all the same: it knows its last ID and its groups.
var Kind = keyspace.Kind{Name: "stream", Tag: 6, Await: keyspace.AwaitSignal, KeepsEmpty: true, Decode: decode, RDB: &serial}

// An encoded stream is
//
//	format, last, maxDeleted, added, number of chunks, chunk …, number of groups, group …
//
// a chunk its ID, the length of its body and the body as it is in memory, and a
// group
//
//	name, last, read, number of consumers, (name, seen, active) …,
//	number of pending entries, (ID, number of the consumer, time, count) …
//
// Numbers are varints; those of an ID are two. Consumers of format 1 have no active.
const format = 2

// formatSeen is the format of streams whose consumers have seen only.
const formatSeen = 1

var errDecode = errors.New("stream: not an encoded stream")

// Encode implements keyspace.Value.
func (s *Stream) Encode(dst []byte) []byte {
	s.pieces(func(append func([]byte) []byte) { dst = append(dst) })
	return dst
}

// Digest implements keyspace.Value.
func (s *Stream) Digest(h *xxh3.Hasher) {
	var tmp []byte
	s.pieces(func(append func([]byte) []byte) {
		tmp = append(tmp[:0])
		h.Write(tmp)
	})
}

// pieces calls fn with functions that append the encoded stream piece by piece.
func (s *Stream) pieces(fn func(append func(dst []byte) []byte)) {
	fn(func(dst []byte) []byte {
		dst = append(dst, format)
		dst = appendID(dst, s.last)
		dst = appendID(dst, s.maxDeleted)
		dst = binary.AppendUvarint(dst, s.added)
		return binary.AppendUvarint(dst, uint64(s.chunks.len()))
	})
	s.chunks.each(minID, func(c *chunk) bool {
		fn(func(dst []byte) []byte { return appendBytes(appendID(dst, c.id), c.body) })
		return true
	})
	fn(func(dst []byte) []byte { return binary.AppendUvarint(dst, uint64(len(s.groups))) })
	for _, g := range s.groups {
		fn(g.encode)
	}
}

func (g *group) encode(dst []byte) []byte {
	dst = appendID(appendBytes(dst, g.name), g.last)
	dst = binary.AppendVarint(dst, g.read)
	dst = binary.AppendUvarint(dst, uint64(len(g.consumers)))
	number := make(map[*owner]uint64, len(g.consumers))
	for i, c := range g.consumers {
		number[c.owner] = uint64(i)
		dst = binary.AppendVarint(binary.AppendVarint(appendBytes(dst, c.name), c.seen), c.active)
	}
	dst = binary.AppendUvarint(dst, uint64(g.pending.len()))
	g.pending.each(minID, func(n *nack) bool {
		dst = binary.AppendUvarint(appendID(dst, n.id), number[n.owner])
		dst = binary.AppendUvarint(binary.AppendVarint(dst, n.time), n.count)
		return true
	})
	return dst
}

func appendID(dst []byte, id ID) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(dst, id.MS), id.Seq)
}

func appendBytes(dst, b []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(b))), b...)
}

// decoder reads the parts of an encoded stream.
type decoder struct {
	varint.Reader
	format byte
}

func (d *decoder) id() ID {
	ms := d.Uvarint()
	return ID{ms, d.Uvarint()}
}

// own reads a string and copies it.
func (d *decoder) own() []byte { return append([]byte{}, d.Bytes()...) }

func decode(src []byte) (keyspace.Value, error) {
	if len(src) == 0 || src[0] != format && src[0] != formatSeen {
		return nil, errDecode
	}
	d := &decoder{varint.Reader{B: src[1:]}, src[0]}
	s := &Stream{last: d.id(), maxDeleted: d.id(), added: d.Uvarint()}
	for range d.Count() {
		c := &chunk{id: d.id(), body: d.own()}
		if d.Bad || !s.adopt(c) {
			return nil, errDecode
		}
	}
	s.findFirst()
	for range d.Count() {
		if !d.group(s) {
			return nil, errDecode
		}
	}
	if d.Bad || len(d.B) > 0 || s.last.less(s.top) {
		return nil, errDecode
	}
	return s, nil
}

// adopt adds a chunk of which only ID and body are known, if it is one and its
// entries are above those before.
func (s *Stream) adopt(c *chunk) bool {
	if tail := s.chunks.last(); tail != nil && !tail.id.less(c.id) || !wellFormed(c.body) {
		return false
	}
	c.last = c.id
	k := c.start()
	for k.step() {
		c.last = k.id
		if k.deleted() {
			c.dead++
			continue
		}
		if s.length > 0 && !s.top.less(k.id) || k.id.less(c.id) {
			return false
		}
		s.top = k.id
		s.length++
		c.live++
	}
	if c.live+c.dead == 0 || c.last.less(c.id) {
		return false
	}
	s.addChunk(c)
	return true
}

// wellFormed reports whether b is the body of a chunk.
func wellFormed(b []byte) bool {
	number := func() (int64, bool) {
		e, size := listpack.Cut(b)
		b = b[size:]
		return e.Num, size > 0 && e.Str == nil
	}
	skip := func(n int64) bool {
		for range n {
			_, size := listpack.Cut(b)
			if size == 0 {
				return false
			}
			b = b[size:]
		}
		return true
	}
	fields, ok := number()
	if !ok || fields < 1 || fields > math.MaxInt32 || !skip(fields) {
		return false
	}
	if zero, ok := number(); !ok || zero != 0 {
		return false
	}
	for len(b) > 0 {
		flags := b[0] // which are marked in place, so that they have to be a byte
		_, ok1 := number()
		_, ok2 := number()
		_, ok3 := number()
		if !ok1 || !ok2 || !ok3 || flags > flagDeleted|flagSameFields {
			return false
		}
		elements := fields
		if flags&flagSameFields == 0 {
			n, ok := number()
			if !ok || n < 1 || n > math.MaxInt32 {
				return false
			}
			elements = 2*n + 1
			if !skip(2 * n) {
				return false
			}
		} else if !skip(fields) {
			return false
		}
		if length, ok := number(); !ok || length != elements+3 {
			return false
		}
	}
	return true
}

func (d *decoder) group(s *Stream) bool {
	g := &group{name: d.own(), last: d.id(), read: d.Varint()}
	if n := len(s.groups); g.read < unknown || n > 0 && string(s.groups[n-1].name) >= string(g.name) {
		return false
	}
	for range d.Count() {
		c := &consumer{owner: &owner{d.own()}, seen: d.Varint()}
		if c.active = c.seen; d.format != formatSeen {
			c.active = d.Varint()
		}
		if n := len(g.consumers); d.Bad || n > 0 && string(g.consumers[n-1].name) >= string(c.name) {
			return false
		}
		g.consumers = append(g.consumers, c)
	}
	for range d.Count() {
		n := &nack{id: d.id()}
		of := d.Uvarint()
		n.time, n.count = d.Varint(), d.Uvarint()
		if d.Bad || of >= uint64(len(g.consumers)) {
			return false
		}
		if last := g.pending.last(); last != nil && !last.id.less(n.id) {
			return false
		}
		c := g.consumers[of]
		n.owner = c.owner
		g.pending.push(&s.own, n)
		c.pending.push(&s.own, n)
	}
	s.groups = append(s.groups, g)
	s.bytes += g.memSize()
	return !d.Bad
}
