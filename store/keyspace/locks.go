package keyspace

import "math/bits"

// LeaseLock is the number of the lock of the shared leases: behind all shards.
const LeaseLock = Shards

// ShardSet is a set of shards, and LeaseLock.
type ShardSet [(Shards + 64) / 64]uint64

// Add puts shard i, or LeaseLock, into the set.
func (s *ShardSet) Add(i int) { s[i>>6] |= 1 << (i & 63) }

// Has reports whether i is in the set.
func (s *ShardSet) Has(i int) bool { return s[i>>6]>>(i&63)&1 != 0 }

// Empty reports whether the set has no member.
func (s *ShardSet) Empty() bool { return *s == ShardSet{} }

// AddAll puts every shard and LeaseLock into the set.
func (s *ShardSet) AddAll() {
	for i := range Shards / 64 {
		s[i] = ^uint64(0)
	}
	s.Add(LeaseLock)
}

// Union puts all of t into the set.
func (s *ShardSet) Union(t *ShardSet) {
	for i := range s {
		s[i] |= t[i]
	}
}

// Each calls fn with the members in ascending order.
func (s *ShardSet) Each(fn func(i int)) {
	for w, word := range s {
		for ; word != 0; word &= word - 1 {
			fn(w<<6 + bits.TrailingZeros64(word))
		}
	}
}

// Lock takes the locks of the set exclusively, in ascending order, which is the
// order of everybody who takes more than one.
func (ks *Keyspace) Lock(s *ShardSet) {
	s.Each(func(i int) {
		if i == LeaseLock {
			ks.leases.lock.Lock()
		} else {
			ks.shards[i].mu.Lock()
		}
	})
}

// Unlock is the inverse of Lock.
func (ks *Keyspace) Unlock(s *ShardSet) {
	s.Each(func(i int) {
		if i == LeaseLock {
			ks.leases.lock.Unlock()
		} else {
			ks.shards[i].mu.Unlock()
		}
	})
}

// RLock takes the locks of the set for reading, in ascending order.
func (ks *Keyspace) RLock(s *ShardSet) {
	s.Each(func(i int) {
		if i == LeaseLock {
			ks.leases.lock.RLock()
		} else {
			ks.shards[i].mu.RLock()
		}
	})
}

// RUnlock is the inverse of RLock.
func (ks *Keyspace) RUnlock(s *ShardSet) {
	s.Each(func(i int) {
		if i == LeaseLock {
			ks.leases.lock.RUnlock()
		} else {
			ks.shards[i].mu.RUnlock()
		}
	})
}

// RLockShard takes the lock of one shard for reading.
func (ks *Keyspace) RLockShard(i int) { ks.shards[i].mu.RLock() }

// RUnlockShard is the inverse of RLockShard.
func (ks *Keyspace) RUnlockShard(i int) { ks.shards[i].mu.RUnlock() }
