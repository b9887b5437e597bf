package store

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

// A read is long if it may look at longElements, or at longBytes: that is in the
// order of a millisecond.
const (
	longElements = 4096
	longBytes    = 1 << 20
)

// Long reports whether a call is a read that takes so long that nobody else should have
// to wait for it. The call is a command and no transaction. The answer is a guess from
// the sizes of the values as they are now, and Long never waits. Commands flagged Fast
// are not looked at: their cost does not grow with the number of elements.
func (s *Store) Long(c *command.Call) bool {
	if c.Cmd.Flags.Has(command.Script) {
		return s.engine.Long(c.Cmd, c.Args)
	}
	if c.Cmd.Flags&(command.Fast|command.ReadOnly|command.WholeKeyspace) != command.ReadOnly {
		return false
	}
	elements, bytes, ok := s.looksAt(c, false)
	return !ok || elements > longElements || bytes > longBytes
}

// Large returns about how many bytes the reply to a read has. It is 0 if the reply is
// not large, or if the values cannot be looked at now. The reply of a Fast command is
// large only where there are values of more than 16 KB. Large never waits.
func (s *Store) Large(c *command.Call) int {
	fast := c.Cmd.Flags.Has(command.Fast)
	if fast && !s.ks.Large() || !c.Cmd.Flags.Has(command.ReadOnly) || c.Cmd.Flags.Has(command.WholeKeyspace) {
		return 0
	}
	elements, bytes, ok := s.looksAt(c, false)
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

// presize returns for how many bytes of a reply there should be room beforehand. A
// buffer that grows with the reply is copied again and again. Each copy touches memory
// that was not touched before.
func (s *Store) presize(c *command.Call) int {
	if c.Literal != nil || c.Tx != nil || !s.reach[c.Cmd.ID].Replied {
		return 0
	}
	return s.Large(c)
}

// looksAt returns at how many elements a read looks, of all its keys, and how many
// bytes these have. It is not ok while a large batch is being applied, for which the
// read would wait. locked: the locks of the keys are held, and it is always ok.
func (s *Store) looksAt(c *command.Call, locked bool) (elements, bytes int64, ok bool) {
	f := c.Footprint()
	ok = true
	for i := 0; ok && i < f.Len(); i++ {
		var e, b int64
		e, b, ok = s.looksAtKey(c, f.Key(i), locked)
		elements, bytes = elements+e, bytes+b
	}
	return elements, bytes, ok
}

// looksAtKey is looksAt for one of the keys. The elements of a value are taken for
// equally large.
func (s *Store) looksAtKey(c *command.Call, k command.Key, locked bool) (elements, bytes int64, ok bool) {
	weigh := (*keyspace.Keyspace).Weight
	if locked {
		weigh = (*keyspace.Keyspace).WeightLocked
	}
	n, size, ok := weigh(s.ks, c.DB, c.Args[k.Pos], keyspace.ShardOfSlot(k.Slot))
	if !ok || n == 0 {
		return 0, 0, ok
	}
	reach := &s.reach[c.Cmd.ID]
	if reach.Bytes != nil {
		return 1, reach.Bytes(c.Args, size), true
	}
	part := n
	if reach.Elements != nil {
		part = reach.Elements(c.Args, n)
	}
	if part > n { // drawn again and again
		return int64(part), int64(part) * max(size/int64(n), 1), true
	}
	return int64(part), int64(float64(size) / float64(n) * float64(part)), true
}
