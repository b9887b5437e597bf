// Package arena keeps small blocks of memory without pointers, as the keys and short
// strings of a keyspace are.
//
// To Go's garbage collector a block is nothing: it knows the chunks that the blocks are
// cut from, and looks at no byte of them. Ten million strings as objects of their own
// are four seconds of processor time in each cycle. To make cycles rare, the heap has
// to be given room to double. In chunks they cost a cycle next to nothing.
//
// The price is that blocks are freed by hand. A block that is freed too early does not
// crash the process, because its memory stays the chunk's. But it shows another block's
// content. With the build tag invariants freed blocks are overwritten, so that tests
// notice.
package arena

import (
	"math/bits"
	"runtime"
	"sync/atomic"
	"unsafe"

	"github.com/msredis/msredis/internal/invariants"
)

// Max is the size of the largest block in bytes.
const Max = 4096

// Chunks are powers of two, which Go's allocator hands out without waste. Small
// arenas grow in small ones: there is an arena in each of a keyspace's shards.
const (
	chunkMin = 512
	chunkMax = 32 << 10
)

// Blocks have one of these sizes: multiples of 8 up to 256 bytes, then sixteen to each
// doubling. So no more than a sixteenth is given away.
const (
	grain   = 8
	linear  = 256
	steps   = 16
	classes = linear/grain + 4*steps // 4 doublings: Max is linear << 4
)

// classOf returns the size class of a block of n bytes, 1 ≤ n ≤ Max.
func classOf(n int) int {
	if n <= linear {
		return (n - 1) / grain
	}
	shift := bits.Len(uint(n-1)) - 1 - bits.Len(uint(steps-1)) // 2^shift is the step
	return linear/grain + (shift-4)*steps + (n-1)>>shift - steps
}

// sizeOf returns the size of the blocks of a class.
func sizeOf(class int) int {
	if class < linear/grain {
		return (class + 1) * grain
	}
	class -= linear / grain
	return (steps + 1 + class%steps) << (4 + class/steps)
}

// Arena hands out blocks. It is used by one goroutine at a time; blocks may be
// read by others.
type Arena struct {
	chunks []unsafe.Pointer // what keeps the blocks alive
	rest   []byte           // of the last chunk
	// free are the first of the blocks of each class that can be used again; a
	// block's first word is the next one.
	free [classes]unsafe.Pointer

	size  *int // bytes of all chunks
	spare int  // bytes of the free blocks, and of what was too short for any
}

// total is the size of all arenas that the garbage collector has not taken.
var total atomic.Int64

// Total returns the bytes of the chunks of all arenas.
func Total() int64 { return total.Load() }

// New returns an empty arena.
func New() *Arena {
	a := &Arena{size: new(int)}
	runtime.AddCleanup(a, func(size *int) { total.Add(int64(-*size)) }, a.size)
	return a
}

// Size returns the bytes that the arena has taken.
func (a *Arena) Size() int { return *a.size }

// Used returns the bytes of the blocks that are handed out.
func (a *Arena) Used() int { return *a.size - a.spare - len(a.rest) }

// wasteMin is how much may always lie idle; next to nothing where tests are to
// see many moves.
var wasteMin = 4 << 10

func init() {
	if invariants.Enabled {
		wasteMin = 64
	}
}

// BlockSize returns what a block of n bytes takes.
func BlockSize(n int) int { return sizeOf(classOf(n)) }

// Wasteful reports whether so much is free that moving what is not into another
// arena pays: a third. The copying then is at most twice what was freed.
func (a *Arena) Wasteful() bool { return a.spare > wasteMin && a.spare > *a.size/3 }

// Alloc returns a block of at least n bytes, 0 < n ≤ Max, aligned to 8. Its content is
// undefined. Pointers in it keep nothing alive. Before it is used as a type with
// pointers, it has to be cleared as a type without.
func (a *Arena) Alloc(n int) unsafe.Pointer {
	class := classOf(n)
	if p := a.free[class]; p != nil {
		a.free[class] = *(*unsafe.Pointer)(p)
		a.spare -= sizeOf(class)
		return p
	}
	size := sizeOf(class)
	if len(a.rest) < size {
		a.grow(size)
	}
	p := unsafe.Pointer(unsafe.SliceData(a.rest))
	if a.rest = a.rest[size:]; len(a.rest) == 0 {
		a.rest = nil // it would point behind the chunk
	}
	return p
}

// Free gives back the block p of n bytes, as it was asked for.
func (a *Arena) Free(p unsafe.Pointer, n int) {
	class := classOf(n)
	if invariants.Enabled {
		poison := unsafe.Slice((*byte)(p), sizeOf(class))
		for i := range poison {
			poison[i] = 0xdb
		}
	}
	// It is stored as a number: the write barrier of a pointer would look at the old
	// pointer, and the old bytes are a client's.
	*(*uintptr)(p) = uintptr(a.free[class])
	a.free[class] = p
	a.spare += sizeOf(class)
}

// grow takes another chunk, with room for a block of size bytes. The rest of the last
// one becomes free blocks.
func (a *Arena) grow(size int) {
	for len(a.rest) >= grain {
		class := classOf(min(len(a.rest), Max))
		if sizeOf(class) > len(a.rest) {
			class--
		}
		n := sizeOf(class)
		a.Free(unsafe.Pointer(unsafe.SliceData(a.rest)), n)
		a.rest = a.rest[n:]
	}
	n := max(size, chunkMin, min(*a.size/8, chunkMax))
	n = 1 << bits.Len(uint(n-1))
	a.rest = make([]byte, n)
	a.chunks = append(a.chunks, unsafe.Pointer(unsafe.SliceData(a.rest)))
	*a.size += n
	total.Add(int64(n))
}
