package str

import (
	"encoding/binary"
	"math"
	"strconv"
	"unsafe"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/store/ds"
	"github.com/msredis/msredis/store/keyspace"
)

// A string is kept in one of three forms. Which one is part of the state: it
// shows in OBJECT ENCODING, and snapshots keep it.
//
//	Int      "int": the decimal text of an int64, as SET makes of such a text
//	Packed   "embstr" up to embstrMax bytes, else "raw": never changed in place
//	Raw      "raw": what APPEND, SETRANGE and SETBIT leave, and long values

// embstrMax is the longest string that OBJECT ENCODING calls embstr.
const embstrMax = 44

// packedMax bounds Packed, a block of an arena: at most arena.Max, and a large
// string is no trouble for the garbage collector.
const packedMax = 1024

// maxLen bounds a string whatever the settings are: one command must not take
// more memory than any machine has, because every node runs it.
const maxLen = 4 << 30

// MaxLen returns the longest string that a command may make, in bytes.
func MaxLen(s *settings.Values) int64 { return min(int64(s.ProtoMaxBulkLen), maxLen) }

// Int is a string that is the decimal text of an integer.
type Int struct{ n int64 }

// Packed is an immutable string in a single block without pointers: the length
// in this header, the bytes right behind it. A *Packed is therefore made by pack
// and never copied by value.
type Packed struct{ n [4]byte }

// Raw is a string that may be changed in place, with room to grow.
type Raw struct {
	b []byte
	// own tells whether somebody else has b. A copy of b is the string's own.
	own ds.Owner
}

// draft returns the value that SET makes of b, for c.Set or c.Replace at once. A short
// one is in memory that the next draft is made in, too.
func draft(c *keyspace.Ctx, b []byte) keyspace.Value {
	if n, ok := redisnum.ParseInt(b); ok {
		return draftInt(c, n)
	}
	return draftPlain(c, b)
}

// draftPlain is draft without looking whether b is an integer, as INCRBYFLOAT
// stores it.
func draftPlain(c *keyspace.Ctx, b []byte) keyspace.Value {
	if len(b) <= packedMax {
		return pack(c.Room(packedHead+len(b)), b)
	}
	return &Raw{b: append([]byte(nil), b...)}
}

// draftInt is draft for an integer.
func draftInt(c *keyspace.Ctx, n int64) *Int {
	s := (*Int)(c.Room(intSize))
	s.n = n
	return s
}

// New returns the value that SET makes of b, which is copied.
func New(b []byte) keyspace.Value {
	if n, ok := redisnum.ParseInt(b); ok {
		return &Int{n}
	}
	return newPlain(b)
}

// newPlain is New without looking whether b is an integer.
func newPlain(b []byte) keyspace.Value {
	if len(b) <= packedMax {
		return pack(unsafe.Pointer(unsafe.SliceData(make([]byte, packedHead+len(b)))), b)
	}
	return &Raw{b: append([]byte(nil), b...)}
}

// NewRaw returns the string b in the raw encoding, whatever its length. It
// takes b over.
func NewRaw(b []byte) *Raw { return &Raw{b: b} }

const (
	packedHead = int(unsafe.Sizeof(Packed{}))
	intSize    = int(unsafe.Sizeof(Int{}))
)

// pack makes a Packed of b in the packedHead+len(b) bytes at p.
func pack(p unsafe.Pointer, b []byte) *Packed {
	m := unsafe.Slice((*byte)(p), packedHead+len(b))
	binary.LittleEndian.PutUint32(m, uint32(len(b)))
	copy(m[packedHead:], b)
	return (*Packed)(p)
}

func (s *Packed) len() int { return int(binary.LittleEndian.Uint32(s.n[:])) }

// bytes returns the content. It shares memory with s and must not be changed.
func (s *Packed) bytes() []byte {
	n := s.len()
	if n == 0 {
		return nil // a pointer to behind the header would be outside the object
	}
	return unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(s), len(s.n))), n)
}

// Scratch is room for the text of an integer, so that Bytes need not allocate.
type Scratch [20]byte

// Bytes returns the content of a string, ok false for a value of another
// family. The slice is valid until the value changes and must not be changed;
// that of an integer lies in tmp.
func Bytes(v keyspace.Value, tmp *Scratch) (b []byte, ok bool) {
	switch v := v.(type) {
	case *Packed:
		return v.bytes(), true
	case *Int:
		return strconv.AppendInt(tmp[:0], v.n, 10), true
	case *Raw:
		return v.b, true
	}
	return nil, false
}

// Size returns the length of a string in bytes, ok false for a value of
// another family.
func Size(v keyspace.Value) (n int, ok bool) {
	switch v := v.(type) {
	case *Packed:
		return v.len(), true
	case *Int:
		return decimalLen(v.n), true
	case *Raw:
		return len(v.b), true
	}
	return 0, false
}

// Bytes returns the content, to be changed at will after Ctx.Edit.
func (s *Raw) Bytes() []byte { return s.b }

// Grow makes s at least n bytes long by adding zeros, in amortised time.
func (s *Raw) Grow(n int) {
	if add := n - len(s.b); add > 0 {
		s.b = append(s.b, make([]byte, add)...)
	}
}

// decimalLen is the length of n's decimal text.
func decimalLen(n int64) int {
	var tmp Scratch
	return len(strconv.AppendInt(tmp[:0], n, 10))
}

// Refcount is what OBJECT REFCOUNT shows: Redis shares small integers.
func (s *Int) Refcount() int64 {
	const sharedIntegers = 10000
	if s.n >= 0 && s.n < sharedIntegers {
		return math.MaxInt32
	}
	return 1
}

// Kind implements keyspace.Value.
func (*Int) Kind() *keyspace.Kind    { return &Kind }
func (*Packed) Kind() *keyspace.Kind { return &Kind }
func (*Raw) Kind() *keyspace.Kind    { return &Kind }

// Encoding implements keyspace.Value.
func (*Int) Encoding() string { return "int" }
func (*Raw) Encoding() string { return "raw" }

// Encoding implements keyspace.Value.
func (s *Packed) Encoding() string {
	if s.len() <= embstrMax {
		return "embstr"
	}
	return "raw"
}

// Len implements keyspace.Value: a string is one element, even if empty.
func (*Int) Len() int    { return 1 }
func (*Packed) Len() int { return 1 }
func (*Raw) Len() int    { return 1 }

// MemSize implements keyspace.Value. Raw's spare capacity is not counted: it
// depends on the history.
func (*Int) MemSize() int64      { return 8 }
func (s *Packed) MemSize() int64 { return memSize(s.len()) }
func (s *Raw) MemSize() int64    { return memSize(len(s.b)) }

func memSize(n int) int64 { return int64(4+n+15) &^ 15 }

// Block implements keyspace.Flat.
func (s *Int) Block() (unsafe.Pointer, int)    { return unsafe.Pointer(s), intSize }
func (s *Packed) Block() (unsafe.Pointer, int) { return unsafe.Pointer(s), packedHead + s.len() }

// At implements keyspace.Flat.
func (*Int) At(p unsafe.Pointer) keyspace.Value    { return (*Int)(p) }
func (*Packed) At(p unsafe.Pointer) keyspace.Value { return (*Packed)(p) }

// Clone implements keyspace.Value. A Packed is copied when a key gets it.
func (s *Int) Clone() keyspace.Value    { return &Int{s.n} }
func (s *Packed) Clone() keyspace.Value { return s }
func (s *Raw) Clone() keyspace.Value {
	if len(s.b) <= copiedMax {
		return &Raw{b: append([]byte(nil), s.b...)}
	}
	c := &Raw{b: s.b}
	s.own.Share(&c.own)
	return c
}

// copiedMax is the longest string that is copied at once where others share it.
const copiedMax = 8 << 10

// Freeze implements keyspace.Freezer.
func (s *Raw) Freeze() keyspace.Value {
	if len(s.b) <= copiedMax {
		return nil
	}
	v := &Raw{b: s.b}
	s.own.Lend(&v.own)
	return v
}

// Owner implements keyspace.Freezer.
func (s *Raw) Owner() *ds.Owner { return &s.own }

// Release implements keyspace.Freezer.
func (s *Raw) Release() { s.own.Release() }

// take makes the bytes the string's own, with room for size bytes.
func (s *Raw) take(size int) {
	if !s.own.Shared() || mutant.On(mutant.BytesShared) {
		return
	}
	s.own.Copy(cap(s.b))
	s.own.Leave()
	s.b = append(make([]byte, 0, max(size, len(s.b))), s.b...)
}

// Digest implements keyspace.Value. It is of the content alone: "12" has one
// digest in each of the three forms.
func (s *Int) Digest(h *xxh3.Hasher) {
	var tmp Scratch
	h.Write(strconv.AppendInt(tmp[:0], s.n, 10))
}
func (s *Packed) Digest(h *xxh3.Hasher) { h.Write(s.bytes()) }
func (s *Raw) Digest(h *xxh3.Hasher)    { h.Write(s.b) }
