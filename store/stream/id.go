package stream

import (
	"bytes"
	"cmp"
	"math"
	"strconv"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// ID names an entry of a stream; IDs are ordered by MS, then by Seq.
type ID struct{ MS, Seq uint64 }

var (
	minID = ID{}
	maxID = ID{math.MaxUint64, math.MaxUint64}
)

// Compare returns -1, 0 or 1 as id is below, equal to or above other.
func (id ID) Compare(other ID) int {
	if c := cmp.Compare(id.MS, other.MS); c != 0 {
		return c
	}
	return cmp.Compare(id.Seq, other.Seq)
}

func (id ID) less(other ID) bool { return id.Compare(other) < 0 }

// next returns the ID behind id; the one behind maxID is minID, and not ok.
func (id ID) next() (_ ID, ok bool) {
	switch {
	case id.Seq != math.MaxUint64:
		return ID{id.MS, id.Seq + 1}, true
	case id.MS != math.MaxUint64:
		return ID{id.MS + 1, 0}, true
	}
	return minID, false
}

// previous returns the ID before id; the one before minID is maxID, and not ok.
func (id ID) previous() (_ ID, ok bool) {
	switch {
	case id.Seq != 0:
		return ID{id.MS, id.Seq - 1}, true
	case id.MS != 0:
		return ID{id.MS - 1, math.MaxUint64}, true
	}
	return maxID, false
}

// maxIDLen is the length of the longest ID as text.
const maxIDLen = 41

// Append appends the ID as clients write it, "ms-seq".
func (id ID) Append(dst []byte) []byte {
	dst = strconv.AppendUint(dst, id.MS, 10)
	return strconv.AppendUint(append(dst, '-'), id.Seq, 10)
}

func replyID(w *reply.Writer, id ID) {
	var tmp [maxIDLen]byte
	w.Bulk(id.Append(tmp[:0]))
}

// maxIDArg is how long an argument may be that is read as an ID.
const maxIDArg = 127

// parseID reads "ms-seq" or "ms", to which missing is the seq. It takes all that
// Redis takes, which reads C strings: what stands behind a zero byte is ignored.
// With autoSeq also "ms-*" is an ID, auto tells that it was one.
func parseID(arg []byte, missing uint64, autoSeq bool) (id ID, auto, ok bool) {
	if len(arg) > maxIDArg {
		return id, false, false
	}
	ms, seq, found := bytes.Cut(cString(arg), []byte("-"))
	if id.MS, ok = parseUint(ms); !ok {
		return id, false, false
	}
	switch {
	case !found:
		id.Seq = missing
	case autoSeq && len(seq) == 1 && seq[0] == '*':
		auto = true
	default:
		id.Seq, ok = parseUint(seq)
	}
	return id, auto, ok
}

func cString(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return b[:i]
	}
	return b
}

// parseUint reads a number as Redis's string2ull does. It takes any number that
// string2ll takes and that is not negative. Else it takes numbers of strtoull, with
// blanks, a sign and zeros in front.
func parseUint(b []byte) (uint64, bool) {
	if n, ok := redisnum.ParseInt(b); ok {
		return uint64(n), n >= 0
	}
	b = bytes.TrimLeft(b, " \t\n\v\f\r")
	negative := len(b) > 0 && b[0] == '-'
	if negative || len(b) > 0 && b[0] == '+' {
		b = b[1:]
	}
	if len(b) == 0 {
		return 0, false
	}
	n := uint64(0)
	for _, c := range b {
		d := uint64(c - '0')
		if d > 9 || n > math.MaxUint64/10 || n*10 > math.MaxUint64-d {
			return 0, false
		}
		n = n*10 + d
	}
	if negative {
		n = -n
	}
	return n, true
}

// strictID reads argument i as an ID of which seq may be missing, then it is 0.
// If it is none, the error is answered already.
func strictID(c *keyspace.Ctx, i int) (ID, bool) {
	id, _, ok := parseID(c.Args[i], 0, false)
	if !ok {
		c.W.Error(reply.ErrStreamID)
	}
	return id, ok
}

// anyID is strictID that also takes "-" and "+".
func anyID(c *keyspace.Ctx, i int, missing uint64) (ID, bool) {
	if id, ok := edge(c.Args[i]); ok {
		return id, true
	}
	id, _, ok := parseID(c.Args[i], missing, false)
	if !ok {
		c.W.Error(reply.ErrStreamID)
	}
	return id, ok
}

func edge(arg []byte) (ID, bool) {
	switch string(cString(arg)) {
	case "-":
		return minID, true
	case "+":
		return maxID, true
	}
	return ID{}, false
}

// startID reads argument i as the start of an interval, "(id" for one that
// begins behind id.
func startID(c *keyspace.Ctx, i int) (ID, bool) {
	id, exclusive, ok := boundID(c, i, 0)
	if ok && exclusive {
		if id, ok = id.next(); !ok {
			c.W.Error(reply.ErrStreamStart)
		}
	}
	return id, ok
}

// endID reads argument i as the end of an interval.
func endID(c *keyspace.Ctx, i int) (ID, bool) {
	id, exclusive, ok := boundID(c, i, math.MaxUint64)
	if ok && exclusive {
		if id, ok = id.previous(); !ok {
			c.W.Error(reply.ErrStreamEnd)
		}
	}
	return id, ok
}

func boundID(c *keyspace.Ctx, i int, missing uint64) (id ID, exclusive, ok bool) {
	arg := c.Args[i]
	if len(arg) < 2 || arg[0] != '(' {
		id, ok = anyID(c, i, missing)
		return id, false, ok
	}
	if id, _, ok = parseID(arg[1:], missing, false); !ok {
		c.W.Error(reply.ErrStreamID)
	}
	return id, true, ok
}
