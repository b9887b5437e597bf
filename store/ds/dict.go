package ds

import (
	"iter"
	"unsafe"

	"github.com/zeebo/xxh3"
)

// Keyed is an element of a Dict: it carries its own key, which must not change
// while it is in there.
type Keyed interface{ Key() string }

// Dict is a hash table that keeps its elements in the order of their hashes. It
// grows and shrinks a page at a time (extendible hashing), so that no insert
// ever pays for the size of the table.
//
// The hash is 32 bits of a seeded xxh3; equal hashes are told apart by their
// keys and may be any number. Two dicts with equal seed and content have equal
// order, whatever led to it.
//
// A Dict may be read by many goroutines, or changed by one. It must not be
// changed while it is being iterated. Views of it may (see Freeze).
type Dict[E Keyed] struct {
	root slot[E]
	seed uint64
	n    int
	own  Owner
}

// New returns an empty Dict. The seed decides the order of the elements.
func New[E Keyed](seed uint64) *Dict[E] { return &Dict[E]{seed: seed} }

// Len returns the number of elements.
func (d *Dict[E]) Len() int { return d.n }

func (d *Dict[E]) hash(key string) uint32 {
	return uint32(xxh3.HashStringSeed(key, d.seed) >> 32)
}

// page returns the page for a hash, nil in an empty Dict.
func (d *Dict[E]) page(h uint32) *page[E] {
	s := &d.root
	for s.dir != nil {
		s = &s.dir.kids[s.dir.index(h)]
	}
	return s.page
}

// Get returns the element with this key. It does not keep the slice.
func (d *Dict[E]) Get(key []byte) (e E, ok bool) {
	return d.Find(unsafe.String(unsafe.SliceData(key), len(key)))
}

// Find is Get for a string.
func (d *Dict[E]) Find(key string) (e E, ok bool) {
	h := d.hash(key)
	p := d.page(h)
	if p == nil {
		return e, false
	}
	i, ok := p.search(h, key)
	if ok {
		e = p.elems[i]
	}
	return e, ok
}

// Put adds e, in place of the element with the same key if there is one; that
// is returned.
func (d *Dict[E]) Put(e E) (old E, replaced bool) {
	key := e.Key()
	h := d.hash(key)
	if d.root == (slot[E]{}) {
		d.root.page = &page[E]{mark: d.own.Mark()}
	}
	if d.own.Shared() {
		d.takeWay(h)
	}
	for {
		var last *dir[E]
		s := &d.root
		for s.dir != nil {
			last = s.dir
			s = &last.kids[last.index(h)]
		}
		p := s.page
		i, ok := p.search(h, key)
		switch {
		case ok:
			old, p.elems[i] = p.elems[i], e
			return old, true
		case len(p.elems) < pageMax || p.depth == 32:
			p.insert(i, h, e)
			d.count(h, 1)
			return old, false
		case last == nil:
			d.root = slot[E]{dir: below(p)}
		default:
			last.split(h)
		}
	}
}

// Delete removes the element with this key and returns it.
func (d *Dict[E]) Delete(key string) (old E, ok bool) {
	h := d.hash(key)
	p := d.page(h)
	if p == nil {
		return old, false
	}
	i, ok := p.search(h, key)
	if !ok {
		return old, false
	}
	if d.own.Shared() {
		d.takeWay(h)
		p = d.page(h)
	}
	old = p.elems[i]
	p.remove(i)
	d.count(h, -1)
	if len(p.elems) <= pageMax/2 {
		d.shrink(h)
	}
	return old, true
}

// count notes that the page of h has n elements more.
func (d *Dict[E]) count(h uint32, n int) {
	d.n += n
	for s := &d.root; s.dir != nil; s = &s.dir.kids[s.dir.index(h)] {
		s.dir.n += n
	}
}

// shrink joins pages around h, which has lost an element.
func (d *Dict[E]) shrink(h uint32) {
	var way [4]*slot[E] // 32 bits are at most four directories deep
	n := 0
	for s := &d.root; s.dir != nil; s = &s.dir.kids[s.dir.index(h)] {
		way[n] = s
		n++
	}
	for n--; n >= 0; n-- {
		p := way[n].dir.shrink(h, &d.own)
		if p == nil {
			return
		}
		*way[n] = slot[E]{page: p}
	}
}

// All yields the elements in the order of their hashes.
func (d *Dict[E]) All() iter.Seq[E] {
	return func(yield func(E) bool) {
		d.ascend(0, func(_ uint32, e E) bool { return yield(e) })
	}
}

// Scan calls fn with count elements from position cursor on, with a few more where
// hashes are equal. It returns the position to go on from, 0 when the end was reached.
// Position 0 is the start.
//
// A position is one in the order of hashes: it stays good while the Dict changes, and
// in every other Dict with the same seed. An element that is there from the first call
// to the last is returned exactly once.
func (d *Dict[E]) Scan(cursor uint64, count int, fn func(E)) (next uint64) {
	if cursor > 1<<32-1 {
		return 0
	}
	var last uint32
	count = max(count, 1)
	d.ascend(uint32(cursor), func(h uint32, e E) bool {
		if count <= 0 && h != last {
			next = uint64(h)
			return false
		}
		fn(e)
		count--
		last = h
		return true
	})
	return next
}

// At returns the element at place k, 0 ≤ k < Len, in the order of hashes. With k
// drawn evenly it is a fair choice that depends on nothing but k and the
// content.
func (d *Dict[E]) At(k int) E {
	s := &d.root
	for s.dir != nil {
		kids := s.dir.kids
		for i := 0; ; i += s.dir.width(i) {
			n := kids[i].len()
			if k < n {
				s = &kids[i]
				break
			}
			k -= n
		}
	}
	return s.page.elems[k]
}

func (s *slot[E]) len() int {
	if s.dir != nil {
		return s.dir.n
	}
	return len(s.page.elems)
}

// Renew puts fn(e), which has the key of e, in the place of each element e.
func (d *Dict[E]) Renew(fn func(e E) E) {
	if d.n == 0 {
		return
	}
	for pos := uint64(0); pos < 1<<32; {
		if d.own.Shared() {
			d.takeWay(uint32(pos))
		}
		p := d.page(uint32(pos))
		for i, e := range p.elems {
			p.elems[i] = fn(e)
		}
		pos += 1 << (32 - p.depth)
	}
}

// ascend calls fn with the elements whose hash is at least from, in order,
// until it returns false.
func (d *Dict[E]) ascend(from uint32, fn func(h uint32, e E) bool) {
	for pos := uint64(from); pos < 1<<32; {
		p := d.page(uint32(pos))
		if p == nil {
			return
		}
		for i := p.lower(uint32(pos)); i < len(p.elems); i++ {
			if !fn(p.hashes[i], p.elems[i]) {
				return
			}
		}
		size := uint64(1) << (32 - p.depth)
		pos = (pos &^ (size - 1)) + size
	}
}
