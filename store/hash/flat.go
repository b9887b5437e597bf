package hash

import (
	"encoding/binary"
	"unsafe"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/store/arena"
	"github.com/msredis/msredis/store/keyspace"
)

// flat is the packed form of a small hash without deadlines in a single block without
// pointers. The header has the number of pairs and their length, and the pairs stand
// right behind it. It is only made by Flatten, never copied by value, and never changed
// in place: handlers change a Hash and have it put here again.
type flat struct{ n, size [2]byte }

const flatHead = int(unsafe.Sizeof(flat{}))

// FlatSize implements keyspace.Flattener.
func (h *Hash) FlatSize() int {
	if n := flatHead + len(h.packed.b); h.table == nil && h.times == nil && n <= arena.Max {
		return n
	}
	return 0
}

// Flatten implements keyspace.Flattener.
func (h *Hash) Flatten(p unsafe.Pointer) keyspace.Value {
	f := (*flat)(p)
	binary.LittleEndian.PutUint16(f.n[:], uint16(h.packed.n))
	binary.LittleEndian.PutUint16(f.size[:], uint16(len(h.packed.b)))
	copy(f.pairs(), h.packed.b)
	return f
}

// pairs returns all pairs.
func (f *flat) pairs() []byte {
	n := int(binary.LittleEndian.Uint16(f.size[:]))
	return unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(f), flatHead)), n)
}

// view returns a hash that has the pairs of f, and is not to be changed.
func (f *flat) view() Hash {
	return Hash{packed: packed{b: f.pairs(), n: int(binary.LittleEndian.Uint16(f.n[:]))}}
}

// Of returns the hash that v is, ok false if it is none. It is not to be changed;
// it may be in view.
func Of(v keyspace.Value, view *Hash) (h *Hash, ok bool) {
	switch v := v.(type) {
	case *flat:
		*view = v.view()
		return view, true
	case *Hash:
		return v, true
	}
	return nil, false
}

// edit returns the hash of e, which lookup found, for the handler to change and then to
// give to keep. It is the value of the key itself, or a copy of a flat one in the
// context's memory. A nil e has a new one.
//
// A hash that could be flat is copied as well, and is flat then. It is left over from
// one with deadlines, and on a node that was restored from a snapshot it is flat
// already. The form must not show where a handler is broken off: a value that was being
// changed in place is deleted then, any other stays.
func edit(c *keyspace.Ctx, e *keyspace.Entry, h *Hash) *Hash {
	if e != nil {
		if own, ok := e.Value().(*Hash); ok && own.FlatSize() == 0 {
			c.Edit(e)
			return own
		}
	}
	own, ok := c.Draft.(*Hash)
	if !ok {
		own = New()
		c.Draft = own
	}
	room := arena.Max
	if *own = (Hash{}); h != nil {
		own.packed.n = h.packed.n
		room = min(2*len(h.packed.b)+64, room) // with more, Remove would shrink it
	}
	own.packed.b = unsafe.Slice((*byte)(c.Room(room)), room)[:0]
	if h != nil {
		own.packed.b = append(own.packed.b, h.packed.b...)
	}
	return own
}

// keep ends the change of h, which edit returned.
func keep(c *keyspace.Ctx, e *keyspace.Entry, h *Hash) {
	if e != nil && e.Value() == keyspace.Value(h) {
		return // it was changed in place
	}
	if h.FlatSize() == 0 { // nothing is copied: it has to leave the context's room
		own := *h
		if h = &own; h.table == nil {
			own.packed.b = append([]byte(nil), own.packed.b...)
		}
	}
	switch {
	case e == nil:
		c.Set(c.Args[1], h, false)
	case h.Len() == 0:
		c.Delete(c.Args[1])
	default:
		c.Replace(e, h)
	}
}

// Block implements keyspace.Flat.
func (f *flat) Block() (unsafe.Pointer, int) { return unsafe.Pointer(f), flatHead + len(f.pairs()) }

// At implements keyspace.Flat.
func (*flat) At(p unsafe.Pointer) keyspace.Value { return (*flat)(p) }

// Kind implements keyspace.Value.
func (*flat) Kind() *keyspace.Kind { return &Kind }

// Encoding implements keyspace.Value.
func (f *flat) Encoding() string { h := f.view(); return h.Encoding() }

// Len implements keyspace.Value.
func (f *flat) Len() int { return int(binary.LittleEndian.Uint16(f.n[:])) }

// MemSize implements keyspace.Value.
func (f *flat) MemSize() int64 { h := f.view(); return h.MemSize() }

// Clone implements keyspace.Value. It is copied when a key gets it.
func (f *flat) Clone() keyspace.Value { return f }

// Encode implements keyspace.Value.
func (f *flat) Encode(dst []byte) []byte { h := f.view(); return h.Encode(dst) }

// Digest implements keyspace.Value.
func (f *flat) Digest(x *xxh3.Hasher) { h := f.view(); h.Digest(x) }

// NextPart implements keyspace.Partial.
func (*flat) NextPart() int64 { return 0 }

// PartAfter implements keyspace.Partial.
func (*flat) PartAfter(int64) int64 { return 0 }

// Left implements keyspace.Partial.
func (f *flat) Left(int64) int { return f.Len() }

// AsOf implements keyspace.Partial.
func (f *flat) AsOf(int64) keyspace.Value { return f }

// ExpireParts implements keyspace.Partial.
func (*flat) ExpireParts(int64, bool) {}

// SweepParts implements keyspace.Partial.
func (*flat) SweepParts() {}
