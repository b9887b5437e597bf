package hll

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/msredis/msredis/internal/settings"
)

// byDefault are the settings of a cluster that has changed none.
var byDefault = settings.Default()

// TestEstimate: the error is within what 16384 registers allow.
func TestEstimate(t *testing.T) {
	t.Parallel()
	b := newSparse()
	for n := 1; n <= 200_000; n++ {
		register, count := place(fmt.Appendf(nil, "element %d", n))
		b, _, _ = raise(byDefault, b, register, count)
		if n&(n-1) != 0 && n != 200_000 {
			continue
		}
		h, ok := histogram(b)
		if !ok {
			t.Fatalf("after %d elements it is damaged", n)
		}
		if got := float64(cardinality(&h)); math.Abs(got-float64(n)) > 1+0.03*float64(n) {
			t.Errorf("%d elements are estimated as %v", n, got)
		}
	}
	if len(b) != denseSize {
		t.Errorf("%d bytes", len(b))
	}
}

// TestForms: the sparse form holds the same registers as the dense one, whatever
// they are raised to.
func TestForms(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		b := newSparse()
		var want [registers]byte
		spread := 1 + rng.IntN(registers)
		for range rng.IntN(1500) {
			register, count := rng.IntN(spread), byte(1+rng.IntN(4))
			if rng.IntN(50) == 0 {
				count = byte(1 + rng.IntN(runBits))
			}
			var changed, ok bool
			b, changed, ok = raise(byDefault, b, register, count)
			if !ok || changed != (count > want[register]) {
				t.Fatalf("raising a register from %d to %d: changed %v, ok %v", want[register], count, changed, ok)
			}
			want[register] = max(want[register], count)
			if b[formAt] == formSparse && len(b) > byDefault.HLLSparseMaxBytes {
				t.Fatalf("a sparse form of %d bytes", len(b))
			}
		}
		var got [registers]byte
		if !mergeInto(&got, b) || got != want {
			t.Fatalf("registers differ")
		}
		h, ok := histogram(b)
		n := 0
		for _, count := range h {
			n += count
		}
		if !ok || n != registers {
			t.Fatalf("a histogram of %d", n)
		}
	}
}

// FuzzDamaged: whatever stands in a string, it is read and changed without harm.
func FuzzDamaged(f *testing.F) {
	f.Add(newSparse(), uint16(5), byte(3))
	f.Add([]byte("HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f\xfd\x88"), uint16(16383), byte(32))
	f.Add([]byte("HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x7f"), uint16(0), byte(1))
	f.Add([]byte("HYLL\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x80\x83\x83\x83\x83"), uint16(7), byte(51))
	f.Fuzz(func(t *testing.T, b []byte, register uint16, count byte) {
		if !isHLL(b) {
			return
		}
		h, ok := histogram(b)
		if ok {
			cardinality(&h)
		}
		var all [registers]byte
		mergeInto(&all, b)
		describe(b[headerSize:])
		count = 1 + count%(runBits+1)
		out, _, raised := raise(byDefault, append([]byte(nil), b...), int(register%registers), count)
		if !raised {
			return
		}
		if !isHLL(out) {
			t.Fatalf("%q became %q", b, out)
		}
		if _, still := histogram(out); still != ok {
			t.Fatalf("%q, valid %v, became %q, valid %v", b, ok, out, still)
		}
	})
}

func elements(n int) (b []byte) {
	b = newSparse()
	for i := range n {
		register, count := place(fmt.Appendf(nil, "element %d", i))
		b, _, _ = raise(byDefault, b, register, count)
	}
	return b
}

func BenchmarkAddSparse(b *testing.B) {
	value := elements(1000)
	for i := 0; b.Loop(); i++ {
		register, count := place(fmt.Appendf(nil, "element %d", i%1000))
		raise(byDefault, value, register, count)
	}
}

func BenchmarkAddDense(b *testing.B) {
	value := elements(100_000)
	for i := 0; b.Loop(); i++ {
		register, count := place(fmt.Appendf(nil, "element %d", i))
		raise(byDefault, value, register, count)
	}
}

func BenchmarkCount(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		value := elements(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				h, _ := histogram(value)
				cardinality(&h)
			}
		})
	}
}
