package hash

import (
	"encoding/binary"
	"unsafe"
)

// pair is a field of a table with its value, in a single allocation without
// pointers:
//
//	length of the field, length of the value (uvarints), field, value
//
// This header is only where it begins: a *pair must come from newPair and is
// never copied by value. The packed form and snapshots have pairs in the same
// layout.
type pair struct{ head [1]byte }

func newPair(field, value []byte) *pair {
	m := appendPair(make([]byte, 0, pairSize(len(field), len(value))), field, value)
	return (*pair)(unsafe.Pointer(unsafe.SliceData(m)))
}

func appendPair(dst, field, value []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(field)))
	dst = binary.AppendUvarint(dst, uint64(len(value)))
	dst = append(dst, field...)
	return append(dst, value...)
}

// pairSize is the length of what appendPair appends.
func pairSize(field, value int) int {
	return lenSize(field) + lenSize(value) + field + value
}

// lenSize is the size of n as a uvarint.
func lenSize(n int) int {
	size := 1
	for ; n >= 1<<7; n >>= 7 {
		size++
	}
	return size
}

func (p *pair) at(i int) *byte { return (*byte)(unsafe.Add(unsafe.Pointer(p), i)) }

// lens returns the lengths of field and value, and where the field begins.
func (p *pair) lens() (field, value, start int) {
	field, start = p.uvarint(0)
	value, start = p.uvarint(start)
	return field, value, start
}

func (p *pair) uvarint(i int) (n, next int) {
	b := *p.at(i)
	if b < 1<<7 {
		return int(b), i + 1
	}
	n = int(b & 0x7f)
	for shift := 7; b >= 1<<7; shift += 7 {
		i++
		b = *p.at(i)
		n |= int(b&0x7f) << shift
	}
	return n, i + 1
}

// span returns n bytes from position i on.
func (p *pair) span(i, n int) []byte {
	if n == 0 {
		return nil // a pointer to behind the pair would be outside the object
	}
	return unsafe.Slice(p.at(i), n)
}

// Key implements ds.Keyed: the field.
func (p *pair) Key() string {
	n, _, start := p.lens()
	b := p.span(start, n)
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// parts returns field and value. Only the value may be changed.
func (p *pair) parts() (field, value []byte) {
	f, v, start := p.lens()
	return p.span(start, f), p.span(start+f, v)
}

// raw returns all of the pair.
func (p *pair) raw() []byte {
	f, v, start := p.lens()
	return p.span(0, start+f+v)
}

// memSize is what the pair takes: its allocation and its place in the table.
func (p *pair) memSize() int {
	const place = 16
	f, v, start := p.lens()
	return place + (start+f+v+7)&^7
}

// cutPair reads the pair at the start of src, which may be anything. rest is
// what follows.
func cutPair(src []byte) (field, value, rest []byte, ok bool) {
	f, rest, ok := cutLen(src)
	if !ok {
		return nil, nil, nil, false
	}
	v, rest, ok := cutLen(rest)
	if !ok || f > uint64(len(rest)) || v > uint64(len(rest))-f {
		return nil, nil, nil, false
	}
	return rest[:f], rest[f : f+v], rest[f+v:], true
}

// cutLen reads a uvarint in its shortest form.
func cutLen(src []byte) (n uint64, rest []byte, ok bool) {
	n, w := binary.Uvarint(src)
	if w <= 0 || w > 1 && src[w-1] == 0 {
		return 0, nil, false
	}
	return n, src[w:], true
}
