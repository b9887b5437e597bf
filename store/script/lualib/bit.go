package lualib

import (
	"math/bits"

	"github.com/msredis/msredis/internal/lua"
)

// OpenBit sets the global table bit: operations on 32 bits, after Lua BitOp 1.0.
func OpenBit(l *lua.LState) {
	fold := func(op func(a, b uint32) uint32) func(call) int {
		return func(c call) int {
			v := c.bits(1)
			for i := c.GetTop(); i > 1; i-- {
				v = op(v, c.bits(i))
			}
			return c.pushBits(v)
		}
	}
	shift := func(op func(v uint32, by int) uint32) func(call) int {
		return func(c call) int {
			v := c.bits(1)
			return c.pushBits(op(v, int(c.bits(2)&31)))
		}
	}
	one := func(op func(v uint32) uint32) func(call) int {
		return func(c call) int { return c.pushBits(op(c.bits(1))) }
	}
	register(l, "bit", map[string]func(call) int{
		"tobit":   one(func(v uint32) uint32 { return v }),
		"bnot":    one(func(v uint32) uint32 { return ^v }),
		"bswap":   one(bits.ReverseBytes32),
		"band":    fold(func(a, b uint32) uint32 { return a & b }),
		"bor":     fold(func(a, b uint32) uint32 { return a | b }),
		"bxor":    fold(func(a, b uint32) uint32 { return a ^ b }),
		"lshift":  shift(func(v uint32, by int) uint32 { return v << by }),
		"rshift":  shift(func(v uint32, by int) uint32 { return v >> by }),
		"arshift": shift(func(v uint32, by int) uint32 { return uint32(int32(v) >> by) }),
		"rol":     shift(bits.RotateLeft32),
		"ror":     shift(func(v uint32, by int) uint32 { return bits.RotateLeft32(v, -by) }),
		"tohex":   toHex,
	})
}

// bits returns an argument as the library takes it: rounded to the nearest
// integer, ties to even, modulo 2^32. It adds 2^52 + 2^51, so that the result
// stands in the lowest bits of the sum.
func (c call) bits(n int) uint32 {
	return uint32(bits64(c.number(n) + (1<<52 + 1<<51)))
}

func (c call) pushBits(v uint32) int {
	c.Push(lua.LNumber(int32(v)))
	return 1
}

func toHex(c call) int {
	v, n := c.bits(1), int32(8)
	if c.GetTop() >= 2 {
		n = int32(c.bits(2))
	}
	digits := "0123456789abcdef"
	if n < 0 {
		n, digits = -n, "0123456789ABCDEF"
	}
	if n > 8 || n < 0 { // -2^31 has no positive counterpart
		n = 8
	}
	var text [8]byte
	for i := n - 1; i >= 0; i-- {
		text[i] = digits[v&15]
		v >>= 4
	}
	c.Push(lua.LString(text[:n]))
	return 1
}
