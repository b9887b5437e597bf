// Package listpack codes the elements of Redis's listpacks: those of streams, and of
// small values in dump files.
package listpack

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"

	"github.com/msredis/msredis/internal/redisnum"
)

// An element has a code, the bytes or the number, and the length of these two. From
// that length the element can be found backwards.

// AppendString appends a string, as a number if it looks like one.
func AppendString(dst, s []byte) []byte {
	if n, ok := redisnum.ParseInt(s); ok {
		return AppendInt(dst, n)
	}
	size := len(s)
	switch {
	case size < 1<<6:
		dst = append(dst, 0x80|byte(size))
		size++
	case size < 1<<12:
		dst = append(dst, 0xe0|byte(size>>8), byte(size))
		size += 2
	default:
		dst = binary.LittleEndian.AppendUint32(append(dst, 0xf0), uint32(size))
		size += 5
	}
	return appendBack(append(dst, s...), size)
}

// AppendInt appends a number.
func AppendInt(dst []byte, n int64) []byte {
	at := len(dst)
	switch {
	case n >= 0 && n <= 127:
		dst = append(dst, byte(n))
	case n >= -1<<12 && n < 1<<12:
		dst = append(dst, 0xc0|byte(n>>8)&0x1f, byte(n))
	case n >= math.MinInt16 && n <= math.MaxInt16:
		dst = append(dst, 0xf1, byte(n), byte(n>>8))
	case n >= -1<<23 && n < 1<<23:
		dst = append(dst, 0xf2, byte(n), byte(n>>8), byte(n>>16))
	case n >= math.MinInt32 && n <= math.MaxInt32:
		dst = binary.LittleEndian.AppendUint32(append(dst, 0xf3), uint32(n))
	default:
		dst = binary.LittleEndian.AppendUint64(append(dst, 0xf4), uint64(n))
	}
	return appendBack(dst, len(dst)-at)
}

// IntSize is how many bytes AppendInt appends.
func IntSize(n int64) int {
	var tmp [16]byte
	return len(AppendInt(tmp[:0], n))
}

// appendBack appends the length of an element, seven bits to a byte, the lowest
// last; all bytes but the first have their top bit set.
func appendBack(dst []byte, size int) []byte {
	n := backSize(size)
	for i := n - 1; i >= 0; i-- {
		b := byte(size>>(7*i)) & 0x7f
		if i < n-1 {
			b |= 0x80
		}
		dst = append(dst, b)
	}
	return dst
}

// backSize is how many bytes the length of an element takes. The bounds are
// those of Redis, not quite powers of two.
func backSize(size int) int {
	switch {
	case size < 1<<7:
		return 1
	case size < 1<<14-1:
		return 2
	case size < 1<<21-1:
		return 3
	case size < 1<<28-1:
		return 4
	}
	return 5
}

// Element is one element of a listpack.
type Element struct {
	Str []byte // nil for a number
	Num int64
}

// Bytes returns the element as a string; tmp is room for a number.
func (e *Element) Bytes(tmp []byte) []byte {
	if e.Str != nil {
		return e.Str
	}
	return strconv.AppendInt(tmp[:0], e.Num, 10)
}

// Cut reads the first element of b and how long it is; 0 if there is none, or
// none that is whole. The length behind the element is not compared.
func Cut(b []byte) (e Element, size int) {
	e, size = cut(b)
	if size == 0 {
		return e, 0
	}
	return e, size + backSize(size)
}

// CutStrict is Cut for what may be damaged: the length behind the element has to be
// its length.
func CutStrict(b []byte) (e Element, size int) {
	e, size = cut(b)
	if size == 0 {
		return e, 0
	}
	var back [5]byte
	if n := len(appendBack(back[:0], size)); !bytes.Equal(b[size:size+n], back[:n]) {
		return e, 0
	}
	return e, size + backSize(size)
}

// cut is Cut; size is that of all but the length behind the element, which is there.
func cut(b []byte) (e Element, size int) {
	if len(b) == 0 {
		return e, 0
	}
	head, n := 1, 0 // lengths of the code and of the bytes of a string
	switch c := b[0]; {
	case c < 0x80:
		e.Num, size = int64(c), 1
	case c < 0xc0:
		n = int(c & 0x3f)
		size = head + n
	case c < 0xe0:
		if size = 2; len(b) >= size {
			e.Num = int64(uint64(c&0x1f)<<59|uint64(b[1])<<51) >> 51
		}
	case c < 0xf0:
		if head = 2; len(b) < head {
			return e, 0
		}
		n = int(c&0x0f)<<8 | int(b[1])
		size = head + n
	case c == 0xf0:
		if head = 5; len(b) < head {
			return e, 0
		}
		n = int(binary.LittleEndian.Uint32(b[1:]))
		size = head + n
	case c <= 0xf4:
		width := [...]int{2, 3, 4, 8}[c-0xf1]
		if size = 1 + width; len(b) < size {
			return e, 0
		}
		v := uint64(0)
		for i := width; i > 0; i-- {
			v = v<<8 | uint64(b[i])
		}
		shift := 64 - 8*width
		e.Num = int64(v<<shift) >> shift
	default:
		return e, 0
	}
	if size+backSize(size) > len(b) {
		return e, 0
	}
	if isString := b[0] >= 0x80 && b[0] < 0xc0 || b[0] >= 0xe0 && b[0] <= 0xf0; isString {
		e.Str = b[head : head+n : head+n]
	}
	return e, size
}

// Int reads the first element of b, which is a whole number, and its length.
func Int(b []byte) (n int64, size int) {
	if b[0] < 0x80 { // by far the most
		return int64(b[0]), 2
	}
	e, size := Cut(b)
	return e.Num, size
}

// Skip returns the length of the first element of b, which is whole.
func Skip(b []byte) int {
	size := 0
	switch c := b[0]; {
	case c < 0x80:
		return 2
	case c < 0xc0:
		return 2 + int(c&0x3f)
	case c < 0xe0:
		return 3
	case c < 0xf0:
		size = 2 + int(c&0x0f)<<8 + int(b[1])
	case c == 0xf0:
		size = 5 + int(binary.LittleEndian.Uint32(b[1:]))
	default:
		return [...]int{4, 5, 6, 10}[c-0xf1]
	}
	return size + backSize(size)
}
