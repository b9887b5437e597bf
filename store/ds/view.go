package ds

import (
	"slices"
	"unsafe"

	"github.com/msredis/msredis/internal/mutant"
)

// Freeze returns a view of d, which shares its nodes: see Owner. The elements are those
// of d, too, so d's user changes none in place while it is Shared.
func (d *Dict[E]) Freeze() *Dict[E] {
	v := &Dict[E]{root: d.root, seed: d.seed, n: d.n}
	d.own.Lend(&v.own)
	return v
}

// Release ends the use of the view d.
func (d *Dict[E]) Release() { d.own.Release() }

// Clone returns a Dict that has the elements of d and lives on beside it. Its cost is
// constant, like that of Freeze.
func (d *Dict[E]) Clone() *Dict[E] {
	c := &Dict[E]{root: d.root, seed: d.seed, n: d.n}
	d.own.Share(&c.own)
	return c
}

// Owner is that of the nodes. A container that consists of a Dict and other nodes uses
// it for all of them.
func (d *Dict[E]) Owner() *Owner { return &d.own }

// takeWay makes the nodes that lead to a hash the Dict's own.
func (d *Dict[E]) takeWay(h uint32) {
	s := &d.root
	for s.dir != nil {
		s.dir = s.dir.take(&d.own)
		in := s.dir
		i := in.index(h)
		p := in.kids[i].page
		if p == nil {
			s = &in.kids[i]
			continue
		}
		if own := p.take(&d.own); own != p {
			n := in.span(p.depth)
			in.fill(i&^(n-1), n, own)
		}
		return
	}
	if s.page != nil {
		s.page = s.page.take(&d.own)
	}
}

// take returns the page if it may be changed in place, else a copy.
func (p *page[E]) take(own *Owner) *page[E] {
	if own.Mine(p.mark) || mutant.On(mutant.PageShared) {
		return p
	}
	var e E
	size := int(unsafe.Sizeof(*p)) + cap(p.elems)*int(unsafe.Sizeof(e)+unsafe.Sizeof(p.hashes[0]))
	q := &page[E]{depth: p.depth, mark: own.Copy(size)}
	q.hashes = append(make([]uint32, 0, cap(p.hashes)), p.hashes...)
	q.elems = append(make([]E, 0, cap(p.elems)), p.elems...)
	return q
}

// take returns the directory if it may be changed in place, else a copy.
func (d *dir[E]) take(own *Owner) *dir[E] {
	if own.Mine(d.mark) || mutant.On(mutant.DirShared) {
		return d
	}
	c := *d
	c.mark = own.Copy(int(unsafe.Sizeof(c)) + len(d.kids)*int(unsafe.Sizeof(d.kids[0])))
	c.kids = slices.Clone(d.kids)
	return &c
}
