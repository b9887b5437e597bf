package partsort

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSort(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	compare := func(a, b *int) int { return cmp.Compare(*a, *b) }
	for range 2000 {
		list := make([]int, 1+rng.IntN(200))
		for i := range list {
			list[i] = rng.IntN(1 + rng.IntN(100))
		}
		want := slices.Sorted(slices.Values(list))
		from := rng.IntN(len(list))
		to := from + rng.IntN(len(list)-from)
		got := slices.Clone(list)
		Sort(got, from, to, compare)
		if !slices.Equal(got[from:to+1], want[from:to+1]) {
			t.Fatalf("places %d to %d of %v are %v, want %v", from, to, list, got[from:to+1], want[from:to+1])
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Fatalf("%v became %v", list, got)
		}
	}
}

func TestNothingToSort(t *testing.T) {
	t.Parallel()
	Sort(nil, 0, -1, func(a, b *int) int { return 0 })
	list := []int{3, 2, 1}
	Sort(list, 0, 2, func(a, b *int) int { return cmp.Compare(*a, *b) })
	if !slices.IsSorted(list) {
		t.Errorf("not sorted: %v", list)
	}
}
