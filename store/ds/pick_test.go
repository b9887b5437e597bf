package ds

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestPickIsFair compares how often each element is drawn with what chance
// allows.
func TestPickIsFair(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 63, 64, 65, 100, 1000, 5000} {
		d := New[word](5)
		for i := range n {
			d.Put(word(fmt.Sprint("e", i)))
		}
		const each = 200
		rng := rand.New(rand.NewPCG(1, uint64(n)))
		drawn := map[word]int{}
		for range n * each {
			drawn[d.Pick(rng.Uint64)]++
		}
		chi := 0.0
		for w := range d.All() {
			diff := float64(drawn[w] - each)
			chi += diff * diff / each
		}
		// chi is near n-1, with a deviation of √(2(n-1)).
		if free := float64(n - 1); math.Abs(chi-free) > 5*math.Sqrt(2*free)+1e-9 {
			t.Errorf("n=%d: chi² is %.0f, want about %.0f", n, chi, free)
		}
	}
}

func TestPickFollowsFromTheContent(t *testing.T) {
	t.Parallel()
	for _, n := range []int{50, 100, 20_000} {
		a, b := New[word](5), New[word](5)
		for i := range n {
			a.Put(word(fmt.Sprint("e", i)))
		}
		for i := 3 * n; i >= 0; i-- {
			b.Put(word(fmt.Sprint("e", i)))
		}
		for i := n; i <= 3*n; i++ {
			b.Delete(fmt.Sprint("e", i))
		}
		ra, rb := rand.New(rand.NewPCG(1, 2)), rand.New(rand.NewPCG(1, 2))
		for i := range 1000 {
			if x, y := a.Pick(ra.Uint64), b.Pick(rb.Uint64); x != y {
				t.Fatalf("n=%d, draw %d: %q and %q", n, i, x, y)
			}
		}
	}
}

// TestPickAmongCollisions: with all hashes in one window the search for it ends.
func TestPickAmongCollisions(t *testing.T) {
	t.Parallel()
	d := New[collider](0)
	p := &page[collider]{depth: 0}
	for i := range 300 {
		c := collider(fmt.Sprintf("%04d", i))
		j, _ := p.search(42, string(c))
		p.insert(j, 42, c)
	}
	d.root.page, d.n = p, 300
	rng := rand.New(rand.NewPCG(1, 2))
	seen := map[collider]bool{}
	for range 3000 {
		seen[d.Pick(rng.Uint64)] = true
	}
	if len(seen) < 290 {
		t.Errorf("only %d of 300 elements were drawn", len(seen))
	}
}

func BenchmarkPick(b *testing.B) {
	for _, n := range []int{1000, 100_000, 1_000_000} {
		d := New[word](1)
		for i := range n {
			d.Put(word(fmt.Sprint("element:", i)))
		}
		rng := rand.New(rand.NewPCG(1, 2))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				d.Pick(rng.Uint64)
			}
		})
	}
}
