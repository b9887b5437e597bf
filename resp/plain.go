package resp

// plainCommand returns the length and the number of arguments of the command in front
// of b. The command has to be there as a whole, to be a multibulk framed to the letter,
// and to lie within bounds. Otherwise plainCommand returns 0. It looks at nothing but
// the header lines, does not allocate, and leaves every other case, faults included, to
// a parser.
//
// Each command that it accepts, redcon cuts in the same way. The fuzz test watches
// that.
func plainCommand(b []byte, limit *bounds) (size, count int) {
	if len(b) == 0 || b[0] != '*' {
		return 0, 0
	}
	count, i := plainHeader(b, 1)
	if i == 0 || count == 0 || count > limit.args {
		return 0, 0
	}
	for n := count; n > 0; n-- {
		if i >= len(b) || b[i] != '$' {
			return 0, 0
		}
		var size int
		if size, i = plainHeader(b, i+1); i == 0 || size > limit.bulk {
			return 0, 0
		}
		i += size
		if i+1 >= len(b) || b[i] != '\r' || b[i+1] != '\n' {
			return 0, 0
		}
		i += 2
	}
	if !limit.authenticated && i > maxUnauthQuery-maxUnauthArgs*argOverhead {
		return 0, 0 // the parser counts all of it
	}
	return i, count
}

// plainHeader reads a number without sign or leading zeros and the CR LF behind
// it. It returns the position behind them, or 0.
func plainHeader(b []byte, i int) (n, next int) {
	const maxDigits = 10 // more is no valid length
	start := i
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		n = n*10 + int(b[i]-'0')
		i++
		if i-start > maxDigits {
			return 0, 0
		}
	}
	if i == start || b[start] == '0' && i > start+1 || i+1 >= len(b) || b[i] != '\r' || b[i+1] != '\n' {
		return 0, 0
	}
	return n, i + 2
}
