package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
)

// partsOf walks through the parts of a, and returns how many there are and those
// that differ in b.
func partsOf(t *testing.T, a, b *store.Store) (n int, differ []store.Part) {
	t.Helper()
	for from := (store.Position{}); n == 0 || from != (store.Position{}); n++ {
		p, cost := a.PlanPart(from)
		if cost < 1 || n > 10_000 {
			t.Fatalf("part %d is %+v, cost %d", n, p, cost)
		}
		if a.SumPart(p) != b.SumPart(p) {
			differ = append(differ, p)
		}
		from = p.To
	}
	return n, differ
}

// TestParts: the parts cover the whole state, each key once, also what has expired
// and is not reclaimed, many keys, several databases, leases and large values.
func TestParts(t *testing.T) {
	t.Parallel()
	a, b := newStore(t, 1, 1000), newStore(t, 2, 1)
	index := uint64(0)
	// both applies the same to both, or in the same place something else.
	both := func(x, y command.Call) {
		index++
		apply(a, index, 1000, x)
		apply(b, index, 1000, y)
	}
	if n, differ := partsOf(t, a, b); n != 2 || len(differ) > 0 {
		t.Errorf("an empty store has %d parts, %v differ", n, differ)
	}
	var keys []string
	for i := range 12_000 {
		keys = append(keys, fmt.Sprintf("k%d", i))
		c := call(i%databases, "SET", keys[i], i)
		both(c, c)
	}
	for i := range 5 {
		c := call(1, "SET", fmt.Sprintf("big%d", i), strings.Repeat("x", 2<<20))
		both(c, c)
		c = call(0, "LEASE", "GRANT", 1_000_000, 1+i)
		both(c, c)
	}
	c := call(0, "SET", "gone", "v", "PX", 1)
	both(c, c)
	index++
	for _, s := range []*store.Store{a, b} {
		apply(s, index, 5000, call(0, "SET", "last", "v"))
	}
	n, differ := partsOf(t, a, b)
	if n < 5 || len(differ) > 0 {
		t.Fatalf("%d parts, %v differ", n, differ)
	}
	wrong := func(what string, x, y command.Call) {
		t.Helper()
		both(x, y)
		if _, differ := partsOf(t, a, b); len(differ) != 1 {
			t.Errorf("%s: %d parts differ", what, len(differ))
		}
		both(y, x)
		both(y, y)
	}
	for i := 0; i < len(keys); i += 701 {
		wrong(keys[i], call(i%databases, "SET", keys[i], "one"), call(i%databases, "SET", keys[i], "two"))
	}
	wrong("a key in another database", call(1, "SET", "new", "v"), call(2, "SET", "new", "v"))
	for _, s := range []*store.Store{a, b} {
		index++
		apply(s, index, 5000, call(1, "DEL", "new"))
		apply(s, index, 5000, call(2, "DEL", "new"))
	}
	if _, differ := partsOf(t, a, b); len(differ) > 0 {
		t.Fatalf("differ behind it: %v", differ)
	}
	wrong("within a large value", call(1, "SETRANGE", "big3", 1<<20, "y"), call(1, "SETRANGE", "big3", 1<<20, "z"))
	both(call(0, "LEASE", "GRANT", 1_000_000, 77), call(0, "LEASE", "GRANT", 1_000_000, 78))
	if _, differ := partsOf(t, a, b); len(differ) != 1 || differ[0].Rest == 0 {
		t.Errorf("a lease: %v differ", differ)
	}
	// Another time, or another number of the last write, shows in every part.
	index++
	apply(a, index, 6000, call(0, "GET", "k0"))
	if n, differ := partsOf(t, a, b); len(differ) != n {
		t.Errorf("of %d parts %d differ", n, len(differ))
	}
}

// BenchmarkSumPart is what a comparison holds up the log for, once a second.
func BenchmarkSumPart(b *testing.B) {
	s := newStore(b, 1, 1000)
	for i := range 400_000 {
		apply(s, uint64(i+1), 1000, call(0, "SET", fmt.Sprintf("key:%d", i), "some value"))
	}
	p, _ := s.PlanPart(store.Position{})
	b.Run("plan", func(b *testing.B) {
		for b.Loop() {
			s.PlanPart(store.Position{})
		}
	})
	b.Run("sum", func(b *testing.B) {
		for b.Loop() {
			s.SumPart(p)
		}
	})
}
