package store

import (
	"math"
	"strings"
	"sync/atomic"

	"github.com/msredis/msredis/internal/evict"
	"github.com/msredis/msredis/store/keyspace"
)

// candidates remembers whether there are keys to evict.
type candidates struct {
	hint   atomic.Int32  // a shard that had some
	barren atomic.Uint64 // 1 + index of the log at which there was none
}

// Evictable reports whether the policy has a key to evict. It is the same on all
// nodes at one index of the log. Any goroutine; it costs little as long as there is
// one, or nothing changes.
func (s *Store) Evictable() bool {
	p := s.Policy()
	if p == evict.NoEviction {
		return false
	}
	applied := s.applied.Load()
	if s.candidates.barren.Load() == applied+1 {
		return false
	}
	for i, hint := 0, int(s.candidates.hint.Load()); i < keyspace.Shards; i++ {
		if shard := (hint + i) % keyspace.Shards; s.ks.HasCandidate(shard, p.Volatile()) {
			if i > 0 {
				s.candidates.hint.Store(int32(shard))
			}
			return true
		}
	}
	s.candidates.barren.Store(applied + 1)
	return false
}

// Policy returns which keys leave when the data exceeds maxmemory.
func (s *Store) Policy() evict.Policy { return evict.Policy(s.settings.Load().MaxmemoryPolicy) }

// Chooser chooses keys to evict, by what this node has seen of their use. It changes
// nothing. It is confined to one goroutine.
type Chooser struct {
	s       *Store
	policy  evict.Policy
	sampler *keyspace.Sampler
	pool    evict.Pool
	chosen  map[chosenKey]struct{} // in this call of Choose
}

type chosenKey struct {
	db  int
	key string
}

// NewChooser returns a chooser for s.
func (s *Store) NewChooser() *Chooser {
	return &Chooser{s: s, sampler: s.ks.NewSampler(), chosen: map[chosenKey]struct{}{}}
}

const (
	// maxSamples bounds maxmemory-samples. Redis's documentation calls ten very
	// close to the true LRU.
	maxSamples = 64
	// maxMisses is how many samples may bring nothing new before Choose ends: most
	// keys are chosen already, or many have gone.
	maxMisses = 32
)

// Choose chooses keys that take about so many bytes, at most so many keys, as long as
// more returns true. clock is the leader's, in Unix milliseconds of log time. The list
// is the caller's.
//
// It does as Redis does for each key. A few keys are drawn. Those that are better than
// the worst in the pool are put there. The best in the pool is taken. The key may
// have been used or changed since it was drawn, so it is looked at again.
func (ch *Chooser) Choose(bytes int64, most int, clock int64, random func() uint64, more func() bool) (list []evict.Candidate) {
	settings := ch.s.settings.Load()
	p := evict.Policy(settings.MaxmemoryPolicy)
	if p != ch.policy {
		ch.policy = p
		ch.pool.Reset()
	}
	if p == evict.NoEviction || ch.sampler.Count(p.Volatile()) == 0 {
		return nil
	}
	samples := min(settings.MaxmemorySamples, maxSamples)
	if p.Random() {
		samples = 1
	}
	clear(ch.chosen)
	for misses := 0; bytes > 0 && len(list) < most && misses < maxMisses && more(); {
		now := ch.s.now.Load()
		ch.sampler.Sample(samples, p, now, clock, random, ch.consider)
		c, ok := ch.pool.Take()
		if !ok {
			misses++
			continue
		}
		again, ok := ch.sampler.Again(c, p, now, clock)
		switch {
		case !ok || ch.has(again):
			misses++
		case again.Score < c.Score: // it was used meanwhile
			misses++
			ch.pool.Add(again)
		default:
			misses = 0
			ch.chosen[chosenKey{again.DB, again.Key}] = struct{}{}
			bytes -= again.Size
			list = append(list, again)
		}
	}
	return list
}

func (ch *Chooser) has(c evict.Candidate) bool {
	_, ok := ch.chosen[chosenKey{c.DB, c.Key}]
	return ok
}

// consider puts a key that was drawn into the pool, if it is good enough.
func (ch *Chooser) consider(c evict.Candidate) {
	if (c.Score == math.MaxUint64 || ch.pool.Wants(c.Score)) && !ch.has(c) {
		c.Key = strings.Clone(c.Key)
		ch.pool.Add(c)
	}
}
