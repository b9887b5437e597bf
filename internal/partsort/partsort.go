// Package partsort sorts where the order of elements that compare equal shows.
package partsort

// Sort brings the elements that belong at the places from ≤ place ≤ to into order there.
// It is not stable. But elements that compare equal end up in the same order as in Redis,
// whose SORT … LIMIT and GEOSEARCH … COUNT show it. It is the quicksort of Bentley and McIlroy ("Engineering a Sort
// Function", 1993), which leaves out the parts that have no such place.
func Sort[T any](list []T, from, to int, compare func(a, b *T) int) {
	s := sorter[T]{list, from, to, compare}
	s.sort(0, len(list))
}

// Sizes from which the pivot is chosen with more care, and below which insertion
// is faster.
const (
	small  = 7
	medium = 40
)

type sorter[T any] struct {
	list     []T
	from, to int
	compare  func(a, b *T) int
}

func (s *sorter[T]) order(i, j int) int { return s.compare(&s.list[i], &s.list[j]) }
func (s *sorter[T]) swap(i, j int)      { s.list[i], s.list[j] = s.list[j], s.list[i] }

// swapRuns swaps n elements from i on with those from j on.
func (s *sorter[T]) swapRuns(i, j, n int) {
	for k := range n {
		s.swap(i+k, j+k)
	}
}

// sort sorts list[lo:lo+n].
func (s *sorter[T]) sort(lo, n int) {
	for n >= small {
		less, more := s.partition(lo, n)
		if less > 1 && s.wanted(lo, less) {
			s.sort(lo, less)
		}
		lo, n = lo+n-more, more
		if n <= 1 || !s.wanted(lo, n) {
			return
		}
	}
	for i := lo + 1; i < lo+n; i++ {
		for j := i; j > lo && s.order(j-1, j) > 0; j-- {
			s.swap(j, j-1)
		}
	}
}

// wanted reports whether one of n places from lo on is asked for.
func (s *sorter[T]) wanted(lo, n int) bool {
	last := lo + n - 1
	return !(s.from < lo && s.to < lo || s.from > last && s.to > last)
}

// partition brings the elements of list[lo:lo+n] that are below a pivot to the
// front and those above it to the end. It returns how many these are.
func (s *sorter[T]) partition(lo, n int) (less, more int) {
	s.swap(lo, s.pivot(lo, n))
	a, b := lo+1, lo+1     // [lo, a): equal, [a, b): below
	c, d := lo+n-1, lo+n-1 // (c, d]: above, behind: equal
	for {
		for b <= c {
			r := s.order(b, lo)
			if r > 0 {
				break
			}
			if r == 0 {
				s.swap(a, b)
				a++
			}
			b++
		}
		for b <= c {
			r := s.order(c, lo)
			if r < 0 {
				break
			}
			if r == 0 {
				s.swap(c, d)
				d--
			}
			c--
		}
		if b > c {
			break
		}
		s.swap(b, c)
		b++
		c--
	}
	less, more = b-a, d-c
	k := min(a-lo, less)
	s.swapRuns(lo, b-k, k)
	k = min(more, lo+n-1-d)
	s.swapRuns(b, lo+n-k, k)
	return less, more
}

// pivot returns the place of an element that is likely to be in the middle.
func (s *sorter[T]) pivot(lo, n int) int {
	left, mid, right := lo, lo+n/2, lo+n-1
	if n <= small {
		return mid
	}
	if n > medium {
		d := n / 8
		left = s.median(left, left+d, left+2*d)
		mid = s.median(mid-d, mid, mid+d)
		right = s.median(right-2*d, right-d, right)
	}
	return s.median(left, mid, right)
}

func (s *sorter[T]) median(a, b, c int) int {
	if s.order(a, b) < 0 {
		switch {
		case s.order(b, c) < 0:
			return b
		case s.order(a, c) < 0:
			return c
		}
		return a
	}
	switch {
	case s.order(b, c) > 0:
		return b
	case s.order(a, c) < 0:
		return a
	}
	return c
}
