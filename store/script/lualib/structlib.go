package lualib

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/msredis/msredis/internal/lua"
)

// Sizes of C's types on the machines that Redis runs on, in bytes.
const (
	sizeShort  = 2
	sizeInt    = 4
	sizeLong   = 8
	sizeFloat  = 4
	sizeDouble = 8
	maxIntSize = 32 // of "iN"
	maxAlign   = 8  // of "!"
)

// OpenStruct sets the global table struct: packing and unpacking of C's types,
// after struct 0.3 as Redis has it.
func OpenStruct(l *lua.LState) {
	register(l, "struct", map[string]func(call) int{
		"pack":   structPack,
		"unpack": structUnpack,
		"size":   structSize,
	})
}

// layout reads a format string.
type layout struct {
	call
	format string
	order  binary.ByteOrder
	align  int
}

func (c call) layout() layout {
	format := c.string(1)
	if i := strings.IndexByte(format, 0); i >= 0 { // it is a C string
		format = format[:i]
	}
	return layout{call: c, format: format, order: binary.LittleEndian, align: 1}
}

// next cuts the next option off, with its size; ok is false at the end.
func (f *layout) next() (option byte, size int, ok bool) {
	if f.format == "" {
		return 0, 0, false
	}
	option, f.format = f.format[0], f.format[1:]
	switch option {
	case 'B', 'b', 'x':
		size = 1
	case 'H', 'h':
		size = sizeShort
	case 'L', 'l', 'T':
		size = sizeLong
	case 'f':
		size = sizeFloat
	case 'd':
		size = sizeDouble
	case 'c':
		size = f.digits(1)
	case 'i', 'I':
		if size = f.digits(sizeInt); size > maxIntSize {
			f.fail("integral size %d is larger than limit of %d", size, maxIntSize)
		}
	}
	return option, size, true
}

// digits reads the number that may stand behind an option.
func (f *layout) digits(otherwise int) int {
	if f.format == "" || !isDigit(f.format[0]) {
		return otherwise
	}
	n := 0
	for f.format != "" && isDigit(f.format[0]) {
		d := int(f.format[0] - '0')
		if n > math.MaxInt32/10 || n*10 > math.MaxInt32-d {
			f.fail("integral size overflow")
		}
		n = n*10 + d
		f.format = f.format[1:]
	}
	return n
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// padding returns how many bytes stand before an element at pos.
func (f *layout) padding(pos int, option byte, size int) int {
	if size == 0 || option == 'c' {
		return 0
	}
	size = min(size, f.align)
	return (size - pos&(size-1)) & (size - 1)
}

// control takes an option that stands for no element.
func (f *layout) control(option byte) {
	switch option {
	case ' ':
	case '>':
		f.order = binary.BigEndian
	case '<':
		f.order = binary.LittleEndian
	case '!':
		a := f.digits(maxAlign)
		if a <= 0 || a&(a-1) != 0 {
			f.fail("alignment %d is not a power of 2", a)
		}
		f.align = a
	default:
		f.argError(1, fmt.Sprintf("invalid format option '%c'", rune(option)))
	}
}

func structPack(c call) int {
	f := c.layout()
	c.Push(lua.LNil) // what is missing is nil in error texts, as in Redis
	var out []byte
	arg, total := 2, 0 // total differs from len(out) only where a size is not what was written
	for {
		option, size, ok := f.next()
		if !ok {
			break
		}
		pad := f.padding(total, option, size)
		total += pad
		out = append(out, make([]byte, pad)...)
		switch option {
		case 'b', 'B', 'h', 'H', 'l', 'L', 'T', 'i', 'I':
			out = appendInteger(out, c.number(arg), f.order, size)
			arg++
		case 'x':
			out = append(out, 0)
		case 'f':
			out = f.append32(out, bits32(c.number(arg)))
			arg++
		case 'd':
			out = f.append64(out, bits64(c.number(arg)))
			arg++
		case 'c', 's':
			s := c.string(arg)
			arg++
			if size == 0 {
				size = len(s)
			}
			if len(s) < size {
				c.argError(arg, "string too short")
			}
			out = append(out, s[:size]...)
			if option == 's' {
				out = append(out, 0)
				size++
			}
		default:
			f.control(option)
		}
		total += size
	}
	c.Push(lua.LString(out))
	return 1
}

func (f *layout) append32(out []byte, v uint32) []byte {
	out = append(out, 0, 0, 0, 0)
	f.order.PutUint32(out[len(out)-4:], v)
	return out
}

func (f *layout) append64(out []byte, v uint64) []byte {
	out = append(out, 0, 0, 0, 0, 0, 0, 0, 0)
	f.order.PutUint64(out[len(out)-8:], v)
	return out
}

// appendInteger appends size bytes of a number. Bytes beyond the eighth are
// zero: C shifts an unsigned value.
func appendInteger(out []byte, n float64, order binary.ByteOrder, size int) []byte {
	value := toUint64(n)
	start := len(out)
	for range size {
		out = append(out, byte(value))
		value >>= 8
	}
	if order == binary.BigEndian {
		reverse(out[start:])
	}
	return out
}

// toUint64 converts as amd64 does: negative numbers by way of a signed one.
func toUint64(f float64) uint64 {
	if f >= 1<<63 {
		if f < 1<<64 {
			return uint64(f-(1<<63)) + 1<<63
		}
		return 0
	}
	return uint64(toInt64(f))
}

func reverse(b []byte) {
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
}

func structUnpack(c call) int {
	f := c.layout()
	data := c.string(2)
	start := c.optInteger(3, 1)
	if start == 0 {
		c.argError(3, "offset must be 1 or greater")
	}
	// A negative offset is a huge one in C, and no data are that long.
	pos := len(data) + 1
	if start > 0 && start-1 <= int64(len(data)) {
		pos = int(start - 1)
	}
	n := 0
	need := func(size int) {
		if size < 0 || size > len(data) || pos > len(data)-size {
			c.argError(2, "data string too short")
		}
	}
	for {
		option, size, ok := f.next()
		if !ok {
			break
		}
		pos += f.padding(pos, option, size)
		need(size)
		if n >= maxSlots {
			c.fail("stack overflow (too many results)")
		}
		field := data[pos : pos+size]
		switch option {
		case 'b', 'B', 'h', 'H', 'l', 'L', 'T', 'i', 'I':
			c.Push(lua.LNumber(integerOf(field, f.order, option >= 'a')))
			n++
		case 'x':
		case 'f':
			c.Push(lua.LNumber(math.Float32frombits(f.order.Uint32([]byte(field)))))
			n++
		case 'd':
			c.Push(lua.LNumber(math.Float64frombits(f.order.Uint64([]byte(field)))))
			n++
		case 'c':
			if size == 0 {
				length, isNumber := float64(0), false
				if n > 0 {
					length, isNumber = toNumber(c.Get(-1))
				}
				if !isNumber {
					c.fail("format 'c0' needs a previous size")
				}
				c.Pop(1)
				n--
				if size = len(data) + 1; length >= 0 && length <= float64(len(data)) {
					size = int(length)
				}
				need(size)
				field = data[pos : pos+size]
			}
			c.Push(lua.LString(field))
			n++
		case 's':
			end := strings.IndexByte(data[pos:], 0)
			if end < 0 {
				c.fail("unfinished string in data")
			}
			c.Push(lua.LString(data[pos : pos+end]))
			n++
			size = end + 1
		default:
			f.control(option)
		}
		pos += size
	}
	c.Push(lua.LNumber(pos + 1))
	return n + 1
}

// integerOf reads a number of up to 32 bytes, of which the lowest eight count.
func integerOf(field string, order binary.ByteOrder, signed bool) float64 {
	b := []byte(field)
	if order == binary.BigEndian {
		reverse(b)
	}
	var low [8]byte
	copy(low[:], b)
	v := binary.LittleEndian.Uint64(low[:])
	if !signed {
		return float64(v)
	}
	// C shifts by size*8-1 modulo 64.
	mask := ^uint64(0) << (uint(len(b)*8-1) & 63)
	if v&mask != 0 {
		v |= mask
	}
	return float64(int64(v))
}

func structSize(c call) int {
	f := c.layout()
	pos := 0
	for {
		option, size, ok := f.next()
		if !ok {
			break
		}
		pos += f.padding(pos, option, size)
		switch {
		case option == 's':
			c.argError(1, "option 's' has no fixed size")
		case option == 'c' && size == 0:
			c.argError(1, "option 'c0' has no fixed size")
		}
		if !isAlnum(option) {
			f.control(option)
		}
		pos += size
	}
	c.Push(lua.LNumber(pos))
	return 1
}

func isAlnum(b byte) bool {
	return isDigit(b) || bytes.IndexByte([]byte("abcdefghijklmnopqrstuvwxyz"), b|0x20) >= 0
}
