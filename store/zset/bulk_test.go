package zset

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/internal/settings"
)

// scoresOf are kinds of scores: what sorting by digits may get wrong.
var scoresOf = map[string]func(rng *rand.Rand) float64{
	"whole":  func(rng *rand.Rand) float64 { return float64(rng.IntN(100_000)) },
	"signed": func(rng *rand.Rand) float64 { return rng.NormFloat64() * math.Pow(10, float64(rng.IntN(600)-300)) },
	"few":    func(rng *rand.Rand) float64 { return []float64{0, math.Copysign(0, -1), -1, 1}[rng.IntN(4)] },
	"ends": func(rng *rand.Rand) float64 {
		return []float64{math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.SmallestNonzeroFloat64}[rng.IntN(4)]
	},
}

func TestSortItems(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for name, score := range scoresOf {
		for _, n := range []int{0, 1, 100, 3 * digitsLeast} {
			var items []item
			for i := range n {
				s := score(rng)
				items = append(items, item{s, newElem(fmt.Append(nil, rng.IntN(1e9), "-", i), s)})
			}
			want := slices.Clone(items)
			slices.SortFunc(want, compareItem)
			if sortItems(items); !slices.Equal(items, want) {
				t.Errorf("%d %s scores are not sorted", n, name)
			}
		}
	}
}

// same fails unless two sorted sets are alike in all that shows.
func same(t *testing.T, what string, got, want *ZSet) {
	t.Helper()
	sum := func(z *ZSet) uint64 {
		h := xxh3.New()
		z.Digest(h)
		return h.Sum64()
	}
	scan := func(z *ZSet) (order []string) {
		for e := range z.large.table.All() {
			order = append(order, e.Key())
		}
		return order
	}
	if got.Len() != want.Len() || got.MemSize() != want.MemSize() || got.Encoding() != want.Encoding() || sum(got) != sum(want) ||
		string(got.Encode(nil)) != string(want.Encode(nil)) {
		t.Fatalf("%s: %d members in %d bytes as %s; one by one %d in %d as %s", what, got.Len(), got.MemSize(), got.Encoding(),
			want.Len(), want.MemSize(), want.Encoding())
	}
	if got.large != nil {
		got.large.tree.check(t)
		if !slices.Equal(scan(got), scan(want)) {
			t.Fatalf("%s: ZSCAN has another order", what)
		}
	}
}

// TestRemoveRange compares ranges that are cut out with what removing one by one leaves,
// also beside views.
func TestRemoveRange(t *testing.T) {
	t.Parallel()
	s := settings.Default()
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 1))
		n := 400 + rng.IntN(3000)
		many, one := New(), New()
		add := func() {
			m, score := fmt.Append(nil, "m", rng.IntN(1e9)), float64(rng.IntN(500))
			if _, _, ok := one.find(m); !ok {
				many.add(s, m, score)
				one.add(s, m, score)
			}
		}
		for range n {
			add()
		}
		var view, like *ZSet
		if seed%2 == 0 {
			view, like = many.Freeze().(*ZSet), one.Clone().(*ZSet)
		}
		for range 3 {
			from := rng.IntN(many.Len())
			to := from + rng.IntN(many.Len()-from)
			many.removeRange(from, to)
			for range to - from {
				m, _ := one.at(from)
				at, _, _ := one.find(m)
				one.remove(at)
			}
			same(t, "cut", many, one)
			var gone [][]byte
			for range 300 {
				m, _ := one.at(rng.IntN(one.Len()))
				gone = append(gone, slices.Clone(m), []byte("nowhere"))
				if one.Len() < 2 {
					break
				}
			}
			many.large.removeAll(many.large.found(gone))
			for _, m := range gone {
				if at, _, ok := one.find(m); ok {
					one.remove(at)
				}
			}
			same(t, "removed many", many, one)
			for range 50 {
				add()
				m, score := one.at(rng.IntN(one.Len()))
				m = slices.Clone(m)
				for _, z := range []*ZSet{one, many} {
					at, _, _ := z.find(m)
					z.setScore(at, m, score+1)
				}
			}
			same(t, "changed after", many, one)
		}
		if view != nil {
			same(t, "view", view, like)
		}
	}
}

// TestCombine compares what is merged with what is made one by one.
func TestCombine(t *testing.T) {
	t.Parallel()
	s, merged := settings.Default(), map[string]int{}
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 2))
		score, inputs := scoresOf[[]string{"whole", "signed", "few", "ends"}[seed%4]], []input(nil)
		for range 1 + rng.IntN(4) {
			z := New()
			for range 300 + rng.IntN(2000) {
				m := fmt.Append(nil, rng.IntN(2500))
				if _, _, ok := z.find(m); !ok {
					z.add(s, m, score(rng))
				}
			}
			weight := []float64{1, -2, 0, math.Inf(1)}[rng.IntN(4)]
			inputs = append(inputs, input{z: z, weight: weight})
		}
		aggregate := []func(a, b float64) float64{sum, lower, higher}[rng.IntN(3)]
		for name, ways := range map[string][2]func(*combination) []item{
			"union":        {(*combination).union, (*combination).addUp},
			"intersection": {(*combination).intersection, (*combination).probeAll},
			"difference":   {(*combination).difference, (*combination).probeOthers},
		} {
			many := combination{inputs: slices.Clone(inputs), aggregate: aggregate}
			one := combination{inputs: slices.Clone(inputs), aggregate: aggregate}
			if name != "difference" {
				one.sortBySize()
			}
			got, want := ways[0](&many), ways[1](&one)
			if many.table != nil {
				merged[name]++
			}
			same(t, fmt.Sprintf("%d: %s", seed, name), ofItems(s, got, many.table), ofItems(s, want, nil))
		}
	}
	if merged["union"] < 60 || merged["intersection"] < 20 || merged["difference"] < 20 {
		t.Errorf("merged: %v", merged)
	}
}
