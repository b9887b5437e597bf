package set

import (
	"bytes"
	"encoding/binary"
)

const (
	endSize = 2 // bytes of a member's end
	// packedMax bounds the bytes of all members, so that each end is one of two
	// bytes. Which form a larger set has shows nowhere.
	packedMax = 1<<16 - 1
)

// packed is an ascending list of short strings in one piece of memory: for each
// of them where it ends, then the strings.
type packed struct {
	b []byte
	n int
}

// hasRoom reports whether a string of n bytes more can be packed.
func (s *packed) hasRoom(n int) bool { return n <= packedMax && len(s.b)-s.n*endSize+n <= packedMax }

// end returns where the i-th string ends, behind the ends.
func (s *packed) end(i int) int {
	if i < 0 {
		return 0
	}
	return int(binary.LittleEndian.Uint16(s.b[i*endSize:]))
}

func (s *packed) setEnd(i, end int) {
	binary.LittleEndian.PutUint16(s.b[i*endSize:], uint16(end))
}

// at returns the i-th string. It is valid until s changes.
func (s *packed) at(i int) []byte {
	data := s.b[s.n*endSize:]
	from, to := s.end(i-1), s.end(i)
	return data[from:to:to]
}

// search returns where m is, or belongs.
func (s *packed) search(m []byte) (int, bool) {
	lo, hi := 0, s.n
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		switch c := bytes.Compare(s.at(mid), m); {
		case c == 0:
			return mid, true
		case c < 0:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return lo, false
}

// insert puts m, which is not in s yet, in front of the i-th string.
func (s *packed) insert(i int, m []byte) {
	start := s.end(i - 1)
	head, size := s.n*endSize, len(s.b)
	if grown := size + endSize + len(m); grown <= cap(s.b) {
		s.b = s.b[:grown]
	} else {
		s.b = append(make([]byte, 0, room(grown)), s.b...)[:grown]
	}
	b := s.b
	copy(b[head+start+endSize+len(m):], b[head+start:size])
	copy(b[head+endSize:], b[head:head+start])
	copy(b[(i+1)*endSize:], b[i*endSize:head])
	copy(b[head+endSize+start:], m)
	s.n++
	s.setEnd(i, start+len(m))
	for j := i + 1; j < s.n; j++ {
		s.setEnd(j, s.end(j)+len(m))
	}
}

func (s *packed) remove(i int) {
	start, end := s.end(i-1), s.end(i)
	for j := i + 1; j < s.n; j++ {
		s.setEnd(j, s.end(j)-(end-start))
	}
	head := s.n * endSize
	b := s.b
	copy(b[i*endSize:], b[(i+1)*endSize:head+start])
	copy(b[head-endSize+start:], b[head+end:])
	s.b = b[:len(b)-endSize-(end-start)]
	s.n--
}

// room returns how much memory to take for n bytes: little more, because most
// small sets stay as they are.
func room(n int) int {
	if n <= 64 {
		return (n + 15) &^ 15
	}
	return (n + n/4 + 31) &^ 31
}
