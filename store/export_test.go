package store

import (
	"fmt"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

// SetLarge sets the number of calls from which a batch goes to the lanes, also if
// most of them are joins.
func (s *Store) SetLarge(calls int) { s.large, s.batch.always = calls, true }

// HeedJoins undoes part of SetLarge: a batch with many joins is run by one
// goroutine.
func (s *Store) HeedJoins() { s.batch.always = false }

// Kept returns for how many calls the store keeps memory between two batches.
func (s *Store) Kept() int {
	b := &s.batch
	n := max(cap(b.parts), cap(b.marks), cap(b.pieces), cap(b.joins), cap(b.ends))
	for _, r := range b.lanes {
		n = max(n, cap(r.survey.joins), cap(r.answers.list), cap(r.answers.turns), cap(r.answers.failed))
	}
	return n
}

// SetAhead sets the size of the data from which keys are looked up ahead.
func (s *Store) SetAhead(bytes int64) { s.aheadFrom = bytes }

// Audit counts everything in the store again.
func (s *Store) Audit() error {
	bytes, err := s.ks.Audit()
	if bytes += s.ks.Tables().Bytes(); err == nil && bytes != s.DataBytes() {
		err = fmt.Errorf("DataBytes is %d, the keys have %d", s.DataBytes(), bytes)
	}
	return err
}

// Arenas returns what the arenas have taken, and what of it is in use.
func (s *Store) Arenas() (taken, used int) { return s.ks.Arenas() }

// Content is Digest without the number of writes that led to the state.
func (s *Store) Content() string {
	writes := s.writes.Swap(0)
	defer s.writes.Store(writes)
	digest, _ := s.Digest()
	return digest
}

// Concerns finds the locks that the applier needs for a call.
func (s *Store) Concerns(c *command.Call, set *keyspace.ShardSet) { s.concerns(c, set, true) }

// FreezeAll has every read of a goroutine of its own run on views, if it can.
func (s *Store) FreezeAll(on bool) { s.freezeAll = on }
