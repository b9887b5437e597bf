package keyspace

// DBInfo is what INFO keyspace shows of a database.
type DBInfo struct {
	Keys    int64
	Expires int64 // keys with a deadline or a shared lease
	// SubExpiry is how many keys have parts with deadlines: hashes with fields that expire.
	SubExpiry int64
	AvgTTL    int64 // their mean time to live in milliseconds, estimated
}

// DictBytes is what of the accounted bytes the dictionaries take.
func (i DBInfo) DictBytes() int64 { return i.Keys * dictBytes }

// ExpiryBytes is what of the accounted bytes the deadlines of the keys take.
func (i DBInfo) ExpiryBytes() int64 { return i.Expires * expiryBytes }

// Info returns the figures of every database, counted shard by shard.
func (ks *Keyspace) Info(now int64) []DBInfo {
	infos := make([]DBInfo, len(ks.physical))
	ttls := make([]float64, len(ks.physical)) // sums
	for i := range ks.shards {
		s := &ks.shards[i]
		s.mu.RLock()
		for physical, t := range s.tables {
			if t == nil || t.live(now) == 0 {
				continue
			}
			db := ks.logical(uint16(physical))
			info := &infos[db]
			info.Keys += int64(t.live(now))
			own := t.due.Len() - t.due.Due(now)
			info.Expires += int64(own + t.held)
			if t.parts != nil {
				info.SubExpiry += int64(len(t.parts.of))
			}
			ttls[db] += max(t.due.Mean()-float64(now), 0) * float64(own)
		}
		s.mu.RUnlock()
	}
	for db := range infos {
		if n := infos[db].Expires; n > 0 {
			infos[db].AvgTTL = int64(ttls[db] / float64(n))
		}
	}
	return infos
}

// Leases returns the number of shared leases.
func (ks *Keyspace) Leases() int {
	ks.leases.lock.RLock()
	defer ks.leases.lock.RUnlock()
	return ks.leases.Len()
}

// Lookups returns how many keys were found by reads, and how many were not.
func (ks *Keyspace) Lookups() (hits, misses uint64) {
	for i := range ks.shards {
		hits += ks.shards[i].hits.Load()
		misses += ks.shards[i].misses.Load()
	}
	return hits, misses
}
