// Package reply builds RESP2 and RESP3 replies.
//
// A Writer is where every reply of msredis is made: by the handlers of the
// store, by the session commands and for errors. Handlers are written once, in
// RESP3's terms (maps, sets, doubles, booleans, nulls); the Writer lowers them
// for a RESP2 client exactly as Redis does.
package reply

import (
	"math"
	"strconv"
)

// Protocol versions, as HELLO takes them.
const (
	RESP2 = 2
	RESP3 = 3
)

// Writer appends replies to Buf. The zero value writes RESP2.
//
// A Writer is confined to one goroutine at a time. With Discard set it drops
// everything. A node sets it to apply a command whose client is connected elsewhere.
// Errors and LastError are kept all the same, because the code that runs the command
// may ask for them.
type Writer struct {
	Buf     []byte
	Proto   uint8 // RESP2 or RESP3; 0 means RESP2
	Discard bool

	bounds bounds
	open   int // aggregates whose length is not known yet; see Stream

	// Asked is set when it was asked for the protocol: what follows in the one who asked
	// may differ from node to node.
	Asked bool

	Errors    int    // error replies written
	LastError string // text of the last one, without the leading '-'
}

// Reset empties the writer and keeps its buffer, protocol and Discard. There are
// no bounds any more.
func (w *Writer) Reset() {
	w.Buf, w.bounds, w.Errors, w.LastError = w.Buf[:0], bounds{}, 0, ""
}

// Point is a place in what a Writer has written, with the bounds there.
type Point struct {
	size, errors int
	lastError    string
	bounds       Bounds
}

// Point returns the place behind what was written so far.
func (w *Writer) Point() Point { return Point{len(w.Buf), w.Errors, w.LastError, w.Bounds()} }

// Back forgets what was written since.
func (w *Writer) Back(p Point) {
	w.Buf, w.Errors, w.LastError = w.Buf[:p.size], p.errors, p.lastError
	w.Bound(p.bounds)
}

// Resp3 reports whether the client speaks RESP3. Handlers ask it only where
// Redis itself answers in a different shape, not merely a different type.
func (w *Writer) Resp3() bool {
	w.Asked = true
	return w.Proto == RESP3
}

func (w *Writer) head(kind byte, n int64) {
	w.Buf = append(w.Buf, kind)
	w.Buf = strconv.AppendInt(w.Buf, n, 10)
	w.Buf = append(w.Buf, '\r', '\n')
}

// Raw appends bytes that are a finished reply already.
func (w *Writer) Raw(b []byte) {
	if w.fits(len(b)) {
		w.Buf = append(w.Buf, b...)
	}
}

// OK writes +OK.
func (w *Writer) OK() {
	if !w.Discard {
		w.Buf = append(w.Buf, "+OK\r\n"...)
	}
}

// Simple writes a simple string. s must not contain CR or LF.
func (w *Writer) Simple(s string) {
	if !w.Discard {
		w.Buf = append(w.Buf, '+')
		w.Buf = append(w.Buf, s...)
		w.Buf = append(w.Buf, '\r', '\n')
	}
}

// Error writes an error reply. msg starts with its code ("ERR …",
// "WRONGTYPE …"); CR and LF in it become spaces, as in Redis.
func (w *Writer) Error(msg string) {
	w.Errors++
	w.LastError = msg
	if w.Discard {
		return
	}
	w.Buf = append(w.Buf, '-')
	for i := 0; i < len(msg); i++ {
		c := msg[i]
		if c == '\r' || c == '\n' {
			c = ' '
		}
		w.Buf = append(w.Buf, c)
	}
	w.Buf = append(w.Buf, '\r', '\n')
}

// Int writes an integer.
func (w *Writer) Int(n int64) {
	if !w.Discard {
		w.head(':', n)
	}
}

// Bulk writes a bulk string. b is copied.
func (w *Writer) Bulk(b []byte) {
	if w.fits(len(b)) {
		if len(b) > large {
			if w.long(b) {
				return
			}
			w.Grow(len(b) + largeFrame)
		}
		w.head('$', int64(len(b)))
		w.Buf = append(w.Buf, b...)
		w.Buf = append(w.Buf, '\r', '\n')
	}
}

// A string of more than large bytes gets room for itself and its frame at once.
// Otherwise it would be copied again because of the two bytes behind it.
const (
	large      = 32 << 10
	largeFrame = 32
)

// BulkString is Bulk for a string.
func (w *Writer) BulkString(s string) {
	if w.fits(len(s)) {
		w.head('$', int64(len(s)))
		w.Buf = append(w.Buf, s...)
		w.Buf = append(w.Buf, '\r', '\n')
	}
}

// BulkInt writes an integer as a bulk string.
func (w *Writer) BulkInt(n int64) {
	if !w.Discard {
		var tmp [20]byte
		w.Bulk(strconv.AppendInt(tmp[:0], n, 10))
	}
}

// Null writes RESP3's null, for RESP2 the null bulk string.
func (w *Writer) Null() {
	if w.Discard {
		return
	}
	if w.Proto == RESP3 {
		w.Buf = append(w.Buf, "_\r\n"...)
	} else {
		w.Buf = append(w.Buf, "$-1\r\n"...)
	}
}

// NullArray writes RESP3's null, for RESP2 the null array.
func (w *Writer) NullArray() {
	if w.Discard {
		return
	}
	if w.Proto == RESP3 {
		w.Buf = append(w.Buf, "_\r\n"...)
	} else {
		w.Buf = append(w.Buf, "*-1\r\n"...)
	}
}

// Array opens an array of n replies.
func (w *Writer) Array(n int) {
	if !w.Discard {
		w.head('*', int64(n))
	}
}

// Map opens a map of n pairs, for RESP2 an array of 2n.
func (w *Writer) Map(n int) { w.aggregate('%', n, 2*n) }

// Set opens a set of n replies, for RESP2 an array.
func (w *Writer) Set(n int) { w.aggregate('~', n, n) }

// Push opens an out-of-band message of n parts, for RESP2 an array.
func (w *Writer) Push(n int) { w.aggregate('>', n, n) }

func (w *Writer) aggregate(kind byte, n3, n2 int) {
	if w.Discard {
		return
	}
	if w.Proto == RESP3 {
		w.head(kind, int64(n3))
	} else {
		w.head('*', int64(n2))
	}
}

// Bool writes a RESP3 boolean, for RESP2 the integer 1 or 0.
func (w *Writer) Bool(v bool) {
	if w.Discard {
		return
	}
	switch {
	case w.Proto == RESP3 && v:
		w.Buf = append(w.Buf, "#t\r\n"...)
	case w.Proto == RESP3:
		w.Buf = append(w.Buf, "#f\r\n"...)
	case v:
		w.Buf = append(w.Buf, ":1\r\n"...)
	default:
		w.Buf = append(w.Buf, ":0\r\n"...)
	}
}

// Double writes a RESP3 double, for RESP2 a bulk string, in Redis 7's format.
func (w *Writer) Double(f float64) {
	if w.Discard {
		return
	}
	var tmp [40]byte
	w.DoubleText(AppendDouble(tmp[:0], f))
}

// DoubleText is Double for a number in another format.
func (w *Writer) DoubleText(text []byte) {
	if w.Discard {
		return
	}
	if w.Proto == RESP3 {
		w.Buf = append(w.Buf, ',')
		w.Buf = append(w.Buf, text...)
		w.Buf = append(w.Buf, '\r', '\n')
		return
	}
	w.Bulk(text)
}

// AppendDouble formats f as Redis does since 7.2: inf, -inf, nan, otherwise with
// the fewest digits that are enough.
func AppendDouble(dst []byte, f float64) []byte {
	if text := special(f); text != "" {
		return append(dst, text...)
	}
	return AppendShortest(dst, f)
}

// AppendDouble17 formats f as Redis 7.0 does, and all later ones in a few places:
// inf, -inf, nan, otherwise printf's %.17g.
func AppendDouble17(dst []byte, f float64) []byte {
	if text := special(f); text != "" {
		return append(dst, text...)
	}
	return appendG17(dst, f)
}

func special(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case math.IsNaN(f):
		return "nan"
	}
	return ""
}

// Verbatim writes a RESP3 verbatim string of a three-letter format ("txt"),
// for RESP2 a bulk string.
func (w *Writer) Verbatim(format, text string) {
	if w.Discard {
		return
	}
	if w.Proto != RESP3 {
		w.BulkString(text)
		return
	}
	if !w.fits(len(text)) {
		return
	}
	w.head('=', int64(len(text)+4))
	w.Buf = append(w.Buf, format...)
	w.Buf = append(w.Buf, ':')
	w.Buf = append(w.Buf, text...)
	w.Buf = append(w.Buf, '\r', '\n')
}

// BigNumber writes a RESP3 big number, for RESP2 a bulk string.
func (w *Writer) BigNumber(digits string) {
	if w.Discard {
		return
	}
	if w.Proto != RESP3 {
		w.BulkString(digits)
		return
	}
	w.Buf = append(w.Buf, '(')
	w.Buf = append(w.Buf, digits...)
	w.Buf = append(w.Buf, '\r', '\n')
}

// Strings writes an array of bulk strings.
func (w *Writer) Strings(list []string) {
	w.Array(len(list))
	for _, s := range list {
		w.BulkString(s)
	}
}

// Mark remembers a position at which an aggregate of still unknown length is
// opened with Close.
type Mark int

// Later returns the mark of an aggregate whose elements follow and whose
// length is known only after them.
func (w *Writer) Later() Mark {
	w.open++
	return Mark(len(w.Buf))
}

// CloseArray writes the array header of n at m, in front of all that was
// written since. It moves those bytes once.
func (w *Writer) CloseArray(m Mark, n int) { w.closeAt(m, '*', n) }

// CloseSet is CloseArray for a set.
func (w *Writer) CloseSet(m Mark, n int) {
	if w.Proto == RESP3 {
		w.closeAt(m, '~', n)
	} else {
		w.closeAt(m, '*', n)
	}
}

// CloseMap is CloseArray for a map of n pairs, for RESP2 an array of 2n.
func (w *Writer) CloseMap(m Mark, n int) {
	if w.Proto == RESP3 {
		w.closeAt(m, '%', n)
	} else {
		w.closeAt(m, '*', 2*n)
	}
}

func (w *Writer) closeAt(m Mark, kind byte, n int) {
	w.open--
	if w.Discard {
		return
	}
	var tmp [24]byte
	head := append(tmp[:0], kind)
	head = strconv.AppendInt(head, int64(n), 10)
	head = append(head, '\r', '\n')
	w.Buf = append(w.Buf, head...)
	copy(w.Buf[int(m)+len(head):], w.Buf[m:len(w.Buf)-len(head)])
	copy(w.Buf[m:], head)
}
