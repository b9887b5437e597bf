package zset

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/internal/settings"
)

// byDefault are the settings of a cluster that has changed none.
var byDefault = settings.Default()

// bound returns settings of sorted sets.
func bound(entries, value int) *settings.Values {
	v := settings.Default()
	v.ZSetMaxListpackEntries, v.ZSetMaxListpackValue = entries, value
	return v
}

// pair is an element of the model.
type pair struct {
	score float64
	m     string
}

func comparePairs(a, b pair) int {
	switch {
	case a.score < b.score:
		return -1
	case a.score > b.score:
		return 1
	}
	return strings.Compare(a.m, b.m)
}

func pairs(z *ZSet) (list []pair) {
	z.each(func(m []byte, score float64) { list = append(list, pair{score, string(m)}) })
	return list
}

func digest(z *ZSet) xxh3.Uint128 {
	var h xxh3.Hasher
	z.Digest(&h)
	return h.Sum128()
}

// TestModel changes a sorted set at random and compares it with a sorted slice.
func TestModel(t *testing.T) {
	t.Parallel()
	for _, members := range []int{30, 150, 3000, 100_000} {
		for _, scores := range []int{3, 1_000_000} {
			t.Run(fmt.Sprint(members, " members, ", scores, " scores"), func(t *testing.T) {
				t.Parallel()
				play(t, byDefault, rand.New(rand.NewPCG(uint64(members), uint64(scores))), members, scores)
			})
		}
	}
	for _, to := range []*settings.Values{bound(0, 64), bound(7, 0), bound(3, 3), bound(1<<40, 1<<40)} {
		t.Run(fmt.Sprint("up to ", to.ZSetMaxListpackEntries, " of ", to.ZSetMaxListpackValue), func(t *testing.T) {
			t.Parallel()
			play(t, to, rand.New(rand.NewPCG(1, uint64(to.ZSetMaxListpackEntries))), 500, 50)
		})
	}
}

// Many long members are packed if the settings say so: the ends get wider, and
// narrow again.
func TestPackedIsWide(t *testing.T) {
	t.Parallel()
	z, model := New(), map[string]float64{}
	to, rng := bound(1<<40, 1<<40), rand.New(rand.NewPCG(1, 2))
	wide := 0
	for i := range 400 {
		m := fmt.Sprint(i, strings.Repeat("x", 1000))
		z.add(to, []byte(m), float64(i%7))
		model[m] = float64(i % 7)
		if i%50 == 0 || i > 390 {
			z = audit(t, rng, z, model, i)
		}
		if z.packed.wide {
			wide++
		}
	}
	if wide == 0 || wide == 400 {
		t.Errorf("%d times wide", wide)
	}
	for n := z.Len(); n > 0; n = z.Len() {
		from := rng.IntN(n)
		to := min(from+1+rng.IntN(40), n)
		for _, p := range pairs(z)[from:to] {
			delete(model, p.m)
		}
		z.removeRange(from, to)
		if z = audit(t, rng, z, model, n); z.packed.wide != (z.packed.size() > narrowMax) {
			t.Fatalf("%d bytes, wide: %v", z.packed.size(), z.packed.wide)
		}
	}
}

func play(t *testing.T, to *settings.Values, rng *rand.Rand, members, scores int) {
	z, model := New(), map[string]float64{}
	grow := 8
	for step := range 4000 {
		if step%400 == 0 {
			grow = 1 + rng.IntN(9)
		}
		m := []byte(fmt.Sprint("m", rng.IntN(members)))
		if rng.IntN(3000) == 0 {
			m = bytes.Repeat(m, 20)
		}
		score := float64(rng.IntN(scores)) / 8
		if rng.IntN(100) == 0 {
			score = math.Inf(rng.IntN(2)*2 - 1)
		}
		at, old, there := z.find(m)
		want, known := model[string(m)]
		if there != known || there && old != want {
			t.Fatalf("step %d: find(%q) = %v, %v; want %v, %v", step, m, old, there, want, known)
		}
		switch {
		case rng.IntN(10) >= grow:
			if there {
				z.remove(at)
				delete(model, string(m))
			}
		case there:
			z.setScore(at, m, score)
			model[string(m)] = score
		default:
			z.add(to, m, score)
			model[string(m)] = score
		}
		if z.Len() != len(model) {
			t.Fatalf("step %d: Len %d, want %d", step, z.Len(), len(model))
		}
		if step%100 == 0 {
			z = audit(t, rng, z, model, step)
		}
	}
}

// audit compares all that can be seen of z with the model, and returns what
// comes out of a snapshot in its place.
func audit(t *testing.T, rng *rand.Rand, z *ZSet, model map[string]float64, step int) *ZSet {
	var want []pair
	for m, score := range model {
		want = append(want, pair{score, m})
	}
	slices.SortFunc(want, comparePairs)
	if got := pairs(z); !slices.Equal(got, want) {
		t.Fatalf("step %d: content %v, want %v", step, got, want)
	}
	if z.large != nil {
		z.large.tree.check(t)
	}
	n := len(want)
	for range min(n, 20) {
		i, j := rng.IntN(n), rng.IntN(n+1)
		p := want[i]
		at, _, _ := z.find([]byte(p.m))
		if m, score := z.at(i); z.rank(at) != i || string(m) != p.m || score != p.score {
			t.Fatalf("step %d: place %d is not that of %v", step, i, p)
		}
		var down []pair
		z.descend(i, j, func(m []byte, score float64) { down = append(down, pair{score, string(m)}) })
		slices.Reverse(down)
		if part := want[i:max(i, j)]; !slices.Equal(down, part) {
			t.Fatalf("step %d: places %d to %d are %v, want %v", step, i, j, down, part)
		}
		for _, orEqual := range []bool{false, true} {
			count := 0
			for _, o := range want {
				if o.score < p.score || orEqual && o.score == p.score {
					count++
				}
			}
			if got := z.beforeScore(p.score, orEqual); got != count {
				t.Fatalf("step %d: %d before %v, %v; want %d", step, got, p.score, orEqual, count)
			}
		}
	}
	code := z.Encode(nil)
	v, err := decode(code)
	if err != nil {
		t.Fatalf("step %d: decode: %v", step, err)
	}
	copies := []*ZSet{v.(*ZSet), z.Clone().(*ZSet)}
	for _, c := range copies {
		if !slices.Equal(pairs(c), want) || c.Encoding() != z.Encoding() || c.MemSize() != z.MemSize() ||
			digest(c) != digest(z) || !bytes.Equal(c.Encode(nil), code) {
			t.Fatalf("step %d: the copy is another sorted set", step)
		}
	}
	if n > 0 { // a change of the copy does not show
		m := []byte(want[0].m)
		at, _, _ := copies[1].find(m)
		copies[1].setScore(at, m, 1e9)
		copies[1].add(byDefault, []byte("only here"), 7)
		if !slices.Equal(pairs(z), want) {
			t.Fatalf("step %d: a change of the clone shows", step)
		}
	}
	return copies[0]
}

func TestRanges(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		iv            interval
		offset, count int64
		reverse       bool
		want          interval
	}{
		{interval{2, 8}, 0, -1, false, interval{2, 8}},
		{interval{2, 8}, 1, 2, false, interval{3, 5}},
		{interval{2, 8}, 1, 2, true, interval{5, 7}},
		{interval{2, 8}, 5, math.MaxInt64, true, interval{2, 3}},
		{interval{2, 8}, 5, math.MaxInt64, false, interval{7, 8}},
		{interval{2, 8}, 6, 1, false, interval{}},
		{interval{2, 8}, math.MaxInt64, math.MaxInt64, true, interval{}},
		{interval{2, 8}, -1, 2, false, interval{}},
		{interval{2, 8}, 0, 0, false, interval{2, 2}},
		{interval{8, 2}, 0, 5, false, interval{}},
	} {
		if got := tt.iv.limit(tt.offset, tt.count, tt.reverse); got != tt.want {
			t.Errorf("%v limit %d %d, %v: %v, want %v", tt.iv, tt.offset, tt.count, tt.reverse, got, tt.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, list := range [][]pair{{{1, "a"}}, {{-1, ""}, {math.Inf(1), "b"}}, {{0, strings.Repeat("x", 70)}, {0, "y"}}} {
		z := New()
		for _, p := range list {
			z.add(byDefault, []byte(p.m), p.score)
		}
		f.Add(z.Encode(nil))
	}
	f.Add([]byte{formLarge, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Add([]byte{formPacked, 0x7f, 0xf8, 0, 0, 0, 0, 0, 1, 1, 'a'})
	f.Fuzz(func(t *testing.T, src []byte) {
		v, err := decode(src)
		if err != nil {
			return
		}
		z := v.(*ZSet)
		code := z.Encode(nil)
		again, err := decode(code)
		if err != nil || !bytes.Equal(again.Encode(nil), code) || again.Len() != z.Len() {
			t.Fatalf("%x decodes to %x, that to %v", src, code, err)
		}
		if _, _, ok := z.find([]byte("new")); !ok {
			z.add(byDefault, []byte("new"), 0.5)
		}
		for _, p := range pairs(z) {
			at, score, ok := z.find([]byte(p.m))
			if !ok || score != p.score {
				t.Fatalf("%q is not where it is", p.m)
			}
			z.remove(at)
		}
		if z.Len() != 0 {
			t.Fatalf("%d members left", z.Len())
		}
	})
}
