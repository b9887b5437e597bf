package ds

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// blob is an element that is no zero value, as Merge wants it.
type blob struct{ key string }

func (b *blob) Key() string { return b.key }

// TestBuild compares what is made at once with what is made one by one, and goes on
// changing both.
func TestBuild(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 63, 64, 65, 1000, 70_000} {
		for _, shared := range []bool{false, true} {
			var elems []word
			one, many := New[word](7), New[word](7)
			for i := range n {
				elems = append(elems, word(fmt.Sprint("key:", i)))
				one.Put(elems[i])
			}
			many.Put("before")
			var view *Dict[word]
			if shared {
				view = many.Freeze()
			}
			rng.Shuffle(n, func(i, j int) { elems[i], elems[j] = elems[j], elems[i] })
			if !many.Load(elems) {
				t.Fatalf("%d: keys are told to be equal", n)
			}
			compare := func() {
				t.Helper()
				many.check(t)
				if !slices.Equal(order(one), order(many)) {
					t.Fatalf("%d elements, shared %v: not what one by one makes", n, shared)
				}
			}
			compare()
			for range 2 {
				for range 200 {
					w := word(fmt.Sprint("key:", rng.IntN(n+50)))
					if rng.IntN(2) == 0 {
						one.Put(w)
						many.Put(w)
					} else {
						one.Delete(string(w))
						many.Delete(string(w))
					}
				}
				compare()
				keep := func(w word) bool { return w[len(w)-1]%3 == 0 }
				for _, w := range order(one) {
					if !keep(w) {
						one.Delete(string(w))
					}
				}
				many.Keep(keep)
				compare()
				var gone []word
				for i, w := range order(one) {
					if i%5 == 0 {
						one.Delete(string(w))
						gone = append(gone, w, w, "nowhere")
					}
				}
				many.DeleteAll(gone)
				compare()
			}
			if shared && (view.Len() != 1 || order(view)[0] != "before") {
				t.Fatal("the view has changed")
			}
			if n > 1 && many.Load(append(elems, elems[0])) {
				t.Fatalf("%d: equal keys are taken", n)
			}
			compare()
		}
	}
}

// TestBuildPrefixes builds of hashes that share many bits, so that there are directories
// below directories, and of equal ones.
func TestBuildPrefixes(t *testing.T) {
	t.Parallel()
	for _, shift := range []int{32, 31, 22, 21, 12, 11, 2, 0} {
		var list []hashed[word]
		for i := range 400 {
			list = append(list, hashed[word]{uint32(uint64(1)<<shift/400*uint64(i)) | 0x80000000&(1<<shift-1), word(fmt.Sprintf("%06d", i))})
		}
		list = sorted(list)
		s := built(list, 0, 0)
		d := Dict[word]{root: s, n: len(list)}
		i := 0
		d.ascend(0, func(h uint32, w word) bool {
			if list[i].h != h || list[i].e != w {
				t.Fatalf("shift %d: %x %q at %d, want %x %q", shift, h, w, i, list[i].h, list[i].e)
			}
			i++
			return true
		})
		if i != len(list) {
			t.Fatalf("shift %d: %d elements, want %d", shift, i, len(list))
		}
	}
}

// TestMerge compares with maps.
func TestMerge(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	for _, sizes := range [][]int{{0}, {5}, {0, 3000}, {3000, 3000}, {10, 20_000, 100}, {70, 70, 70, 70}} {
		var dicts []*Dict[*blob]
		holders := map[string][]bool{}
		for i, n := range sizes {
			d := New[*blob](7)
			for range n {
				b := &blob{fmt.Sprint("key:", rng.IntN(5000))}
				d.Put(b)
				if holders[b.key] == nil {
					holders[b.key] = make([]bool, len(sizes))
				}
				holders[b.key][i] = true
			}
			dicts = append(dicts, d)
		}
		got := Merge(7, dicts, func(same []*blob) (*blob, bool) {
			var first *blob
			for i, b := range same {
				if b == nil {
					continue
				}
				if first = b; !holders[b.key][i] {
					t.Fatalf("%v: %q is not in %d", sizes, b.key, i)
				}
			}
			for i, has := range holders[first.key] {
				if has != (same[i] != nil) {
					t.Fatalf("%v: %q in %d: %v", sizes, first.key, i, has)
				}
			}
			return first, first.key[len(first.key)-1] != '0'
		})
		got.check(t)
		want := 0
		for key := range holders {
			if key[len(key)-1] == '0' {
				continue
			}
			if want++; got.n > 0 {
				if _, ok := got.Find(key); !ok {
					t.Fatalf("%v: %q is missing", sizes, key)
				}
			}
		}
		if got.Len() != want {
			t.Fatalf("%v: %d elements, want %d", sizes, got.Len(), want)
		}
	}
}
