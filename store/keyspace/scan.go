package keyspace

import (
	"bytes"
	"math"
	"strconv"

	"github.com/msredis/msredis/internal/glob"
	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
)

// Cursor reads argument i as the cursor of a SCAN command. If it is none, the
// error is answered already.
func (c *Ctx) Cursor(i int) (cursor uint64, ok bool) {
	cursor, ok = parseCursor(c.Args[i])
	if !ok {
		c.W.Error(reply.ErrInvalidCursor)
	}
	return cursor, ok
}

// parseCursor reads a cursor as Redis does since 7.2: up to a zero byte, a number that
// is not negative. Other text is read as strtoull does: behind space and with a sign,
// of which '-' negates modulo 2^64.
func parseCursor(b []byte) (uint64, bool) {
	if zero := bytes.IndexByte(b, 0); zero >= 0 {
		b = b[:zero]
	}
	if n, ok := redisnum.ParseInt(b); ok {
		return uint64(n), n >= 0
	}
	digits := bytes.TrimLeft(b, " \t\n\v\f\r")
	negative := false
	if len(digits) > 0 && (digits[0] == '-' || digits[0] == '+') {
		negative = digits[0] == '-'
		digits = digits[1:]
	}
	n := uint64(0)
	for _, ch := range digits {
		d := uint64(ch - '0')
		if d > 9 || n > math.MaxUint64/10 || n*10 > math.MaxUint64-d {
			return 0, false
		}
		n = n*10 + d
	}
	if negative {
		n = -n
	}
	return n, len(digits) > 0
}

// ScanOptions are what SSCAN, HSCAN and ZSCAN take behind the cursor.
type ScanOptions struct {
	Count    int  // elements to look at, at least 1
	NoValues bool // of a hash: answer the fields alone
	filter   bool
	pattern  []byte
}

// ScanOptions reads "[MATCH pattern] [COUNT count]", of a hash "[NOVALUES]", too,
// from argument i on. If there is a fault, the error is answered already.
func (c *Ctx) ScanOptions(i int, hash bool) (o ScanOptions, ok bool) {
	o.Count = 10
	for ; i < len(c.Args); i += 2 {
		more := i+1 < len(c.Args)
		switch {
		case more && c.Is(i, "COUNT"):
			n, ok := c.Int(i + 1)
			if !ok {
				return o, false
			}
			if n < 1 {
				c.W.Error(reply.ErrSyntax)
				return o, false
			}
			o.Count = int(min(n, math.MaxInt32))
		case more && c.Is(i, "MATCH"):
			o.pattern = c.Args[i+1]
			o.filter = !glob.MatchesAll(o.pattern)
		case c.Is(i, "NOVALUES"):
			if !hash {
				c.W.Error(reply.ErrNoValues)
				return o, false
			}
			o.NoValues = true
			i-- // it has no value
		default:
			c.W.Error(reply.ErrSyntax)
			return o, false
		}
	}
	return o, true
}

// Match reports whether an element is asked for.
func (o *ScanOptions) Match(element []byte) bool {
	return !o.filter || glob.Match(o.pattern, element, false)
}

// ScanReply starts the answer of a SCAN command: the cursor to go on with, and n
// elements, which follow.
func (c *Ctx) ScanReply(next uint64, n int) {
	c.W.Array(2)
	c.W.BulkString(strconv.FormatUint(next, 10))
	c.W.Array(n)
}
