package zset

import (
	"bytes"
	"encoding/binary"
	"math"
	"sort"
)

// The memory of an element in front of the members: its score, and the end of its
// member. The end has two bytes unless the members are more than narrowMax bytes.
const (
	scoreSize  = 8
	narrowHead = scoreSize + 2
	wideHead   = scoreSize + 4
	narrowMax  = 1<<16 - 1

	// packedMax bounds the bytes of all members whatever the settings are, as Redis
	// bounds a listpack.
	packedMax = 1 << 30
)

// packed is a short sorted set in one piece of memory: for each member its score
// and where it ends, then the members. It is in the order of sorted sets.
//
// It does not tell -0 from 0: Redis keeps whole numbers as such in this form.
type packed struct {
	b []byte
	n int32
	// wide: an end has four bytes. It follows from the content.
	wide bool
}

func (p *packed) len() int { return int(p.n) }

// head is the size of what an element has in front of the members.
func (p *packed) head() int {
	if p.wide {
		return wideHead
	}
	return narrowHead
}

// size returns how many bytes the members have.
func (p *packed) size() int { return len(p.b) - p.len()*p.head() }

// hasRoom reports whether a member of so many bytes more can be packed.
func (p *packed) hasRoom(n int) bool { return n <= packedMax && p.size()+n <= packedMax }

func (p *packed) score(i int) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(p.b[i*p.head():]))
}

// end returns where the i-th member ends, behind the heads.
func (p *packed) end(i int) int {
	switch {
	case i < 0:
		return 0
	case p.wide:
		return int(binary.LittleEndian.Uint32(p.b[i*wideHead+scoreSize:]))
	}
	return int(binary.LittleEndian.Uint16(p.b[i*narrowHead+scoreSize:]))
}

func (p *packed) setEnd(i, end int) {
	if p.wide {
		binary.LittleEndian.PutUint32(p.b[i*wideHead+scoreSize:], uint32(end))
	} else {
		binary.LittleEndian.PutUint16(p.b[i*narrowHead+scoreSize:], uint16(end))
	}
}

// widen makes the ends wide, or narrow again.
func (p *packed) widen(wide bool) {
	q := packed{n: p.n, wide: wide}
	heads := p.len() * q.head()
	q.b = append(make([]byte, heads, room(heads+p.size())), p.b[p.len()*p.head():]...)
	for i := range p.len() {
		copy(q.b[i*q.head():], p.b[i*p.head():i*p.head()+scoreSize])
		q.setEnd(i, p.end(i))
	}
	*p = q
}

// member returns the i-th member. It is valid until p changes.
func (p *packed) member(i int) []byte {
	data := p.b[p.len()*p.head():]
	from, to := p.end(i-1), p.end(i)
	return data[from:to:to]
}

// find returns where m is, -1 if it is not there.
func (p *packed) find(m []byte) int {
	data := p.b[p.len()*p.head():]
	from := 0
	for i := range p.len() {
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
	i := sort.Search(p.len(), func(i int) bool {
		s := p.score(i)
		return s > score || s == score && bytes.Compare(p.member(i), m) > 0
	})
	if !p.wide && p.size()+len(m) > narrowMax {
		p.widen(true)
	}
	h, start := p.head(), p.end(i-1)
	heads, size := p.len()*h, len(p.b)
	if grown := size + h + len(m); grown <= cap(p.b) {
		p.b = p.b[:grown]
	} else {
		p.b = append(make([]byte, 0, room(grown)), p.b...)[:grown]
	}
	b := p.b
	copy(b[heads+start+h+len(m):], b[heads+start:size])
	copy(b[heads+h:], b[heads:heads+start])
	copy(b[(i+1)*h:], b[i*h:heads])
	copy(b[heads+h+start:], m)
	p.n++
	if score == 0 {
		score = 0 // not -0
	}
	binary.LittleEndian.PutUint64(b[i*h:], math.Float64bits(score))
	p.setEnd(i, start+len(m))
	for j := i + 1; j < p.len(); j++ {
		p.setEnd(j, p.end(j)+len(m))
	}
}

// remove takes the members at the places from ≤ place < to out.
func (p *packed) remove(from, to int) {
	start, end := p.end(from-1), p.end(to-1)
	for j := to; j < p.len(); j++ {
		p.setEnd(j, p.end(j)-(end-start))
	}
	h := p.head()
	heads, gone := p.len()*h, (to-from)*h
	b := p.b
	copy(b[from*h:], b[to*h:heads+start])
	copy(b[heads-gone+start:], b[heads+end:])
	p.b = b[:len(b)-gone-(end-start)]
	p.n -= int32(to - from)
	if p.wide && p.size() <= narrowMax {
		p.widen(false)
	}
}

// room returns how much memory to take for n bytes: little more, because most
// small sets stay as they are.
func room(n int) int {
	if n <= 64 {
		return (n + 15) &^ 15
	}
	return (n + n/4 + 31) &^ 31
}
