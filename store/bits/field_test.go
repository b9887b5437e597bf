package bits

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// modelGet reads a field bit by bit into a big integer.
func modelGet(f *field, b []byte) *big.Int {
	v := new(big.Int)
	for i := range int64(f.width) {
		v.Lsh(v, 1)
		v.SetBit(v, 0, uint(bitAt(b, f.pos+i)))
	}
	return modelWrap(f, v)
}

// modelWrap takes v modulo 2^width into the range of the field.
func modelWrap(f *field, v *big.Int) *big.Int {
	size := new(big.Int).Lsh(big.NewInt(1), f.width)
	v = new(big.Int).Mod(v, size)
	if f.signed && v.Bit(int(f.width)-1) == 1 {
		v.Sub(v, size)
	}
	return v
}

func modelLimits(f *field) (lowest, highest *big.Int) {
	if f.signed {
		half := new(big.Int).Lsh(big.NewInt(1), f.width-1)
		return new(big.Int).Neg(half), half.Sub(half, big.NewInt(1))
	}
	all := new(big.Int).Lsh(big.NewInt(1), f.width)
	return new(big.Int), all.Sub(all, big.NewInt(1))
}

func randomField(rnd *rand.Rand) field {
	f := field{signed: rnd.IntN(2) == 0, pos: int64(rnd.IntN(90))}
	if f.width = uint(1 + rnd.IntN(64)); f.width == 64 {
		f.signed = true
	}
	return f
}

// randomInt prefers numbers near the ends of what some width can hold.
func randomInt(rnd *rand.Rand) int64 {
	switch rnd.IntN(3) {
	case 0:
		return int64(rnd.Uint64())
	case 1:
		return int64(rnd.Uint64() >> rnd.IntN(64))
	default:
		return int64(1)<<rnd.IntN(64) + int64(rnd.IntN(5)) - 2
	}
}

func TestFieldGetSet(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		b := make([]byte, rnd.IntN(24))
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		f := randomField(rnd)
		if got, want := f.get(b), modelGet(&f, b); !want.IsInt64() || got != want.Int64() {
			t.Fatalf("%+v of %x is %d, want %v", f, b, got, want)
		}
		b = append(b, make([]byte, max(f.end()-len(b), 0))...)
		before := append([]byte(nil), b...)
		v := randomInt(rnd)
		f.set(b, v)
		if got, want := f.get(b), modelWrap(&f, big.NewInt(v)); got != want.Int64() {
			t.Fatalf("%+v after set %d is %d, want %v", f, v, got, want)
		}
		for i := range int64(len(b)) * 8 {
			if (i < f.pos || i >= f.pos+int64(f.width)) && bitAt(b, i) != bitAt(before, i) {
				t.Fatalf("%+v: set %d changed bit %d", f, v, i)
			}
		}
	}
}

func TestFieldLimit(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 50000 {
		f := randomField(rnd)
		lowest, highest := modelLimits(&f)
		value, add := randomInt(rnd), int64(0)
		if rnd.IntN(2) == 0 { // as INCRBY: a number of the field and any increment
			value, add = modelWrap(&f, big.NewInt(value)).Int64(), randomInt(rnd)
		}
		sum := new(big.Int).Add(big.NewInt(value), big.NewInt(add))
		over, under := sum.Cmp(highest) > 0, sum.Cmp(lowest) < 0
		if under && add == 0 && (!f.signed || value < highest.Int64()-math.MaxInt64) {
			over, under = true, false // Redis: a SET to so small a number is one to a huge one
		}
		want := sum
		for _, mode := range []overflow{wrap, saturate, fail} {
			switch {
			case mode == wrap:
				want = modelWrap(&f, sum)
			case over:
				want = highest
			case under:
				want = lowest
			}
			got, fits := f.limit(value, add, mode)
			if got != want.Int64() || fits == (over || under) {
				t.Fatalf("%+v: %d + %d, mode %d: %d, fits %v, want %v", f, value, add, mode, got, fits, want)
			}
		}
	}
}
