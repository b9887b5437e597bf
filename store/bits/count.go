package bits

import (
	"encoding/binary"
	"math/bits"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/str"
)

// span is a range of bytes or bits as BITCOUNT and BITPOS take it.
type span struct {
	start, end int64
	toEnd      bool // no end was given
	inBits     bool
}

// parseUnit reads argument i: BYTE or BIT.
func (s *span) parseUnit(c *keyspace.Ctx, i int) bool {
	s.inBits = c.Is(i, "BIT")
	if !s.inBits && !c.Is(i, "BYTE") {
		c.W.Error(reply.ErrSyntax)
		return false
	}
	return true
}

// bounds returns the range as bits from ≤ pos < to of a string of n bytes. A
// bound in front of the string is taken for its first byte or bit.
func (s *span) bounds(n int) (from, to int64) {
	total := int64(n)
	if s.inBits {
		total *= 8
	}
	start, end := s.start, s.end
	if s.toEnd {
		end = -1
	}
	if start < 0 {
		start = max(start+total, 0)
	}
	if end < 0 {
		end = max(end+total, 0)
	}
	from, to = str.Range(start, end, total)
	if !s.inBits {
		from, to = from*8, to*8
	}
	return from, to
}

func bitcount(c *keyspace.Ctx) {
	s := span{toEnd: true}
	if !s.parseBitcount(c) {
		return
	}
	var tmp str.Scratch
	b, ok := content(c, c.Lookup(c.Args[1]), &tmp)
	if !ok {
		return
	}
	if s.start < 0 && s.end < 0 && s.start > s.end {
		c.W.Int(0) // before the ends are made positive, and may both be the first byte
		return
	}
	from, to := s.bounds(len(b))
	c.W.Int(countBits(b, from, to))
}

// parseBitcount reads "[start end [BYTE | BIT]]" from argument 2 on. As in Redis
// since 7.2 that comes before the key, and a fault is one without a key, too.
func (s *span) parseBitcount(c *keyspace.Ctx) (ok bool) {
	switch len(c.Args) {
	case 2:
		return true
	case 4, 5:
	default:
		c.W.Error(reply.ErrSyntax)
		return false
	}
	if s.start, ok = c.Int(2); !ok {
		return false
	}
	if s.end, ok = c.Int(3); !ok {
		return false
	}
	s.toEnd = false
	return len(c.Args) == 4 || s.parseUnit(c, 4)
}

// countBits counts the bits set in from ≤ pos < to.
func countBits(b []byte, from, to int64) int64 {
	if from >= to {
		return 0
	}
	first, last := from/8, (to-1)/8
	head := b[first] & (0xff >> (from & 7))
	tailMask := byte(0xff) << (7 - (to-1)&7)
	if first == last {
		return int64(bits.OnesCount8(head & tailMask))
	}
	n := bits.OnesCount8(head) + bits.OnesCount8(b[last]&tailMask)
	b = b[first+1 : last]
	for ; len(b) >= 8; b = b[8:] {
		n += bits.OnesCount64(binary.LittleEndian.Uint64(b))
	}
	for _, x := range b {
		n += bits.OnesCount8(x)
	}
	return int64(n)
}

func bitpos(c *keyspace.Ctx) {
	bit, ok := c.Int(2)
	if !ok {
		return
	}
	if bit&^1 != 0 {
		c.W.Error(reply.ErrBitArgument)
		return
	}
	s := span{toEnd: true}
	if !s.parseBitpos(c) { // before the key, as in Redis since 7.2
		return
	}
	e := c.Lookup(c.Args[1])
	if e == nil {
		c.W.Int(-bit) // an endless array of zeros
		return
	}
	var tmp str.Scratch
	b, ok := content(c, e, &tmp)
	if !ok {
		return
	}
	from, to := s.bounds(len(b))
	pos := findBit(b, byte(bit), from, to)
	if pos < 0 && bit == 0 && s.toEnd && from < to {
		pos = to // the zeros behind the string count unless an end was given
	}
	c.W.Int(pos)
}

// parseBitpos reads "[start [end [BYTE | BIT]]]" from argument 3 on.
func (s *span) parseBitpos(c *keyspace.Ctx) bool {
	n := len(c.Args)
	if n > 6 {
		c.W.Error(reply.ErrSyntax)
		return false
	}
	ok := true
	if n > 3 {
		if s.start, ok = c.Int(3); !ok {
			return false
		}
	}
	if n > 5 && !s.parseUnit(c, 5) { // Redis looks at the unit before the end
		return false
	}
	if n > 4 {
		s.end, ok = redisnum.ParseInt(c.Args[4])
		s.toEnd = false
		if !ok {
			c.W.Error(reply.ErrNotInteger)
		}
	}
	return ok
}

// findBit returns the first position of bit in from ≤ pos < to, -1 if there is
// none.
func findBit(b []byte, bit byte, from, to int64) int64 {
	flip := uint64(0) // turns the search for a 0 into one for a 1
	if bit == 0 {
		flip = ^flip
	}
	for pos := from; pos < to; {
		rest := b[pos>>3:]
		if pos&7 == 0 && len(rest) >= 8 && binary.LittleEndian.Uint64(rest)^flip == 0 {
			pos += 64
			continue
		}
		x := rest[0] ^ byte(flip)
		x &= 0xff >> (pos & 7)
		if x == 0 {
			pos = pos&^7 + 8
			continue
		}
		if pos = pos&^7 + int64(bits.LeadingZeros8(x)); pos < to {
			return pos
		}
	}
	return -1
}
