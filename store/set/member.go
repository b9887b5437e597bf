package set

import (
	"encoding/binary"
	"unsafe"
)

// member is an immutable string in a single allocation without pointers: the
// length in this header, the bytes right behind it. A *member therefore must
// come from newMember and is never copied by value.
type member struct{ n [4]byte }

func newMember(b []byte) *member {
	const head = len(member{}.n)
	m := make([]byte, head+len(b))
	binary.LittleEndian.PutUint32(m, uint32(len(b)))
	copy(m[head:], b)
	return (*member)(unsafe.Pointer(unsafe.SliceData(m)))
}

func (m *member) len() int { return int(binary.LittleEndian.Uint32(m.n[:])) }

// Key implements ds.Keyed.
func (m *member) Key() string {
	n := m.len()
	if n == 0 {
		return "" // a pointer to behind the header would be outside the object
	}
	return unsafe.String((*byte)(unsafe.Add(unsafe.Pointer(m), len(m.n))), n)
}

// bytes returns the string. It must not be changed.
func (m *member) bytes() []byte {
	key := m.Key()
	return unsafe.Slice(unsafe.StringData(key), len(key))
}

// memSize is what the member takes: its allocation and its place in the table.
func (m *member) memSize() int64 {
	const place = 16
	return place + int64(len(m.n)+m.len()+7)&^7
}
