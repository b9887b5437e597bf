package ds

import (
	"slices"
	"sort"
	"unsafe"
)

// Many elements at once are put into pages in the order of their hashes. An element costs a
// fraction of a Put. The way in which a Dict was made shows nowhere.

// hashed is an element with its hash.
type hashed[E Keyed] struct {
	h uint32
	e E
}

// Load makes d consist of elems alone. It reports whether all their keys differ. If not,
// nothing is changed.
func (d *Dict[E]) Load(elems []E) bool {
	list := make([]hashed[E], len(elems))
	for i, e := range elems {
		list[i] = hashed[E]{d.hash(e.Key()), e}
	}
	list = sorted(list)
	for i := 1; i < len(list); i++ {
		if list[i].h == list[i-1].h && list[i].e.Key() == list[i-1].e.Key() {
			return false
		}
	}
	d.load(list)
	return true
}

// Keep removes the elements for which keep returns false. It asks in the order of All.
func (d *Dict[E]) Keep(keep func(E) bool) {
	list := make([]hashed[E], 0, d.n)
	d.ascend(0, func(h uint32, e E) bool {
		if keep(e) {
			list = append(list, hashed[E]{h, e})
		}
		return true
	})
	d.load(list)
}

// DeleteAll removes elems, which may be told twice.
func (d *Dict[E]) DeleteAll(elems []E) {
	gone := make([]hashed[E], len(elems))
	for i, e := range elems {
		gone[i] = hashed[E]{d.hash(e.Key()), e}
	}
	gone = sorted(gone)
	list := make([]hashed[E], 0, d.n)
	d.ascend(0, func(h uint32, e E) bool {
		for len(gone) > 0 && (gone[0].h < h || gone[0].h == h && gone[0].e.Key() < e.Key()) {
			gone = gone[1:]
		}
		if len(gone) == 0 || gone[0].h != h || gone[0].e.Key() != e.Key() {
			list = append(list, hashed[E]{h, e})
		}
		return true
	})
	d.load(list)
}

// Merge makes a Dict of several with this seed. For each key that one of them has, choose
// gets the elements of all of them, with the zero value for none. It returns the element
// of the result, and whether there is one.
func Merge[E Keyed](seed uint64, of []*Dict[E], choose func(same []E) (E, bool)) *Dict[E] {
	walks := make([]walk[E], len(of))
	most := 0
	for i, d := range of {
		walks[i] = walk[E]{d: d}
		walks[i].turn()
		most = max(most, d.n)
	}
	list := make([]hashed[E], 0, most)
	same := make([]E, len(of))
	for {
		first := -1
		for i := range walks {
			if walks[i].p != nil && (first < 0 || walks[i].before(&walks[first])) {
				first = i
			}
		}
		if first < 0 {
			break
		}
		h, e := walks[first].head()
		key := e.Key()
		for i := range walks {
			var none E
			same[i] = none
			if walks[i].p == nil {
				continue
			}
			if g, f := walks[i].head(); g == h && (i == first || f.Key() == key) {
				same[i] = f
				walks[i].step()
			}
		}
		if e, ok := choose(same); ok {
			list = append(list, hashed[E]{h, e})
		}
	}
	d := New[E](seed)
	d.load(list)
	return d
}

// walk is a place in a Dict that does not change.
type walk[E Keyed] struct {
	d   *Dict[E]
	pos uint64   // of the next page
	p   *page[E] // nil at the end
	i   int
}

// turn goes to the next page that is not empty.
func (w *walk[E]) turn() {
	for w.p, w.i = nil, 0; w.pos < 1<<32; {
		p := w.d.page(uint32(w.pos))
		if p == nil {
			return
		}
		size := uint64(1) << (32 - p.depth)
		w.pos = (w.pos &^ (size - 1)) + size
		if len(p.elems) > 0 {
			w.p = p
			return
		}
	}
}

func (w *walk[E]) head() (uint32, E) { return w.p.hashes[w.i], w.p.elems[w.i] }

func (w *walk[E]) step() {
	if w.i++; w.i == len(w.p.elems) {
		w.turn()
	}
}

func (w *walk[E]) before(v *walk[E]) bool {
	g, e := w.head()
	h, f := v.head()
	return g < h || g == h && e.Key() < f.Key()
}

// sorted returns the list in the order of a Dict. It deals the elements to buckets of a few
// by the first bits of their hashes.
func sorted[E Keyed](list []hashed[E]) []hashed[E] {
	shift := 32
	for n := len(list) / 8; n > 1 && shift > 8; n /= 2 {
		shift--
	}
	ends := make([]int, 1<<(32-shift)+1)
	for i := range list {
		ends[uint64(list[i].h)>>shift+1]++
	}
	for i := 1; i < len(ends); i++ {
		ends[i] += ends[i-1]
	}
	dealt := make([]hashed[E], len(list))
	for i := range list {
		at := &ends[uint64(list[i].h)>>shift]
		dealt[*at] = list[i]
		*at++
	}
	from := 0
	for _, to := range ends[:len(ends)-1] {
		slices.SortFunc(dealt[from:to], func(a, b hashed[E]) int {
			switch {
			case a.h < b.h:
				return -1
			case a.h > b.h:
				return 1
			case a.e.Key() < b.e.Key():
				return -1
			case a.e.Key() > b.e.Key():
				return 1
			}
			return 0
		})
		from = to
	}
	return dealt
}

// load makes d consist of a list that is in order. Views keep the nodes that d had.
func (d *Dict[E]) load(list []hashed[E]) {
	var e E
	d.own.Hold(int64(d.n) * int64(unsafe.Sizeof(e)+unsafe.Sizeof(uint32(0))))
	d.n, d.root = len(list), slot[E]{}
	if len(list) > 0 {
		d.root = built(list, 0, d.own.Mark())
	}
}

// built makes the page or the directory of a list whose hashes share their first depth bits.
func built[E Keyed](list []hashed[E], depth uint8, mark Mark) slot[E] {
	if len(list) <= pageMax || depth == 32 {
		return slot[E]{page: pageOf(list, depth, mark)}
	}
	bits := reach(list, depth, min(depth+dirBits, 32)) - depth
	d := &dir[E]{kids: make([]slot[E], 1<<bits), base: depth, bits: bits, n: len(list), mark: mark}
	d.deal(list, depth, 0)
	return slot[E]{dir: d}
}

// deal fills the slots from at on, those of the hashes that share their first depth bits.
func (d *dir[E]) deal(list []hashed[E], depth uint8, at int) {
	reached := depth == d.base+d.bits
	if reached {
		d.deep++
	}
	switch {
	case len(list) <= pageMax || depth == 32:
		d.fill(at, d.span(depth), pageOf(list, depth, d.mark))
	case reached:
		d.kids[at] = built(list, depth, d.mark)
	default:
		i := half(list, depth)
		d.deal(list[:i], depth+1, at)
		d.deal(list[i:], depth+1, at+d.span(depth+1))
	}
}

// reach returns how deep the pages of a list are, most at most.
func reach[E Keyed](list []hashed[E], depth, most uint8) uint8 {
	if len(list) <= pageMax || depth == most {
		return depth
	}
	i := half(list, depth)
	return max(reach(list[:i], depth+1, most), reach(list[i:], depth+1, most))
}

// half returns where the hashes begin whose bit behind the first depth ones is 1.
func half[E Keyed](list []hashed[E], depth uint8) int {
	return sort.Search(len(list), func(i int) bool { return list[i].h&(1<<(31-depth)) != 0 })
}

func pageOf[E Keyed](list []hashed[E], depth uint8, mark Mark) *page[E] {
	p := &page[E]{depth: depth, mark: mark}
	if n := len(list); n > 0 {
		p.hashes, p.elems = make([]uint32, n, room(n)), make([]E, n, room(n))
	}
	for i := range list {
		p.hashes[i], p.elems[i] = list[i].h, list[i].e
	}
	return p
}
