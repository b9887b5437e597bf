package store

import (
	"bytes"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

// A read is long if it may look at longElements, or at longBytes: that is in the
// order of a millisecond.
const (
	longElements = 4096
	longBytes    = 1 << 20
)

// Long reports whether a call, which is a command and no transaction, is a read that would take so long, with the values
// as they are now, that nobody else should have to wait for it. It is a guess
// from their sizes, and never waits. Commands flagged Fast are not looked at:
// their cost does not grow with the number of elements.
func (s *Store) Long(c *command.Call) bool {
	if c.Cmd.Flags.Has(command.Script) {
		return s.engine.Long(c.Cmd, c.Args)
	}
	if c.Cmd.Flags&(command.Fast|command.ReadOnly|command.WholeKeyspace) != command.ReadOnly {
		return false
	}
	elements, bytes, ok := s.looksAt(c)
	return !ok || elements > longElements || bytes > longBytes
}

// Large returns about how many bytes the reply to a read has, if it may be large
// and its values can be looked at now: what is Fast is not, unless there are values
// that are larger than 16 KB. It never waits.
func (s *Store) Large(c *command.Call) int {
	fast := c.Cmd.Flags.Has(command.Fast)
	if fast && !s.ks.Large() || !c.Cmd.Flags.Has(command.ReadOnly) || c.Cmd.Flags.Has(command.WholeKeyspace) {
		return 0
	}
	elements, bytes, ok := s.looksAt(c)
	if !ok {
		return 0
	}
	return int(min(bytes+elements*frameBytes, maxGuess))
}

const (
	// frameBytes is what stands around an element in a reply, about.
	frameBytes = 8
	// maxGuess bounds what is made of guesses.
	maxGuess = 1 << 30
)

// presize returns for how many bytes of a reply room is made before it is made: a
// buffer that grows with it is copied again and again, and each time memory is
// touched that was not before.
func (s *Store) presize(c *command.Call) int {
	if c.Literal != nil || c.Tx != nil || c.Cmd.ID >= command.ID(len(s.presized)) || !s.presized[c.Cmd.ID] {
		return 0
	}
	return s.Large(c)
}

// presized are the reads whose reply is what they look at.
var presized = []string{
	"lrange", "zrange", "zrevrange", "hgetall", "hkeys", "hvals", "smembers", "srandmember", "hrandfield", "zrandmember", "mget", "hmget",
}

// looksAt returns at how many elements a read looks, of all its keys, and how many
// bytes these have. It is not ok while a large batch is being applied, for which the
// read would wait.
func (s *Store) looksAt(c *command.Call) (elements, bytes int64, ok bool) {
	f := c.Footprint()
	ok = true
	for i := 0; ok && i < f.Len(); i++ {
		var e, b int64
		e, b, ok = s.looksAtKey(c, f.Key(i))
		elements, bytes = elements+e, bytes+b
	}
	return elements, bytes, ok
}

// looksAtKey is looksAt for one of the keys. The elements of a value are taken for
// equally large.
func (s *Store) looksAtKey(c *command.Call, k command.Key) (elements, bytes int64, ok bool) {
	n, size, ok := s.ks.Weight(c.DB, c.Args[k.Pos], keyspace.ShardOfSlot(k.Slot))
	if !ok || n == 0 {
		return 0, 0, ok
	}
	if span := s.spans[c.Cmd.ID]; span != nil {
		return 1, span(c.Args, size), true
	}
	part := n
	if bounded := s.bounded[c.Cmd.ID]; bounded != nil {
		part = bounded(c.Args, n)
	}
	if part > n { // drawn again and again
		return int64(part), int64(part) * max(size/int64(n), 1), true
	}
	return int64(part), int64(float64(size) / float64(n) * float64(part)), true
}

// bounded are the reads whose arguments tell how many elements they look at, of
// a value that has n.
var bounded = map[string]func(args [][]byte, n int) int{
	"lrange":      ranked,
	"zrange":      ranked,
	"zrevrange":   ranked,
	"lindex":      func([][]byte, int) int { return 1 },
	"hscan":       scanned,
	"sscan":       scanned,
	"zscan":       scanned,
	"srandmember": drawn,
	"hrandfield":  drawn,
	"zrandmember": drawn,
	"hget":        func([][]byte, int) int { return 1 },
	"hmget":       func(args [][]byte, n int) int { return min(len(args)-2, n) },
}

// spans are the reads whose arguments tell how many bytes they look at, of a string
// of so many.
var spans = map[string]func(args [][]byte, size int64) int64{"getrange": span, "substr": span}

// bindLong finds the rows of bounded, spans and presized.
func (s *Store) bindLong() {
	s.bounded = make([]func([][]byte, int) int, s.opt.Table.Len())
	s.spans = make([]func([][]byte, int64) int64, s.opt.Table.Len())
	for name, fn := range spans {
		if cmd := s.opt.Table.Named(name); cmd != nil {
			s.spans[cmd.ID] = fn
		}
	}
	for name, fn := range bounded {
		if cmd := s.opt.Table.Named(name); cmd != nil {
			s.bounded[cmd.ID] = fn
		}
	}
	s.presized = make([]bool, s.opt.Table.Len())
	for _, name := range presized {
		if cmd := s.opt.Table.Named(name); cmd != nil {
			s.presized[cmd.ID] = true
		}
	}
}

// ranked is for a key and two ends of a range by rank, which count from the end
// if they are negative. ZRANGE has other ends, too.
func ranked(args [][]byte, n int) int {
	from, ok := redisnum.ParseInt(args[2])
	to, ok2 := redisnum.ParseInt(args[3])
	for _, a := range args[4:] {
		ok = ok && !bytes.EqualFold(a, []byte("BYSCORE")) && !bytes.EqualFold(a, []byte("BYLEX"))
	}
	if !ok || !ok2 {
		return n
	}
	return int(between(from, to, int64(n)))
}

// between is how many of size elements lie between two, which are counted from the
// end if they are negative.
func between(from, to, size int64) int64 {
	if from < 0 {
		from = max(from+size, 0)
	}
	if to < 0 {
		to += size
	}
	return max(min(to, size-1)-from+1, 0)
}

// span is for a key and two ends of a range.
func span(args [][]byte, size int64) int64 {
	from, ok := redisnum.ParseInt(args[2])
	to, ok2 := redisnum.ParseInt(args[3])
	if !ok || !ok2 {
		return 0 // an error
	}
	return between(from, to, size)
}

// scanned is for a key, a cursor and options.
func scanned(args [][]byte, n int) int {
	const count = 10
	for i := 3; i+1 < len(args); i++ {
		if bytes.EqualFold(args[i], []byte("COUNT")) {
			return atMost(args[i+1], n)
		}
	}
	return count
}

// drawn is for a key and perhaps a count; a negative one draws any number.
func drawn(args [][]byte, n int) int {
	if len(args) < 3 {
		return 1
	}
	if len(args[2]) > 0 && args[2][0] == '-' {
		return atMost(args[2][1:], 1<<30)
	}
	return atMost(args[2], n)
}

// atMost is a number in an argument, but no more than n.
func atMost(arg []byte, n int) int {
	if count, ok := redisnum.ParseInt(arg); ok && count >= 0 {
		return int(min(count, int64(n)))
	}
	return n
}
