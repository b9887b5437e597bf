package front

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// tracking is the node's table for client-side caching. It has the clients that have
// read each key, and the clients that want to hear of all keys with a prefix. Keys are
// known by their name, whatever their database, as in Redis.
//
// A session notes a key before it is read; whoever applies the log tells of a change
// before the change is answered. So a client that has read an old value, on this node,
// hears of the change behind that reply, and may hear once too often.
type tracking struct {
	clients atomic.Int64 // that track; looked at once per batch
	keys    atomic.Int64 // in the table
	items   atomic.Int64 // clients of all keys
	limit   atomic.Int64 // tracking-table-max-keys; 0: none
	seed    maphash.Seed
	parts   [trackingParts]struct {
		sync.Mutex
		keys map[string][]*Session
	}

	mu       sync.Mutex
	all      map[*tracker]struct{}
	prefixes map[string]*prefix
	changed  bool // a prefix has keys to tell of
}

const trackingParts = 64

// prefix is what clients in BCAST mode want to hear of.
type prefix struct {
	clients []*tracker
	keys    map[string]uint64 // changed in this batch, and by which client
}

// tracker is a client that tracks, from CLIENT TRACKING ON to OFF.
type tracker struct {
	session  *Session
	redirect uint64 // 0: to itself
	bcast    bool
	optin    bool
	optout   bool
	noloop   bool
	prefixes []string
	broken   atomic.Bool // the client that it is redirected to has gone
	caching  bool        // CLIENT CACHING was called; the session's
	scripts  atomic.Bool // what scripts read is noted
}

func newTracking() *tracking {
	t := &tracking{seed: maphash.MakeSeed(), all: make(map[*tracker]struct{}), prefixes: make(map[string]*prefix)}
	for i := range t.parts {
		t.parts[i].keys = make(map[string][]*Session)
	}
	return t
}

// begin takes a tracker in, with all its prefixes.
func (t *tracking) begin(tr *tracker) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all[tr] = struct{}{}
	for _, name := range tr.prefixes {
		p := t.prefixes[name]
		if p == nil {
			p = &prefix{}
			t.prefixes[name] = p
		}
		p.clients = append(p.clients, tr)
	}
	t.clients.Add(1)
}

// end forgets a tracker. Keys that its client has read stay in the table until they
// change.
func (t *tracking) end(tr *tracker) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.all, tr)
	for _, name := range tr.prefixes {
		p := t.prefixes[name]
		p.clients = slices.DeleteFunc(p.clients, func(other *tracker) bool { return other == tr })
		if len(p.clients) == 0 {
			delete(t.prefixes, name)
		}
	}
	if t.clients.Add(-1) == 0 {
		t.forget()
	}
}

// read notes that a client is about to read a key.
func (t *tracking) read(s *Session, key []byte) {
	p := &t.parts[maphash.Bytes(t.seed, key)%trackingParts]
	p.Lock()
	list, has := p.keys[string(key)]
	if !slices.Contains(list, s) {
		p.keys[string(key)] = append(list, s)
		t.items.Add(1)
	}
	if !has {
		t.keys.Add(1)
	}
	p.Unlock()
	t.shrink(trackingParts)
}

// setLimit takes tracking-table-max-keys.
func (t *tracking) setLimit(n int64) {
	t.limit.Store(n)
	t.shrink(t.keys.Load())
}

// shrink takes keys out of a table that is too full, at most so many.
func (t *tracking) shrink(most int64) {
	limit := t.limit.Load()
	for n := int64(0); limit > 0 && t.keys.Load() > limit && n < most; n++ {
		t.evict()
	}
}

// evict tells of a key as if it had changed, because the table is full.
func (t *tracking) evict() {
	from := maphash.String(t.seed, "") + uint64(t.items.Load())
	for i := range uint64(trackingParts) {
		p := &t.parts[(from+i)%trackingParts]
		p.Lock()
		for key, list := range p.keys {
			t.remove(p.keys, key, list)
			p.Unlock()
			tellAll(list, key, 0)
			return
		}
		p.Unlock()
	}
}

func (t *tracking) remove(keys map[string][]*Session, key string, list []*Session) {
	delete(keys, key)
	t.keys.Add(-1)
	t.items.Add(-int64(len(list)))
}

// change tells the clients that have read a key that it has changed. by is the client
// of this node that has changed it, 0 if it is none.
func (t *tracking) change(key []byte, by uint64) {
	p := &t.parts[maphash.Bytes(t.seed, key)%trackingParts]
	p.Lock()
	list, has := p.keys[string(key)]
	if has {
		t.remove(p.keys, string(key), list)
	}
	p.Unlock()
	if has {
		tellAll(list, string(key), by)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, p := range t.prefixes {
		if strings.HasPrefix(string(key), name) {
			if p.keys == nil {
				p.keys = make(map[string]uint64)
			}
			if old, has := p.keys[string(key)]; has && old != by {
				p.keys[string(key)] = 0
			} else {
				p.keys[string(key)] = by
			}
			t.changed = true
		}
	}
}

func tellAll(list []*Session, key string, by uint64) {
	for _, s := range list {
		if tr := s.tracker.Load(); tr != nil && !tr.bcast && !(tr.noloop && by == s.id) {
			tr.invalidate([]string{key})
		}
	}
}

// endBatch tells the clients in BCAST mode what the batch has changed.
func (t *tracking) endBatch() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.changed {
		return
	}
	t.changed = false
	for _, p := range t.prefixes {
		if len(p.keys) == 0 {
			continue
		}
		keys := make([]string, 0, len(p.keys))
		for key := range p.keys {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, tr := range p.clients {
			others := keys
			if tr.noloop {
				others = slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return p.keys[key] == tr.session.id })
			}
			if len(others) > 0 {
				tr.invalidate(others)
			}
		}
		p.keys = nil
	}
}

// flush tells all clients that everything has changed.
func (t *tracking) flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for tr := range t.all {
		tr.invalidate(nil)
	}
	t.forget()
}

// forget empties the table. mu is held.
func (t *tracking) forget() {
	for i := range t.parts {
		p := &t.parts[i]
		p.Lock()
		for key, list := range p.keys {
			t.remove(p.keys, key, list)
		}
		p.Unlock()
	}
}

// prefixCount returns how many prefixes there are.
func (t *tracking) prefixCount() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.prefixes)
}
