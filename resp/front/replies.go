package front

import (
	"bytes"

	"github.com/msredis/msredis/resp/reply"
)

// The functions of this file find their way in replies that our own writer
// made. They return what they can of anything else, and never panic.

// openArray returns the number of elements of the array that b begins with, and
// b behind its header. It fails for the null array and for anything else.
func openArray(b []byte) (n int, elements []byte, ok bool) {
	end := bytes.IndexByte(b, '\n')
	if end < 0 || b[0] != '*' {
		return 0, nil, false
	}
	n = reply.HeadNumber(b[:end+1])
	return n, b[end+1:], n >= 0
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
