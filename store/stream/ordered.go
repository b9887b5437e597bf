package stream

import "slices"

// keyed is what an ordered sequence is made of. Its key never changes.
type keyed interface {
	comparable
	key() ID
}

// ordered is a sequence of elements in the order of their keys, no two of which are
// equal, in blocks of a bounded size. Streams grow at the end and shrink at the front,
// and there both cost O(1). Anywhere else it is O(√n) with a tiny constant, and finding
// is O(log n). The zero value is empty.
type ordered[T keyed] struct {
	blocks [][]T // none is empty
	n      int
}

const (
	blockMax  = 512
	blockFull = blockMax * 3 / 4 // two neighbours together that are merged
)

// place is where an element is; it is good until the sequence changes.
type place struct{ block, i int }

// len returns the number of elements.
func (o *ordered[T]) len() int { return o.n }

// at returns the element at p; ok is false behind the last one.
func (o *ordered[T]) at(p place) (e T, ok bool) {
	if p.block >= len(o.blocks) {
		return e, false
	}
	return o.blocks[p.block][p.i], true
}

// after returns the place behind p.
func (o *ordered[T]) after(p place) place {
	if p.i++; p.i == len(o.blocks[p.block]) {
		return place{block: p.block + 1}
	}
	return p
}

// before returns the place before p; ok is false for the first one.
func (o *ordered[T]) before(p place) (_ place, ok bool) {
	if p.i > 0 {
		return place{p.block, p.i - 1}, true
	}
	if p.block == 0 {
		return p, false
	}
	return place{p.block - 1, len(o.blocks[p.block-1]) - 1}, true
}

// end is the place behind the last element.
func (o *ordered[T]) end() place { return place{block: len(o.blocks)} }

// last returns the last element, the zero value if there is none.
func (o *ordered[T]) last() (e T) {
	if len(o.blocks) > 0 {
		b := o.blocks[len(o.blocks)-1]
		e = b[len(b)-1]
	}
	return e
}

// from returns the place of the first element whose key is not below id.
func (o *ordered[T]) from(id ID) place {
	b, _ := slices.BinarySearchFunc(o.blocks, id, func(block []T, id ID) int { return block[len(block)-1].key().Compare(id) })
	if b == len(o.blocks) {
		return o.end()
	}
	i, _ := slices.BinarySearchFunc(o.blocks[b], id, func(e T, id ID) int { return e.key().Compare(id) })
	return place{b, i}
}

// get returns the element whose key is id.
func (o *ordered[T]) get(id ID) (e T, ok bool) {
	if e, ok = o.at(o.from(id)); ok && e.key() == id {
		return e, true
	}
	var none T
	return none, false
}

// each calls fn with the elements whose keys are not below start, in order, until
// it returns false.
func (o *ordered[T]) each(start ID, fn func(e T) bool) {
	for p := o.from(start); ; p = o.after(p) {
		if e, ok := o.at(p); !ok || !fn(e) {
			return
		}
	}
}

// push adds e, whose key is above all others.
func (o *ordered[T]) push(e T) {
	o.n++
	if n := len(o.blocks); n > 0 && len(o.blocks[n-1]) < blockMax {
		o.blocks[n-1] = append(o.blocks[n-1], e)
		return
	}
	o.blocks = append(o.blocks, []T{e})
}

// insert adds e, whose key is not there yet.
func (o *ordered[T]) insert(e T) {
	p := o.from(e.key())
	if p == o.end() {
		o.push(e)
		return
	}
	o.n++
	b := slices.Insert(o.blocks[p.block], p.i, e)
	o.blocks[p.block] = b
	if len(b) > blockMax {
		half := len(b) / 2
		o.blocks[p.block] = b[:half:half]
		o.blocks = slices.Insert(o.blocks, p.block+1, append(make([]T, 0, blockMax), b[half:]...))
	}
}

// remove removes the element at p. The element that was behind it is at p then.
func (o *ordered[T]) remove(p place) place {
	o.n--
	b := o.blocks[p.block]
	if p.i == 0 { // also the cheapest: a queue is taken from its front
		var none T
		b[0] = none
		b = b[1:]
	} else {
		b = slices.Delete(b, p.i, p.i+1)
	}
	o.blocks[p.block] = b
	if len(b) == 0 {
		o.blocks = slices.Delete(o.blocks, p.block, p.block+1)
		return p
	}
	if next := p.block + 1; next < len(o.blocks) && len(b)+len(o.blocks[next]) <= blockFull {
		o.blocks[p.block] = append(b, o.blocks[next]...)
		o.blocks = slices.Delete(o.blocks, next, next+1)
	} else if p.i == len(b) {
		return place{block: p.block + 1}
	}
	return p
}

// delete removes the element whose key is id, and reports whether it was there.
func (o *ordered[T]) delete(id ID) bool {
	p := o.from(id)
	if e, ok := o.at(p); !ok || e.key() != id {
		return false
	}
	o.remove(p)
	return true
}

// clone returns a copy of the sequence with copies of its elements.
func (o *ordered[T]) clone(copyOf func(T) T) ordered[T] {
	c := ordered[T]{blocks: make([][]T, len(o.blocks)), n: o.n}
	for i, b := range o.blocks {
		c.blocks[i] = make([]T, len(b))
		for j, e := range b {
			c.blocks[i][j] = copyOf(e)
		}
	}
	return c
}
