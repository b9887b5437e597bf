package keyspace

import (
	"math"
	"math/bits"
	"sort"

	"github.com/msredis/msredis/internal/evict"
)

// Sampler draws keys at random for eviction, every one with the same chance. It
// takes the locks of shards one by one, for a few keys at a time. It is confined to
// one goroutine.
type Sampler struct {
	ks       *Keyspace
	volatile bool
	upTo     [Shards]int // keys in the shards up to this one, when they were counted
}

// NewSampler returns a sampler of ks, which has counted nothing yet.
func (ks *Keyspace) NewSampler() *Sampler { return &Sampler{ks: ks} }

// Count finds out where keys are; volatile ones are those with a deadline of their
// own. It returns how many there are.
func (s *Sampler) Count(volatile bool) int {
	s.volatile = volatile
	n := 0
	for i := range s.ks.shards {
		n += s.ks.candidates(i, volatile)
		s.upTo[i] = n
	}
	return n
}

// candidates returns how many keys a shard has that may be evicted.
func (ks *Keyspace) candidates(i int, volatile bool) (n int) {
	sh := &ks.shards[i]
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	for _, t := range sh.tables {
		if t != nil {
			n += t.candidates(volatile)
		}
	}
	return n
}

// HasCandidate reports whether a shard has a key that may be evicted.
func (ks *Keyspace) HasCandidate(i int, volatile bool) bool { return ks.candidates(i, volatile) > 0 }

// candidates counts the keys that may be evicted. With a volatile policy they are the
// keys with a deadline of their own. A lease promises its holder that all of its keys
// live as long as it does.
func (t *table) candidates(volatile bool) int {
	if volatile {
		return t.due.Len()
	}
	return t.dict.Len()
}

// Sample looks at n keys of one table and calls fn with each; the same one may come
// twice. It returns false if there were none. now is log time, clock the time by
// which keys are idle. fn may keep nothing.
func (s *Sampler) Sample(n int, p evict.Policy, now, clock int64, random func() uint64, fn func(c evict.Candidate)) bool {
	total := s.upTo[Shards-1]
	if total == 0 {
		return false
	}
	k := below(random, total)
	i := sort.SearchInts(s.upTo[:], k+1)
	if i > 0 {
		k -= s.upTo[i-1]
	}
	sh := &s.ks.shards[i]
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	t := sh.tableAt(k, s.volatile)
	if t == nil {
		return false // they have gone meanwhile
	}
	for range n {
		fn(t.candidate(t.draw(s.volatile, random), p, now, clock))
	}
	return true
}

// tableAt returns the table with the k-th of the keys that may be evicted.
func (s *shard) tableAt(k int, volatile bool) (found *table) {
	for _, t := range s.tables {
		if t == nil {
			continue
		}
		n := t.candidates(volatile)
		if n > 0 {
			found = t
		}
		if k < n {
			break
		}
		k -= n
	}
	return found
}

// draw returns one of the keys that may be evicted.
func (t *table) draw(volatile bool, random func() uint64) *Entry {
	if volatile {
		return t.due.At(below(random, t.due.Len())).entry
	}
	return t.dict.Pick(random).entry()
}

// candidate describes e. A key that has expired costs nobody anything: it is the
// best of all.
func (t *table) candidate(e *Entry, p evict.Policy, now, clock int64) evict.Candidate {
	c := evict.Candidate{
		DB: t.ks.logical(t.id.db), Key: e.Key(), Version: e.version, Size: e.MemSize(), Stamp: evict.Stamp(e.used.Load()),
	}
	if e.expired(now) {
		c.Score = math.MaxUint64
	} else {
		c.Score = p.Score(c.Stamp, e.Deadline(), clock, t.ks.settings.LFUDecayTime)
	}
	return c
}

// Again describes a candidate as it is now; false if it is none any more.
func (s *Sampler) Again(c evict.Candidate, p evict.Policy, now, clock int64) (evict.Candidate, bool) {
	key := []byte(c.Key)
	sh := &s.ks.shards[ShardOf(key)]
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	t := sh.table(s.ks.physical[c.DB])
	if t == nil {
		return c, false
	}
	e := t.find(key)
	if e == nil || s.volatile && e.ownDeadline() == 0 {
		return c, false
	}
	again := t.candidate(e, p, now, clock)
	again.Key = c.Key // that of e is the shard's
	return again, true
}

// below returns a random number in [0, n).
func below(random func() uint64, n int) int {
	k, _ := bits.Mul64(random(), uint64(n))
	return int(k)
}
