package resp

import (
	"bytes"

	"github.com/msredis/msredis/internal/quoted"
	"github.com/msredis/msredis/internal/redisnum"
)

// parser takes requests apart byte for byte as Redis's networking.c does, lenient where
// Redis is and with its errors. It sees what plainCommand leaves: commands that are not
// there as a whole yet, inline commands and faults.
//
// It copies what it is fed. An argument that has arrived is never looked at again. So a
// request costs time in proportion to its length, however it is cut into pieces. Memory
// is taken for the bytes that have arrived, not for the announced length.
type parser struct {
	left int      // arguments of the command under way still to come; 0: none is
	bulk int64    // length of the argument under way; noBulk: its header comes next
	arg  []byte   // what has arrived of it and of the CR LF behind it
	args [][]byte // the finished ones
	size int64    // of the command so far, for the limit on it
	slab []byte   // memory for its small arguments
}

const (
	noBulk = -1
	// ownMemory is the size from which on an argument has memory of its own.
	ownMemory = 1024
	// direct is the size from which on it is read straight from the socket.
	direct = 32 * 1024
	// growth bounds what is taken at once for an argument that is announced.
	growth = 1 << 20
	// argOverhead is what an argument counts towards the limit on a command
	// besides its bytes.
	argOverhead = 32

	minSlab, maxSlab = 1024, 64 * 1024
)

// fault is why a connection has to end.
type fault struct {
	text   string // of the error reply behind "Protocol error: "; empty: there is none
	cause  string // for the log
	attack bool   // strangers send it as often as they like
}

func (f *fault) Error() string { return f.cause }

// errQueryLimit ends a client whose command takes more room than there is for one.
var errQueryLimit = &fault{cause: "a command exceeds client-query-buffer-limit"}

func protocolFault(text string) *fault { return &fault{text: text, cause: "protocol error: " + text} }

// active reports whether the parser is in the middle of a multibulk command.
func (p *parser) active() bool { return p.left > 0 }

// feed takes bytes from the front of b. It stops at the end of a command, whose
// arguments it returns, or where only more bytes can help. The rest of b has to be
// shown again.
func (p *parser) feed(b []byte, limit *bounds) (taken int, args [][]byte, err *fault) {
	for taken < len(b) && args == nil && err == nil {
		n := 0
		switch rest := b[taken:]; {
		case p.left > 0 && p.bulk != noBulk:
			n = int(min(p.missing(), int64(len(rest))))
			p.grow()
			p.arg = append(p.arg, rest[:n]...)
			args = p.endArg()
		case p.left > 0:
			n, err = p.bulkHeader(rest, limit)
		case rest[0] == '*':
			n, err = p.multibulkHeader(rest, limit)
		default:
			n, args, err = p.inline(rest)
		}
		if n == 0 {
			break
		}
		taken += n
	}
	return taken, args, err
}

// room returns memory for the rest of a large argument, which may be read into it
// straight away. It returns nil if the next bytes have to be fed.
func (p *parser) room() []byte {
	if p.left == 0 || p.bulk == noBulk || p.missing() < direct {
		return nil
	}
	p.grow()
	n := len(p.arg)
	return p.arg[n:min(int64(cap(p.arg)), p.bulk+2)]
}

// filled tells that n bytes were read into room, and returns the arguments if
// they complete the command.
func (p *parser) filled(n int) [][]byte {
	p.arg = p.arg[:len(p.arg)+n]
	return p.endArg()
}

// missing is how many bytes of the argument under way are still to come, the CR
// LF behind it included.
func (p *parser) missing() int64 { return p.bulk + 2 - int64(len(p.arg)) }

// grow makes room for more of the argument under way. It doubles, so that the
// copying is in proportion to what has arrived; when an eighth is there it makes room
// for all of it.
func (p *parser) grow() {
	if n := len(p.arg); n == cap(p.arg) && p.missing() > 0 {
		size := min(p.bulk+2, int64(2*n))
		if int64(n) >= p.bulk/8 {
			size = p.bulk + 2
		}
		bigger := make([]byte, n, size)
		copy(bigger, p.arg)
		p.arg = bigger
	}
}

// endArg closes the argument under way if it has arrived. As in Redis it does
// not matter what the two bytes behind it are.
func (p *parser) endArg() (args [][]byte) {
	if p.missing() > 0 {
		return nil
	}
	p.args = append(p.args, p.arg[:p.bulk:p.bulk])
	p.arg, p.bulk = nil, noBulk
	if p.left--; p.left > 0 {
		return nil
	}
	args = p.args
	*p = parser{}
	return args
}

// multibulkHeader reads "*3\r\n". A count of 0 or less is no command at all.
func (p *parser) multibulkHeader(b []byte, limit *bounds) (taken int, err *fault) {
	line, taken := headerLine(b)
	if taken == 0 {
		return 0, unfinished(b, '\r', "too big mbulk count string")
	}
	count, ok := redisnum.ParseInt(line[1:])
	switch {
	case !ok || count > maxArgs:
		return 0, protocolFault("invalid multibulk length")
	case count > int64(limit.args):
		return 0, protocolFault("unauthenticated multibulk length")
	case count > 0:
		p.left, p.bulk = int(count), noBulk
	}
	return taken, nil
}

// bulkHeader reads "$5\r\n".
func (p *parser) bulkHeader(b []byte, limit *bounds) (taken int, err *fault) {
	line, taken := headerLine(b)
	if taken == 0 {
		return 0, unfinished(b, '\r', "too big bulk count string")
	}
	if b[0] != '$' {
		return 0, protocolFault("expected '$', got '" + string(b[:1]) + "'")
	}
	size, ok := redisnum.ParseInt(line[1:])
	switch {
	case !ok || size < 0 || size > limit.maxBulk:
		return 0, protocolFault("invalid bulk length")
	case size > int64(limit.bulk):
		return 0, protocolFault("unauthenticated bulk length")
	}
	switch p.size += size + argOverhead; {
	case p.size > limit.query && !limit.authenticated:
		return 0, protocolFault("unauthenticated bulk length")
	case p.size > limit.query:
		return 0, errQueryLimit
	}
	p.bulk, p.arg = size, p.alloc(int(size)+2)
	return taken, nil
}

// alloc returns memory for n bytes, or for the first of them. Small arguments
// share a slab, whose size follows that of the command.
func (p *parser) alloc(n int) []byte {
	if n >= ownMemory {
		return make([]byte, 0, min(n, growth))
	}
	if cap(p.slab)-len(p.slab) < n {
		p.slab = make([]byte, 0, min(max(p.size, minSlab), maxSlab))
	}
	start := len(p.slab)
	p.slab = p.slab[:start+n]
	return p.slab[start : start : start+n]
}

// inline reads a command that is a line of words. An empty line is no command.
func (p *parser) inline(b []byte) (taken int, args [][]byte, err *fault) {
	end := indexBeforeZero(b, '\n')
	if end < 0 {
		return 0, nil, unfinished(b, '\n', "too big inline request")
	}
	args, ok := quoted.SplitBytes(bytes.TrimSuffix(b[:end], []byte("\r")))
	if !ok {
		return 0, nil, protocolFault("unbalanced quotes in request")
	}
	if len(args) > 0 && (equalFold(args[0], "post") || equalFold(args[0], "host:")) {
		return 0, nil, &fault{cause: "possible attack: an HTTP request, aborted", attack: true}
	}
	return end + 1, args, nil
}

func equalFold(arg []byte, word string) bool { return bytes.EqualFold(arg, []byte(word)) }

// headerLine returns the line in front of b without the two bytes that end it,
// which are as in Redis a CR and any other. taken is 0 if it is not complete.
func headerLine(b []byte) (line []byte, taken int) {
	end := indexBeforeZero(b, '\r')
	if end < 0 || end+2 > len(b) {
		return nil, 0
	}
	return b[:end], end + 2
}

// unfinished returns the fault of a line that is too long to wait for its end,
// or nil.
func unfinished(b []byte, ending byte, text string) *fault {
	if len(b) > maxInline && indexBeforeZero(b, ending) < 0 {
		return protocolFault(text)
	}
	return nil
}

// indexBeforeZero is C's strchr: a zero byte hides what is behind it.
func indexBeforeZero(b []byte, c byte) int {
	at := bytes.IndexByte(b, c)
	if at > 0 && bytes.IndexByte(b[:at], 0) >= 0 {
		return -1
	}
	return at
}
