package zset

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/msredis/msredis/store/ds"
)

// check walks the whole tree and reports what does not hold.
func (t *tree) check(tb testing.TB) {
	tb.Helper()
	if t.root == nil {
		return
	}
	leaves := -1
	var last *item
	var walk func(n *node, depth int) int
	walk = func(n *node, depth int) int {
		if len(n.items) == 0 || len(n.items) > fan {
			tb.Fatalf("a node with %d items", len(n.items))
		}
		if n.kids == nil {
			if leaves < 0 {
				leaves = depth
			}
			if depth != leaves {
				tb.Fatalf("leaves at depth %d and %d", leaves, depth)
			}
			for i := range n.items {
				it := &n.items[i]
				if it.score != it.e.score() || last != nil && !it.after(last.score, last.e.Key()) {
					tb.Fatalf("%v of %q is out of order", it.score, it.e.Key())
				}
				last = it
			}
			return len(n.items)
		}
		if len(n.kids) != len(n.items) || len(n.counts) != len(n.items) || depth == 0 && len(n.kids) == 1 {
			tb.Fatalf("an inner node of %d items, %d children, %d counts", len(n.items), len(n.kids), len(n.counts))
		}
		sum := 0
		for i, kid := range n.kids {
			if n.items[i] != kid.items[0] {
				tb.Fatalf("child %d is said to begin with %q, but begins with %q", i, n.items[i].e.Key(), kid.items[0].e.Key())
			}
			c := walk(kid, depth+1)
			if c != n.counts[i] {
				tb.Fatalf("child %d has %d elements, %d are counted", i, c, n.counts[i])
			}
			sum += c
		}
		return sum
	}
	walk(t.root, 0)
}

// TestTree lets a tree grow and shrink in several ways and compares it with a
// sorted slice.
func TestTree(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"random", "up", "down", "few scores"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(1, uint64(len(way))))
			tr := tree{own: new(ds.Owner)}
			var model []item
			serial := 0
			for _, target := range []int{1, 0, 100, 20_000, 9000, 9500, 70, 3000, 0, 200} {
				for len(model) < target {
					serial++
					score := map[string]float64{"random": rng.Float64(), "up": float64(serial), "down": -float64(serial), "few scores": float64(rng.IntN(3))}[way]
					it := item{score, newElem(fmt.Append(nil, "m", rng.IntN(1e9), "-", serial), score)}
					tr.insert(it)
					i, _ := slices.BinarySearchFunc(model, it, compareItems)
					model = slices.Insert(model, i, it)
				}
				for len(model) > target {
					i := rng.IntN(len(model))
					if way == "up" {
						i = 0
					}
					tr.remove(model[i].score, model[i].e.Key())
					model = slices.Delete(model, i, i+1)
				}
				compareTree(t, &tr, model)
			}
			built := build(new(ds.Owner), model)
			compareTree(t, &built, model)
		})
	}
}

func compareItems(a, b item) int {
	if a == b {
		return 0
	}
	if a.after(b.score, b.e.Key()) {
		return 1
	}
	return -1
}

func compareTree(t *testing.T, tr *tree, model []item) {
	t.Helper()
	tr.check(t)
	n := len(model)
	if tr.root == nil {
		if n > 0 {
			t.Fatalf("empty, want %d elements", n)
		}
		return
	}
	if tr.root.size() != n {
		t.Fatalf("%d elements, want %d", tr.root.size(), n)
	}
	for i := 0; i < n; i += 1 + n/300 {
		it := model[i]
		if tr.at(i) != it.e || tr.rank(it.score, it.e.Key()) != i {
			t.Fatalf("place %d is not that of %q", i, it.e.Key())
		}
		below := tr.before(func(o *item) bool { return o.score < it.score })
		if want, _ := slices.BinarySearchFunc(model, it.score, func(o item, s float64) int {
			if o.score < s {
				return -1
			}
			return 1
		}); below != want {
			t.Fatalf("%d elements are below %v, want %d", below, it.score, want)
		}
	}
	for _, part := range [][2]int{{0, n}, {n / 3, n / 2}, {n - 1, n}, {0, 1}, {n / 2, n / 2}} {
		var up, down []*elem
		tr.root.ascend(part[0], part[1], func(e *elem) { up = append(up, e) })
		tr.root.descend(part[0], part[1], func(e *elem) { down = append(down, e) })
		slices.Reverse(down)
		if !slices.Equal(up, down) || len(up) != part[1]-part[0] {
			t.Fatalf("places %v: %d elements upwards, %d downwards", part, len(up), len(down))
		}
		for i, e := range up {
			if e != model[part[0]+i].e {
				t.Fatalf("place %d is wrong", part[0]+i)
			}
		}
	}
}
