package ds

import "unsafe"

// Probe is a search in a Dict that is done in steps. Each step waits for memory once at
// most. A processor that is given the same step of several searches at a time waits for
// all of them together.
type Probe[E Keyed] struct {
	page *page[E]
	hash uint32
}

// Probe begins to search for key.
func (d *Dict[E]) Probe(key []byte) Probe[E] {
	h := d.hash(unsafe.String(unsafe.SliceData(key), len(key)))
	return Probe[E]{d.page(h), h}
}

// Touch is the step between Probe and Guess. The returned value means nothing.
func (p *Probe[E]) Touch() int {
	if p.page == nil {
		return 0
	}
	return len(p.page.hashes)
}

// Guess returns the element with the key's hash, if there is one: most likely,
// but not surely, that with the key.
func (p *Probe[E]) Guess() (e E, ok bool) {
	if p.page == nil {
		return e, false
	}
	i := p.page.lower(p.hash)
	if i == len(p.page.hashes) || p.page.hashes[i] != p.hash {
		return e, false
	}
	return p.page.elems[i], true
}
