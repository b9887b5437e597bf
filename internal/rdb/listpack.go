package rdb

import (
	"encoding/binary"

	"github.com/msredis/msredis/internal/listpack"
)

// Listpack packs elements. The zero value has none.
type Listpack struct {
	b []byte // with room for the head; empty: no element
	n int
}

// Size returns the length of the listpack.
func (l *Listpack) Size() int {
	if len(l.b) == 0 {
		return lpHead + 1
	}
	return len(l.b) + 1
}

// Len returns the number of elements.
func (l *Listpack) Len() int { return l.n }

// Add appends an element, as a number if it is the text of one.
func (l *Listpack) Add(e []byte) { l.b = listpack.AppendString(l.start(), e) }

// AddInt appends a number.
func (l *Listpack) AddInt(v int64) { l.b = listpack.AppendInt(l.start(), v) }

// start counts an element, and returns what it is appended to.
func (l *Listpack) start() []byte {
	if len(l.b) == 0 {
		l.b = append(l.b, make([]byte, lpHead)...)
	}
	l.n++
	return l.b
}

// Bytes returns the listpack. It is valid until the next Add.
func (l *Listpack) Bytes() []byte {
	if len(l.b) == 0 {
		l.b = append(l.b, make([]byte, lpHead)...)
	}
	b := append(l.b, lpEnd)
	binary.LittleEndian.PutUint32(b, uint32(len(b)))
	binary.LittleEndian.PutUint16(b[4:], uint16(min(l.n, lpMany)))
	return b
}
