package list

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/store/keyspace"
)

// check walks the whole structure and reports what does not hold.
func (l *List) check(t *testing.T) {
	t.Helper()
	if l.tree == nil {
		l.chunk.check(t, true)
		return
	}
	if l.chunk.buf != nil || l.chunk.n != 0 || len(l.tree.kids) < 2 && l.size() <= chunkMax {
		t.Fatalf("a tree of %d kids beside a chunk of %d", len(l.tree.kids), l.chunk.n)
	}
	l.tree.check(t)
}

// check returns the depth of the chunks below b.
func (b *branch) check(t *testing.T) (depth int) {
	t.Helper()
	if len(b.kids) == 0 || len(b.kids) > fanout {
		t.Fatalf("a branch of %d kids", len(b.kids))
	}
	n, size := 0, 0
	for i := range b.kids {
		k := &b.kids[i]
		d, has := 0, 0
		switch {
		case (k.chunk == nil) == (k.branch == nil):
			t.Fatal("a kid is not exactly one of chunk and branch")
		case k.chunk != nil:
			k.chunk.check(t, false)
			has = k.chunk.len()
		default:
			d = k.branch.check(t)
			has = k.branch.n
		}
		if i == 0 {
			depth = d
		}
		if d != depth || has != k.n {
			t.Fatalf("kid %d: depth %d, others %d; %d elements counted as %d", i, d, depth, has, k.n)
		}
		n += k.n
		size += k.size()
	}
	if n != b.n || size != b.size {
		t.Fatalf("a branch counts %d elements, %d bytes; has %d, %d", b.n, b.size, n, size)
	}
	return depth + 1
}

func (c *chunk) check(t *testing.T, alone bool) {
	t.Helper()
	n := 0
	for p := c.packed(); len(p) > 0; n++ {
		e, size := first(p)
		if back, same := last(p[:size]); same != size || !bytes.Equal(back, e) || size != packedSize(len(e)) {
			t.Fatalf("element %d is %q from the front, %q from the back", n, e, back)
		}
		p = p[size:]
	}
	if n != c.len() || n == 0 && !alone || n > 1 && c.size() > chunkMax {
		t.Fatalf("a chunk of %d elements, %d bytes counts %d", n, c.size(), c.n)
	}
	if alone && cap(c.buf) > 64 && cap(c.buf) > 5*c.size() {
		t.Fatalf("%d bytes in a buffer of %d", c.size(), cap(c.buf))
	}
}

func content(l *List) [][]byte {
	var list [][]byte
	for e := range l.All() {
		list = append(list, e)
	}
	return list
}

func equal(a, b [][]byte) bool { return slices.EqualFunc(a, b, bytes.Equal) }

func digest(v keyspace.Value) uint64 {
	h := xxh3.New()
	v.Digest(h)
	return h.Sum64()
}

// compare compares l with the model in every way there is to look at it.
func compare(t *testing.T, rnd *rand.Rand, l *List, model [][]byte) {
	t.Helper()
	l.check(t)
	if l.Len() != len(model) {
		t.Fatalf("Len %d, want %d", l.Len(), len(model))
	}
	if !equal(content(l), model) {
		t.Fatalf("the content of %d elements differs", len(model))
	}
	if len(model) == 0 {
		return
	}
	for range 20 {
		i := rnd.IntN(len(model))
		if !bytes.Equal(l.At(i), model[i]) {
			t.Fatalf("At(%d) = %.40q, want %.40q", i, l.At(i), model[i])
		}
		up, down := i, i
		l.Ascend(i, func(e []byte) bool {
			if !bytes.Equal(e, model[up]) {
				t.Fatalf("ascending from %d: wrong at %d", i, up)
			}
			up++
			return up < i+200
		})
		l.Descend(i, func(e []byte) bool {
			if !bytes.Equal(e, model[down]) {
				t.Fatalf("descending from %d: wrong at %d", i, down)
			}
			down--
			return down > i-200
		})
		if up != min(i+200, len(model)) || down != max(i-200, -1) {
			t.Fatalf("from %d up to %d, down to %d of %d", i, up, down, len(model))
		}
	}
	data := l.Encode(nil)
	decoded, err := Kind.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, same := range []keyspace.Value{decoded, l.Clone()} {
		m := same.(*List)
		m.check(t)
		if !equal(content(m), model) || m.MemSize() != l.MemSize() || digest(m) != digest(l) || !bytes.Equal(m.Encode(nil), data) {
			t.Fatalf("a copy of %d elements differs", len(model))
		}
	}
}

// step changes l and the model in the same way, so that the model comes nearer
// to the target length.
func step(rnd *rand.Rand, l *List, model [][]byte, target int, size func() int) [][]byte {
	elem := func() []byte {
		e := make([]byte, size())
		for i := range e {
			e[i] = byte(rnd.IntN(3))
		}
		return e
	}
	n := len(model)
	if n > 0 && rnd.IntN(10) == 0 {
		i, e := rnd.IntN(n), elem()
		l.Set(i, e)
		model[i] = e
		return model
	}
	grow := n < target
	if rnd.IntN(8) == 0 {
		grow = !grow
	}
	if grow || n == 0 {
		i, e := rnd.IntN(n+1), elem()
		switch rnd.IntN(4) {
		case 0:
			i = 0
			l.PushFront(e)
		case 1:
			i = n
			l.PushBack(e)
		default:
			l.Insert(i, e)
		}
		return slices.Insert(model, i, e)
	}
	switch k := rnd.IntN(300); {
	case k == 0:
		count := rnd.IntN(min(n, 300))
		l.Trim(count, true)
		return slices.Delete(model, 0, count)
	case k == 1:
		count := rnd.IntN(min(n, 300))
		l.Trim(count, false)
		return slices.Delete(model, n-count, n)
	case k < 4:
		return removeEqual(rnd, l, model)
	case k < 100:
		l.Remove(0)
		return slices.Delete(model, 0, 1)
	case k < 200:
		l.Remove(n - 1)
		return slices.Delete(model, n-1, n)
	default:
		i := rnd.IntN(n)
		l.Remove(i)
		return slices.Delete(model, i, i+1)
	}
}

func removeEqual(rnd *rand.Rand, l *List, model [][]byte) [][]byte {
	e := model[rnd.IntN(len(model))]
	limit, fromEnd := 1+rnd.IntN(200), rnd.IntN(2) == 0
	removed := 0
	if fromEnd {
		slices.Reverse(model)
	}
	kept := model[:0]
	for _, x := range model {
		if removed < limit && bytes.Equal(x, e) {
			removed++
		} else {
			kept = append(kept, x)
		}
	}
	if fromEnd {
		slices.Reverse(kept)
	}
	if got := l.removeEqual(bytes.Clone(e), limit, fromEnd); got != removed {
		panic(fmt.Sprintf("removeEqual removes %d, want %d", got, removed))
	}
	return kept
}

func TestAgainstSlice(t *testing.T) {
	t.Parallel()
	sizes := map[string]struct {
		targets []int
		size    func(*rand.Rand) int
	}{
		"tiny":   {[]int{5, 0, 4000, 3, 20000, 10}, func(r *rand.Rand) int { return r.IntN(3) }},
		"small":  {[]int{10, 300, 2, 8000, 0}, func(r *rand.Rand) int { return r.IntN(200) }},
		"chunks": {[]int{3, 400, 2, 3000, 0}, func(r *rand.Rand) int { return 2500 + r.IntN(1500) }},
		"wild":   {[]int{20, 0, 1000, 3}, func(r *rand.Rand) int { return r.IntN(1 << r.IntN(15)) }},
	}
	for name, tc := range sizes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(1, uint64(len(name))))
			l, model := New(), [][]byte{}
			for _, target := range tc.targets {
				for steps := 0; len(model) != target; steps++ {
					model = step(rnd, l, model, target, func() int { return tc.size(rnd) })
					if steps%10000 == 0 {
						compare(t, rnd, l, model)
					}
				}
				compare(t, rnd, l, model)
				data := l.Encode(nil)
				if v, err := Kind.Decode(data); err == nil { // go on with what was restored
					l = v.(*List)
				} else if target > 0 {
					t.Fatal(err)
				}
			}
		})
	}
}

// A deep tree: chunks of one element each.
func TestDeepTree(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(3, 4))
	e := make([]byte, chunkMax/2)
	l := New()
	for i := range fanout * fanout * 5 / 4 {
		copy(e, fmt.Sprintf("%08d", i))
		l.Insert(rnd.IntN(l.Len()+1), e)
	}
	l.check(t)
	order := make([]string, 0, l.Len())
	for e := range l.All() {
		order = append(order, string(e[:8]))
	}
	for i := 0; i < len(order); i += 37 {
		if got := string(l.At(i)[:8]); got != order[i] {
			t.Fatalf("At(%d) = %s, want %s", i, got, order[i])
		}
	}
	for l.Len() > 10 {
		i := rnd.IntN(l.Len())
		if got := string(l.At(i)[:8]); got != order[i] {
			t.Fatalf("At(%d) = %s, want %s", i, got, order[i])
		}
		l.Remove(i)
		order = slices.Delete(order, i, i+1)
		if len(order)%500 == 0 {
			l.check(t)
			front := rnd.IntN(2) == 0
			l.Trim(100, front)
			if front {
				order = order[100:]
			} else {
				order = order[:len(order)-100]
			}
			l.check(t)
		}
	}
}

// Lists that only grow fill their chunks and branches.
func TestGrowingListsAreCompact(t *testing.T) {
	t.Parallel()
	const n, size = 100_000, 10
	e := []byte(strings.Repeat("x", size))
	for name, push := range map[string]func(l *List){
		"front": func(l *List) { l.PushFront(e) },
		"back":  func(l *List) { l.PushBack(e) },
	} {
		l := New()
		for range n {
			push(l)
		}
		l.check(t)
		held := 0
		var walk func(b *branch)
		walk = func(b *branch) {
			held += 24 * cap(b.kids)
			for _, k := range b.kids {
				if k.branch != nil {
					walk(k.branch)
				} else {
					held += cap(k.chunk.buf) + 32
				}
			}
		}
		walk(l.tree.branch)
		if limit := n * (size + 3); held > limit || int64(held) > l.MemSize()*105/100 || int64(held) < l.MemSize()*95/100 {
			t.Errorf("%s: %d bytes held for %d elements of %d, accounted %d", name, held, n, size, l.MemSize())
		}
	}
}

// What a queue keeps does not grow with what went through it.
func TestQueueGivesMemoryBack(t *testing.T) {
	t.Parallel()
	l := New()
	e := []byte(strings.Repeat("x", 50))
	for i := range 30_000 {
		l.PushFront(e)
		if i >= 100 {
			l.Remove(l.Len() - 1)
		}
		if l.tree != nil && len(l.tree.kids) > 3 {
			t.Fatalf("%d chunks for %d elements", len(l.tree.kids), l.Len())
		}
	}
	for l.Len() > 1 {
		l.Remove(0)
	}
	if l.check(t); l.tree != nil {
		t.Error("a tree for one element")
	}
}

func TestCloneSharesNothingMutable(t *testing.T) {
	t.Parallel()
	for _, n := range []int{3, 10_000} {
		l := New()
		for i := range n {
			l.PushBack(fmt.Appendf(nil, "%06d", i))
		}
		before := l.Encode(nil)
		c := l.Clone().(*List)
		for i := range n {
			c.Set(i, []byte("######"))
			l.Set(0, []byte("000000"))
		}
		c.Remove(0)
		c.PushFront([]byte("x"))
		if !bytes.Equal(l.Encode(nil), before) {
			t.Errorf("%d elements changed with their clone", n)
		}
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for n := range 5 {
		for start := int64(-7); start <= 7; start++ {
			for stop := int64(-7); stop <= 7; stop++ {
				from, to := span(start, stop, n)
				if from < 0 || from > to || to > n {
					t.Fatalf("span(%d, %d, %d) = %d, %d", start, stop, n, from, to)
				}
				for i := range n {
					lo, hi := start, stop
					if lo < 0 {
						lo += int64(n)
					}
					if hi < 0 {
						hi += int64(n)
					}
					if in := int64(i) >= lo && int64(i) <= hi; in != (i >= from && i < to) {
						t.Errorf("span(%d, %d, %d) = %d, %d: wrong for %d", start, stop, n, from, to, i)
					}
				}
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0})
	f.Add([]byte("\x01a\x02bc"))
	f.Add([]byte{0x80, 0})                                              // a length in too many bytes
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0}) // longer than what follows
	f.Add(append([]byte{0x80, 0x40}, make([]byte, chunkMax)...))
	f.Fuzz(func(t *testing.T, src []byte) {
		v, err := Kind.Decode(src)
		if err != nil {
			return
		}
		l := v.(*List)
		l.check(t)
		if got := v.Encode(nil); l.Len() == 0 || !bytes.Equal(got, src) {
			t.Errorf("%x decodes to %d elements that encode to %x", src, l.Len(), got)
		}
		for i := range src {
			src[i] ^= 0xff
		}
		if got := v.Encode(nil); bytes.Equal(got, src) {
			t.Error("the value keeps its source")
		}
	})
}
