// Package glob matches names against patterns as Redis does (stringmatchlen):
// '*', '?', '[a-z]', '[^a-z]' and '\' before a character that is meant
// literally.
package glob

// Match reports whether s matches pattern; nocase ignores ASCII case. All bytes of both
// count. It takes time in proportion to len(pattern) × len(s) at worst. Only the last
// '*' is ever tried again, because a later one can make up for whatever an earlier one
// takes.
//
// As in Redis only the empty pattern matches an empty s: "*" does not. Commands that
// take patterns ask MatchesAll first.
func Match(pattern, s []byte, nocase bool) bool {
	if len(s) == 0 {
		return len(pattern) == 0
	}
	p, i := 0, 0
	star, resume := -1, 0 // position behind the last '*', and where in s it was tried last
	for i < len(s) {
		if p < len(pattern) {
			if pattern[p] == '*' {
				p++
				star, resume = p, i
				continue
			}
			if ok, next := matchOne(pattern, p, s[i], nocase); ok {
				p, i = next, i+1
				continue
			}
		}
		if star < 0 {
			return false
		}
		resume++
		p, i = star, resume
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// MatchesAll reports whether pattern is the plain "*", for which Redis does not
// call its matcher at all.
func MatchesAll(pattern []byte) bool { return len(pattern) == 1 && pattern[0] == '*' }

// matchOne matches c with the element of pattern at p, which is not a '*', and
// returns where the next element begins.
func matchOne(pattern []byte, p int, c byte, nocase bool) (ok bool, next int) {
	switch pattern[p] {
	case '?':
		return true, p + 1
	case '[':
		return matchClass(pattern, p+1, c, nocase)
	case '\\':
		if p+1 < len(pattern) {
			p++
		}
	}
	return fold(pattern[p], nocase) == fold(c, nocase), p + 1
}

// matchClass matches c with the class that begins behind '['. As in Redis a
// class that is not closed ends with the pattern, and a range may be written
// backwards.
func matchClass(pattern []byte, p int, c byte, nocase bool) (ok bool, next int) {
	negate := p < len(pattern) && pattern[p] == '^'
	if negate {
		p++
	}
	for ; ; p++ {
		switch {
		case p >= len(pattern):
			return ok != negate, p
		case pattern[p] == '\\' && p+1 < len(pattern):
			p++
			ok = ok || pattern[p] == c // Redis does not ignore case here
		case pattern[p] == ']':
			return ok != negate, p + 1
		case p+2 < len(pattern) && pattern[p+1] == '-':
			ok = ok || inRange(pattern[p], pattern[p+2], c, nocase)
			p += 2
		default:
			ok = ok || fold(pattern[p], nocase) == fold(c, nocase)
		}
	}
}

// inRange compares as C's signed char does: bytes from 128 up stand before the
// others.
func inRange(low, high, c byte, nocase bool) bool {
	if int8(low) > int8(high) {
		low, high = high, low
	}
	low, high, c = fold(low, nocase), fold(high, nocase), fold(c, nocase)
	return int8(low) <= int8(c) && int8(c) <= int8(high)
}

func fold(c byte, nocase bool) byte {
	if nocase && 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
