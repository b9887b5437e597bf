package reply

import (
	"bytes"
	"strconv"
)

// The functions of this file find their way in replies that a Writer made. They return
// what they can of anything else, and never panic.

// Len returns the length of the first reply in b, whole with all that is
// nested in it; len(b) if b is not a reply.
func Len(b []byte) int {
	rest := b
	// Aggregates add what they contain to the replies that are still due, so
	// no nesting is too deep.
	for due := 1; due > 0; due-- {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			return len(b)
		}
		head := rest[:end+1]
		rest = rest[end+1:]
		switch head[0] {
		case '$', '=', '!':
			n := HeadNumber(head)
			if n < 0 {
				continue // the null bulk string
			}
			if n > len(rest)-2 {
				return len(b)
			}
			rest = rest[n+2:]
		case '*', '~', '>':
			due += max(HeadNumber(head), 0)
		case '%':
			due += 2 * max(HeadNumber(head), 0)
		case '|':
			due += 2*max(HeadNumber(head), 0) + 1
		}
	}
	return len(b) - len(rest)
}

// HeadNumber reads the number in a header such as "*12\r\n"; -1 if there is
// none.
func HeadNumber(head []byte) int {
	if len(head) < 3 {
		return -1
	}
	n, err := strconv.Atoi(string(head[1 : len(head)-2]))
	if err != nil {
		return -1
	}
	return n
}
