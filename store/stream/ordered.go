package stream

import (
	"slices"
	"unsafe"

	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/store/ds"
)

// keyed is what an ordered sequence is made of. Its key never changes.
type keyed interface {
	comparable
	key() ID
}

// ordered is a sequence of elements in the order of their keys, no two of which are
// equal, in blocks of a bounded size. Streams grow at the end and shrink at the front,
// and there both cost O(1). Anywhere else it is O(√n) with a tiny constant, and finding
// is O(log n). The zero value is empty.
//
// The blocks, and the list of them, may be those of a view, too. So methods that change a
// sequence are told its owner.
type ordered[T keyed] struct {
	blocks []block[T] // none is empty
	n      int
	mark   ds.Mark // of blocks
}

// block is a run of elements.
type block[T keyed] struct {
	es   []T
	mark ds.Mark
}

// take makes a block the sequence's own, with the list of them, and returns it.
func (o *ordered[T]) take(own *ds.Owner, i int) *block[T] {
	if own == nil {
		return &o.blocks[i]
	}
	o.takeList(own)
	b := &o.blocks[i]
	if !own.Mine(b.mark) && !mutant.On(mutant.BlockShared) {
		var e T
		b.mark = own.Copy(cap(b.es) * int(unsafe.Sizeof(e)))
		b.es = append(make([]T, 0, cap(b.es)), b.es...)
	}
	return b
}

// takeList makes the list of blocks the sequence's own, with room for another one.
func (o *ordered[T]) takeList(own *ds.Owner) {
	if !own.Mine(o.mark) && !mutant.On(mutant.BlockShared) {
		o.mark = own.Copy(cap(o.blocks) * int(unsafe.Sizeof(block[T]{})))
		o.blocks = append(make([]block[T], 0, len(o.blocks)+1), o.blocks...)
	}
}

// put puts e in the place of the element at p, which has the same key.
func (o *ordered[T]) put(own *ds.Owner, p place, e T) { o.take(own, p.block).es[p.i] = e }

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
	return o.blocks[p.block].es[p.i], true
}

// after returns the place behind p.
func (o *ordered[T]) after(p place) place {
	if p.i++; p.i == len(o.blocks[p.block].es) {
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
	return place{p.block - 1, len(o.blocks[p.block-1].es) - 1}, true
}

// end is the place behind the last element.
func (o *ordered[T]) end() place { return place{block: len(o.blocks)} }

// last returns the last element, the zero value if there is none.
func (o *ordered[T]) last() (e T) {
	if len(o.blocks) > 0 {
		b := o.blocks[len(o.blocks)-1].es
		e = b[len(b)-1]
	}
	return e
}

// from returns the place of the first element whose key is not below id.
func (o *ordered[T]) from(id ID) place {
	b, _ := slices.BinarySearchFunc(o.blocks, id, func(b block[T], id ID) int { return b.es[len(b.es)-1].key().Compare(id) })
	if b == len(o.blocks) {
		return o.end()
	}
	i, _ := slices.BinarySearchFunc(o.blocks[b].es, id, func(e T, id ID) int { return e.key().Compare(id) })
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
func (o *ordered[T]) push(own *ds.Owner, e T) {
	o.n++
	if n := len(o.blocks); n > 0 && len(o.blocks[n-1].es) < blockMax {
		b := o.take(own, n-1)
		b.es = append(b.es, e)
		return
	}
	o.takeList(own)
	o.blocks = append(o.blocks, block[T]{[]T{e}, own.Mark()})
}

// insert adds e, whose key is not there yet.
func (o *ordered[T]) insert(own *ds.Owner, e T) {
	p := o.from(e.key())
	if p == o.end() {
		o.push(own, e)
		return
	}
	o.n++
	b := o.take(own, p.block)
	b.es = slices.Insert(b.es, p.i, e)
	if len(b.es) > blockMax {
		half := len(b.es) / 2
		upper := block[T]{append(make([]T, 0, blockMax), b.es[half:]...), b.mark}
		b.es = b.es[:half:half]
		o.blocks = slices.Insert(o.blocks, p.block+1, upper)
	}
}

// remove removes the element at p. The element that was behind it is at the place
// returned then.
func (o *ordered[T]) remove(own *ds.Owner, p place) place {
	o.n--
	b := o.take(own, p.block)
	if p.i == 0 { // also the cheapest: a queue is taken from its front
		var none T
		b.es[0] = none
		b.es = b.es[1:]
	} else {
		b.es = slices.Delete(b.es, p.i, p.i+1)
	}
	if len(b.es) == 0 {
		o.blocks = slices.Delete(o.blocks, p.block, p.block+1)
		return p
	}
	if next := p.block + 1; next < len(o.blocks) && len(b.es)+len(o.blocks[next].es) <= blockFull {
		b.es = append(b.es, o.blocks[next].es...)
		o.blocks = slices.Delete(o.blocks, next, next+1)
	} else if p.i == len(b.es) {
		return place{block: p.block + 1}
	}
	return p
}

// delete removes the element whose key is id, and reports whether it was there.
func (o *ordered[T]) delete(own *ds.Owner, id ID) bool {
	p := o.from(id)
	if e, ok := o.at(p); !ok || e.key() != id {
		return false
	}
	o.remove(own, p)
	return true
}

// clone returns a copy of the sequence with copies of its elements.
func (o *ordered[T]) clone(copyOf func(T) T) ordered[T] {
	c := ordered[T]{blocks: make([]block[T], len(o.blocks)), n: o.n}
	for i, b := range o.blocks {
		c.blocks[i].es = make([]T, len(b.es))
		for j, e := range b.es {
			c.blocks[i].es[j] = copyOf(e)
		}
	}
	return c
}
