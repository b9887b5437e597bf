package ds

import "math/bits"

// Pick returns an element of d, which is not empty, every one with the same chance.
// Which one depends on the content and on the numbers that random gives alone. It takes
// constant time, where At walks over the directories.
//
// It cuts the space of hashes into windows of equal size and takes the j-th element of
// a random window. The random j is mostly too high. Then it draws again. So a window is
// chosen in proportion to what is in it.
func (d *Dict[E]) Pick(random func() uint64) E {
	const (
		mean  = 32  // the least number of elements that a window has on average
		most  = 128 // more than that only hostile input brings into a window
		tries = 64  // on average 2 to 4 are needed
	)
	if d.n >= 2*mean {
		size := uint64(1) << (33 - bits.Len(uint(d.n/mean)))
		for range tries {
			r := random()
			start := uint32(r>>32) &^ uint32(size-1)
			j := int(r % most)
			e, n := d.window(start, size, j)
			if n > most {
				e, _ = d.window(start, size, draw(random, n))
				return e
			}
			if j < n {
				return e
			}
		}
	}
	return d.At(draw(random, d.n))
}

// draw returns a random number in [0, n).
func draw(random func() uint64, n int) int {
	k, _ := bits.Mul64(random(), uint64(n))
	return int(k)
}

// window looks at the elements whose hashes are in the size ones from start on. It
// returns their number, and the j-th of them if there are so many.
func (d *Dict[E]) window(start uint32, size uint64, j int) (e E, n int) {
	for pos, end := uint64(start), uint64(start)+size; pos < end; {
		p := d.page(uint32(pos))
		span := uint64(1) << (32 - p.depth)
		next := (pos &^ (span - 1)) + span
		lo, hi := p.lower(uint32(pos)), len(p.elems)
		if next > end {
			hi = p.lower(uint32(end))
		}
		if j >= n && j < n+hi-lo {
			e = p.elems[lo+j-n]
		}
		n += hi - lo
		pos = next
	}
	return e, n
}
