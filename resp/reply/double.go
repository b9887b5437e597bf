package reply

import (
	"math"
	"strconv"
)

// AppendShortest formats a finite f as Redis 7.2 and later do. Whole numbers are
// written in full, as far as they are sure to be exact. Others have the fewest digits
// that give the same number again. The exponent form is used where it is shorter by the
// rules of Redis's fpconv.
func AppendShortest(dst []byte, f float64) []byte {
	const whole = math.MaxInt64 / 2
	if f >= -whole && f <= whole && f == math.Trunc(f) && (f != 0 || !math.Signbit(f)) {
		return strconv.AppendInt(dst, int64(f), 10)
	}
	if f == 0 {
		return append(dst, "-0"...)
	}
	var tmp [32]byte
	e := strconv.AppendFloat(tmp[:0], f, 'e', -1, 64) // d.ddde±xx
	if e[0] == '-' {
		dst, e = append(dst, '-'), e[1:]
	}
	mant := 0
	for e[mant] != 'e' {
		mant++
	}
	exp, _ := strconv.Atoi(string(e[mant+1:]))
	digits := e[:1]
	if mant > 2 {
		digits = append(digits, e[2:mant]...) // over the point
	}
	n := len(digits)
	scale := exp - n + 1 // of the digits as a whole number
	size := max(exp, -exp)
	switch {
	case scale >= 0 && size < n+7:
		dst = append(dst, digits...)
		for range scale {
			dst = append(dst, '0')
		}
		return dst
	case scale < 0 && (scale > -7 || size < 4):
		if n+scale > 0 {
			dst = append(dst, digits[:n+scale]...)
			dst = append(dst, '.')
			return append(dst, digits[n+scale:]...)
		}
		dst = append(dst, "0."...)
		for range -(n + scale) {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	dst = append(dst, digits[0])
	if n > 1 {
		dst = append(dst, '.')
		dst = append(dst, digits[1:]...)
	}
	dst = append(dst, 'e')
	if exp < 0 {
		dst = append(dst, '-')
	} else {
		dst = append(dst, '+')
	}
	return strconv.AppendInt(dst, int64(size), 10)
}

// appendG17 formats a finite f as C's printf("%.17g") does. Go's 'g' keeps trailing
// zeros at a fixed precision, and chooses the exponent form by another rule. So the
// digits are taken from the 'e' form and laid out here.
func appendG17(dst []byte, f float64) []byte {
	const precision = 17
	if n := int64(f); n != 0 && n > -1e15 && n < 1e15 && float64(n) == f {
		return strconv.AppendInt(dst, n, 10) // most scores are whole numbers
	}
	var tmp [32]byte
	e := strconv.AppendFloat(tmp[:0], f, 'e', precision-1, 64) // d.dddde±xx
	if e[0] == '-' {
		dst = append(dst, '-')
		e = e[1:]
	}
	mant := 0
	for e[mant] != 'e' {
		mant++
	}
	exp, _ := strconv.Atoi(string(e[mant+1:]))
	digits := make([]byte, 0, precision)
	digits = append(digits, e[0])
	if mant > 2 {
		digits = append(digits, e[2:mant]...)
	}
	for len(digits) > 1 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	switch {
	case exp < -4 || exp >= precision:
		dst = append(dst, digits[0])
		if len(digits) > 1 {
			dst = append(dst, '.')
			dst = append(dst, digits[1:]...)
		}
		dst = append(dst, 'e')
		if exp < 0 {
			dst = append(dst, '-')
			exp = -exp
		} else {
			dst = append(dst, '+')
		}
		if exp < 10 {
			dst = append(dst, '0')
		}
		return strconv.AppendInt(dst, int64(exp), 10)
	case exp < 0:
		dst = append(dst, "0."...)
		for i := -1; i > exp; i-- {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	default:
		for i := 0; i <= exp; i++ {
			if i < len(digits) {
				dst = append(dst, digits[i])
			} else {
				dst = append(dst, '0')
			}
		}
		if len(digits) > exp+1 {
			dst = append(dst, '.')
			dst = append(dst, digits[exp+1:]...)
		}
		return dst
	}
}
