package hash

import (
	"encoding/binary"
	"slices"
)

// packed is the form of a small hash: its pairs one behind the other, in the
// order in which the fields came.
type packed struct {
	b []byte
	n int // pairs
}

// lensAt reads the two lengths in front of the pair at position i of b, and
// returns where its field begins. Nearly always each is one byte.
func lensAt(b []byte, i int) (field, value, start int) {
	field, value = int(b[i]), int(b[i+1])
	if field|value < 1<<7 {
		return field, value, i + 2
	}
	return longLensAt(b, i)
}

func longLensAt(b []byte, i int) (field, value, start int) {
	f, n := binary.Uvarint(b[i:])
	v, m := binary.Uvarint(b[i+n:])
	return int(f), int(v), i + n + m
}

// next returns the pair at position i of b, and where the next one begins.
func (p *packed) next(i int) (field, value []byte, end int) {
	f, v, i := lensAt(p.b, i)
	end = i + f + v
	return p.b[i : i+f : i+f], p.b[i+f : end : end], end
}

// search returns where the pair of this field begins, its value, and where the
// pair ends.
func (p *packed) search(field []byte) (start int, value []byte, end int, ok bool) {
	b := p.b
	for i := 0; i < len(b); {
		f, v, at := lensAt(b, i)
		end := at + f + v
		if f == len(field) && string(b[at:at+f]) == string(field) {
			return i, b[end-v : end : end], end, true
		}
		i = end
	}
	return 0, nil, 0, false
}

// set gives the field a value and reports whether the field is new.
func (p *packed) set(field, value []byte) bool {
	start, old, end, ok := p.search(field)
	if !ok {
		p.add(field, value)
		return true
	}
	if len(old) == len(value) {
		copy(old, value)
		return false
	}
	size := len(p.b)
	more := pairSize(len(field), len(value)) - (end - start)
	p.room(max(more, 0))
	p.b = p.b[:max(size+more, size)]
	copy(p.b[end+more:], p.b[end:size])
	appendPair(p.b[:start], field, value)
	p.b = p.b[:size+more]
	return false
}

// add adds a pair whose field is not there.
func (p *packed) add(field, value []byte) {
	p.room(pairSize(len(field), len(value)))
	p.b = appendPair(p.b, field, value)
	p.n++
}

// packer adds pairs that come from elsewhere, and finds those whose field was
// there before.
type packer struct {
	p    *packed
	seen map[string]struct{} // nil: there are few
}

// few is for how many pairs searching costs less than a map.
const few = 64

// add adds a pair and reports whether its field is new.
func (p *packer) add(field, value []byte) bool {
	if p.p.n < few {
		return p.p.set(field, value)
	}
	if p.seen == nil {
		p.seen = make(map[string]struct{}, 2*few)
		for i := 0; i < len(p.p.b); {
			var f []byte
			f, _, i = p.p.next(i)
			p.seen[string(f)] = struct{}{}
		}
	}
	if _, there := p.seen[string(field)]; there {
		return false
	}
	p.seen[string(field)] = struct{}{}
	p.p.add(field, value)
	return true
}

// room makes room for n bytes more. It takes little more than is needed, because
// most small hashes stay as they are.
func (p *packed) room(n int) {
	if need := len(p.b) + n; need > cap(p.b) {
		if p.b != nil {
			need += need / 8
		}
		p.b = append(slices.Grow([]byte(nil), need), p.b...)
	}
}

// drop removes the pairs for whose field gone returns true, in one pass.
func (p *packed) drop(gone func(field []byte) bool) {
	rest := p.b[:0]
	for i := 0; i < len(p.b); {
		field, _, end := p.next(i)
		if gone(field) {
			p.n--
		} else {
			rest = append(rest, p.b[i:end]...)
		}
		i = end
	}
	p.b = rest
	p.shrink()
}

func (p *packed) remove(field []byte) bool {
	start, _, end, ok := p.search(field)
	if !ok {
		return false
	}
	p.b = slices.Delete(p.b, start, end)
	p.n--
	p.shrink()
	return true
}

// shrink gives memory back after much was removed.
func (p *packed) shrink() {
	const small = 64
	if cap(p.b) > small && len(p.b) < cap(p.b)/4 {
		p.b = append(slices.Grow([]byte(nil), 2*len(p.b)), p.b...)
	}
}

// at returns pair i.
func (p *packed) at(i int) (field, value []byte) {
	pos := 0
	for range i + 1 {
		field, value, pos = p.next(pos)
	}
	return field, value
}
