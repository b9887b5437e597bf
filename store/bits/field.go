package bits

import "math"

// overflow is what BITFIELD does with a number that does not fit its field.
type overflow byte

const (
	wrap     overflow = iota // keep the low bits
	saturate                 // take the nearest number that fits
	fail                     // change nothing
)

// field is an integer of width bits somewhere in a string, most significant bit
// first. Unsigned fields have at most 63 bits, so that an int64 holds each.
type field struct {
	signed bool
	width  uint  // 1 … 64
	pos    int64 // of its first bit
}

// end is how many bytes a string must have to contain the field.
func (f *field) end() int { return int((f.pos+int64(f.width)-1)>>3) + 1 }

// get reads the field; behind the end of b all bits are 0.
func (f *field) get(b []byte) int64 {
	v := uint64(0)
	for pos, n := f.pos, f.width; n > 0; {
		skip := uint(pos & 7)
		take := min(8-skip, n)
		x := byte(0)
		if pos>>3 < int64(len(b)) {
			x = b[pos>>3]
		}
		v = v<<take | uint64(x<<skip>>(8-take))
		pos, n = pos+int64(take), n-take
	}
	return f.wrapped(v)
}

// set writes the low bits of value into the field, which b contains.
func (f *field) set(b []byte, value int64) {
	for pos, n := f.pos, f.width; n > 0; {
		skip := uint(pos & 7)
		take := min(8-skip, n)
		shift := 8 - skip - take
		mask := byte(0xff) >> (8 - take) << shift
		x := byte(uint64(value)>>(n-take)) << shift
		b[pos>>3] = b[pos>>3]&^mask | x&mask
		pos, n = pos+int64(take), n-take
	}
}

// wrapped returns the number that the low bits of v are in the field.
func (f *field) wrapped(v uint64) int64 {
	unused := 64 - f.width
	if f.signed {
		return int64(v<<unused) >> unused
	}
	return int64(v << unused >> unused)
}

// limit returns value+add as the field can hold it, and whether it fits as it
// is. value is any number for SET (add is 0 then) and one of the field for
// INCRBY.
//
// As in Redis, SET takes a negative value for a huge one if the field is
// unsigned, or if highest-value is beyond an int64.
func (f *field) limit(value, add int64, mode overflow) (int64, bool) {
	lowest, highest := int64(0), int64(1)<<(f.width-1)-1
	if f.signed {
		lowest = -highest - 1
	} else {
		highest = highest<<1 | 1
	}
	sum := value + add
	up, down := add > 0 && sum < value, add < 0 && sum > value // beyond an int64
	over := up || !down && sum > highest ||
		!f.signed && value < 0 || f.width < 64 && value < highest-math.MaxInt64
	under := !over && (down || sum < lowest)
	switch {
	case !over && !under:
		return sum, true
	case mode == wrap:
		return f.wrapped(uint64(sum)), false
	case over:
		return highest, false
	default:
		return lowest, false
	}
}
