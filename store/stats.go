package store

import (
	"iter"

	"github.com/msredis/msredis/store/keyspace"
)

// Applied returns the index of the last entry that was applied.
func (s *Store) Applied() uint64 { return s.applied.Load() }

// Now returns log time, in Unix milliseconds.
func (s *Store) Now() int64 { return s.now.Load() }

// NextDeadline returns the earliest deadline of a key or lease that is still in memory.
// It is in Unix milliseconds of log time, 0 if there is none. The leader moves log
// time, with an entry that may be empty, as long as it has passed.
func (s *Store) NextDeadline() int64 { return s.nextDue.Load() }

// DataBytes returns what the data is accounted with, as maxmemory counts it. It
// is the same on all nodes.
func (s *Store) DataBytes() int64 { return s.dataSize.Load() }

// ExpiredKeys returns how many keys have expired, those of leases included.
func (s *Store) ExpiredKeys() uint64 { return s.expired.Load() }

// ExpiredFields returns how many fields of hashes have expired since this store
// was made or loaded.
func (s *Store) ExpiredFields() uint64 { return s.fields.Load() }

// EvictedKeys returns how many keys were evicted since this store was made or loaded.
func (s *Store) EvictedKeys() uint64 { return s.evicted.Load() }

// ChangesUnsaved returns how many writes were applied since the last Cut whose
// Delta was saved.
func (s *Store) ChangesUnsaved() uint64 {
	saved := s.saved.Load() // first: it follows writes
	return s.writes.Load() - saved
}

// Leases returns the number of shared leases.
func (s *Store) Leases() int { return s.ks.Leases() }

// Lookups returns how many keys the reads of this node looked for and found, and
// for how many in vain.
func (s *Store) Lookups() (hits, misses uint64) { return s.ks.Lookups() }

// DBInfo is what INFO keyspace shows of a database.
type DBInfo = keyspace.DBInfo

// DBInfo yields the figures of every database that has keys, in order.
func (s *Store) DBInfo() iter.Seq2[int, DBInfo] {
	return func(yield func(int, DBInfo) bool) {
		for db, info := range s.ks.Info(s.now.Load()) {
			if info.Keys > 0 && !yield(db, info) {
				return
			}
		}
	}
}
