package partsort

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestStable(t *testing.T) {
	t.Parallel()
	type pair struct{ key, place int }
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, medium - 1, medium, medium + 1, 1000, 5000} {
		for _, keys := range []int{1, 3, 100_000} {
			list := make([]pair, n)
			for i := range list {
				list[i] = pair{rng.IntN(keys), i}
			}
			if rng.IntN(3) == 0 {
				slices.SortFunc(list, func(a, b pair) int { return cmp.Compare(b.key, a.key) })
			}
			want := slices.Clone(list)
			slices.SortStableFunc(want, func(a, b pair) int { return cmp.Compare(a.key, b.key) })
			Stable(list, func(a, b *pair) int { return cmp.Compare(a.key, b.key) })
			if !slices.Equal(list, want) {
				t.Fatalf("%d elements of %d keys are not sorted", n, keys)
			}
		}
	}
}

func BenchmarkStable(b *testing.B) {
	type item struct {
		_      []byte // as large as an element that SORT sorts
		weight float64
		_      []byte
	}
	rng := rand.New(rand.NewPCG(1, 2))
	list := make([]item, 100_000)
	for i := range list {
		list[i].weight = rng.Float64()
	}
	b.ReportAllocs()
	for b.Loop() {
		Stable(slices.Clone(list), func(a, b *item) int { return cmp.Compare(a.weight, b.weight) })
	}
}
