package arena

import (
	"bytes"
	"math/rand/v2"
	"runtime"
	"testing"
	"unsafe"
)

func TestClassesFit(t *testing.T) {
	t.Parallel()
	for n := 1; n <= Max; n++ {
		class := classOf(n)
		size := sizeOf(class)
		if size < n || size%grain != 0 || size-n >= max(grain, n/steps+1) {
			t.Fatalf("a block of %d bytes is of class %d with %d", n, class, size)
		}
		if class > 0 && sizeOf(class-1) >= n {
			t.Fatalf("a block of %d bytes would fit into class %d", n, class-1)
		}
	}
	if classOf(Max) != classes-1 {
		t.Fatalf("the last class is %d of %d", classOf(Max), classes)
	}
}

// block is what the test knows of a block: its memory and what it wrote there.
type block struct {
	mem  []byte
	fill byte
}

func (b block) ok() bool { return len(bytes.Trim(b.mem, string(rune(b.fill)))) == 0 }

// TestBlocksAreTheirOwn: whatever the order of Alloc and Free, no two blocks
// share a byte, also after garbage collections, and the accounts are right.
func TestBlocksAreTheirOwn(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 1))
		a := New()
		var live []block
		used := 0
		for i := range 20_000 {
			if r.IntN(100) < 52 || len(live) == 0 {
				n := 1 + r.IntN(1<<(3+r.IntN(10)))
				p := a.Alloc(n)
				if uintptr(p)%8 != 0 {
					t.Fatalf("seed %d: block at %p", seed, p)
				}
				b := block{unsafe.Slice((*byte)(p), n), byte(1 + r.IntN(100))}
				for i := range b.mem {
					b.mem[i] = b.fill
				}
				live = append(live, b)
				used += sizeOf(classOf(n))
			} else {
				k := r.IntN(len(live))
				b := live[k]
				if !b.ok() {
					t.Fatalf("seed %d: somebody wrote into a block of %d bytes", seed, len(b.mem))
				}
				a.Free(unsafe.Pointer(&b.mem[0]), len(b.mem))
				used -= sizeOf(classOf(len(b.mem)))
				live[k] = live[len(live)-1]
				live = live[:len(live)-1]
			}
			if a.Used() != used {
				t.Fatalf("seed %d: %d bytes are used, the arena says %d", seed, used, a.Used())
			}
			if i%5000 == 0 {
				runtime.GC()
			}
		}
		for _, b := range live {
			if !b.ok() {
				t.Fatalf("seed %d: somebody wrote into a block of %d bytes", seed, len(b.mem))
			}
		}
	}
}

// TestFreedBlocksAreUsedAgain: a steady load takes no more memory.
func TestFreedBlocksAreUsedAgain(t *testing.T) {
	t.Parallel()
	a := New()
	var p [100]unsafe.Pointer
	for round := range 100 {
		for i := range p {
			if round > 0 {
				a.Free(p[i], 20+i)
			}
			p[i] = a.Alloc(20 + i)
		}
	}
	if a.Size() > 12<<10 {
		t.Errorf("%d bytes for a hundred blocks of 20 to 119", a.Size())
	}
	if a.Wasteful() {
		t.Error("wasteful although all is in use")
	}
	for i := range p {
		a.Free(p[i], 20+i)
	}
	if !a.Wasteful() || a.Used() != 0 {
		t.Errorf("nothing is in use, and yet %d bytes, wasteful %v", a.Used(), a.Wasteful())
	}
}

func BenchmarkAllocFree(b *testing.B) {
	a := New()
	var p [64]unsafe.Pointer
	for i := 0; b.Loop(); i++ {
		k := i % len(p)
		if p[k] != nil {
			a.Free(p[k], 68)
		}
		p[k] = a.Alloc(68)
	}
}
