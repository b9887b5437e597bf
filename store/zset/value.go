package zset

import (
	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/store/ds"
	"github.com/msredis/msredis/store/keyspace"
)

// hashSeed decides the order in which ZSCAN walks over large sorted sets.
const hashSeed = 0x25e7

// ZSet is a value: a set of strings with scores, ordered by score and, among
// equal scores, by the bytes of the member. Scores are never NaN. It is kept in
// one of two forms:
//
//	packed  "listpack": as many short members as the settings of the cluster allow
//	large   "skiplist": any others
//
// It starts packed and never goes back, as in Redis, but for results of ZUNION
// and the like. Which one it is, is part of the state: it shows in OBJECT
// ENCODING, and snapshots keep it.
type ZSet struct {
	// One of these is not nil.
	packed *packed
	large  *large
}

// large finds elements by member and by place.
type large struct {
	table *ds.Dict[*elem]
	tree  tree
	bytes int64 // of the elements
}

// New returns an empty sorted set.
func New() *ZSet { return &ZSet{packed: &packed{}} }

// Kind implements keyspace.Value.
func (*ZSet) Kind() *keyspace.Kind { return &Kind }

// Encoding implements keyspace.Value.
func (z *ZSet) Encoding() string {
	if z.packed != nil {
		return "listpack"
	}
	return "skiplist"
}

// Len implements keyspace.Value.
func (z *ZSet) Len() int {
	if z.packed != nil {
		return z.packed.len()
	}
	return z.large.table.Len()
}

// The memory that a sorted set counts besides its elements: the allocations that every
// one of this form has.
const (
	packedBytes = 16 + 32
	largeBytes  = 16 + 32 + 160
)

// MemSize implements keyspace.Value.
func (z *ZSet) MemSize() int64 {
	if z.packed != nil {
		return packedBytes + int64(len(z.packed.b))
	}
	return largeBytes + z.large.bytes
}

// Clone implements keyspace.Value.
func (z *ZSet) Clone() keyspace.Value {
	if z.packed != nil {
		return &ZSet{packed: &packed{append([]byte(nil), z.packed.b...), z.packed.n, z.packed.wide}}
	}
	return z.large.with(z.large.table.Clone())
}

// Freeze implements keyspace.Freezer.
func (z *ZSet) Freeze() keyspace.Value {
	if z.packed != nil {
		return nil
	}
	return z.large.with(z.large.table.Freeze())
}

// Owner implements keyspace.Freezer.
func (z *ZSet) Owner() *ds.Owner {
	if z.large == nil {
		return nil
	}
	return z.large.table.Owner()
}

// Release implements keyspace.Freezer.
func (z *ZSet) Release() {
	if z.large != nil {
		z.large.table.Release()
	}
}

// with returns a sorted set that has the nodes of l. The table, which was made of that of
// l, says whose they are.
func (l *large) with(table *ds.Dict[*elem]) *ZSet {
	return &ZSet{large: &large{table: table, tree: tree{l.tree.root, table.Owner()}, bytes: l.bytes}}
}

// newLarge makes a large sorted set of items that are in order and whose members differ.
// It takes the elements over.
func newLarge(items []item) *ZSet {
	l := &large{table: ds.New[*elem](hashSeed)}
	l.fill(items)
	return &ZSet{large: l}
}

// ofItems makes a sorted set of items that are in order, in the form that suits it by the
// settings. It takes the elements over, and the table that has them, if there is one.
func ofItems(s *settings.Values, items []item, table *ds.Dict[*elem]) *ZSet {
	switch {
	case len(items) <= s.ZSetMaxListpackEntries && packs(items, s.ZSetMaxListpackValue):
		return newPacked(items)
	case table == nil:
		return newLarge(items)
	}
	l := &large{table: table, tree: build(table.Owner(), items)}
	for i := range items {
		l.bytes += items[i].e.memSize()
	}
	return &ZSet{large: l}
}

// packs reports whether no member is longer than that, and all together are not
// too much.
func packs(items []item, longest int) bool {
	size := 0
	for i := range items {
		n := items[i].e.len()
		size += n
		if n > longest || size > packedMax {
			return false
		}
	}
	return true
}

// newPacked makes a packed sorted set of items that are in order.
func newPacked(items []item) *ZSet {
	z := New()
	for i := range items {
		z.packed.insert(items[i].e.member(), items[i].score)
	}
	return z
}

// spot is where a member was found; it is good until the sorted set changes.
type spot struct {
	i int   // packed
	e *elem // large
}

// find looks for a member.
func (z *ZSet) find(m []byte) (at spot, score float64, ok bool) {
	if z.packed != nil {
		i := z.packed.find(m)
		if i < 0 {
			return at, 0, false
		}
		return spot{i: i}, z.packed.score(i), true
	}
	e, ok := z.large.table.Get(m)
	if !ok {
		return at, 0, false
	}
	return spot{e: e}, e.score(), true
}

// add adds a copy of m, which is no member. The settings decide whether the sorted
// set stays packed.
func (z *ZSet) add(s *settings.Values, m []byte, score float64) {
	if z.packed != nil {
		if z.packed.len() < s.ZSetMaxListpackEntries && len(m) <= s.ZSetMaxListpackValue && z.packed.hasRoom(len(m)) {
			z.packed.insert(m, score)
			return
		}
		*z = *z.spread()
	}
	e := newElem(m, score)
	z.large.table.Put(e)
	z.large.tree.insert(item{score, e})
	z.large.bytes += e.memSize()
}

// spread returns a packed sorted set in the large form.
func (z *ZSet) spread() *ZSet {
	items := make([]item, 0, z.Len())
	z.each(func(m []byte, score float64) { items = append(items, item{score, newElem(m, score)}) })
	return newLarge(items)
}

// setScore changes the score of the member m, which is at the spot and not a
// slice of z.
func (z *ZSet) setScore(at spot, m []byte, score float64) {
	if z.packed != nil {
		z.packed.remove(at.i, at.i+1)
		z.packed.insert(m, score)
		return
	}
	e := at.e
	z.large.tree.remove(e.score(), e.Key())
	if z.large.table.Owner().Shared() && !mutant.On(mutant.ScoreShared) {
		e = newElem(m, score)
		z.large.table.Put(e)
	} else {
		e.setScore(score)
	}
	z.large.tree.insert(item{score, e})
}

// remove removes the member at the spot.
func (z *ZSet) remove(at spot) {
	if z.packed != nil {
		z.packed.remove(at.i, at.i+1)
		return
	}
	e := at.e
	z.large.tree.remove(e.score(), e.Key())
	z.large.table.Delete(e.Key())
	z.large.bytes -= e.memSize()
}

// removeRange removes the members at the places from ≤ place < to.
func (z *ZSet) removeRange(from, to int) {
	if z.packed != nil {
		z.packed.remove(from, to)
		return
	}
	if n := z.Len(); rebuilds(to-from, n-(to-from)) {
		z.large.cut(from, to)
		return
	}
	for range to - from {
		z.remove(spot{e: z.large.tree.at(from)})
	}
}

// rank returns the place of the member at the spot.
func (z *ZSet) rank(at spot) int {
	if z.packed != nil {
		return at.i
	}
	return z.large.tree.rank(at.e.score(), at.e.Key())
}

// at returns the member at a place. The slice is valid until z changes.
func (z *ZSet) at(rank int) (m []byte, score float64) {
	if z.packed != nil {
		return z.packed.member(rank), z.packed.score(rank)
	}
	e := z.large.tree.at(rank)
	return e.member(), e.score()
}

// each calls fn with all members in order. The slice is valid until z changes.
func (z *ZSet) each(fn func(m []byte, score float64)) { z.ascend(0, z.Len(), fn) }

// ascend calls fn with the members at the places from ≤ place < to.
func (z *ZSet) ascend(from, to int, fn func(m []byte, score float64)) {
	switch {
	case from >= to:
	case z.packed != nil:
		for i := from; i < to; i++ {
			fn(z.packed.member(i), z.packed.score(i))
		}
	default:
		z.large.tree.root.ascend(from, to, func(e *elem) { fn(e.member(), e.score()) })
	}
}

// descend is ascend from the last to the first.
func (z *ZSet) descend(from, to int, fn func(m []byte, score float64)) {
	switch {
	case from >= to:
	case z.packed != nil:
		for i := to - 1; i >= from; i-- {
			fn(z.packed.member(i), z.packed.score(i))
		}
	default:
		z.large.tree.root.descend(from, to, func(e *elem) { fn(e.member(), e.score()) })
	}
}

// beforeScore returns how many members have a score below the one given, or
// equal to it if that is asked for.
func (z *ZSet) beforeScore(score float64, orEqual bool) int {
	in := func(s float64) bool { return s < score || orEqual && s == score }
	if z.packed == nil {
		return z.large.tree.before(func(it *item) bool { return in(it.score) })
	}
	n := 0
	for n < z.packed.len() && in(z.packed.score(n)) {
		n++
	}
	return n
}
