package rdb

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/msredis/msredis/internal/redisnum"
)

// Decoder cuts the parts of one serialised value off its bytes. The values that it
// returns may share memory with them.
type Decoder struct{ b []byte }

// NewDecoder returns a Decoder of what follows a value's type.
func NewDecoder(b []byte) *Decoder { return &Decoder{b} }

// The first two bits of a length say how it goes on.
const (
	len6   = 0
	len14  = 1
	len32  = 0x80 // the whole byte; likewise len64
	len64  = 0x81
	encode = 3 // no length but one of these:

	encodeInt8  = 0
	encodeInt16 = 1
	encodeInt32 = 2
	encodeLZF   = 3
)

func (d *Decoder) take(n uint64) ([]byte, error) {
	if n > uint64(len(d.b)) {
		return nil, ErrFormat
	}
	b := d.b[:n:n]
	d.b = d.b[n:]
	return b, nil
}

// source is what the parts of values are read from. A slice that take returns
// is valid until the next call.
type source interface {
	take(n uint64) ([]byte, error)
}

// head reads a length, or with special the number of an encoding.
func head(src source) (n uint64, special bool, err error) {
	first, err := src.take(1)
	if err != nil {
		return 0, false, err
	}
	size, b := uint64(0), first[0]
	switch {
	case b>>6 == len6:
		return uint64(b), false, nil
	case b>>6 == encode:
		return uint64(b & 0x3f), true, nil
	case b>>6 == len14:
		low, err := src.take(1)
		if err != nil {
			return 0, false, err
		}
		return uint64(b&0x3f)<<8 | uint64(low[0]), false, nil
	case b == len32:
		size = 4
	case b == len64:
		size = 8
	default:
		return 0, false, ErrFormat
	}
	rest, err := src.take(size)
	if err != nil {
		return 0, false, err
	}
	for _, b := range rest {
		n = n<<8 | uint64(b)
	}
	return n, false, nil
}

// number reads a length that is no encoding.
func number(src source) (uint64, error) {
	n, special, err := head(src)
	if err == nil && special {
		err = ErrFormat
	}
	return n, err
}

// Len reads a number that is no encoding.
func (d *Decoder) Len() (uint64, error) { return number(d) }

// count reads the number of elements that follow, each of which takes at least
// one byte.
func (d *Decoder) count() (int, error) {
	n, err := d.Len()
	if err == nil && n > uint64(len(d.b)) {
		err = ErrFormat
	}
	return int(n), err
}

// Bytes reads a string.
func (d *Decoder) Bytes() ([]byte, error) {
	n, special, err := head(d)
	if err != nil {
		return nil, err
	}
	if !special {
		return d.take(n)
	}
	switch n {
	case encodeInt8, encodeInt16, encodeInt32:
		b, err := d.take(1 << n)
		if err != nil {
			return nil, err
		}
		return strconv.AppendInt(nil, littleEndian(b), 10), nil
	case encodeLZF:
		size, err := d.Len()
		if err != nil {
			return nil, err
		}
		plain, err := d.Len()
		if err != nil {
			return nil, err
		}
		src, err := d.take(size)
		if err != nil {
			return nil, err
		}
		b, ok := lzfDecompress(src, plain)
		if !ok {
			return nil, ErrFormat
		}
		return b, nil
	}
	return nil, ErrFormat
}

// littleEndian reads b as a signed integer.
func littleEndian(b []byte) int64 {
	n := uint64(0)
	for i, c := range b {
		n |= uint64(c) << (8 * i)
	}
	shift := 64 - 8*len(b)
	return int64(n<<shift) >> shift
}

// Millis reads a time in Unix milliseconds.
func (d *Decoder) Millis() (int64, error) {
	b, err := d.take(8)
	if err != nil {
		return 0, err
	}
	return int64(binary.LittleEndian.Uint64(b)), nil
}

// double reads the eight bytes of a score.
func (d *Decoder) double() (float64, error) {
	b, err := d.take(8)
	if err != nil {
		return 0, err
	}
	return notNaN(math.Float64frombits(binary.LittleEndian.Uint64(b)))
}

// textDouble reads a score as Redis wrote it before version 8: a length and so
// many digits, or one of three lengths with a meaning.
func (d *Decoder) textDouble() (float64, error) {
	first, err := d.take(1)
	if err != nil {
		return 0, err
	}
	switch n := first[0]; n {
	case 253:
		return 0, ErrFormat // NaN
	case 254:
		return math.Inf(1), nil
	case 255:
		return math.Inf(-1), nil
	default:
		text, err := d.take(uint64(n))
		if err != nil {
			return 0, err
		}
		return score(text)
	}
}

// score reads the text of a score.
func score(text []byte) (float64, error) {
	f, n, _ := redisnum.Strtod(text)
	if n == 0 || n != len(text) {
		return 0, ErrFormat
	}
	return notNaN(f)
}

func notNaN(f float64) (float64, error) {
	if math.IsNaN(f) {
		return 0, ErrFormat
	}
	return f, nil
}
