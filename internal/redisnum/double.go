package redisnum

import (
	"bytes"
	"math"
	"strconv"
	"unsafe"
)

// ParseDouble reads a float as Redis's string2d does, which is strtod without
// leading space, trailing bytes, NaN and numbers that overflow or round to zero.
// Hexadecimal and infinities are numbers to it.
func ParseDouble(b []byte) (float64, bool) {
	if len(b) == 0 || isSpace(b[0]) {
		return 0, false
	}
	f, n, inRange := Strtod(b)
	return f, n == len(b) && inRange && !math.IsNaN(f)
}

// parseShort reads what most numbers are: a few digits. They are exact.
func parseShort(b []byte) (float64, bool) {
	const exact = 15
	digits := b
	if len(b) > 0 && b[0] == '-' {
		digits = b[1:]
	}
	if len(digits) == 0 || len(digits) > exact || digits[0] == '0' && len(b) > 1 {
		return 0, false
	}
	n := int64(0)
	for _, ch := range digits {
		if ch < '0' || ch > '9' {
			return 0, false
		}
		n = n*10 + int64(ch-'0')
	}
	if len(digits) < len(b) {
		n = -n
	}
	return float64(n), true
}

// Strtod reads the number at the start of b as C's strtod does in the C locale,
// behind any space. It takes n bytes, 0 if there is none. inRange is false where
// C sets ERANGE and the result is an infinity or zero.
func Strtod(b []byte) (f float64, n int, inRange bool) {
	if f, ok := parseShort(b); ok {
		return f, len(b), true
	}
	i := 0
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	start := i
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		i++
	}
	negative := i > start && b[start] == '-'
	if f, n := scanWord(b[i:]); n > 0 {
		if negative {
			f = -f
		}
		return f, i + n, true
	}
	base, exponentMark := 10, byte('e')
	if isHex(b[i:]) {
		base, exponentMark = 16, 'p'
		i += 2
	}
	digits := i
	i += digitsAt(b[i:], base)
	count := i - digits
	if i < len(b) && b[i] == '.' {
		if more := digitsAt(b[i+1:], base); count+more > 0 {
			i += 1 + more
			count += more
		}
	}
	if count == 0 {
		return 0, 0, true
	}
	mantissa := b[digits:i]
	exponent := exponentAt(b[i:], exponentMark)
	i += exponent
	text := b[start:i]
	if base == 16 && exponent == 0 { // Go wants an exponent
		text = append(append([]byte(nil), text...), 'p', '0')
	}
	f, err := strconv.ParseFloat(unsafe.String(&text[0], len(text)), 64)
	underflow := f == 0 && bytes.ContainsAny(mantissa, "123456789abcdefABCDEF")
	return f, i, err == nil && !underflow
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// scanWord reads an infinity or NaN at the start of b.
func scanWord(b []byte) (f float64, n int) {
	has := func(word string) bool { return len(b) >= len(word) && bytes.EqualFold(b[:len(word)], []byte(word)) }
	switch {
	case has("infinity"):
		return math.Inf(1), len("infinity")
	case has("inf"):
		return math.Inf(1), len("inf")
	case !has("nan"):
		return 0, 0
	}
	n = len("nan")
	if n < len(b) && b[n] == '(' {
		i := n + 1
		for i < len(b) && (b[i] == '_' || digitsAt(b[i:], 36) > 0) {
			i++
		}
		if i < len(b) && b[i] == ')' {
			n = i + 1
		}
	}
	return math.NaN(), n
}

// isHex reports whether b starts with "0x" and a digit, maybe behind a point.
func isHex(b []byte) bool {
	if len(b) < 3 || b[0] != '0' || b[1]|0x20 != 'x' {
		return false
	}
	b = b[2:]
	if b[0] == '.' {
		b = b[1:]
	}
	return digitsAt(b, 16) > 0
}

// digitsAt returns how many digits b starts with.
func digitsAt(b []byte, base int) int {
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
		case base > 10 && c|0x20 >= 'a' && int(c|0x20) < 'a'+base-10:
		default:
			return i
		}
	}
	return len(b)
}

// exponentAt returns the length of the exponent that b starts with, 0 if there
// is none.
func exponentAt(b []byte, mark byte) int {
	if len(b) == 0 || b[0]|0x20 != mark {
		return 0
	}
	i := 1
	if i < len(b) && (b[i] == '-' || b[i] == '+') {
		i++
	}
	n := digitsAt(b[i:], 10)
	if n == 0 {
		return 0
	}
	return i + n
}
