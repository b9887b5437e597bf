package front

import (
	"bytes"
	"strconv"
)

// The functions of this file find their way in replies that our own writer
// made. They return what they can of anything else, and never panic.

// replyLen returns the length of the first reply in b, whole with all that is
// nested in it; len(b) if b is not a reply.
func replyLen(b []byte) int {
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
			n := headNumber(head)
			if n < 0 {
				continue // the null bulk string
			}
			if n > len(rest)-2 {
				return len(b)
			}
			rest = rest[n+2:]
		case '*', '~', '>':
			due += max(headNumber(head), 0)
		case '%':
			due += 2 * max(headNumber(head), 0)
		case '|':
			due += 2*max(headNumber(head), 0) + 1
		}
	}
	return len(b) - len(rest)
}

// openArray returns the number of elements of the array that b begins with, and
// b behind its header. It fails for the null array and for anything else.
func openArray(b []byte) (n int, elements []byte, ok bool) {
	end := bytes.IndexByte(b, '\n')
	if end < 0 || b[0] != '*' {
		return 0, nil, false
	}
	n = headNumber(b[:end+1])
	return n, b[end+1:], n >= 0
}

// headNumber reads the number in a header such as "*12\r\n"; -1 if there is
// none.
func headNumber(head []byte) int {
	if len(head) < 3 {
		return -1
	}
	n, err := strconv.Atoi(string(head[1 : len(head)-2]))
	if err != nil {
		return -1
	}
	return n
}

// errorText returns the text of an error reply, without '-' and line end.
func errorText(reply []byte) string {
	line, _, _ := bytes.Cut(reply, []byte("\r\n"))
	return string(bytes.TrimPrefix(line, []byte("-")))
}

// bulkText returns the content of a bulk string; empty if b is none.
func bulkText(b []byte) []byte {
	_, text, ok := bytes.Cut(b, []byte("\r\n"))
	if !ok || b[0] != '$' || len(text) < 2 {
		return nil
	}
	return text[:len(text)-2]
}
