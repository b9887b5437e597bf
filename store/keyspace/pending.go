package keyspace

import (
	"slices"
	"sync"
)

// pending is the part of a snapshot that one table owes it. It has the entries that
// changed since the last snapshot, as they were at the cut.
//
// The writer takes them in steps, in the order of their records, under the shared lock
// of the shard. If the applier changes an entry before its turn, the old one is saved
// first (table.change). So nothing waits for the writer, and it sees the state of the
// cut. A value that the key loses is saved as it is, nobody changes it any more. Of one
// that lives on and is large a view is taken. One that is small is encoded before it is
// changed.
type pending struct {
	table   *table
	flushed bool           // delete all that older snapshots have of the table first
	entries []*Entry       // those whose turn has not come
	all     []*Entry       // all of them, should the snapshot fail
	chunked map[string]int // new numbers for table.chunked, should it not
	dead    []*Entry       // flat entries that were dead at the cut
	freed   []Flat         // values that the table has lost since; the applier's

	// Guarded by the shard's lock.
	saved map[string]item // of the entries whose turn has not come
	bound string          // key of the last entry taken; valid if begun
	begun bool
	done  bool // all were taken

	mu    sync.Mutex // guards step
	step  []item     // taken last, in order
	wrote int        // how many of step are encoded
}

// item is one key for the snapshot.
type item struct {
	key  string
	head head
	// value as it was at the cut, nil for a key that was not there; or data,
	// its encoding.
	value   Value
	data    []byte
	encoded bool
	view    bool // value is one, and has to be released
}

func itemOf(e *Entry) item { return item{key: e.Key(), head: headOf(e), value: e.value} }

// freeze puts a view in the place of a large value.
func (it *item) freeze() {
	if f, ok := it.value.(Freezer); ok && !it.view {
		if v := f.Freeze(); v != nil {
			it.value, it.view = v, true
		}
	}
}

// detach makes the item one that no change of its value shows in.
func (it *item) detach() {
	if it.freeze(); !it.view && !it.encoded {
		it.data, it.encoded, it.value = it.value.Encode(nil), true, nil
	}
}

// drop lets go of the value.
func (it *item) drop() {
	if it.view {
		Release(it.value)
	}
	*it = item{key: it.key}
}

// save keeps what the snapshot needs of e, which is about to be changed. Called
// by the applier, under the exclusive lock of the shard.
func (p *pending) save(e *Entry, keeps bool) {
	key := e.Key()
	if p.done || p.begun && !before(p.bound, key) {
		if keeps {
			p.release(key)
		}
		return
	}
	if _, ok := p.saved[key]; ok {
		return // before some of its parts expired
	}
	it := itemOf(e)
	if keeps {
		it.detach()
	}
	if p.saved == nil {
		p.saved = make(map[string]item)
	}
	p.saved[key] = it
}

// release encodes the value of key now if the writer has taken it and not
// encoded it yet. It is small, or it has a view.
func (p *pending) release(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	rest := p.step[p.wrote:]
	i, ok := slices.BinarySearchFunc(rest, key, func(it item, key string) int { return compare(it.key, key) })
	if ok && rest[i].value != nil && !rest[i].view {
		rest[i].detach()
	}
}

func compare(a, b string) int {
	switch {
	case a == b:
		return 0
	case before(a, b):
		return -1
	}
	return 1
}

// end lets go of what was not written. Nobody takes or saves anything any more.
func (p *pending) end() {
	for _, it := range p.saved {
		it.drop()
	}
	p.saved = nil
}

// sort brings the entries into the order of their records, one for each key.
func (p *pending) sort() {
	slices.SortFunc(p.entries, func(a, b *Entry) int { return compare(a.Key(), b.Key()) })
	p.entries = slices.CompactFunc(p.entries, func(a, b *Entry) bool { return a.Key() == b.Key() })
	p.all = p.entries
}

// stepSize is how many keys the writer takes while it holds a shard's lock.
const stepSize = 256

// take takes the next keys. It returns false when there are none left.
func (p *pending) take() bool {
	t := p.table
	mu := &t.ks.shards[t.id.shard].mu
	p.mu.Lock()
	p.step, p.wrote = p.step[:0], 0
	p.mu.Unlock()
	n := min(len(p.entries), stepSize)

	mu.RLock()
	defer mu.RUnlock()
	for _, e := range p.entries[:n] {
		p.step = append(p.step, p.atCut(e.Key()))
	}
	p.entries = p.entries[n:]
	if n > 0 {
		p.begun, p.bound = true, p.step[n-1].key
	}
	if len(p.entries) == 0 {
		p.done, p.saved = true, nil
	}
	return n > 0
}

// atCut returns what a key was at the cut.
func (p *pending) atCut(key string) item {
	if it, ok := p.saved[key]; ok {
		delete(p.saved, key)
		return it
	}
	if e := p.table.find(bytesOf(key)); e != nil && e.version <= p.table.ks.cut {
		it := itemOf(e)
		it.freeze()
		return it
	}
	return item{key: key}
}
