package evict

import "slices"

// PoolSize is how many candidates are remembered from sample to sample, as in Redis.
// So the best key of many samples is found.
const PoolSize = 16

// Candidate is a key that may be evicted.
type Candidate struct {
	DB      int
	Key     string
	Version uint64 // see Entry.Version in store/keyspace
	Stamp   Stamp
	Score   uint64
	Size    int64 // what the data loses with it, in bytes
}

// Pool has the best candidates of the last samples. The zero value is empty.
type Pool struct {
	list []Candidate // by ascending score
}

// Wants reports whether a candidate with that score would be taken.
func (p *Pool) Wants(score uint64) bool {
	return len(p.list) < PoolSize || score > p.list[0].Score
}

// Add takes a candidate, if it is good enough, in the place of the worst one.
func (p *Pool) Add(c Candidate) {
	for i := range p.list {
		if p.list[i].DB == c.DB && p.list[i].Key == c.Key {
			p.list = slices.Delete(p.list, i, i+1)
			break
		}
	}
	if !p.Wants(c.Score) {
		return
	}
	at, _ := slices.BinarySearchFunc(p.list, c.Score, func(x Candidate, score uint64) int {
		if x.Score < score {
			return -1
		}
		return 1
	})
	p.list = slices.Insert(p.list, at, c)
	if len(p.list) > PoolSize {
		p.list = slices.Delete(p.list, 0, 1)
	}
}

// Take takes the best candidate out; ok is false if there is none.
func (p *Pool) Take() (c Candidate, ok bool) {
	if len(p.list) == 0 {
		return c, false
	}
	last := len(p.list) - 1
	c, p.list[last] = p.list[last], Candidate{}
	p.list = p.list[:last]
	return c, true
}

// Reset empties the pool, as when the scores of another policy are to come.
func (p *Pool) Reset() {
	clear(p.list)
	p.list = p.list[:0]
}
