package hash

import "slices"

// packed is the form of a small hash: its pairs one behind the other, in the
// order in which the fields came. A field or value is at most packedLen bytes
// long, so that each of the two lengths in front of a pair is one byte.
type packed struct {
	b []byte
	n int // pairs
}

const lensSize = 2 // of the lengths in front of a pair

// next returns the pair at position i of b, and where the next one begins.
func (p *packed) next(i int) (field, value []byte, end int) {
	f, v := int(p.b[i]), int(p.b[i+1])
	i += lensSize
	end = i + f + v
	return p.b[i : i+f : i+f], p.b[i+f : end : end], end
}

// search returns where the pair of this field begins and its value.
func (p *packed) search(field []byte) (start int, value []byte, ok bool) {
	b := p.b
	for i := 0; i < len(b); {
		f, v := int(b[i]), int(b[i+1])
		end := i + lensSize + f + v
		if f == len(field) && string(b[i+lensSize:i+lensSize+f]) == string(field) {
			return i, b[end-v : end : end], true
		}
		i = end
	}
	return 0, nil, false
}

// set gives the field a value and reports whether the field is new. Both are
// at most packedLen long.
func (p *packed) set(field, value []byte) bool {
	start, old, ok := p.search(field)
	if !ok {
		p.room(lensSize + len(field) + len(value))
		p.b = appendPair(p.b, field, value)
		p.n++
		return true
	}
	if len(old) == len(value) {
		copy(old, value)
		return false
	}
	p.b[start+1] = byte(len(value))
	at := start + lensSize + len(field)
	p.room(max(len(value)-len(old), 0))
	p.b = slices.Replace(p.b, at, at+len(old), value...)
	return false
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

func (p *packed) remove(field []byte) bool {
	start, value, ok := p.search(field)
	if !ok {
		return false
	}
	p.b = slices.Delete(p.b, start, start+lensSize+len(field)+len(value))
	p.n--
	const small = 64
	if cap(p.b) > small && len(p.b) < cap(p.b)/4 {
		p.b = append(slices.Grow([]byte(nil), 2*len(p.b)), p.b...)
	}
	return true
}

// at returns pair i.
func (p *packed) at(i int) (field, value []byte) {
	pos := 0
	for range i + 1 {
		field, value, pos = p.next(pos)
	}
	return field, value
}
