package keyspace

import (
	"math/bits"
	"strings"
)

// stride is how many keys a command over the whole keyspace looks at before it
// lets go of a shard's lock.
const stride = 512

// within runs fn while shard i may be read.
func (c *Ctx) within(i int, fn func(s *shard)) {
	s := &c.ks.shards[i]
	if c.alone {
		s.mu.RLock()
		defer s.mu.RUnlock()
	}
	fn(s)
}

// DBSize returns the number of keys in the selected database.
func (c *Ctx) DBSize() int64 {
	n := 0
	for i := range Shards {
		c.within(i, func(s *shard) {
			if t := s.table(c.ks.physical[c.DB]); t != nil {
				n += t.live(c.Now)
				c.meetNext(t)
			}
		})
	}
	c.meetLeases()
	return int64(n)
}

// meetNext notes whether a key of t, or the last part of one, expires between
// log time and the clock. Deadlines of shared leases are none of the table's.
func (c *Ctx) meetNext(t *table) {
	if c.Clock == c.Now {
		return
	}
	if deadline, _, ok := t.due.Min(); ok && deadline <= c.Clock && t.due.Due(c.Clock) != t.due.Due(c.Now) {
		c.late = true
	}
	c.meetAllParts(t)
}

// meetLeases notes whether a shared lease ends between log time and the clock.
func (c *Ctx) meetLeases() {
	if c.Clock == c.Now {
		return
	}
	if c.alone {
		c.ks.leases.lock.RLock()
		defer c.ks.leases.lock.RUnlock()
	}
	if l := c.ks.leases.First(); l != nil {
		c.meet(l.Deadline())
	}
}

// live returns the number of keys that have not expired.
func (t *table) live(now int64) int { return t.dict.Len() - t.due.Due(now) - t.goneParts(now) }

// Each calls fn with every entry of the selected database that has not
// expired, shard by shard, until fn returns false. The entry and its key are
// only valid during the call.
func (c *Ctx) Each(fn func(e *Entry) bool) {
	for i := range Shards {
		if !c.eachIn(i, c.DB, fn) {
			return
		}
	}
}

// eachIn is Each for one shard; it returns false if fn did.
func (c *Ctx) eachIn(i, db int, fn func(e *Entry) bool) bool {
	more := true
	for pos := uint64(0); more; {
		c.within(i, func(s *shard) {
			t := s.table(c.ks.physical[db])
			if t == nil {
				pos = 0
				return
			}
			pos = t.dict.Scan(pos, stride, func(r ref) {
				if e := r.entry(); more && !c.gone(e) && !t.partsGone(e, c.Now) {
					more = fn(e)
				}
			})
			c.meetAllParts(t)
		})
		if pos == 0 {
			break
		}
	}
	return more
}

// EachInSlot calls fn with the entries of database 0 whose key is in the hash
// slot, until fn returns false.
func (c *Ctx) EachInSlot(slot int, fn func(e *Entry) bool) {
	c.eachIn(slot/slotsPerShard, 0, func(e *Entry) bool {
		return slotOf(e) != slot || fn(e)
	})
}

// Scan calls fn with the entries that follow cursor, about count of them, and returns
// the cursor to go on with, 0 at the end. It has SCAN's guarantees: a key that is there
// from the first call to the last is seen at least once.
//
// A cursor is a shard and a position in the order of hashes there. So it is good on
// every node of the cluster, and after a restart.
func (c *Ctx) Scan(cursor uint64, count int64, fn func(e *Entry)) uint64 {
	pos := cursor & (1<<32 - 1)
	for i := cursor >> 32; i < Shards; i++ {
		done := false
		c.within(int(i), func(s *shard) {
			t := s.table(c.ks.physical[c.DB])
			if t == nil || t.dict.Len() == 0 {
				return
			}
			c.purgeGone(t)
			if done = count <= 0; done {
				return
			}
			pos = t.dict.Scan(pos, int(min(count, 1<<30)), func(r ref) {
				count--
				if e := r.entry(); !c.gone(e) && !t.partsGone(e, c.Now) {
					fn(e)
				}
			})
			c.meetAllParts(t)
			done = pos != 0
		})
		if done {
			return i<<32 | pos
		}
		pos = 0
	}
	return 0
}

// RandomKey returns a key of the selected database, every one with the same
// chance; false if there is none.
func (c *Ctx) RandomKey() (string, bool) {
	var upTo [Shards]int
	total := 0
	for i := range Shards {
		c.within(i, func(s *shard) {
			if t := s.table(c.ks.physical[c.DB]); t != nil {
				c.purgeGone(t)
				total += t.dict.Len()
			}
		})
		upTo[i] = total
	}
	// Keys that have expired but are not reclaimed are drawn again. Where they
	// are nearly all, the search goes on from the last draw instead.
	const draws = 100
	from := 0
	for range draws {
		if total == 0 {
			return "", false
		}
		k := int(c.below(uint64(total)))
		from = 0
		for upTo[from] <= k {
			from++
		}
		if from > 0 {
			k -= upTo[from-1]
		}
		key, found := "", false
		c.within(from, func(s *shard) {
			if t := s.table(c.ks.physical[c.DB]); t != nil && k < t.dict.Len() {
				c.meetAllParts(t)
				if e := t.dict.At(k).entry(); !c.gone(e) && !t.partsGone(e, c.Now) {
					key, found = strings.Clone(e.Key()), true
				}
			}
		})
		if found {
			return key, true
		}
	}
	key, found := "", false
	for i := 0; i < Shards && !found; i++ {
		c.eachIn((from+i)%Shards, c.DB, func(e *Entry) bool {
			key, found = strings.Clone(e.Key()), true
			return false
		})
	}
	return key, found
}

// below returns a random number in [0, n), all with exactly the same chance.
func (c *Ctx) below(n uint64) uint64 {
	for {
		// The high half of the product is even over [0, n) if the low half
		// is not among the first 2^64 mod n.
		if hi, lo := bits.Mul64(c.Rand(), n); lo >= n || lo >= -n%n {
			return hi
		}
	}
}
