package bits

import (
	"encoding/binary"

	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/str"
)

// operators combine eight bytes of the result so far with eight of a source.
var operators = []struct {
	word string
	fn   func(x, y uint64) uint64
}{
	{"AND", func(x, y uint64) uint64 { return x & y }},
	{"OR", func(x, y uint64) uint64 { return x | y }},
	{"XOR", func(x, y uint64) uint64 { return x ^ y }},
	{"NOT", func(x, _ uint64) uint64 { return ^x }},
}

func bitop(c *keyspace.Ctx) {
	op := 0
	for op < len(operators) && !c.Is(1, operators[op].word) {
		op++
	}
	if op == len(operators) {
		c.W.Error(reply.ErrSyntax)
		return
	}
	dest, keys := c.Args[2], c.Args[3:]
	not := operators[op].word == "NOT"
	if not && len(keys) != 1 {
		c.W.Error(reply.ErrBitopNot)
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
	copy(result, sources[0])
	if not {
		combine(result, nil, operators[op].fn)
	}
	for _, source := range sources[1:] {
		combine(result, source, operators[op].fn)
	}
	c.Set(dest, str.NewRaw(result), false)
	c.Notify('$', "set", dest)
	c.W.Int(int64(size))
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
