package zset

// The slices of a node grow and shrink in small steps. So the nodes of a large tree
// hold little memory that they do not use.

const step = 8

func roomOf(n int) int { return (n + step - 1) &^ (step - 1) }

func insertAt[T any](s []T, i int, v T) []T {
	n := len(s)
	if n == cap(s) {
		s = append(make([]T, 0, roomOf(n+1)), s...)
	}
	s = s[:n+1]
	copy(s[i+1:], s[i:n])
	s[i] = v
	return s
}

func deleteAt[T any](s []T, i int) []T {
	n := len(s) - 1
	copy(s[i:], s[i+1:])
	var zero T
	s[n] = zero
	s = s[:n]
	if roomOf(n) < cap(s)/2 {
		return append(make([]T, 0, roomOf(n)), s...)
	}
	return s
}

// headOf and tailOf copy the parts before and from i on, with room for one more.
func headOf[T any](s []T, i int) []T { return append(make([]T, 0, roomOf(i+1)), s[:i]...) }
func tailOf[T any](s []T, i int) []T { return append(make([]T, 0, roomOf(len(s)-i+1)), s[i:]...) }

// copyOf returns a copy with as much room.
func copyOf[T any](s []T) []T {
	if s == nil {
		return nil
	}
	return append(make([]T, 0, cap(s)), s...)
}
