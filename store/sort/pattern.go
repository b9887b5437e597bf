package sort

import (
	"bytes"

	"github.com/msredis/msredis/store/hash"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/str"
)

// pattern is an argument of BY and GET. "#" is the element itself. In any other pattern
// the first '*' stands for the element, and the text that follows "->" behind it names
// a field of a hash. Redis looks for these in a C string: a zero byte ends the search,
// but not the name.
type pattern struct {
	element        bool
	wild           bool // there is a '*'
	prefix, suffix []byte
	field          []byte
	inHash         bool
}

func parsePattern(b []byte) (p pattern) {
	visible := cString(b)
	if string(visible) == "#" {
		return pattern{element: true}
	}
	star := bytes.IndexByte(visible, '*')
	if star < 0 {
		return p
	}
	p.wild = true
	p.prefix, p.suffix = b[:star], b[star+1:]
	if arrow := bytes.Index(visible[star+1:], []byte("->")); arrow >= 0 && star+1+arrow+2 < len(visible) {
		p.field, p.inHash = p.suffix[arrow+2:], true
		p.suffix = p.suffix[:arrow]
	}
	return p
}

// cString returns b up to its first zero byte.
func cString(b []byte) []byte {
	if zero := bytes.IndexByte(b, 0); zero >= 0 {
		return b[:zero]
	}
	return b
}

// value returns what the pattern stands for with an element; ok is false if there
// is nothing of the right type. The slice is valid until the data change, or the
// scratch is used again.
func (p *pattern) value(c *keyspace.Ctx, element []byte, tmp *str.Scratch) (value []byte, ok bool) {
	switch {
	case p.element:
		return element, true
	case !p.wild:
		return nil, false
	}
	key := make([]byte, 0, len(p.prefix)+len(element)+len(p.suffix))
	key = append(append(append(key, p.prefix...), element...), p.suffix...)
	e := c.Lookup(key)
	switch {
	case e == nil:
		return nil, false
	case !p.inHash:
		return str.Bytes(e.Value(), tmp)
	}
	var view hash.Hash
	if h, isHash := hash.Of(e.Value(), &view); isHash {
		return h.Get(p.field)
	}
	return nil, false
}
