package zset

import (
	"bytes"
	"encoding/binary"
	"math"
	"sort"
)

const (
	// packedMax is how many members are packed at most, and packedLen how long
	// each may be. They are Redis's zset-max-listpack-entries and -value.
	packedMax = 128
	packedLen = 64

	headSize = 8 + 2 // bytes of a score and of the end of its member
)

// packed is a short sorted set in one piece of memory: for each member its score
// and where it ends, then the members. It is in the order of sorted sets.
//
// It does not tell -0 from 0: Redis keeps whole numbers as such in this form.
type packed struct {
	b []byte
	n int
}

func (p *packed) score(i int) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(p.b[i*headSize:]))
}

// end returns where the i-th member ends, behind the heads.
func (p *packed) end(i int) int {
	if i < 0 {
		return 0
	}
	return int(binary.LittleEndian.Uint16(p.b[i*headSize+8:]))
}

func (p *packed) setEnd(i, end int) {
	binary.LittleEndian.PutUint16(p.b[i*headSize+8:], uint16(end))
}

// member returns the i-th member. It is valid until p changes.
func (p *packed) member(i int) []byte {
	data := p.b[p.n*headSize:]
	from, to := p.end(i-1), p.end(i)
	return data[from:to:to]
}

// find returns where m is, -1 if it is not there.
func (p *packed) find(m []byte) int {
	data := p.b[p.n*headSize:]
	from := 0
	for i := range p.n {
		to := p.end(i)
		if to-from == len(m) && string(data[from:to]) == string(m) {
			return i
		}
		from = to
	}
	return -1
}

// insert puts m, which is not in p yet, where it belongs.
func (p *packed) insert(m []byte, score float64) {
	i := sort.Search(p.n, func(i int) bool {
		s := p.score(i)
		return s > score || s == score && bytes.Compare(p.member(i), m) > 0
	})
	start := p.end(i - 1)
	head, size := p.n*headSize, len(p.b)
	if grown := size + headSize + len(m); grown <= cap(p.b) {
		p.b = p.b[:grown]
	} else {
		p.b = append(make([]byte, 0, room(grown)), p.b...)[:grown]
	}
	b := p.b
	copy(b[head+start+headSize+len(m):], b[head+start:size])
	copy(b[head+headSize:], b[head:head+start])
	copy(b[(i+1)*headSize:], b[i*headSize:head])
	copy(b[head+headSize+start:], m)
	p.n++
	if score == 0 {
		score = 0 // not -0
	}
	binary.LittleEndian.PutUint64(b[i*headSize:], math.Float64bits(score))
	p.setEnd(i, start+len(m))
	for j := i + 1; j < p.n; j++ {
		p.setEnd(j, p.end(j)+len(m))
	}
}

func (p *packed) remove(i int) {
	start, end := p.end(i-1), p.end(i)
	for j := i + 1; j < p.n; j++ {
		p.setEnd(j, p.end(j)-(end-start))
	}
	head := p.n * headSize
	b := p.b
	copy(b[i*headSize:], b[(i+1)*headSize:head+start])
	copy(b[head-headSize+start:], b[head+end:])
	p.b = b[:len(b)-headSize-(end-start)]
	p.n--
}

// room returns how much memory to take for n bytes: little more, because most
// small sets stay as they are.
func room(n int) int {
	if n <= 64 {
		return (n + 15) &^ 15
	}
	return (n + n/4 + 31) &^ 31
}
