package list

import "slices"

// fanout is how many kids a branch has at most.
const fanout = 64

// branch is a node of the tree over the chunks of a long list. All chunks are at the
// same depth. Every branch and every chunk in it holds at least one element, but need
// not be filled. Small neighbours are joined when one of them shrinks.
type branch struct {
	n    int // elements below
	size int // packed bytes below
	kids []kid
}

// kid is a chunk in the branches at the bottom, a branch in those above.
type kid struct {
	n      int // elements in it
	chunk  *chunk
	branch *branch
}

func chunkKid(c *chunk) kid   { return kid{n: c.len(), chunk: c} }
func branchKid(b *branch) kid { return kid{n: b.n, branch: b} }

func (k *kid) size() int {
	if k.branch != nil {
		return k.branch.size
	}
	return k.chunk.size()
}

// newBranch returns a branch with these kids, which it takes over.
func newBranch(kids ...kid) *branch {
	b := &branch{kids: kids}
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
func (b *branch) set(i int, e []byte) bool {
	k, in := b.find(i)
	if kid := &b.kids[k]; kid.branch == nil {
		return kid.chunk.set(in, e)
	}
	return b.kids[k].branch.set(in, e)
}

// insert puts e in front of element i, or behind the last one. If b becomes too
// large it returns what is split off, to stand behind b.
func (b *branch) insert(i int, e []byte) (right *branch) {
	k, in := len(b.kids)-1, 0
	if i < b.n {
		k, in = b.find(i)
	} else {
		in = b.kids[k].n
	}
	made := -1 // a kid that is new
	if kid := &b.kids[k]; kid.branch == nil {
		made = b.insertInto(k, in, e)
	} else {
		more := kid.branch.insert(in, e)
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
func (b *branch) insertInto(k, in int, e []byte) (made int) {
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
		b.kids = slices.Insert(b.kids, k, chunkKid(newChunk(e, true)))
		return k
	case in == c.len():
		b.kids = slices.Insert(b.kids, k+1, chunkKid(newChunk(e, false)))
		return k + 1
	default:
		right := c.split(in)
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
			b.kids = slices.Insert(b.kids, made, chunkKid(newChunk(e, false)))
		}
		return made
	}
	b.kids[to].chunk.insert(at, e)
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
	right := newBranch(slices.Clone(b.kids[at:])...)
	clear(b.kids[at:])
	b.kids = b.kids[:at]
	b.n -= right.n
	b.size -= right.size
	return right
}

// remove takes element i out and returns its packed size.
func (b *branch) remove(i int) (size int) {
	k, in := b.find(i)
	if kid := &b.kids[k]; kid.branch == nil {
		size = kid.chunk.remove(in)
	} else {
		size = kid.branch.remove(in)
	}
	b.kids[k].n--
	b.n--
	b.size -= size
	b.tidy(k)
	return size
}

// tidy takes kid k out if it is empty, and joins it with a neighbour if both
// are small.
func (b *branch) tidy(k int) {
	switch {
	case b.kids[k].n == 0:
		b.kids = slices.Delete(b.kids, k, k+1)
	case !b.kids[k].small():
	case k+1 < len(b.kids) && b.kids[k].join(&b.kids[k+1]):
		b.kids = slices.Delete(b.kids, k+1, k+2)
	case k > 0 && b.kids[k-1].join(&b.kids[k]):
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
func (k *kid) join(right *kid) bool {
	if k.branch == nil {
		if k.chunk.size()+right.chunk.size() > chunkMax/2 {
			return false
		}
		k.chunk.join(right.chunk)
	} else {
		l, r := k.branch, right.branch
		if len(l.kids)+len(r.kids) > fanout/2 {
			return false
		}
		l.kids = append(l.kids, r.kids...)
		l.n += r.n
		l.size += r.size
	}
	k.n += right.n
	return true
}

// trim takes the first count elements out, or the last ones, and returns their
// packed size. count is less than n.
func (b *branch) trim(count int, front bool) (size int) {
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
			size += kid.chunk.trim(count, front)
		} else {
			size += kid.branch.trim(count, front)
		}
		b.tidy(k)
	}
	b.size -= size
	return size
}

// removeEqual takes elements equal to e out, at most limit of them, the first
// ones or the last ones, and returns how many. It may leave b empty.
func (b *branch) removeEqual(e []byte, limit int, fromEnd bool) (removed int) {
	for j := range b.kids {
		if removed == limit {
			break
		}
		kid := &b.kids[j]
		if fromEnd {
			kid = &b.kids[len(b.kids)-1-j]
		}
		gone := 0
		if kid.branch == nil {
			gone = kid.chunk.removeEqual(e, limit-removed, fromEnd)
		} else {
			gone = kid.branch.removeEqual(e, limit-removed, fromEnd)
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
		if kid.n > 0 && (len(kept) == 0 || !kept[len(kept)-1].join(&kid)) {
			kept = append(kept, kid)
		}
	}
	clear(b.kids[len(kept):])
	b.kids = kept
	return removed
}

func (b *branch) clone() *branch {
	c := &branch{n: b.n, size: b.size, kids: slices.Clone(b.kids)}
	for i := range c.kids {
		if kid := &c.kids[i]; kid.branch != nil {
			kid.branch = kid.branch.clone()
		} else {
			copied := kid.chunk.clone()
			kid.chunk = &copied
		}
	}
	return c
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
