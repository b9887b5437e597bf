package front

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// A histogram counts durations in buckets that grow exponentially. Every doubling from
// 1.024 µs on is cut into subBuckets equal parts. So a value read back from it is off
// by at most one eighth. Adding is two atomic operations and safe from any goroutine.
// Reading sees each bucket at a slightly different moment, which is as exact as a
// statistic under load can be.
//
// The base of 1024 ns is that of Redis's LATENCY HISTOGRAM.
type histogram struct {
	buckets [numBuckets]atomic.Uint64
	sum     atomic.Uint64 // nanoseconds
}

const (
	subBuckets = 8
	octaves    = 32 // the last one ends beyond half an hour
	numBuckets = (octaves + 1) * subBuckets
	// baseNanos is the lower end of the first octave; what is shorter is
	// counted, undivided, in bucket 0.
	baseNanos = 1024
)

func (h *histogram) add(d time.Duration, n uint64) {
	h.buckets[bucketOf(d)].Add(n)
	h.sum.Add(uint64(max(d, 0)) * n)
}

func (h *histogram) reset() {
	for i := range h.buckets {
		h.buckets[i].Store(0)
	}
	h.sum.Store(0)
}

func bucketOf(d time.Duration) int {
	if d < baseNanos {
		return 0
	}
	octave := bits.Len64(uint64(d)) - bits.Len64(baseNanos)
	if octave >= octaves {
		return numBuckets - 1
	}
	sub := uint64(d) >> (octave + bits.TrailingZeros(baseNanos/subBuckets)) & (subBuckets - 1)
	return subBuckets + octave*subBuckets + int(sub)
}

// bucketEnd returns the duration at which bucket i ends.
func bucketEnd(i int) time.Duration {
	if i < subBuckets {
		return baseNanos
	}
	octave, sub := (i-subBuckets)/subBuckets, (i-subBuckets)%subBuckets
	return time.Duration(baseNanos+baseNanos/subBuckets*(sub+1)) << octave
}

// snapshot is a histogram at one moment.
type snapshot struct {
	buckets [numBuckets]uint64
	count   uint64
	sum     time.Duration
}

func (h *histogram) snapshot(s *snapshot) {
	s.count = 0
	for i := range h.buckets {
		n := h.buckets[i].Load()
		s.buckets[i] = n
		s.count += n
	}
	s.sum = time.Duration(h.sum.Load())
}

// octave is a point of the cumulative distribution: Count durations were at
// most End.
type octave struct {
	End   time.Duration
	Count uint64
}

// cumulative returns the distribution at the octaves, from the first one that
// has a value to the one that has the largest.
func (s *snapshot) cumulative() []octave {
	var list []octave
	var sum uint64
	for i, n := range s.buckets {
		sum += n
		if i%subBuckets != subBuckets-1 || sum == 0 {
			continue
		}
		list = append(list, octave{bucketEnd(i), sum})
		if sum == s.count {
			break
		}
	}
	return list
}

// percentile returns the duration that p percent of the values do not exceed.
func (s *snapshot) percentile(p float64) time.Duration {
	if s.count == 0 {
		return 0
	}
	rank := uint64(p / 100 * float64(s.count))
	if rank == 0 {
		rank = 1
	}
	var sum uint64
	for i, n := range s.buckets {
		if sum += n; sum >= rank {
			return bucketEnd(i)
		}
	}
	return bucketEnd(numBuckets - 1)
}
