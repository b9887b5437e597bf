package zset

import (
	"encoding/binary"
	"math"
	"unsafe"
)

// elem is a member of a large sorted set with its score, in a single allocation without
// pointers. The bytes of the member stand right behind this header. An *elem therefore
// must come from newElem and is never copied by value.
type elem struct {
	bits [8]byte // of the score
	n    [4]byte
}

func newElem(m []byte, score float64) *elem {
	const head = len(elem{}.bits) + len(elem{}.n)
	b := make([]byte, head+len(m))
	binary.LittleEndian.PutUint32(b[len(elem{}.bits):], uint32(len(m)))
	copy(b[head:], m)
	e := (*elem)(unsafe.Pointer(unsafe.SliceData(b)))
	e.setScore(score)
	return e
}

func (e *elem) score() float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(e.bits[:]))
}

func (e *elem) setScore(score float64) {
	binary.LittleEndian.PutUint64(e.bits[:], math.Float64bits(score))
}

func (e *elem) len() int { return int(binary.LittleEndian.Uint32(e.n[:])) }

// Key implements ds.Keyed.
func (e *elem) Key() string {
	n := e.len()
	if n == 0 {
		return "" // a pointer to behind the header would be outside the object
	}
	return unsafe.String((*byte)(unsafe.Add(unsafe.Pointer(e), unsafe.Sizeof(*e))), n)
}

// member returns the member. It must not be changed.
func (e *elem) member() []byte {
	key := e.Key()
	return unsafe.Slice(unsafe.StringData(key), len(key))
}

// memSize is what the element takes: its allocation and its places in the table
// and in the tree.
func (e *elem) memSize() int64 {
	const places = 16 + 24
	return places + (int64(unsafe.Sizeof(*e))+int64(e.len())+7)&^7
}
