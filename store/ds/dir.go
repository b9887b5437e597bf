package ds

// dirBits bounds a directory to 2^dirBits slots, and with it the longest step of
// growing: one directory doubled, one page split. Below a full directory there
// are further ones.
const dirBits = 10

// dir tells pages apart by the bits of the hash from base on. A page that has
// not been split as deep as the directory reaches stands in several slots.
type dir[E Keyed] struct {
	kids []slot[E] // 1 << bits
	base uint8     // bits of the hash that lead to this directory
	bits uint8
	deep int // pages and directories that stand in one slot only
	n    int // elements below
	mark Mark
}

// slot is a page or a directory, never both.
type slot[E Keyed] struct {
	page *page[E]
	dir  *dir[E]
}

// index returns the slot of a hash.
func (d *dir[E]) index(h uint32) int { return int(h << d.base >> (32 - d.bits)) }

// span returns the number of slots that a page of this depth fills.
func (d *dir[E]) span(depth uint8) int { return 1 << (d.base + d.bits - depth) }

// width returns the number of slots that slot i is repeated in.
func (d *dir[E]) width(i int) int {
	if p := d.kids[i].page; p != nil {
		return d.span(p.depth)
	}
	return 1
}

func (d *dir[E]) fill(i, n int, p *page[E]) {
	for j := i; j < i+n; j++ {
		d.kids[j] = slot[E]{page: p}
	}
}

func (d *dir[E]) double() {
	kids := make([]slot[E], 2*len(d.kids))
	for i, k := range d.kids {
		kids[2*i], kids[2*i+1] = k, k
	}
	d.kids, d.deep = kids, 0
	d.bits++
}

// halve is the inverse of double. It requires that deep is 0.
func (d *dir[E]) halve() {
	kids := make([]slot[E], len(d.kids)/2)
	for i := range kids {
		kids[i] = d.kids[2*i]
	}
	d.kids = kids
	d.bits--
	for i := 0; i < len(kids); {
		w := d.width(i)
		if w == 1 {
			d.deep++
		}
		i += w
	}
}

// below makes a directory of the two halves of p.
func below[E Keyed](p *page[E]) *dir[E] {
	d := &dir[E]{base: p.depth, bits: 1, deep: 2, n: len(p.elems), mark: p.mark}
	q := p.split()
	d.kids = []slot[E]{{page: p}, {page: q}}
	return d
}

// split cuts the page of h in two. It and the directory are the Dict's own.
func (d *dir[E]) split(h uint32) {
	p := d.kids[d.index(h)].page
	if p.depth == d.base+d.bits {
		if d.bits == dirBits {
			d.kids[d.index(h)] = slot[E]{dir: below(p)}
			return
		}
		d.double()
	}
	q := p.split()
	n := d.span(p.depth)
	first := d.index(h) &^ (2*n - 1)
	d.fill(first+n, n, q)
	if n == 1 {
		d.deep += 2
	}
}

// shrink joins the page of h with its buddy as long as both are small. When
// that leaves a single page it is returned, to take the directory's place. The
// directory is the Dict's own.
func (d *dir[E]) shrink(h uint32, own *Owner) *page[E] {
	p := d.kids[d.index(h)].page
	for p.depth > d.base {
		n := d.span(p.depth)
		low := d.index(h) &^ (2*n - 1)
		p = d.kids[low].page
		q := d.kids[low+n].page
		if p == nil || q == nil || p.depth != q.depth || len(p.elems)+len(q.elems) > pageMax/2 {
			return nil
		}
		p, q = p.take(own), q.take(own) // q's arrays may become those of p
		p.join(q)
		d.fill(low, 2*n, p)
		if n > 1 {
			continue
		}
		d.deep -= 2
		for p.depth > d.base && d.deep == 0 {
			d.halve()
		}
	}
	return p
}
