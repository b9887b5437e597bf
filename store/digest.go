package store

import (
	"sync"
	"sync/atomic"

	"github.com/msredis/msredis/store/keyspace"
)

// Digest returns the digest of the state, as 40 hexadecimal digits, and the index of
// the last log entry in it. It covers all state that the nodes of a cluster have to
// agree on at a log position. The state has keys, values, versions, deadlines, leases,
// tables, databases and log time.
//
// It holds all locks for reading while it looks at every key: nothing is applied
// meanwhile. It is for tests and for the suspicious.
func (s *Store) Digest() (digest string, index uint64) {
	ks := s.ks
	var all keyspace.ShardSet
	all.AddAll()
	ks.RLock(&all)
	defer ks.RUnlock(&all)

	now := s.now.Load()
	var sums [keyspace.Shards]keyspace.Sum
	var next atomic.Int32
	var wg sync.WaitGroup
	for range s.opt.Lanes {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < keyspace.Shards; i = int(next.Add(1)) - 1 {
				sums[i] = ks.SumShard(i, now)
			}
		})
	}
	wg.Wait()
	total := ks.SumRest(now, s.writes.Load())
	for i := range sums {
		total.Add(&sums[i])
	}
	return total.String(), s.applied.Load()
}
