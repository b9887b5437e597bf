package rdb

import (
	"encoding/binary"
	"strconv"

	"github.com/msredis/msredis/internal/listpack"
	"github.com/msredis/msredis/internal/redisnum"
)

func parseInt(b []byte) (int64, bool) { return redisnum.ParseInt(b) }

// numbers is the memory for the text of elements that are numbers. Each in turn takes
// one of the places, so that some stay valid while the next are read.
type numbers struct {
	text [4][20]byte
	next int
}

func (n *numbers) format(v int64) []byte {
	n.next = (n.next + 1) % len(n.text)
	return strconv.AppendInt(n.text[n.next][:0], v, 10)
}

// A listpack is
//
//	its length (4 bytes), number of elements (2; 65535: many), elements, 0xff
//
// and an element is that of package listpack. All numbers are little endian.
const (
	lpHead = 4 + 2
	lpMany = 1<<16 - 1
	lpEnd  = 0xff
)

func eachListpack(b []byte, fn func(e []byte) error) error {
	if len(b) < lpHead+1 || uint64(binary.LittleEndian.Uint32(b)) != uint64(len(b)) || b[len(b)-1] != lpEnd {
		return ErrFormat
	}
	want, n := int(binary.LittleEndian.Uint16(b[4:])), 0
	var nums numbers
	for p := b[lpHead : len(b)-1]; len(p) > 0; n++ {
		e, size := listpack.CutStrict(p)
		if size == 0 {
			return ErrFormat
		}
		text := e.Str
		if text == nil {
			text = nums.format(e.Num)
		}
		if err := fn(text); err != nil {
			return err
		}
		p = p[size:]
	}
	if n != want && want != lpMany {
		return ErrFormat
	}
	return nil
}

// A ziplist is
//
//	its length (4 bytes), where the last element begins (4), number of elements
//	(2; 65535: many), elements, 0xff
//
// and an element the size of the one before, what it is, and its bytes.
const (
	zlHead = 4 + 4 + 2
	zlEnd  = 0xff
	zlLong = 0xfe // the size of the element before follows in four bytes
)

func eachZiplist(b []byte, fn func(e []byte) error) error {
	if len(b) < zlHead+1 || uint64(binary.LittleEndian.Uint32(b)) != uint64(len(b)) || b[len(b)-1] != zlEnd {
		return ErrFormat
	}
	tail, want, n := binary.LittleEndian.Uint32(b[4:]), int(binary.LittleEndian.Uint16(b[8:])), 0
	var nums numbers
	last, before := zlHead, uint64(0)
	for p := b[zlHead : len(b)-1]; len(p) > 0; n++ {
		last = len(b) - 1 - len(p)
		head, prev := 1, uint64(p[0])
		if p[0] == zlLong {
			if len(p) < 5 {
				return ErrFormat
			}
			head, prev = 5, uint64(binary.LittleEndian.Uint32(p[1:]))
		}
		if prev != before || p[0] == zlEnd || len(p) == head {
			return ErrFormat
		}
		e, size, ok := zlElement(p[head:], &nums)
		if !ok {
			return ErrFormat
		}
		if err := fn(e); err != nil {
			return err
		}
		before = uint64(head + size)
		p = p[head+size:]
	}
	if uint64(tail) != uint64(last) || n != want && want != lpMany {
		return ErrFormat
	}
	return nil
}

// zlElement reads what an element is, and its bytes.
func zlElement(p []byte, nums *numbers) (e []byte, size int, ok bool) {
	c := p[0]
	head, n := 1, uint64(0)
	switch {
	case c>>6 == 0:
		n = uint64(c)
	case c>>6 == 1 && len(p) > 1:
		head, n = 2, uint64(c&0x3f)<<8|uint64(p[1])
	case c == 0x80 && len(p) > 4:
		head, n = 5, uint64(binary.BigEndian.Uint32(p[1:]))
	case c >= 0xf1 && c <= 0xfd:
		return nums.format(int64(c&0x0f) - 1), 1, true
	default:
		width := zlWidth(c)
		if width == 0 || 1+width > len(p) {
			return nil, 0, false
		}
		return nums.format(littleEndian(p[1 : 1+width])), 1 + width, true
	}
	if n > uint64(len(p)-head) {
		return nil, 0, false
	}
	return p[head : head+int(n)], head + int(n), true
}

// zlWidth returns the bytes of the number that c announces, 0 if it is none.
func zlWidth(c byte) int {
	switch c {
	case 0xfe:
		return 1
	case 0xc0:
		return 2
	case 0xf0:
		return 3
	case 0xd0:
		return 4
	case 0xe0:
		return 8
	}
	return 0
}

// eachZipmap walks over the fields and values of a zipmap. A zipmap begins with the
// number of pairs, if it is below 254. Then come in turn a field behind its length, and
// a value behind its length and the number of unused bytes that follow it. It ends with
// 0xff.
func eachZipmap(b []byte, fn func(e []byte) error) error {
	const end, long = 0xff, 0xfe
	if len(b) < 2 || b[len(b)-1] != end {
		return ErrFormat
	}
	want, n := int(b[0]), 0
	length := func(p []byte) (size uint64, rest []byte, ok bool) {
		switch {
		case len(p) == 0 || p[0] == end:
			return 0, nil, false
		case p[0] != long:
			return uint64(p[0]), p[1:], true
		case len(p) < 5:
			return 0, nil, false
		}
		return uint64(binary.LittleEndian.Uint32(p[1:])), p[5:], true
	}
	for p := b[1 : len(b)-1]; len(p) > 0; n++ {
		size, rest, ok := length(p)
		if !ok || size > uint64(len(rest)) {
			return ErrFormat
		}
		field, rest := rest[:size], rest[size:]
		size, rest, ok = length(rest)
		if !ok || len(rest) == 0 || size+uint64(rest[0]) > uint64(len(rest)-1) {
			return ErrFormat
		}
		free := uint64(rest[0])
		value := rest[1 : 1+size]
		if err := fn(field); err != nil {
			return err
		}
		if err := fn(value); err != nil {
			return err
		}
		p = rest[1+size+free:]
	}
	if n != want && want < long {
		return ErrFormat
	}
	return nil
}

// eachIntset walks over a set of integers: the bytes of each (4), how many there
// are (4), the integers, ascending.
func eachIntset(b []byte, fn func(e []byte) error) error {
	if len(b) < intsetHead {
		return ErrFormat
	}
	width, n := uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[4:]))
	if width != 2 && width != 4 && width != 8 || width*n != uint64(len(b)-intsetHead) {
		return ErrFormat
	}
	var nums numbers
	last := int64(0)
	for i := range n {
		v := littleEndian(b[intsetHead+i*width : intsetHead+(i+1)*width])
		if i > 0 && v <= last {
			return ErrFormat
		}
		last = v
		if err := fn(nums.format(v)); err != nil {
			return err
		}
	}
	return nil
}

const intsetHead = 4 + 4
