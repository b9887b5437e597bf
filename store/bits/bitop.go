package bits

import (
	"encoding/binary"
	"fmt"

	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/str"
)

// An operator makes one string of several.
type operator struct {
	word string
	// fn combines eight bytes of the result so far with eight of the next source.
	fn func(x, y uint64) uint64
	// first combines what fn has made of all other sources with the first one; nil:
	// fn takes the first source, too.
	first func(rest, x uint64) uint64
}

var operators = []operator{
	{"AND", func(x, y uint64) uint64 { return x & y }, nil},
	{"OR", or, nil},
	{"XOR", func(x, y uint64) uint64 { return x ^ y }, nil},
	{"NOT", func(x, _ uint64) uint64 { return ^x }, nil},
	{"DIFF", or, func(rest, x uint64) uint64 { return x &^ rest }},
	{"DIFF1", or, func(rest, x uint64) uint64 { return rest &^ x }},
	{"ANDOR", or, func(rest, x uint64) uint64 { return rest & x }},
	{"ONE", nil, nil},
}

func or(x, y uint64) uint64 { return x | y }

func bitop(c *keyspace.Ctx) {
	at := 0
	for at < len(operators) && !c.Is(1, operators[at].word) {
		at++
	}
	if at == len(operators) {
		c.W.Error(reply.ErrSyntax)
		return
	}
	op := &operators[at]
	dest, keys := c.Args[2], c.Args[3:]
	switch {
	case op.word == "NOT" && len(keys) != 1:
		c.W.Error(reply.ErrBitopNot)
		return
	case op.first != nil && len(keys) < 2:
		c.W.Error(fmt.Sprintf(reply.ErrBitopTwo, op.word))
		return
	}
	sources := make([][]byte, len(keys))
	size := 0
	for i, key := range keys {
		b, ok := content(c, c.Lookup(key), new(str.Scratch))
		if !ok {
			return
		}
		sources[i] = b
		size = max(size, len(b))
	}
	if size == 0 {
		if c.Delete(dest) {
			c.Notify('g', "del", dest)
		}
		c.W.Int(0)
		return
	}
	result := make([]byte, size)
	op.apply(result, sources)
	c.Set(dest, str.NewRaw(result), false)
	c.Notify('$', "set", dest)
	c.W.Int(int64(size))
}

// apply puts what the operator makes of the sources into dst, which is as long as
// the longest of them and all zeros.
func (op *operator) apply(dst []byte, sources [][]byte) {
	switch {
	case op.fn == nil:
		once(dst, sources)
		return
	case op.first != nil:
		for _, source := range sources[1:] {
			combine(dst, source, op.fn)
		}
		combine(dst, sources[0], op.first)
		return
	}
	copy(dst, sources[0])
	if len(sources) == 1 && op.word == "NOT" {
		combine(dst, nil, op.fn)
	}
	for _, source := range sources[1:] {
		combine(dst, source, op.fn)
	}
}

// once sets the bits of dst that exactly one of the sources has.
func once(dst []byte, sources [][]byte) {
	twice := make([]byte, len(dst)) // or more often
	for _, source := range sources {
		both := append([]byte(nil), source...)
		combine(both, dst, func(x, y uint64) uint64 { return x & y })
		combine(twice, both, or)
		combine(dst, source, or)
	}
	combine(dst, twice, func(x, y uint64) uint64 { return x &^ y })
}

// combine puts dst = fn(dst, src) with zeros behind the end of src.
func combine(dst, src []byte, fn func(x, y uint64) uint64) {
	for ; len(dst) >= 8; dst = dst[8:] {
		var word [8]byte
		src = src[copy(word[:], src):]
		x, y := binary.LittleEndian.Uint64(dst), binary.LittleEndian.Uint64(word[:])
		binary.LittleEndian.PutUint64(dst, fn(x, y))
	}
	for i := range dst {
		y := uint64(0)
		if i < len(src) {
			y = uint64(src[i])
		}
		dst[i] = byte(fn(uint64(dst[i]), y))
	}
}
