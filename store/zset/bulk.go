package zset

import (
	"cmp"
	"math"
	"slices"

	"github.com/msredis/msredis/store/ds"
)

// Large results are made as a whole. Sources of one kind are merged in the order of their
// hashes, and results are sorted by digits. Where much goes, the rest is built anew.

const (
	// mergeMost is how many inputs are merged. A merge looks at all of them for each
	// member.
	mergeMost = 8
	// rebuildShare is how much more one by one costs than building: rebuilding pays if
	// what stays is less than so many times what goes.
	rebuildShare = 8
	rebuildLeast = 256 // of what goes
	digitsLeast  = 4096
)

// sortItems brings items into the order of sorted sets.
func sortItems(items []item) {
	if len(items) < digitsLeast || slices.IsSortedFunc(items, compareItem) {
		slices.SortFunc(items, compareItem)
		return
	}
	sortByScore(items)
	for from, i := 0, 1; i <= len(items); i++ {
		if i == len(items) || items[i].score != items[from].score {
			slices.SortFunc(items[from:i], compareItem)
			from = i
		}
	}
}

func compareItem(a, b item) int {
	if c := cmp.Compare(a.score, b.score); c != 0 {
		return c
	}
	return cmp.Compare(a.e.Key(), b.e.Key())
}

// rankOf turns a score into a number of the same order. Zeros of both signs are one.
func rankOf(score float64) uint64 {
	bits := math.Float64bits(score + 0)
	if bits>>63 != 0 {
		return ^bits
	}
	return bits | 1<<63
}

// sortByScore sorts by the digits of the scores, the lowest first. Digits that all scores
// have in common cost nothing.
func sortByScore(items []item) {
	const digit = 11
	var some, all uint64 = 0, math.MaxUint64
	for i := range items {
		r := rankOf(items[i].score)
		some, all = some|r, all&r
	}
	from, to := items, make([]item, len(items))
	for shift := 0; shift < 64; shift += digit {
		if (some^all)>>shift&(1<<digit-1) == 0 {
			continue
		}
		var ends [1<<digit + 1]int
		for i := range from {
			ends[rankOf(from[i].score)>>shift&(1<<digit-1)+1]++
		}
		for i := 1; i < len(ends); i++ {
			ends[i] += ends[i-1]
		}
		for i := range from {
			at := &ends[rankOf(from[i].score)>>shift&(1<<digit-1)]
			to[*at] = from[i]
			*at++
		}
		from, to = to, from
	}
	copy(items, from)
}

// rebuilds reports whether what is left is built anew if n go.
func rebuilds(n, left int) bool { return n >= rebuildLeast && left < rebuildShare*n }

// cut removes the elements at the places from ≤ place < to: what stays is built anew.
func (l *large) cut(from, to int) {
	n := l.table.Len()
	items := make([]item, 0, n-(to-from))
	keep := func(e *elem) { items = append(items, item{e.score(), e}) }
	if from > 0 {
		l.tree.root.ascend(0, from, keep)
	}
	if to < n {
		l.tree.root.ascend(to, n, keep)
	}
	l.fill(items)
}

// removeAll removes the elements of items, which may be told twice.
func (l *large) removeAll(gone []item) {
	sortItems(gone)
	items := make([]item, 0, l.table.Len())
	l.tree.root.ascend(0, l.table.Len(), func(e *elem) {
		stays := true
		for len(gone) > 0 && gone[0].e == e {
			gone, stays = gone[1:], false
		}
		if stays {
			items = append(items, item{e.score(), e})
		}
	})
	l.fill(items)
}

// found returns the items of members that are there.
func (l *large) found(members [][]byte) (items []item) {
	for _, m := range members {
		if e, ok := l.table.Get(m); ok {
			items = append(items, item{e.score(), e})
		}
	}
	return items
}

// fill makes l consist of items that are in order. It takes the elements over, and reports
// whether their members differ.
func (l *large) fill(items []item) bool {
	l.bytes = 0
	for i := range items {
		l.bytes += items[i].e.memSize()
	}
	ok := l.table.Load(elemsOf(items))
	l.tree = build(l.table.Owner(), items)
	return ok
}

func elemsOf(items []item) []*elem {
	elems := make([]*elem, len(items))
	for i := range items {
		elems[i] = items[i].e
	}
	return elems
}

// tables returns the dictionaries of the inputs if merging them pays. probed: only the
// members of the first are looked for.
func (co *combination) tables(probed bool) (list []*ds.Dict[*elem], ok bool) {
	if len(co.inputs) > mergeMost {
		return nil, false
	}
	all := 0
	for i := range co.inputs {
		z := co.inputs[i].z
		if z == nil || z.large == nil {
			return nil, false
		}
		all += z.Len()
		list = append(list, z.large.table)
	}
	return list, !probed || all < rebuildShare*co.inputs[0].len()
}

// merge makes the items of a table that is merged of several, which it notes. choose gets
// the elements of a member, nil where an input has it not. It returns the score, and
// whether the result has the member.
func (co *combination) merge(of []*ds.Dict[*elem], choose func(same []*elem) (float64, bool)) []item {
	co.table = ds.Merge(hashSeed, of, func(same []*elem) (*elem, bool) {
		score, ok := choose(same)
		if !ok {
			return nil, false
		}
		at := 0
		for same[at] == nil {
			at++
		}
		return newElem(same[at].member(), score), true
	})
	return co.sorted()
}

// sorted returns the elements of the table in order.
func (co *combination) sorted() []item {
	items := make([]item, 0, co.table.Len())
	for e := range co.table.All() {
		items = append(items, item{e.score(), e})
	}
	sortItems(items)
	return items
}

// sumUp is what union makes of the elements of a member.
func (co *combination) sumUp(same []*elem) (score float64, ok bool) {
	for i, e := range same {
		if e == nil {
			continue
		}
		s := orZero(co.inputs[i].weight * e.score())
		if ok {
			s = co.aggregate(score, s)
		}
		score, ok = s, true
	}
	return score, true
}

// inAll is what intersection makes of the elements of a member.
func (co *combination) inAll(same []*elem) (score float64, ok bool) {
	for i, e := range same {
		if e == nil {
			return 0, false
		}
		if i == 0 {
			score = orZero(co.inputs[0].weight * e.score())
		} else {
			score = co.aggregate(score, e.score()*co.inputs[i].weight)
		}
	}
	return score, true
}

// inFirst is what difference makes of the elements of a member.
func inFirst(same []*elem) (score float64, ok bool) {
	if same[0] == nil {
		return 0, false
	}
	for _, e := range same[1:] {
		if e != nil {
			return 0, false
		}
	}
	return same[0].score(), true
}
