package ds

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"
)

type word string

func (w word) Key() string { return string(w) }

// check walks the whole structure and reports what does not hold.
func (d *Dict[E]) check(t *testing.T) {
	t.Helper()
	var walk func(s *slot[E], prefix uint64, depth uint8) int
	walk = func(s *slot[E], prefix uint64, depth uint8) int {
		if p := s.page; p != nil {
			if s.dir != nil || len(p.hashes) != len(p.elems) || p.depth != depth {
				t.Fatalf("page at depth %d says %d; %d hashes, %d elements", depth, p.depth, len(p.hashes), len(p.elems))
			}
			if len(p.elems) > pageMax && p.depth < 32 {
				t.Fatalf("page of %d elements at depth %d", len(p.elems), p.depth)
			}
			for i, h := range p.hashes {
				if h != d.hash(p.elems[i].Key()) || uint64(h)>>(32-p.depth) != prefix>>(32-p.depth) {
					t.Fatalf("hash %x at prefix %x/%d", h, prefix, p.depth)
				}
				if i > 0 && (h < p.hashes[i-1] || h == p.hashes[i-1] && p.elems[i].Key() <= p.elems[i-1].Key()) {
					t.Fatalf("page not sorted at %d", i)
				}
			}
			return len(p.elems)
		}
		dir := s.dir
		n, deep := 0, 0
		if dir.base != depth || len(dir.kids) != 1<<dir.bits || dir.bits == 0 || dir.bits > dirBits {
			t.Fatalf("directory of %d bits, %d slots, base %d at depth %d", dir.bits, len(dir.kids), dir.base, depth)
		}
		for i := 0; i < len(dir.kids); {
			k := &dir.kids[i]
			w := dir.width(i)
			below := dir.base + dir.bits
			if w == 1 {
				deep++
			}
			if k.page != nil {
				below = k.page.depth
				for j := i; j < i+w; j++ {
					if dir.kids[j].page != k.page {
						t.Fatalf("page of slot %d is missing in slot %d", i, j)
					}
				}
			} else if dir.bits != dirBits {
				t.Fatal("directory below one that is not full")
			}
			n += walk(k, prefix|uint64(i)<<(32-dir.base-dir.bits), below)
			i += w
		}
		if n != dir.n || deep != dir.deep || deep == 0 {
			t.Fatalf("directory counts %d elements, %d deep; has %d, %d", dir.n, dir.deep, n, deep)
		}
		return n
	}
	if d.root != (slot[E]{}) {
		if n := walk(&d.root, 0, 0); n != d.n {
			t.Fatalf("Len %d, has %d", d.n, n)
		}
	}
}

func order(d *Dict[word]) []word { return slices.Collect(d.All()) }

func TestDictAgainstMap(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewSource(1))
	d, m := New[word](7), map[word]bool{}
	var live []word
	for step, target := range []int{10, 3, 200, 30_000, 20_000, 500, 25_000, 40, 1, 0, 300} {
		for len(m) != target {
			w := word(fmt.Sprint("key:", rng.Intn(45_000)))
			if len(m) < target {
				old, replaced := d.Put(w)
				if replaced != m[w] || replaced && old != w {
					t.Fatalf("Put(%q) = %q, %v", w, old, replaced)
				}
				if !m[w] {
					live = append(live, w)
				}
				m[w] = true
			} else {
				if i := rng.Intn(len(live)); rng.Intn(4) > 0 && m[live[i]] { // mostly keys that are there
					w = live[i]
					live[i] = live[len(live)-1]
					live = live[:len(live)-1]
				}
				if _, ok := d.Delete(string(w)); ok != m[w] {
					t.Fatalf("Delete(%q) = %v", w, ok)
				}
				delete(m, w)
			}
		}
		d.check(t)
		if d.Len() != len(m) {
			t.Fatalf("step %d: Len %d, want %d", step, d.Len(), len(m))
		}
		for w := range m {
			if got, ok := d.Get([]byte(w)); !ok || got != w {
				t.Fatalf("Get(%q) = %q, %v", w, got, ok)
			}
		}
		fresh := New[word](7)
		for w := range m {
			fresh.Put(w)
		}
		got := order(d)
		if !slices.Equal(got, order(fresh)) {
			t.Fatalf("step %d: the order depends on the history", step)
		}
		for i := 0; i < len(got); i += 1 + len(got)/100 {
			if d.At(i) != got[i] {
				t.Fatalf("At(%d) = %q, want %q", i, d.At(i), got[i])
			}
		}
	}
}

func TestDictScan(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 10, 11, 1000, 10_000} {
		for _, count := range []int{0, 1, 10, 1000} {
			if n > 1000 && count < 10 {
				continue
			}
			d := New[word](3)
			for i := range n {
				d.Put(word(fmt.Sprint(i)))
			}
			seen := map[word]int{}
			calls := 0
			for cur := uint64(0); ; {
				got := 0
				cur = d.Scan(cur, count, func(w word) { seen[w]++; got++ })
				calls++
				if cur == 0 {
					break
				}
				if got < max(count, 1) || got > max(count, 1)+2 {
					t.Fatalf("n=%d count=%d: a call gave %d", n, count, got)
				}
				// what comes and goes in between does not disturb
				for i := range 50 {
					if calls > 20 {
						break
					}
					w := word(fmt.Sprint("guest", i))
					if _, there := d.Put(w); there {
						d.Delete(string(w))
					}
				}
			}
			for i := range n {
				if w := word(fmt.Sprint(i)); seen[w] != 1 {
					t.Fatalf("n=%d count=%d: %q seen %d times", n, count, w, seen[w])
				}
			}
			if count >= n && calls != 1 {
				t.Fatalf("n=%d count=%d: %d calls", n, count, calls)
			}
		}
	}
	if New[word](0).Scan(1<<40, 10, func(word) {}) != 0 {
		t.Fatal("a cursor from nowhere must end the scan")
	}
}

// A table full of equal hashes must work, if slowly.
func TestDictCollisions(t *testing.T) {
	t.Parallel()
	type fixed = collider
	d := New[fixed](0)
	p := &page[fixed]{depth: 32}
	for i := range 500 {
		c := fixed(fmt.Sprintf("%04d", (i*7919)%500))
		j, ok := p.search(42, string(c))
		if ok {
			t.Fatalf("%q found before it was put", c)
		}
		p.insert(j, 42, c)
	}
	for i, e := range p.elems {
		if want := fixed(fmt.Sprintf("%04d", i)); e != want {
			t.Fatalf("element %d is %q", i, e)
		}
		if j, ok := p.search(42, string(e)); !ok || j != i {
			t.Fatalf("search(%q) = %d, %v", e, j, ok)
		}
	}
	for range 500 {
		p.remove(0)
	}
	if len(p.elems) != 0 || d.Len() != 0 {
		t.Fatal("not empty")
	}
}

type collider string

func (c collider) Key() string { return string(c) }

// Hashes that share their first 25 bits drive the directories down.
func TestDictDeepPrefix(t *testing.T) {
	t.Parallel()
	d := New[word](9)
	var near []word
	for i := 0; len(near) < 3; i++ { // what shares the first 18 bits with the first word
		w := word(fmt.Sprint("w", i))
		if len(near) == 0 || d.hash(string(w))>>14 == d.hash(string(near[0]))>>14 {
			near = append(near, w)
		}
	}
	p := &page[word]{}
	for _, w := range near {
		i, _ := p.search(d.hash(string(w)), string(w))
		p.insert(i, d.hash(string(w)), w)
	}
	d.root.page, d.n = p, len(near)
	d.root = slot[word]{dir: below(p)}
	for range 30 {
		h := d.hash(string(near[0]))
		s := &d.root
		var last *dir[word]
		for s.dir != nil {
			last = s.dir
			s = &last.kids[last.index(h)]
		}
		if s.page.depth == 32 {
			break
		}
		last.split(h)
	}
	d.check(t)
	for _, w := range near {
		if _, ok := d.Get([]byte(w)); !ok {
			t.Fatalf("%q is lost", w)
		}
	}
	d.Delete(string(near[2]))
	d.Delete(string(near[0]))
	d.check(t)
	d.Delete(string(near[1]))
	d.check(t)
	if d.root.page == nil {
		t.Fatal("empty, but still a directory")
	}
}
