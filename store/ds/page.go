package ds

// pageMax is the number of elements a page holds before it is split. Larger
// pages cost more memory moves per insert, smaller ones more memory per element.
const pageMax = 64

// page holds the elements of one range of hashes: those that share its first
// depth bits. Both slices have the same length.
type page[E Keyed] struct {
	hashes []uint32 // ascending; equal ones in the order of their keys
	elems  []E
	depth  uint8
	mark   Mark
}

// lower returns the index of the first hash that is not below h. Hashes are
// spread evenly over the page's range, so it starts at the expected place.
func (p *page[E]) lower(h uint32) int {
	hs := p.hashes
	if len(hs) == 0 {
		return 0
	}
	i := int(uint64(h<<p.depth) * uint64(len(hs)) >> 32)
	if hs[i] < h {
		for i++; i < len(hs) && hs[i] < h; i++ {
		}
		return i
	}
	for i > 0 && hs[i-1] >= h {
		i--
	}
	return i
}

// search returns where the element with this hash and key is, or belongs.
func (p *page[E]) search(h uint32, key string) (int, bool) {
	lo := p.lower(h)
	hi := lo
	for hi < len(p.hashes) && p.hashes[hi] == h {
		hi++
	}
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		switch k := p.elems[mid].Key(); {
		case k == key:
			return mid, true
		case k < key:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return lo, false
}

func (p *page[E]) insert(i int, h uint32, e E) {
	if len(p.hashes) == cap(p.hashes) {
		p.resize(len(p.hashes) + 1)
	}
	n := len(p.hashes)
	p.hashes, p.elems = p.hashes[:n+1], p.elems[:n+1]
	copy(p.hashes[i+1:], p.hashes[i:n])
	copy(p.elems[i+1:], p.elems[i:n])
	p.hashes[i], p.elems[i] = h, e
}

func (p *page[E]) remove(i int) {
	p.hashes = append(p.hashes[:i], p.hashes[i+1:]...)
	n := len(p.elems) - 1
	copy(p.elems[i:], p.elems[i+1:])
	var zero E
	p.elems[n] = zero
	p.elems = p.elems[:n]
	if room(n) < cap(p.elems)/2 {
		p.resize(n)
	}
}

// resize gives the page arrays for at least n elements.
func (p *page[E]) resize(n int) {
	c := room(n)
	hashes, elems := make([]uint32, len(p.hashes), c), make([]E, len(p.elems), c)
	copy(hashes, p.hashes)
	copy(elems, p.elems)
	p.hashes, p.elems = hashes, elems
}

// room returns the capacity for n elements. Small steps keep the pages filled;
// above pageMax, where only elements with equal hashes get, they are relative.
func room(n int) int {
	switch {
	case n <= 2:
		return n
	case n <= 16:
		return (n + 3) &^ 3
	case n <= pageMax:
		return (n + 7) &^ 7
	}
	return n + n/2
}

// split moves the elements whose next bit is 1 to a new page.
func (p *page[E]) split() *page[E] {
	bit := uint32(1) << (31 - p.depth)
	i := 0
	for i < len(p.hashes) && p.hashes[i]&bit == 0 {
		i++
	}
	p.depth++
	q := &page[E]{depth: p.depth, mark: p.mark}
	switch i {
	case len(p.hashes):
		return q
	case 0:
		p.hashes, q.hashes = q.hashes, p.hashes
		p.elems, q.elems = q.elems, p.elems
		return q
	}
	q.hashes, q.elems = p.hashes[i:], p.elems[i:]
	q.resize(len(q.hashes) + 1)
	p.hashes, p.elems = p.hashes[:i], p.elems[:i]
	p.resize(i + 1)
	return q
}

// join takes over the elements of q, the upper buddy of p.
func (p *page[E]) join(q *page[E]) {
	p.depth--
	if len(p.hashes) == 0 {
		p.hashes, p.elems = q.hashes, q.elems
		return
	}
	if n := len(p.hashes) + len(q.hashes); n > cap(p.hashes) {
		p.resize(n)
	}
	p.hashes = append(p.hashes, q.hashes...)
	p.elems = append(p.elems, q.elems...)
}
