package bits

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// randomBits returns bytes that are often all ones or all zeros, so that long
// runs occur.
func randomBits(rnd *rand.Rand) []byte {
	b := make([]byte, rnd.IntN(40))
	fill := byte(-rnd.IntN(2))
	for i := range b {
		if b[i] = fill; rnd.IntN(12) == 0 {
			b[i] = byte(rnd.Uint32())
		}
	}
	return b
}

func TestCountAndFind(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(7, 8))
	for range 20000 {
		b := randomBits(rnd)
		from := int64(rnd.IntN(len(b)*8 + 1))
		to := from + int64(rnd.IntN(len(b)*8-int(from)+1))
		count, first := int64(0), [2]int64{-1, -1}
		for pos := from; pos < to; pos++ {
			bit := bitAt(b, pos)
			count += int64(bit)
			if first[bit] < 0 {
				first[bit] = pos
			}
		}
		if got := countBits(b, from, to); got != count {
			t.Fatalf("countBits(%x, %d, %d) = %d, want %d", b, from, to, got, count)
		}
		for bit := range first {
			if got := findBit(b, byte(bit), from, to); got != first[bit] {
				t.Fatalf("findBit(%x, %d, %d, %d) = %d, want %d", b, bit, from, to, got, first[bit])
			}
		}
	}
}

func TestCombine(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(9, 10))
	for range 2000 {
		x, y := randomBits(rnd), randomBits(rnd)
		if len(y) > len(x) {
			x, y = y, x
		}
		for _, op := range operators {
			got := bytes.Clone(x)
			combine(got, y, op.fn)
			for i := range x {
				b := uint64(0)
				if i < len(y) {
					b = uint64(y[i])
				}
				if want := byte(op.fn(uint64(x[i]), b)); got[i] != want {
					t.Fatalf("%x %s %x: byte %d is %x, want %x", x, op.word, y, i, got[i], want)
				}
			}
		}
	}
}
