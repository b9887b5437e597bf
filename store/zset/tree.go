package zset

import (
	"slices"
	"unsafe"

	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/store/ds"
)

// fan is how many elements a leaf has at most, and how many children an inner
// node. Larger nodes cost more memory moves per insert, smaller ones more levels
// and more memory per element.
const fan = 64

// item is an element at its place in the order: by score, then by member. The
// score stands here too because most comparisons need no more.
type item struct {
	score float64
	e     *elem
}

// after reports whether it stands behind (score, m).
func (it *item) after(score float64, m string) bool {
	if it.score != score {
		return it.score > score
	}
	return it.e.Key() > m
}

// tree keeps the elements of a large sorted set in order. It is a B+ tree that counts.
// So the place of an element and the element at a place are found in O(log n). Its
// shape depends on the history and shows nowhere.
type tree struct {
	root *node
	own  *ds.Owner // of the nodes: that of the table
}

// node is a leaf with elements, or an inner node with children. No node below
// the root is empty, and all leaves are equally deep.
//
// Its methods that change it want it to be the tree's own (take).
type node struct {
	items  []item  // of an inner node: the first element below each child
	kids   []*node // nil in a leaf
	counts []int   // elements below each child
	mark   ds.Mark
}

// take returns the node if it may be changed in place, else a copy.
func (n *node) take(own *ds.Owner) *node {
	if own.Mine(n.mark) || mutant.On(mutant.NodeShared) {
		return n
	}
	const place = int(unsafe.Sizeof(item{}))
	const kid = int(unsafe.Sizeof(n) + unsafe.Sizeof(0))
	return &node{
		items: copyOf(n.items), kids: copyOf(n.kids), counts: copyOf(n.counts),
		mark: own.Copy(int(unsafe.Sizeof(*n)) + place*cap(n.items) + kid*cap(n.kids)),
	}
}

// takeKid makes the child i the tree's own.
func (n *node) takeKid(own *ds.Owner, i int) *node {
	kid := n.kids[i]
	if own != nil {
		kid = kid.take(own)
		n.kids[i] = kid
	}
	return kid
}

// size returns the number of elements below n.
func (n *node) size() int {
	if n.kids == nil {
		return len(n.items)
	}
	sum := 0
	for _, c := range n.counts {
		sum += c
	}
	return sum
}

// upper returns the index of the first item behind (score, m).
func (n *node) upper(score float64, m string) int {
	lo, hi := 0, len(n.items)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if n.items[mid].after(score, m) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// change returns the root, to be changed, and the owner for it.
func (t *tree) change() (*node, *ds.Owner) {
	own := t.own.Strict()
	if own != nil {
		t.root = t.root.take(own)
	}
	return t.root, own
}

func (t *tree) insert(it item) {
	if t.root == nil {
		t.root = &node{mark: t.own.Mark()}
	}
	left, own := t.change()
	if right := left.insert(own, it); right != nil {
		t.root = &node{
			mark:   left.mark,
			items:  []item{left.items[0], right.items[0]},
			kids:   []*node{left, right},
			counts: []int{left.size(), right.size()},
		}
	}
}

// insert returns the upper part of n if it had to be split.
func (n *node) insert(own *ds.Owner, it item) (right *node) {
	i := n.upper(it.score, it.e.Key())
	if n.kids == nil {
		n.items = insertAt(n.items, i, it)
		return n.splitFull(i)
	}
	i = max(i-1, 0)
	kid := n.takeKid(own, i)
	more := kid.insert(own, it)
	n.counts[i]++
	n.items[i] = kid.items[0]
	if more == nil {
		return nil
	}
	size := more.size()
	n.counts[i] -= size
	i++
	n.items = insertAt(n.items, i, more.items[0])
	n.kids = insertAt(n.kids, i, more)
	n.counts = insertAt(n.counts, i, size)
	return n.splitFull(i)
}

// splitFull splits n if it is too large; i is where it has grown. Growth at
// either end is likely to go on there, so the other part is left full.
func (n *node) splitFull(i int) (right *node) {
	at := len(n.items) / 2
	switch {
	case len(n.items) <= fan:
		return nil
	case i == len(n.items)-1:
		at = i
	case i == 0:
		at = 1
	}
	right = &node{items: tailOf(n.items, at), mark: n.mark}
	n.items = headOf(n.items, at)
	if n.kids != nil {
		right.kids, right.counts = tailOf(n.kids, at), tailOf(n.counts, at)
		n.kids, n.counts = headOf(n.kids, at), headOf(n.counts, at)
	}
	return right
}

// remove removes the item at (score, m), which is there.
func (t *tree) remove(score float64, m string) {
	root, own := t.change()
	root.remove(own, score, m)
	for len(t.root.kids) == 1 {
		t.root = t.root.kids[0]
	}
	if len(t.root.items) == 0 {
		t.root = nil
	}
}

func (n *node) remove(own *ds.Owner, score float64, m string) {
	i := n.upper(score, m) - 1
	if n.kids == nil {
		n.items = deleteAt(n.items, i)
		return
	}
	kid := n.takeKid(own, i)
	kid.remove(own, score, m)
	n.counts[i]--
	if len(kid.items) == 0 {
		n.drop(i)
		return
	}
	n.items[i] = kid.items[0]
	if len(kid.items) <= fan/4 {
		n.join(own, i)
	}
}

// drop removes the child i.
func (n *node) drop(i int) {
	n.items = deleteAt(n.items, i)
	n.kids = deleteAt(n.kids, i)
	n.counts = deleteAt(n.counts, i)
}

// join puts the child i together with a neighbour if the two are small.
func (n *node) join(own *ds.Owner, i int) {
	for _, i := range [2]int{i - 1, i} {
		if i < 0 || i+1 == len(n.kids) {
			continue
		}
		a, b := n.kids[i], n.kids[i+1]
		if len(a.items)+len(b.items) > fan/2 {
			continue
		}
		a = n.takeKid(own, i)
		a.items = append(a.items, b.items...)
		a.kids = append(a.kids, b.kids...)
		a.counts = append(a.counts, b.counts...)
		n.counts[i] += n.counts[i+1]
		n.drop(i + 1)
		return
	}
}

// rank returns the place of (score, m), which is there.
func (t *tree) rank(score float64, m string) int {
	rank := 0
	n := t.root
	for n.kids != nil {
		i := n.upper(score, m) - 1
		for _, c := range n.counts[:i] {
			rank += c
		}
		n = n.kids[i]
	}
	return rank + n.upper(score, m) - 1
}

// before returns how many elements stand in front of the first for which in is
// false; it is true for all of those.
func (t *tree) before(in func(*item) bool) int {
	n := t.root
	if n == nil {
		return 0
	}
	rank := 0
	for {
		lo, hi := 0, len(n.items)
		for lo < hi {
			mid := int(uint(lo+hi) >> 1)
			if in(&n.items[mid]) {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		if n.kids == nil {
			return rank + lo
		}
		i := max(lo-1, 0)
		for _, c := range n.counts[:i] {
			rank += c
		}
		n = n.kids[i]
	}
}

// at returns the element at a place, which is there.
func (t *tree) at(rank int) *elem {
	n := t.root
	for n.kids != nil {
		i := 0
		for ; rank >= n.counts[i]; i++ {
			rank -= n.counts[i]
		}
		n = n.kids[i]
	}
	return n.items[rank].e
}

// ascend calls fn with the elements at the places from ≤ place < to below n.
func (n *node) ascend(from, to int, fn func(*elem)) {
	if n.kids == nil {
		for i := range n.items[from:to] {
			fn(n.items[from+i].e)
		}
		return
	}
	for i, c := range n.counts {
		if to <= 0 {
			return
		}
		if from < c {
			n.kids[i].ascend(max(from, 0), min(to, c), fn)
		}
		from -= c
		to -= c
	}
}

// descend is ascend from the last to the first.
func (n *node) descend(from, to int, fn func(*elem)) {
	if n.kids == nil {
		for i := to - 1; i >= from; i-- {
			fn(n.items[i].e)
		}
		return
	}
	first := n.size()
	for i := len(n.kids) - 1; i >= 0 && first > from; i-- {
		c := n.counts[i]
		first -= c
		if first < to {
			n.kids[i].descend(max(from-first, 0), min(to-first, c), fn)
		}
	}
}

// build makes a tree of items that are in order, in full nodes but for a little
// room.
func build(own *ds.Owner, items []item) tree {
	const fill = fan - fan/8
	if len(items) == 0 {
		return tree{own: own}
	}
	var level []*node
	var counts []int
	for part := range slices.Chunk(items, fill) {
		level = append(level, &node{items: slices.Clone(part), mark: own.Mark()})
		counts = append(counts, len(part))
	}
	for len(level) > 1 {
		var up []*node
		var sums []int
		for i := 0; i < len(level); i += fill {
			end := min(i+fill, len(level))
			n := &node{kids: slices.Clone(level[i:end]), counts: slices.Clone(counts[i:end]), mark: own.Mark()}
			for _, kid := range n.kids {
				n.items = append(n.items, kid.items[0])
			}
			up, sums = append(up, n), append(sums, n.size())
		}
		level, counts = up, sums
	}
	return tree{level[0], own}
}
