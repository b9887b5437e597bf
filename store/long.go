package store

import (
	"bytes"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/command"
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
	if c.Cmd.Flags&(command.Fast|command.ReadOnly|command.WholeKeyspace) != command.ReadOnly {
		return false
	}
	if c.Cmd.OneKey {
		return s.longKey(c, c.Args[1])
	}
	long := false
	c.Cmd.Keys(c.Args, func(pos int, _ command.KeyFlags) { long = long || s.longKey(c, c.Args[pos]) })
	return long
}

// longKey is Long for one of the keys.
func (s *Store) longKey(c *command.Call, key []byte) bool {
	elements, size, ok := s.ks.Weight(c.DB, key)
	if !ok {
		return true // a large batch is being applied: the read would wait for it
	}
	if elements <= longElements && size <= longBytes {
		return false
	}
	part := elements
	if bounded := s.bounded[c.Cmd.ID]; bounded != nil {
		part = bounded(c.Args, elements)
	}
	return part > longElements || size/int64(max(elements, 1))*int64(part) > longBytes
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
}

// bindBounded finds the rows of bounded.
func (s *Store) bindBounded() {
	s.bounded = make([]func([][]byte, int) int, s.opt.Table.Len())
	for name, fn := range bounded {
		if cmd := s.opt.Table.Named(name); cmd != nil {
			s.bounded[cmd.ID] = fn
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
	size := int64(n)
	if from < 0 {
		from = max(from+size, 0)
	}
	if to < 0 {
		to += size
	}
	return int(max(min(to, size-1)-from+1, 0))
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
