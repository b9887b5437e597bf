package bits

import (
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

// TestOperators compares each operator with its definition, bit by bit.
func TestOperators(t *testing.T) {
	t.Parallel()
	// set tells whether a bit is set, given whether it is in the first source, in how
	// many of the others, and how many others there are.
	set := map[string]func(first bool, rest, others int) bool{
		"AND":   func(first bool, rest, others int) bool { return first && rest == others },
		"OR":    func(first bool, rest, _ int) bool { return first || rest > 0 },
		"XOR":   func(first bool, rest, _ int) bool { return first == (rest%2 == 0) },
		"NOT":   func(first bool, _, _ int) bool { return !first },
		"DIFF":  func(first bool, rest, _ int) bool { return first && rest == 0 },
		"DIFF1": func(first bool, rest, _ int) bool { return !first && rest > 0 },
		"ANDOR": func(first bool, rest, _ int) bool { return first && rest > 0 },
		"ONE":   func(first bool, rest, _ int) bool { return first && rest == 0 || !first && rest == 1 },
	}
	rnd := rand.New(rand.NewPCG(9, 10))
	has := func(b []byte, i int) bool { return i/8 < len(b) && b[i/8]>>(7-i%8)&1 == 1 }
	for range 500 {
		for k := range operators {
			op := &operators[k]
			sources := [][]byte{randomBits(rnd)}
			for more := rnd.IntN(4); op.word != "NOT" && (more > 0 || op.first != nil && len(sources) < 2); more-- {
				sources = append(sources, randomBits(rnd))
			}
			size := 0
			for _, b := range sources {
				size = max(size, len(b))
			}
			got := make([]byte, size)
			op.apply(got, sources)
			for i := range size * 8 {
				rest := 0
				for _, b := range sources[1:] {
					if has(b, i) {
						rest++
					}
				}
				if want := set[op.word](has(sources[0], i), rest, len(sources)-1); has(got, i) != want {
					t.Fatalf("%s of %x: bit %d is %v, want %v", op.word, sources, i, has(got, i), want)
				}
			}
		}
	}
}
