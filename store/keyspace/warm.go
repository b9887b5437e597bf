package keyspace

import "github.com/msredis/msredis/store/ds"

// Warmer looks keys up ahead of the commands that use them, for the effect on the
// processor's cache alone. In a large keyspace most of a short command's time is
// waiting for memory, one line after the other. The lines of several keys are waited
// for together.
type Warmer struct {
	n      int
	shards [WarmMax]*shard
	keys   [WarmMax][]byte
	dbs    [WarmMax]uint16
	probes [WarmMax]ds.Probe[ref]
	found  [WarmMax]*Entry
	sum    int // keeps the compiler from dropping what is loaded
}

// WarmMax is how many keys are looked up at a time: about as many misses as a
// processor has under way.
const WarmMax = 16

// Add notes a key and its shard. There is room for WarmMax.
func (w *Warmer) Add(ks *Keyspace, db int, key []byte, shard int) {
	w.shards[w.n], w.keys[w.n], w.dbs[w.n] = &ks.shards[shard], key, ks.physical[db]
	w.n++
}

// Run looks the noted keys up, whose shards are locked, and forgets them.
func (w *Warmer) Run() {
	n := w.n
	w.n = 0
	if n == 1 {
		return // nothing to overlap with
	}
	for i := range n {
		if t := w.shards[i].table(w.dbs[i]); t != nil {
			w.probes[i] = t.dict.Probe(w.keys[i])
		} else {
			w.probes[i] = ds.Probe[ref]{}
		}
	}
	for i := range n {
		w.sum += w.probes[i].Touch()
	}
	for i := range n {
		r, _ := w.probes[i].Guess()
		w.found[i] = r.entry()
	}
	for i := range n {
		if e := w.found[i]; e != nil {
			w.sum += int(e.keyLen)
		}
	}
	for i := range n {
		if e := w.found[i]; e != nil {
			w.sum += int(e.value.MemSize())
		}
		w.found[i], w.keys[i], w.probes[i] = nil, nil, ds.Probe[ref]{}
	}
}
