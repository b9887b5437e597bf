package store

import (
	"github.com/msredis/msredis/internal/invariants"
	"github.com/msredis/msredis/store/keyspace"
)

// Nodes compare parts of their states now and then, each at the same index of the
// log; package cluster has how. A part is looked at in the way of all writes, so it
// is small.
const (
	partKeys  = 4096
	partBytes = 1 << 20
	// wholeBytes is the largest value that is looked into.
	wholeBytes = 32 << 20
)

// Part is a part of the state; Position is where one begins.
type (
	Part     = keyspace.Part
	Position = keyspace.Position
)

// DigestVersion has to be the same where digests are compared.
const DigestVersion = keyspace.DigestVersion

// PlanPart returns the part of the state that begins at a position, and for how
// many ordinary parts it counts. The next part begins at its To; behind the last
// one the position is zero. Call it like Apply.
func (s *Store) PlanPart(from Position) (p Part, cost int) {
	if invariants.Enabled {
		defer s.confined.Enter()()
	}
	p, size := s.ks.Plan(from, partKeys, partBytes)
	return p, 1 + int(size/partBytes)
}

// SumPart returns the digest of a part after the last entry that was applied. Call
// it like Apply.
func (s *Store) SumPart(p Part) string {
	if invariants.Enabled {
		defer s.confined.Enter()()
	}
	sum := s.ks.SumPart(p, s.now.Load(), s.writes.Load(), wholeBytes)
	return sum.String()
}
