package list

import (
	"slices"
	"unsafe"

	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/store/ds"
)

// fanout is how many kids a branch has at most.
const fanout = 64

// tree is the form of a long list.
type tree struct {
	*branch // the root
	own     ds.Owner
}

// newTree returns a tree of a single chunk.
func newTree(c chunk) *tree { return &tree{branch: newBranch(0, chunkKid(&leaf{chunk: c}))} }

// freeze returns a view of the tree.
func (t *tree) freeze() *tree {
	v := &tree{branch: t.branch}
	t.own.Lend(&v.own)
	return v
}

// clone returns a tree with the same elements that lives on beside t.
func (t *tree) clone() *tree {
	c := &tree{branch: t.branch}
	t.own.Share(&c.own)
	return c
}

// change returns the root, to be changed, and the owner for it.
func (t *tree) change() (*branch, *ds.Owner) {
	own := t.own.Strict()
	if own != nil {
		t.branch = t.branch.take(own)
	}
	return t.branch, own
}

// branch is a node of the tree over the chunks of a long list. All chunks are at the
// same depth. Every branch and every chunk in it holds at least one element, but need
// not be filled. Small neighbours are joined when one of them shrinks.
//
// Its methods that change it want it to be the tree's own (take).
type branch struct {
	n    int // elements below
	size int // packed bytes below
	kids []kid
	mark ds.Mark
}

// leaf is a chunk in the tree.
type leaf struct {
	chunk
	mark ds.Mark
}

// kid is a chunk in the branches at the bottom, a branch in those above.
type kid struct {
	n      int // elements in it
	chunk  *leaf
	branch *branch
}

func chunkKid(c *leaf) kid    { return kid{n: c.len(), chunk: c} }
func branchKid(b *branch) kid { return kid{n: b.n, branch: b} }

// take returns the branch if it may be changed in place, else a copy.
func (b *branch) take(own *ds.Owner) *branch {
	if own.Mine(b.mark) || mutant.On(mutant.BranchShared) {
		return b
	}
	c := *b
	c.kids = slices.Clone(b.kids)
	c.mark = own.Copy(int(unsafe.Sizeof(c)) + len(c.kids)*int(unsafe.Sizeof(kid{})))
	return &c
}

// take returns the chunk if it may be changed in place, else a copy.
func (c *leaf) take(own *ds.Owner) *leaf {
	if own.Mine(c.mark) || mutant.On(mutant.LeafShared) {
		return c
	}
	d := *c
	d.buf = append(make([]byte, d.lo, cap(c.buf)), c.packed()...)
	d.mark = own.Copy(int(unsafe.Sizeof(*c)) + cap(c.buf))
	return &d
}

// takeChunk returns the chunk of the kid, to be changed.
func (k *kid) takeChunk(own *ds.Owner) *leaf {
	if own != nil {
		k.chunk = k.chunk.take(own)
	}
	return k.chunk
}

// takeBranch returns the branch of the kid, to be changed.
func (k *kid) takeBranch(own *ds.Owner) *branch {
	if own != nil {
		k.branch = k.branch.take(own)
	}
	return k.branch
}

func (k *kid) size() int {
	if k.branch != nil {
		return k.branch.size
	}
	return k.chunk.size()
}

// newBranch returns a branch with these kids, which it takes over.
func newBranch(mark ds.Mark, kids ...kid) *branch {
	b := &branch{kids: kids, mark: mark}
	for i := range kids {
		b.n += kids[i].n
		b.size += kids[i].size()
	}
	return b
}

// find returns the kid that element i is in, and its place there.
func (b *branch) find(i int) (k, in int) {
	if i < b.n/2 {
		for i >= b.kids[k].n {
			i -= b.kids[k].n
			k++
		}
		return k, i
	}
	end := b.n
	for k = len(b.kids) - 1; ; k-- {
		if end -= b.kids[k].n; i >= end {
			return k, i - end
		}
	}
}

func (b *branch) at(i int) []byte {
	for {
		k, in := b.find(i)
		if kid := &b.kids[k]; kid.branch == nil {
			return kid.chunk.at(in)
		}
		b, i = b.kids[k].branch, in
	}
}

// set puts e in place of element i, if their packed sizes are the same.
func (b *branch) set(own *ds.Owner, i int, e []byte) bool {
	k, in := b.find(i)
	kid := &b.kids[k]
	switch {
	case kid.branch != nil:
		return kid.takeBranch(own).set(own, in, e)
	case kid.n == 1 && !own.Mine(kid.chunk.mark): // it may be large, and none of it stays
		if kid.chunk.size() != packedSize(len(e)) {
			return false
		}
		kid.chunk = &leaf{mark: own.Copy(cap(kid.chunk.buf))}
		kid.chunk.insert(0, e)
		return true
	}
	return kid.takeChunk(own).set(in, e)
}

// insert puts e in front of element i, or behind the last one. If b becomes too
// large it returns what is split off, to stand behind b.
func (b *branch) insert(own *ds.Owner, i int, e []byte) (right *branch) {
	k, in := len(b.kids)-1, 0
	if i < b.n {
		k, in = b.find(i)
	} else {
		in = b.kids[k].n
	}
	made := -1 // a kid that is new
	if kid := &b.kids[k]; kid.branch == nil {
		made = b.insertInto(own, k, in, e)
	} else {
		more := kid.takeBranch(own).insert(own, in, e)
		kid.n = kid.branch.n
		if more != nil {
			made = k + 1
			b.kids = slices.Insert(b.kids, made, branchKid(more))
		}
	}
	b.n++
	b.size += packedSize(len(e))
	if len(b.kids) <= fanout {
		return nil
	}
	return b.split(made)
}

// insertInto inserts e into the chunk k, beside it, or into a neighbour. It
// returns the index of a kid that is new, -1 if there is none.
func (b *branch) insertInto(own *ds.Owner, k, in int, e []byte) (made int) {
	s := packedSize(len(e))
	c := b.kids[k].chunk
	to, at := k, in
	switch {
	case c.fits(s):
	case in == 0 && k > 0 && b.kids[k-1].chunk.fits(s):
		to, at = k-1, b.kids[k-1].n
	case in == c.len() && k+1 < len(b.kids) && b.kids[k+1].chunk.fits(s):
		to, at = k+1, 0
	case in == 0:
		b.kids = slices.Insert(b.kids, k, chunkKid(&leaf{*newChunk(e, true), b.mark}))
		return k
	case in == c.len():
		b.kids = slices.Insert(b.kids, k+1, chunkKid(&leaf{*newChunk(e, false), b.mark}))
		return k + 1
	default:
		c = b.kids[k].takeChunk(own)
		right := &leaf{*c.split(in), b.mark}
		b.kids[k].n = in
		made = k + 1
		b.kids = slices.Insert(b.kids, made, chunkKid(right))
		switch {
		case c.fits(s):
			c.insert(in, e)
			b.kids[k].n++
		case right.fits(s):
			right.insert(0, e)
			b.kids[made].n++
		default:
			b.kids = slices.Insert(b.kids, made, chunkKid(&leaf{*newChunk(e, false), b.mark}))
		}
		return made
	}
	b.kids[to].takeChunk(own).insert(at, e)
	b.kids[to].n++
	return -1
}

// split moves the kids of the upper half to a new branch. If the kid made last stands
// at an end, a list is growing there. Then nearly all stay on the other side, so that
// branches of such a list are full.
func (b *branch) split(made int) *branch {
	at := len(b.kids) / 2
	switch made {
	case 0:
		at = 1
	case len(b.kids) - 1:
		at = made
	}
	right := newBranch(b.mark, slices.Clone(b.kids[at:])...)
	clear(b.kids[at:])
	b.kids = b.kids[:at]
	b.n -= right.n
	b.size -= right.size
	return right
}

// remove takes element i out and returns its packed size.
func (b *branch) remove(own *ds.Owner, i int) (size int) {
	k, in := b.find(i)
	switch kid := &b.kids[k]; {
	case kid.branch != nil:
		size = kid.takeBranch(own).remove(own, in)
	case kid.n == 1: // it goes as a whole
		size = kid.chunk.size()
	default:
		size = kid.takeChunk(own).remove(in)
	}
	b.kids[k].n--
	b.n--
	b.size -= size
	b.tidy(own, k)
	return size
}

// tidy takes kid k out if it is empty, and joins it with a neighbour if both
// are small.
func (b *branch) tidy(own *ds.Owner, k int) {
	switch {
	case b.kids[k].n == 0:
		b.kids = slices.Delete(b.kids, k, k+1)
	case !b.kids[k].small():
	case k+1 < len(b.kids) && b.kids[k].join(own, &b.kids[k+1]):
		b.kids = slices.Delete(b.kids, k+1, k+2)
	case k > 0 && b.kids[k-1].join(own, &b.kids[k]):
		b.kids = slices.Delete(b.kids, k, k+1)
	}
}

// small tells which kids are worth the look at their neighbours.
func (k *kid) small() bool {
	if k.branch != nil {
		return len(k.branch.kids) <= fanout/4
	}
	return k.chunk.size() <= chunkMax/4
}

// join takes over the elements of right, which follow, if together they fill no
// more than a half.
func (k *kid) join(own *ds.Owner, right *kid) bool {
	if k.branch == nil {
		if k.chunk.size()+right.chunk.size() > chunkMax/2 {
			return false
		}
		k.takeChunk(own).join(&right.chunk.chunk)
	} else {
		l, r := k.branch, right.branch
		if len(l.kids)+len(r.kids) > fanout/2 {
			return false
		}
		l = k.takeBranch(own)
		l.kids = append(l.kids, r.kids...)
		l.n += r.n
		l.size += r.size
	}
	k.n += right.n
	return true
}

// trim takes the first count elements out, or the last ones, and returns their
// packed size. count is less than n.
func (b *branch) trim(own *ds.Owner, count int, front bool) (size int) {
	b.n -= count
	k, step := 0, 1
	if !front {
		k, step = len(b.kids)-1, -1
	}
	for count >= b.kids[k].n {
		count -= b.kids[k].n
		size += b.kids[k].size()
		k += step
	}
	if front {
		b.kids, k = slices.Delete(b.kids, 0, k), 0
	} else {
		b.kids = slices.Delete(b.kids, k+1, len(b.kids))
	}
	if kid := &b.kids[k]; count > 0 {
		kid.n -= count
		if kid.branch == nil {
			size += kid.takeChunk(own).trim(count, front)
		} else {
			size += kid.takeBranch(own).trim(own, count, front)
		}
		b.tidy(own, k)
	}
	b.size -= size
	return size
}

// removeEqual takes elements equal to e out, at most limit of them, the first
// ones or the last ones, and returns how many. It may leave b empty.
func (b *branch) removeEqual(own *ds.Owner, e []byte, limit int, fromEnd bool) (removed int) {
	for j := range b.kids {
		if removed == limit {
			break
		}
		kid := &b.kids[j]
		if fromEnd {
			kid = &b.kids[len(b.kids)-1-j]
		}
		gone := 0
		switch {
		case kid.branch != nil:
			if own.Mine(kid.branch.mark) || kid.branch.has(e) {
				gone = kid.takeBranch(own).removeEqual(own, e, limit-removed, fromEnd)
			}
		case own.Mine(kid.chunk.mark):
			gone = kid.chunk.removeEqual(e, limit-removed, fromEnd)
		case kid.chunk.has(e):
			if kid.n == 1 { // it goes as a whole
				gone = 1
			} else {
				gone = kid.takeChunk(own).removeEqual(e, limit-removed, fromEnd)
			}
		}
		kid.n -= gone
		removed += gone
	}
	if removed == 0 {
		return 0
	}
	b.n -= removed
	b.size -= removed * packedSize(len(e))
	kept := b.kids[:0]
	for _, kid := range b.kids {
		if kid.n > 0 && (len(kept) == 0 || !kept[len(kept)-1].join(own, &kid)) {
			kept = append(kept, kid)
		}
	}
	clear(b.kids[len(kept):])
	b.kids = kept
	return removed
}

// has reports whether an element below is equal to e.
func (b *branch) has(e []byte) bool {
	return slices.ContainsFunc(b.kids, func(k kid) bool { return k.branch != nil && k.branch.has(e) || k.branch == nil && k.chunk.has(e) })
}

// ascend calls fn with the elements from i on until it returns false.
func (b *branch) ascend(i int, fn func(e []byte) bool) bool {
	if i >= b.n {
		return true
	}
	k, in := b.find(i)
	for ; k < len(b.kids); k++ {
		kid := &b.kids[k]
		if kid.branch == nil && !kid.chunk.ascend(in, fn) || kid.branch != nil && !kid.branch.ascend(in, fn) {
			return false
		}
		in = 0
	}
	return true
}

// descend calls fn with the elements from i down until it returns false.
func (b *branch) descend(i int, fn func(e []byte) bool) bool {
	if i < 0 {
		return true
	}
	k, in := b.find(i)
	for {
		kid := &b.kids[k]
		if kid.branch == nil && !kid.chunk.descend(in, fn) || kid.branch != nil && !kid.branch.descend(in, fn) {
			return false
		}
		if k--; k < 0 {
			return true
		}
		in = b.kids[k].n - 1
	}
}
