package hll

import (
	"encoding/binary"
	"math"

	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/str"
)

// A HyperLogLog is a string: a header and the registers in one of two forms.
//
//	"HYLL", form (1), unused (3), cached cardinality (8, little endian), registers
//
// The highest bit of the cached cardinality says that it is not valid. Every change
// sets it. Redis's PFCOUNT stores the count that it has computed. Ours does not,
// because a read leaves no trace in the state. But it believes a valid cache that came
// with SET or RESTORE.
const (
	magic      = "HYLL"
	formAt     = len(magic)
	cacheAt    = 8
	headerSize = 16
	staleAt    = headerSize - 1 // the byte with the highest bit
	stale      = 0x80

	formDense  = 0
	formSparse = 1

	denseSize = headerSize + (registers*denseBits+7)/8
)

// newSparse returns an empty HyperLogLog.
func newSparse() []byte {
	b := make([]byte, headerSize, 2*headerSize)
	copy(b, magic)
	b[formAt] = formSparse
	return appendZeros(b, registers)
}

// of returns the bytes of e's HyperLogLog, nil for a nil e. It answers the error
// itself. The slice must not be changed.
func of(c *keyspace.Ctx, e *keyspace.Entry) (b []byte, ok bool) {
	if e == nil {
		return nil, true
	}
	var tmp str.Scratch // no integer is a HyperLogLog
	b, ok = str.Bytes(e.Value(), &tmp)
	switch {
	case !ok:
		c.W.Error(reply.ErrWrongType)
	case !isHLL(b):
		c.W.Error(reply.ErrNotHLL)
		ok = false
	}
	return b, ok
}

func isHLL(b []byte) bool {
	if len(b) < headerSize || string(b[:len(magic)]) != magic {
		return false
	}
	switch b[formAt] {
	case formDense:
		return len(b) == denseSize
	case formSparse:
		return true
	}
	return false
}

// cached returns the cardinality in the header, if it is valid.
func cached(b []byte) (n uint64, ok bool) {
	return binary.LittleEndian.Uint64(b[cacheAt:]), b[staleAt]&stale == 0
}

// histogram counts the registers of each value. A sparse form may be damaged:
// then ok is false.
func histogram(b []byte) (h [64]int, ok bool) {
	if b[formAt] == formDense {
		dense(b[headerSize:]).count(&h)
		return h, true
	}
	ok = sparse(b[headerSize:]).each(func(r run) { h[r.value] += r.len })
	return h, ok
}

// mergeInto raises the registers in all to those of b. It returns false if b is
// damaged.
func mergeInto(all *[registers]byte, b []byte) bool {
	if b[formAt] == formDense {
		dense(b[headerSize:]).each(func(i int, v byte) { all[i] = max(all[i], v) })
		return true
	}
	return sparse(b[headerSize:]).each(func(r run) {
		if r.value > 0 {
			for i := r.first; i < r.first+r.len; i++ {
				all[i] = max(all[i], r.value)
			}
		}
	})
}

// toDense returns the dense form of a sparse one, false if that is damaged. The
// cached cardinality stays.
func toDense(b []byte) ([]byte, bool) {
	out := make([]byte, denseSize)
	copy(out, b[:headerSize])
	out[formAt] = formDense
	d := dense(out[headerSize:])
	ok := sparse(b[headerSize:]).each(func(r run) {
		if r.value > 0 {
			for i := r.first; i < r.first+r.len; i++ {
				d.set(i, r.value)
			}
		}
	})
	return out, ok
}

// raise raises a register of b to count. It works in place if it can and returns
// b again or what takes its place; ok is false if b is damaged. The settings bound
// the sparse form.
func raise(s *settings.Values, b []byte, register int, count byte) (out []byte, changed, ok bool) {
	if b[formAt] == formDense {
		if d := dense(b[headerSize:]); d.get(register) < count {
			d.set(register, count)
			return b, true, true
		}
		return b, false, true
	}
	out, changed, fits, ok := raiseSparse(b, register, count, s.HLLSparseMaxBytes)
	if !ok || fits {
		return out, changed, ok
	}
	if out, ok = toDense(b); ok {
		dense(out[headerSize:]).set(register, count)
	}
	return out, true, ok
}

// cardinality estimates how many elements a histogram of registers stands for. It is
// the improved raw estimator of Otmar Ertl, "New cardinality estimation algorithms for
// HyperLogLog sketches", arXiv:1702.01284. The conversions keep compilers from fusing a
// product and a sum, which would round once instead of twice. So the figure is the same
// on every machine.
func cardinality(h *[64]int) uint64 {
	const m = float64(registers)
	const alpha = 0.721347520444481703680 // 0.5 / ln 2
	z := m * tau((m-float64(h[runBits+1]))/m)
	for i := runBits; i >= 1; i-- {
		z = (z + float64(h[i])) * 0.5
	}
	z += float64(m * sigma(float64(h[0])/m))
	return uint64(math.Round(float64(float64(alpha*m)*m) / z))
}

func sigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	y, z := 1.0, x
	for {
		x *= x
		before := z
		z += float64(x * y)
		y += y
		if z == before {
			return z
		}
	}
}

func tau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	y, z := 1.0, 1-x
	for {
		x = math.Sqrt(x)
		before := z
		y *= 0.5
		z -= float64(float64((1-x)*(1-x)) * y)
		if z == before {
			return z / 3
		}
	}
}
