// Package evict has the parts of the choice of keys to evict: policies, the stamps of
// keys' use, and the pool of candidates. It knows no values and no locks. It has no
// clock and no random source of its own.
package evict

// Policy is one of maxmemory-policy.
type Policy int

// The policies, in the order in which Redis lists them.
const (
	VolatileLRU Policy = iota
	VolatileLFU
	VolatileRandom
	VolatileTTL
	AllKeysLRU
	AllKeysLFU
	AllKeysRandom
	NoEviction
)

// Names are the policies as CONFIG SET knows them; Policy is the index.
var Names = []string{
	"volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
	"allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction",
}

// Volatile reports whether only keys with a deadline of their own are evicted.
func (p Policy) Volatile() bool { return p <= VolatileTTL }

// Random reports whether all candidates are equally good.
func (p Policy) Random() bool { return p == VolatileRandom || p == AllKeysRandom }

// LFU reports whether the frequency of use decides, so that nodes count it.
func (p Policy) LFU() bool { return p == VolatileLFU || p == AllKeysLFU }

// LRU reports whether the time of the last use decides.
func (p Policy) LRU() bool { return p == VolatileLRU || p == AllKeysLRU }

// Score says how willingly a key is given up: the higher, the sooner. deadline is
// the key's, in Unix milliseconds, 0 if it has none.
func (p Policy) Score(s Stamp, deadline, clock int64, decay int) uint64 {
	switch {
	case p == VolatileTTL:
		return ^uint64(deadline)
	case p.LFU():
		return 255 - uint64(s.Frequency(clock, decay))
	case p.LRU():
		return uint64(s.Idle(clock))
	}
	return 0
}
