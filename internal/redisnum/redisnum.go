// Package redisnum reads and writes numbers exactly as Redis does: which strings count
// as an integer or a float, and how a float is printed.
//
// Integers follow string2ll. Floats follow string2ld and ld2string: x87's long double,
// with 64 bits of mantissa. They are computed here with math/big so that every machine
// gets the same digits.
package redisnum

import "math"

// maxIntLen is the length of the longest decimal int64, its sign included.
const maxIntLen = 20

// ParseInt reads a decimal int64 as Redis's string2ll does: an optional '-',
// then digits without a leading zero. There is no '+', no space and no "-0".
func ParseInt(b []byte) (int64, bool) {
	if len(b) == 0 || len(b) > maxIntLen {
		return 0, false
	}
	if len(b) == 1 && b[0] == '0' {
		return 0, true
	}
	negative := b[0] == '-'
	if negative {
		b = b[1:]
	}
	if len(b) == 0 || b[0] < '1' || b[0] > '9' {
		return 0, false
	}
	n := uint64(0)
	for i, c := range b {
		d := uint64(c - '0')
		if d > 9 {
			return 0, false
		}
		// 19 digits cannot overflow a uint64; only the 20th needs a look.
		if i == 19 && (n > math.MaxUint64/10 || n*10 > math.MaxUint64-d) {
			return 0, false
		}
		n = n*10 + d
	}
	if negative {
		if n > 1<<63 {
			return 0, false
		}
		return -int64(n), true
	}
	if n > math.MaxInt64 {
		return 0, false
	}
	return int64(n), true
}
