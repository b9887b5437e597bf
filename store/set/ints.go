package set

import (
	"encoding/binary"
	"math"
)

// ints is an ascending list of integers, each in as many bytes as the widest
// one needed when it came.
type ints struct {
	b     []byte
	width int // bytes per integer: 2, 4 or 8; 0 while there was none
}

// widthOf returns the bytes that v needs.
func widthOf(v int64) int {
	switch {
	case v >= math.MinInt16 && v <= math.MaxInt16:
		return 2
	case v >= math.MinInt32 && v <= math.MaxInt32:
		return 4
	}
	return 8
}

func (s *ints) len() int {
	if s.width == 0 {
		return 0
	}
	return len(s.b) / s.width
}

func (s *ints) at(i int) int64 {
	switch s.width {
	case 2:
		return int64(int16(binary.LittleEndian.Uint16(s.b[2*i:])))
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(s.b[4*i:])))
	}
	return int64(binary.LittleEndian.Uint64(s.b[8*i:]))
}

func (s *ints) put(i int, v int64) {
	switch s.width {
	case 2:
		binary.LittleEndian.PutUint16(s.b[2*i:], uint16(v))
	case 4:
		binary.LittleEndian.PutUint32(s.b[4*i:], uint32(v))
	default:
		binary.LittleEndian.PutUint64(s.b[8*i:], uint64(v))
	}
}

// search returns where v is, or belongs.
func (s *ints) search(v int64) (int, bool) {
	lo, hi := 0, s.len()
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		switch x := s.at(mid); {
		case x == v:
			return mid, true
		case x < v:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return lo, false
}

// insert puts v, which is not in s yet, in front of the i-th integer.
func (s *ints) insert(i int, v int64) {
	if w := widthOf(v); w > s.width {
		s.widen(w)
	}
	w := s.width
	n := len(s.b)
	s.b = append(s.b, 0, 0, 0, 0, 0, 0, 0, 0)[:n+w]
	copy(s.b[(i+1)*w:], s.b[i*w:n])
	s.put(i, v)
}

func (s *ints) remove(i int) {
	w := s.width
	s.b = append(s.b[:i*w], s.b[(i+1)*w:]...)
}

func (s *ints) widen(w int) {
	old := *s
	n := old.len()
	s.b, s.width = make([]byte, n*w, (n+1)*w), w
	for i := range n {
		s.put(i, old.at(i))
	}
}

// size returns the bytes that the integers take if none was ever wider than
// those that are left: what was there before must not show.
func (s *ints) size() int {
	n := s.len()
	if n == 0 {
		return 0
	}
	return n * max(widthOf(s.at(0)), widthOf(s.at(n-1)))
}
