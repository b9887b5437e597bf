package redisnum

import (
	"bytes"
	"math/big"
	"strconv"
)

const (
	mantissaBits = 64 // of x87's long double
	// maxExponent: a long double is below 2^maxExponent.
	maxExponent = 16384
	// minExponent: a positive value below 2^(minExponent-1) rounds to 0. (big's
	// exponents are those of a mantissa in [0.5, 1).)
	minExponent = -16445
	// maxFloatLen is Redis's MAX_LONG_DOUBLE_CHARS less the terminating zero.
	maxFloatLen = 5*1024 - 1
	// fractionDigits is the precision of ld2string's human-friendly form.
	fractionDigits = 17
)

// LongDouble is a number that INCRBYFLOAT can read. The zero value is not
// valid; use ParseLongDouble.
type LongDouble struct{ f *big.Float }

// ParseLongDouble reads a float as Redis's string2ld does, which is strtold
// without leading space, trailing bytes, NaN and numbers that round to zero or
// overflow. Hexadecimal ("0x1.8p3") and infinities are numbers to it.
func ParseLongDouble(b []byte) (LongDouble, bool) {
	if len(b) == 0 || len(b) > maxFloatLen {
		return LongDouble{}, false
	}
	negative := false
	if b[0] == '-' || b[0] == '+' {
		negative = b[0] == '-'
		b = b[1:]
	}
	if isInfinity(b) {
		return LongDouble{new(big.Float).SetPrec(mantissaBits).SetInf(negative)}, true
	}
	base, exponentMark, bitsPerDigit := 10, byte('e'), 0
	if len(b) > 2 && b[0] == '0' && (b[1]|0x20) == 'x' {
		base, exponentMark, bitsPerDigit = 16, 'p', 4
		b = b[2:]
	}
	digits, fraction, rest := scanDigits(b, base)
	if len(digits) == 0 {
		return LongDouble{}, false
	}
	exponent := 0
	if len(rest) > 0 {
		if rest[0]|0x20 != exponentMark {
			return LongDouble{}, false
		}
		var ok bool
		if exponent, ok = scanExponent(rest[1:]); !ok {
			return LongDouble{}, false
		}
	}
	m, _ := new(big.Int).SetString(string(digits), base)
	f := new(big.Float).SetPrec(mantissaBits)
	if m.Sign() != 0 {
		if base == 16 {
			scaleBinary(f, m, exponent-bitsPerDigit*fraction)
		} else {
			scaleDecimal(f, m, len(digits), exponent-fraction)
		}
		if f.Sign() == 0 || f.IsInf() || f.MantExp(nil) > maxExponent || f.MantExp(nil) < minExponent {
			return LongDouble{}, false
		}
	}
	if negative {
		f.Neg(f)
	}
	return LongDouble{f}, true
}

// Add returns a+b, and false if the sum is not a finite number.
func (a LongDouble) Add(b LongDouble) (LongDouble, bool) {
	if a.f.IsInf() || b.f.IsInf() {
		return LongDouble{}, false
	}
	sum := new(big.Float).SetPrec(mantissaBits).Add(a.f, b.f)
	if sum.Sign() != 0 && sum.MantExp(nil) > maxExponent {
		return LongDouble{}, false
	}
	return LongDouble{sum}, true
}

// IsInf reports whether a is an infinity.
func (a LongDouble) IsInf() bool { return a.f.IsInf() }

// Append appends a in the form in which Redis stores and shows the result of
// INCRBYFLOAT. It has no exponent, at most 17 digits after the point, no trailing
// zeros, no "-0". a must be finite.
func (a LongDouble) Append(dst []byte) []byte {
	start := len(dst)
	dst = a.f.Append(dst, 'f', fractionDigits)
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	if dst[len(dst)-1] == '.' {
		dst = dst[:len(dst)-1]
	}
	if string(dst[start:]) == "-0" {
		dst = append(dst[:start], '0')
	}
	return dst
}

func isInfinity(b []byte) bool {
	return bytes.EqualFold(b, []byte("inf")) || bytes.EqualFold(b, []byte("infinity"))
}

// scanDigits takes the digits in front of b, with or without a point. fraction
// counts those behind the point.
func scanDigits(b []byte, base int) (digits []byte, fraction int, rest []byte) {
	point := false
	i := 0
	for ; i < len(b); i++ {
		c := b[i]
		switch {
		case c == '.' && !point:
			point = true
			continue
		case c >= '0' && c <= '9':
		case base == 16 && c|0x20 >= 'a' && c|0x20 <= 'f':
		default:
			return digits, fraction, b[i:]
		}
		digits = append(digits, c)
		if point {
			fraction++
		}
	}
	return digits, fraction, nil
}

// scanExponent reads an optionally signed decimal. One that is out of all
// bounds is cut to a value that is still out of a long double's.
func scanExponent(b []byte) (int, bool) {
	const bound = 1 << 20
	text := b
	if len(text) > 0 && (text[0] == '+' || text[0] == '-') {
		text = text[1:]
	}
	if len(text) == 0 {
		return 0, false
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(string(text))
	if err != nil || n > bound {
		n = bound
	}
	if b[0] == '-' {
		n = -n
	}
	return n, true
}

func scaleBinary(f *big.Float, m *big.Int, exponent int) {
	f.SetInt(m)
	f.SetMantExp(f, exponent)
}

// scaleDecimal sets f to m × 10^exponent, rounded once. digits is the number of
// decimal digits of m; with it a hopeless exponent is seen before any work.
func scaleDecimal(f *big.Float, m *big.Int, digits, exponent int) {
	const maxPowerOfTen = 4933 // 10^4933 overflows a long double, 10^-4952 rounds to 0
	switch {
	case exponent > maxPowerOfTen:
		f.SetInf(false)
	case digits+exponent < -maxPowerOfTen-20:
		f.SetInt64(0)
	case exponent >= 0:
		f.SetInt(m.Mul(m, pow10(exponent)))
	default:
		numerator := new(big.Float).SetInt(m)
		denominator := new(big.Float).SetInt(pow10(-exponent))
		f.Quo(numerator, denominator)
	}
}

func pow10(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}
