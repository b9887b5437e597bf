package set

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/store/ds"
)

// alike fails unless two sets are alike in all that shows.
func alike(t *testing.T, what string, got, want *Set) {
	t.Helper()
	sum := func(s *Set) uint64 {
		h := xxh3.New()
		s.Digest(h)
		return h.Sum64()
	}
	if got.Len() != want.Len() || got.MemSize() != want.MemSize() || got.Encoding() != want.Encoding() ||
		sum(got) != sum(want) || string(got.Encode(nil)) != string(want.Encode(nil)) {
		t.Fatalf("%s: %d members in %d bytes as %s; one by one %d in %d as %s", what, got.Len(), got.MemSize(), got.Encoding(),
			want.Len(), want.MemSize(), want.Encoding())
	}
}

// TestMerged compares merged sets with what adding one by one makes, under settings that
// make results of every form. Both are changed then.
func TestMerged(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 1))
		to := settings.Default()
		to.SetMaxIntsetEntries, to.SetMaxListpackEntries = rng.IntN(600), rng.IntN(600)
		var sets []*Set
		of := 1 + rng.IntN(3000)
		for range 1 + rng.IntN(4) {
			s := newTable()
			for range rng.IntN(2000) {
				m := fmt.Append(nil, rng.IntN(of))
				if rng.IntN(8) == 0 {
					m = append(m, "longer"...)
				}
				s.Add(to, m)
			}
			sets = append(sets, s)
		}
		slices.SortStableFunc(sets, func(a, b *Set) int { return a.Len() - b.Len() })
		var tables []*ds.Dict[*member]
		for _, s := range sets {
			tables = append(tables, s.table)
		}
		oneByOne := func(each func(func([]byte) bool)) *Set {
			s := New()
			each(func(m []byte) bool {
				s.Add(to, m)
				return true
			})
			return s
		}
		compare := func(what string, many, one *Set) {
			t.Helper()
			what = fmt.Sprintf("%d: %s", seed, what)
			alike(t, what, many, one)
			for range 100 {
				m := fmt.Append(nil, rng.IntN(of))
				if rng.IntN(2) == 0 {
					many.Add(to, m)
					one.Add(to, m)
				} else {
					many.Remove(m)
					one.Remove(m)
				}
			}
			alike(t, what+", changed", many, one)
			if many.table == nil {
				return
			}
			var gone [][]byte
			for range 400 {
				gone = append(gone, fmt.Append(nil, rng.IntN(of)))
			}
			many.removeAll(many.found(gone))
			for _, m := range gone {
				one.Remove(m)
			}
			alike(t, what+", removed many", many, one)
		}
		compare("intersection", merged(to, tables, inAll), oneByOne(intersection(slices.Clone(sets))))
		compare("difference", merged(to, tables, inFirst), oneByOne(difference(sets)))
		if of, rest := largest(to, sets); of != nil && len(rest) == 0 {
			compare("union", merged(to, of, inAny), oneByOne(func(fn func([]byte) bool) {
				for _, s := range sets {
					s.Each(fn)
				}
			}))
		}
	}
}
