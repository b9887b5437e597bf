package set

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/internal/settings"
)

// byDefault are the settings of a cluster that has changed none.
var byDefault = settings.Default()

// words makes members: mostly integers at first, so that every form is reached.
type words struct {
	rng    *rand.Rand
	ints   int // of ten members
	spread int // how many different ones
	long   int // of a thousand members are too long to be packed
	// to are the settings; nil: the defaults.
	to *settings.Values
}

func (w *words) next() []byte {
	n := w.rng.IntN(w.spread)
	switch {
	case w.rng.IntN(10) < w.ints:
		return strconv.AppendInt(nil, int64(n-w.spread/2)<<(n%3*20), 10)
	case w.rng.IntN(1000) < w.long:
		return fmt.Appendf(nil, "%d%s", n, strings.Repeat("long", 20))
	}
	if n == 0 {
		return nil
	}
	return fmt.Append(nil, "w", n)
}

func members(s *Set) (list []string) {
	s.Each(func(m []byte) bool { list = append(list, string(m)); return true })
	return list
}

func digest(s *Set) xxh3.Uint128 {
	var h xxh3.Hasher
	s.Digest(&h)
	return h.Sum128()
}

// TestModel changes a set at random and compares it with a map.
func TestModel(t *testing.T) {
	t.Parallel()
	for _, w := range []words{
		{ints: 10, spread: 300}, {ints: 10, spread: 2000}, {ints: 9, spread: 100}, {ints: 0, spread: 60},
		{ints: 1, spread: 5000, long: 1}, {ints: 0, spread: 200_000, long: 5}, {ints: 0, spread: 50, long: 2},
		{ints: 9, spread: 90, to: bound(3, 10, 64)}, {ints: 10, spread: 3000, to: bound(0, 0, 0)},
		{ints: 0, spread: 1001, long: 100, to: bound(5000, 5000, 1000)}, {ints: 9, spread: 4000, to: bound(1<<40, 1<<40, 1<<40)},
	} {
		if w.to == nil {
			w.to = byDefault
		}
		w.rng = rand.New(rand.NewPCG(uint64(w.spread), uint64(w.ints)))
		t.Run(fmt.Sprintf("%d of %d up to %d", w.ints, w.spread, w.to.SetMaxListpackEntries), func(t *testing.T) {
			t.Parallel()
			play(t, &w)
		})
	}
}

// bound returns settings of sets.
func bound(ints, entries, value int) *settings.Values {
	v := settings.Default()
	v.SetMaxIntsetEntries, v.SetMaxListpackEntries, v.SetMaxListpackValue = ints, entries, value
	return v
}

func play(t *testing.T, w *words) {
	s, model := New(), map[string]bool{}
	grow := 7
	for step := range 6000 {
		if step%500 == 0 {
			grow = w.rng.IntN(8) + 1
		}
		m := w.next()
		if w.rng.IntN(10) < grow {
			if got := s.Add(w.to, m); got == model[string(m)] {
				t.Fatalf("step %d: Add(%q) = %v", step, m, got)
			}
			model[string(m)] = true
		} else {
			if got := s.Remove(m); got != model[string(m)] {
				t.Fatalf("step %d: Remove(%q) = %v", step, m, got)
			}
			delete(model, string(m))
		}
		if probe := w.next(); s.Has(probe) != model[string(probe)] {
			t.Fatalf("step %d: Has(%q) = %v", step, probe, !model[string(probe)])
		}
		if s.Len() != len(model) {
			t.Fatalf("step %d: Len %d, want %d", step, s.Len(), len(model))
		}
		if step%200 == 0 && s.Len() > 0 {
			s = audit(t, s, model, step)
		}
	}
}

// audit compares all that can be seen of s with the model, and returns what
// comes out of a snapshot in its place.
func audit(t *testing.T, s *Set, model map[string]bool, step int) *Set {
	got := members(s)
	for _, m := range got {
		if !model[m] {
			t.Fatalf("step %d: %q is a member", step, m)
		}
	}
	if len(got) != len(model) {
		t.Fatalf("step %d: %d members, want %d", step, len(got), len(model))
	}
	if s.ints != nil && !slices.IsSortedFunc(got, compareInts) || s.packed != nil && !slices.IsSorted(got) {
		t.Fatalf("step %d: %q is not sorted", step, got)
	}
	code := s.Encode(nil)
	v, err := decode(code)
	if err != nil {
		t.Fatalf("step %d: decode: %v", step, err)
	}
	copies := map[string]*Set{"decoded": v.(*Set), "clone": s.Clone().(*Set)}
	for name, c := range copies {
		if !slices.Equal(members(c), got) || c.Encoding() != s.Encoding() || c.MemSize() != s.MemSize() ||
			digest(c) != digest(s) || !bytes.Equal(c.Encode(nil), code) {
			t.Fatalf("step %d: the %s is another set", step, name)
		}
	}
	fresh := New() // may have another form, but is the same set
	for _, i := range rand.Perm(len(got)) {
		fresh.Add(byDefault, []byte(got[i]))
	}
	if digest(fresh) != digest(s) {
		t.Fatalf("step %d: the digest depends on the history", step)
	}
	c := copies["clone"]
	c.Remove([]byte(got[0]))
	c.Add(byDefault, []byte("only here"))
	if !slices.Equal(members(s), got) {
		t.Fatalf("step %d: a change of the clone shows", step)
	}
	return copies["decoded"]
}

func compareInts(a, b string) int {
	x, _ := strconv.ParseInt(a, 10, 64)
	y, _ := strconv.ParseInt(b, 10, 64)
	if x < y {
		return -1
	}
	return 1
}

// TestMemSizeForgets: what a set is accounted with follows from its content and
// form.
func TestMemSizeForgets(t *testing.T) {
	t.Parallel()
	a, b := New(), New()
	for _, m := range []string{"1", "2"} {
		a.Add(byDefault, []byte(m))
		b.Add(byDefault, []byte(m))
	}
	b.Add(byDefault, strconv.AppendInt(nil, math.MaxInt64, 10))
	b.Add(byDefault, strconv.AppendInt(nil, 70_000, 10))
	b.Remove(strconv.AppendInt(nil, math.MaxInt64, 10))
	b.Remove(strconv.AppendInt(nil, 70_000, 10))
	if a.MemSize() != b.MemSize() {
		t.Errorf("%d and %d bytes for 1 and 2", a.MemSize(), b.MemSize())
	}
	if a.MemSize() != intsBytes+4 {
		t.Errorf("%d bytes for two small integers", a.MemSize())
	}
}

func FuzzDecode(f *testing.F) {
	for _, list := range [][]string{{"1"}, {"-5", "7", "9223372036854775807"}, {"a", "bc", ""}, {"a", strings.Repeat("b", 70)}} {
		s := New()
		for _, m := range list {
			s.Add(byDefault, []byte(m))
		}
		f.Add(s.Encode(nil))
	}
	f.Add([]byte{formInts, 0x80})
	f.Add([]byte{formTable, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Add([]byte{formPacked, 1, 'b', 1, 'a'})
	f.Fuzz(func(t *testing.T, src []byte) {
		v, err := decode(src)
		if err != nil {
			return
		}
		s := v.(*Set)
		code := s.Encode(nil)
		again, err := decode(code)
		if err != nil || !bytes.Equal(again.Encode(nil), code) || again.Len() != s.Len() {
			t.Fatalf("%x decodes to %x, that to %v", src, code, err)
		}
		s.Add(byDefault, []byte("x"))
		s.Add(byDefault, []byte("1234567"))
		for _, m := range members(s) {
			if !s.Remove([]byte(m)) {
				t.Fatalf("%q is not in the set it is in", m)
			}
		}
		if s.Len() != 0 {
			t.Fatalf("%d members left", s.Len())
		}
	})
}
