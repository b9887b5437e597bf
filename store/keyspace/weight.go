package keyspace

// Weight returns the number of elements of a key's value and about how many bytes they
// have. ok is false if that cannot be told without waiting for the applier.
func (ks *Keyspace) Weight(db int, key []byte, shard int) (elements int, bytes int64, ok bool) {
	s := &ks.shards[shard]
	if !s.mu.TryRLock() {
		return 0, 0, false
	}
	defer s.mu.RUnlock()
	return ks.WeightLocked(db, key, shard)
}

// WeightLocked is Weight for the holder of the shard's lock. It is always ok.
func (ks *Keyspace) WeightLocked(db int, key []byte, shard int) (elements int, bytes int64, ok bool) {
	s := &ks.shards[shard]
	if db < 0 || db >= len(ks.physical) {
		return 0, 0, true
	}
	if t := s.table(ks.physical[db]); t != nil {
		if e := t.find(key); e != nil {
			return e.value.Len(), e.value.MemSize(), true
		}
	}
	return 0, 0, true
}

// largeValue is from how many bytes on a value is large.
const largeValue = 16 << 10

// Large reports whether there is or was a value of more than some 16 KB. While there
// was none, nobody need look at a value to know that its reply is short.
func (ks *Keyspace) Large() bool { return ks.large.Load() }

// noteSize notes that a value has so many bytes, or more.
func (ks *Keyspace) noteSize(n int64) {
	if n > largeValue && !ks.large.Load() {
		ks.large.Store(true)
	}
}
