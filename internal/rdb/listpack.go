package rdb

import (
	"encoding/binary"
	"math"
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
func (l *Listpack) Add(e []byte) {
	if v, ok := parseInt(e); ok {
		l.AddInt(v)
		return
	}
	start := l.start()
	switch n := len(e); {
	case n < 1<<6:
		l.b = append(l.b, 0x80|byte(n))
	case n < 1<<12:
		l.b = append(l.b, 0xe0|byte(n>>8), byte(n))
	default:
		l.b = binary.LittleEndian.AppendUint32(append(l.b, lpString32), uint32(n))
	}
	l.b = append(l.b, e...)
	l.close(start)
}

// AddInt appends a number.
func (l *Listpack) AddInt(v int64) {
	start := l.start()
	u := uint64(v)
	switch {
	case v >= 0 && v < 1<<7:
		l.b = append(l.b, byte(v))
	case v >= -1<<12 && v < 1<<12:
		l.b = append(l.b, 0xc0|byte(u>>8)&0x1f, byte(u))
	case v >= math.MinInt16 && v <= math.MaxInt16:
		l.b = append(l.b, lpInt16, byte(u), byte(u>>8))
	case v >= -1<<23 && v < 1<<23:
		l.b = append(l.b, lpInt24, byte(u), byte(u>>8), byte(u>>16))
	case v >= math.MinInt32 && v <= math.MaxInt32:
		l.b = binary.LittleEndian.AppendUint32(append(l.b, lpInt32), uint32(u))
	default:
		l.b = binary.LittleEndian.AppendUint64(append(l.b, lpInt64), u)
	}
	l.close(start)
}

func (l *Listpack) start() int {
	if len(l.b) == 0 {
		l.b = append(l.b, make([]byte, lpHead)...)
	}
	l.n++
	return len(l.b)
}

// close appends the length of the element that began at start.
func (l *Listpack) close(start int) {
	size := len(l.b) - start
	for i := lpBackSize(size) - 1; i >= 0; i-- {
		c := byte(size>>(7*i)) & 0x7f
		if i < lpBackSize(size)-1 {
			c |= 0x80
		}
		l.b = append(l.b, c)
	}
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
