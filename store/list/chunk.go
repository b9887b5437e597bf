package list

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// chunkMax bounds the packed elements of a chunk, in bytes: Redis's
// list-max-listpack-size -2. An element that is larger has a chunk of its own.
//
// It decides nothing that a client sees, and could differ between nodes.
const chunkMax = 8192

// chunk is a run of elements packed into one piece of memory, each as
//
//	length (uvarint), bytes, length (the bytes of the uvarint in reverse)
//
// so that it can be walked from both ends. There may be room to grow in front
// of the elements and behind them.
type chunk struct {
	buf []byte // the elements are buf[lo:]
	lo  uint32
	n   uint32 // number of elements
}

// newChunk returns a chunk of the element e. It has room for more at the side
// that front tells, if more can be expected.
func newChunk(e []byte, front bool) *chunk {
	c, s := &chunk{}, packedSize(len(e))
	switch {
	case s > chunkMax/4:
		c.insert(0, e)
	case front:
		c.room(chunkMax, 0)
		c.insert(0, e)
	default:
		c.room(0, chunkMax)
		c.insert(0, e)
	}
	return c
}

func (c *chunk) len() int       { return int(c.n) }
func (c *chunk) size() int      { return len(c.buf) - int(c.lo) }
func (c *chunk) packed() []byte { return c.buf[c.lo:] }

// fits reports whether an element of packed size s may be added.
func (c *chunk) fits(s int) bool { return c.n == 0 || c.size()+s <= chunkMax }

// packedSize is what an element of n bytes takes in a chunk.
func packedSize(n int) int {
	if n < 1<<7 {
		return n + 2
	}
	size := n
	for ; n > 0; n >>= 7 {
		size += 2
	}
	return size
}

// first returns the first element of p and its packed size.
func first(p []byte) (e []byte, size int) {
	if n := int(p[0]); n < 1<<7 {
		return p[1 : 1+n : 1+n], n + 2
	}
	n, w := binary.Uvarint(p)
	return p[w : w+int(n) : w+int(n)], int(n) + 2*w
}

// last returns the last element of p and its packed size.
func last(p []byte) (e []byte, size int) {
	end := len(p) - 1
	n := int(p[end] & 0x7f)
	w := 1
	for ; p[end] >= 1<<7; w++ {
		end--
		n |= int(p[end]&0x7f) << (7 * w)
	}
	return p[end-n : end : end], n + 2*w
}

// put packs e at the start of p, which is large enough.
func put(p, e []byte) {
	w := binary.PutUvarint(p, uint64(len(e)))
	end := w + copy(p[w:], e)
	for i := range w {
		p[end+i] = p[w-1-i]
	}
}

// room makes room for so many bytes in front of the elements and behind them.
func (c *chunk) room(front, back int) {
	if int(c.lo) >= front && cap(c.buf)-len(c.buf) >= back {
		return
	}
	buf, size := c.buf[:0], c.size()
	need := size + front + back
	if need > cap(buf) {
		want := max(need, cap(buf)+cap(buf)/4)
		if need <= chunkMax {
			want = min(want, chunkMax)
		}
		buf = slices.Grow([]byte(nil), want)
	}
	// Most of the spare room goes to the side that grows, some to the other. Otherwise
	// pushing at both sides in turn would move everything each time.
	spare := cap(buf) - need
	lo := spare / 8
	if front > 0 {
		lo = front + spare - spare/8
	}
	buf = buf[:lo+size]
	copy(buf[lo:], c.packed())
	c.buf, c.lo = buf, uint32(lo)
}

// offset returns where in packed element i begins, 0 ≤ i ≤ n.
func (c *chunk) offset(i int) int {
	p := c.packed()
	if i <= c.len()/2 {
		off := 0
		for range i {
			_, size := first(p[off:])
			off += size
		}
		return off
	}
	end := len(p)
	for range c.len() - i {
		_, size := last(p[:end])
		end -= size
	}
	return end
}

// at returns element i. It is valid until the chunk changes.
func (c *chunk) at(i int) []byte {
	if i == c.len()-1 {
		e, _ := last(c.packed())
		return e
	}
	e, _ := first(c.packed()[c.offset(i):])
	return e
}

// insert puts e in front of element i, or behind the last one. e does not lie
// in the chunk.
func (c *chunk) insert(i int, e []byte) {
	s := packedSize(len(e))
	if i == 0 && c.n > 0 {
		c.room(s, 0)
		c.lo -= uint32(s)
		put(c.packed(), e)
	} else {
		off := c.offset(i)
		c.room(0, s)
		c.buf = c.buf[:len(c.buf)+s]
		p := c.packed()
		copy(p[off+s:], p[off:])
		put(p[off:], e)
	}
	c.n++
}

// set puts e in place of element i, if their packed sizes are the same.
func (c *chunk) set(i int, e []byte) bool {
	p := c.packed()[c.offset(i):]
	if _, size := first(p); size != packedSize(len(e)) {
		return false
	}
	put(p, e)
	return true
}

// remove takes element i out and returns its packed size.
func (c *chunk) remove(i int) (size int) {
	switch p := c.packed(); i {
	case 0:
		_, size = first(p)
		c.lo += uint32(size)
	case c.len() - 1:
		_, size = last(p)
		c.buf = c.buf[:len(c.buf)-size]
	default:
		off := c.offset(i)
		_, size = first(p[off:])
		copy(p[off:], p[off+size:])
		c.buf = c.buf[:len(c.buf)-size]
	}
	c.n--
	return size
}

// trim takes the first k elements out, or the last k, and returns their packed
// size.
func (c *chunk) trim(k int, front bool) (size int) {
	if front {
		size = c.offset(k)
		c.lo += uint32(size)
	} else {
		size = c.size() - c.offset(c.len()-k)
		c.buf = c.buf[:len(c.buf)-size]
	}
	c.n -= uint32(k)
	return size
}

// removeEqual takes elements equal to e out, at most limit of them, the first
// ones or the last ones, and returns how many.
func (c *chunk) removeEqual(e []byte, limit int, fromEnd bool) int {
	skip := 0
	if fromEnd {
		total := 0
		c.ascend(0, func(x []byte) bool {
			if bytes.Equal(x, e) {
				total++
			}
			return true
		})
		skip = max(total-limit, 0)
	}
	p := c.packed()
	from, to, removed := 0, 0, 0
	for from < len(p) && removed < limit {
		x, size := first(p[from:])
		switch {
		case !bytes.Equal(x, e):
		case skip > 0:
			skip--
		default:
			from += size
			removed++
			continue
		}
		to += copy(p[to:], p[from:from+size])
		from += size
	}
	to += copy(p[to:], p[from:])
	c.buf = c.buf[:int(c.lo)+to]
	c.n -= uint32(removed)
	return removed
}

// split moves the elements from i on to a new chunk.
func (c *chunk) split(i int) *chunk {
	off := c.offset(i)
	p := c.packed()[off:]
	right := &chunk{n: c.n - uint32(i)}
	right.room(0, len(p))
	right.buf = append(right.buf, p...)
	c.buf, c.n = c.buf[:int(c.lo)+off], uint32(i)
	return right
}

// join takes over the elements of right, which follow.
func (c *chunk) join(right *chunk) {
	c.room(0, right.size())
	c.buf = append(c.buf, right.packed()...)
	c.n += right.n
}

// shrink gives memory back if most of it is not used.
func (c *chunk) shrink() {
	const small = 64
	switch size := c.size(); {
	case c.n == 0:
		*c = chunk{}
	case cap(c.buf) > small && size < cap(c.buf)/4:
		buf := slices.Grow([]byte(nil), 2*size)
		c.buf, c.lo = append(buf, c.packed()...), 0
	}
}

// clone returns a copy that shares no memory.
func (c *chunk) clone() chunk {
	return chunk{buf: append([]byte(nil), c.packed()...), n: c.n}
}

// has reports whether an element is equal to e.
func (c *chunk) has(e []byte) bool {
	return !c.ascend(0, func(x []byte) bool { return !bytes.Equal(x, e) })
}

// ascend calls fn with the elements from i on until it returns false.
func (c *chunk) ascend(i int, fn func(e []byte) bool) bool {
	if i >= c.len() {
		return true
	}
	for p := c.packed()[c.offset(i):]; len(p) > 0; {
		e, size := first(p)
		if !fn(e) {
			return false
		}
		p = p[size:]
	}
	return true
}

// descend calls fn with the elements from i down until it returns false.
func (c *chunk) descend(i int, fn func(e []byte) bool) bool {
	if i < 0 {
		return true
	}
	for p := c.packed()[:c.offset(i+1)]; len(p) > 0; {
		e, size := last(p)
		if !fn(e) {
			return false
		}
		p = p[:len(p)-size]
	}
	return true
}
