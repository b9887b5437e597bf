package rdb

import (
	"encoding/binary"
	"math"
	"strconv"
)

// Encoder serialises one value as Redis 7.0 does.
type Encoder struct{ b []byte }

// NewEncoder starts a value of a type.
func NewEncoder(t Type) *Encoder { return &Encoder{[]byte{byte(t)}} }

// Payload returns what DUMP answers: of the version of Redis 7.0, unless only
// Redis 7.4 has the type. The Encoder is used up.
func (e *Encoder) Payload() []byte {
	if Type(e.b[0]) == TypeHashExpiry {
		return AppendFooter(e.b, MaxVersion)
	}
	return AppendFooter(e.b, Version)
}

// Len appends a number that is no element.
func (e *Encoder) Len(n uint64) {
	switch {
	case n < 1<<6:
		e.b = append(e.b, byte(n))
	case n < 1<<14:
		e.b = append(e.b, len14<<6|byte(n>>8), byte(n))
	case n <= math.MaxUint32:
		e.b = binary.BigEndian.AppendUint32(append(e.b, len32), uint32(n))
	default:
		e.b = binary.BigEndian.AppendUint64(append(e.b, len64), n)
	}
}

// Raw appends bytes as they are.
func (e *Encoder) Raw(b []byte) { e.b = append(e.b, b...) }

// Millis appends a time in Unix milliseconds.
func (e *Encoder) Millis(ms int64) { e.b = binary.LittleEndian.AppendUint64(e.b, uint64(ms)) }

// Double appends the bits of a score.
func (e *Encoder) Double(f float64) {
	e.b = binary.LittleEndian.AppendUint64(e.b, math.Float64bits(f))
}

// Strings up to shortest bytes may be integers, those up to uncompressed are
// never compressed.
const (
	shortest     = 11
	uncompressed = 20
)

// Bytes appends a string: as an integer if it is the text of one, compressed if
// that is worth while.
func (e *Encoder) Bytes(s []byte) {
	if len(s) <= shortest {
		if n, ok := parseInt(s); ok && e.smallInt(n) {
			return
		}
	}
	if len(s) > uncompressed && e.compressed(s) {
		return
	}
	e.Len(uint64(len(s)))
	e.b = append(e.b, s...)
}

// Int appends the text of an integer as a string.
func (e *Encoder) Int(n int64) {
	if !e.smallInt(n) {
		text := strconv.AppendInt(nil, n, 10)
		e.Len(uint64(len(text)))
		e.b = append(e.b, text...)
	}
}

func (e *Encoder) smallInt(n int64) bool {
	switch {
	case n >= math.MinInt8 && n <= math.MaxInt8:
		e.b = append(e.b, encode<<6|encodeInt8, byte(n))
	case n >= math.MinInt16 && n <= math.MaxInt16:
		e.b = binary.LittleEndian.AppendUint16(append(e.b, encode<<6|encodeInt16), uint16(n))
	case n >= math.MinInt32 && n <= math.MaxInt32:
		e.b = binary.LittleEndian.AppendUint32(append(e.b, encode<<6|encodeInt32), uint32(n))
	default:
		return false
	}
	return true
}

func (e *Encoder) compressed(s []byte) bool {
	block, ok := lzfCompress(nil, s)
	if !ok {
		return false
	}
	e.b = append(e.b, encode<<6|encodeLZF)
	e.Len(uint64(len(block)))
	e.Len(uint64(len(s)))
	e.b = append(e.b, block...)
	return true
}

// Intset appends n integers, which at returns in ascending order.
func (e *Encoder) Intset(n int, at func(i int) int64) {
	width := 2
	if n > 0 {
		width = max(intWidth(at(0)), intWidth(at(n-1)))
	}
	b := binary.LittleEndian.AppendUint32(make([]byte, 0, intsetHead+n*width), uint32(width))
	b = binary.LittleEndian.AppendUint32(b, uint32(n))
	for i := range n {
		var tmp [8]byte
		binary.LittleEndian.PutUint64(tmp[:], uint64(at(i)))
		b = append(b, tmp[:width]...)
	}
	e.Bytes(b)
}

func intWidth(v int64) int {
	switch {
	case v >= math.MinInt16 && v <= math.MaxInt16:
		return 2
	case v >= math.MinInt32 && v <= math.MaxInt32:
		return 4
	}
	return 8
}

// Listpack appends the elements packed into l.
func (e *Encoder) Listpack(l *Listpack) { e.Bytes(l.Bytes()) }

// fits reports whether Redis adds an element of so many bytes to a node of a list
// that has some. A fill of -1 to -5 bounds the bytes of a node, any other the
// elements, and the bytes as well.
func (l *Listpack) fits(bytes, fill int) bool {
	const overhead, safe = 8, 8192 // an element is estimated at its length and overhead
	size := l.Size() + bytes + overhead
	if fill < 0 {
		return size <= 4096<<(-fill-1)
	}
	return size <= safe && l.n < fill
}

// Quicklist appends the elements of a list, cut as Redis does when they were
// pushed one behind the other. fill is list-max-listpack-size, from -5 on. push is
// given a function that takes the elements.
func (e *Encoder) Quicklist(fill int, push func(add func(elem []byte))) {
	const plain = 1 << 30 // one of more bytes has a node of its own and is not packed
	nodes := &Encoder{}
	count, l := uint64(0), Listpack{}
	flush := func() {
		if l.n > 0 {
			nodes.Len(nodePacked)
			nodes.Listpack(&l)
			count++
			l = Listpack{b: l.b[:0]}
		}
	}
	push(func(elem []byte) {
		if len(elem) > plain {
			flush()
			nodes.Len(nodePlain)
			nodes.Bytes(elem)
			count++
			return
		}
		if l.n > 0 && !l.fits(len(elem), fill) {
			flush()
		}
		l.Add(elem)
	})
	flush()
	e.Len(count)
	e.b = append(e.b, nodes.b...)
}
