package reply

import "strconv"

// appendG17 formats a finite f as C's printf("%.17g") does. Go's 'g' keeps
// trailing zeros at a fixed precision and chooses the exponent form by another
// rule, so the digits are taken from the 'e' form and laid out here.
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
