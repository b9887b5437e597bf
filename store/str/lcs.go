package str

import (
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// lcsOptions are those of LCS.
type lcsOptions struct {
	length, idx, withLen bool
	minLen               int64
}

func (o *lcsOptions) parse(c *keyspace.Ctx) bool {
	for i := 3; i < len(c.Args); i++ {
		switch {
		case c.Is(i, "IDX"):
			o.idx = true
		case c.Is(i, "LEN"):
			o.length = true
		case c.Is(i, "WITHMATCHLEN"):
			o.withLen = true
		case i+1 < len(c.Args) && c.Is(i, "MINMATCHLEN"):
			i++
			var ok bool
			if o.minLen, ok = c.Int(i); !ok {
				return false
			}
		default:
			c.W.Error(reply.ErrSyntax)
			return false
		}
	}
	if o.idx && o.length {
		c.W.Error(reply.ErrLCSLenAndIdx)
		return false
	}
	return true
}

// lcsCellBytes is what one cell of Redis's table takes. Ours are bits; the
// limit that follows from it is kept, also because it bounds the time.
const lcsCellBytes = 4

func lcs(c *keyspace.Ctx) {
	var tmpA, tmpB Scratch
	a, okA := lcsInput(c, c.Args[1], &tmpA)
	b, okB := lcsInput(c, c.Args[2], &tmpB)
	if !okA || !okB {
		c.W.Error(reply.ErrLCSType)
		return
	}
	var o lcsOptions
	if !o.parse(c) {
		return
	}
	if int64(len(a))+1 > MaxLen(c.Settings())/lcsCellBytes/(int64(len(b))+1) {
		c.W.Error(reply.ErrLCSMemory)
		return
	}
	t := newLCSTable(a, b, !o.length)
	switch {
	case o.length:
		c.W.Int(int64(t.length))
	case o.idx:
		replyMatches(c, t.matches(), t.length, &o)
	default:
		c.W.Bulk(t.text())
	}
}

func lcsInput(c *keyspace.Ctx, key []byte, tmp *Scratch) ([]byte, bool) {
	e := c.Lookup(key)
	if e == nil {
		return nil, true
	}
	return Bytes(e.Value(), tmp)
}

func replyMatches(c *keyspace.Ctx, all []match, length int, o *lcsOptions) {
	n := 0
	for _, m := range all {
		if int64(m.n) >= o.minLen {
			all[n] = m
			n++
		}
	}
	c.W.Map(2)
	c.W.BulkString("matches")
	c.W.Array(n)
	for _, m := range all[:n] {
		if o.withLen {
			c.W.Array(3)
		} else {
			c.W.Array(2)
		}
		for _, start := range [2]int{m.a, m.b} {
			c.W.Array(2)
			c.W.Int(int64(start))
			c.W.Int(int64(start + m.n - 1))
		}
		if o.withLen {
			c.W.Int(int64(m.n))
		}
	}
	c.W.BulkString("len")
	c.W.Int(int64(length))
}

// match is a run of n bytes that a, from position a on, and b, from position b
// on, have in common.
type match struct{ a, b, n int }

// lcsTable is the result of the textbook algorithm, with L(i,j) the length of the
// longest common subsequence of a[:i] and b[:j]. It keeps of every cell only the bit
// that the way back asks for.
type lcsTable struct {
	a, b   []byte
	length int
	// up has a bit for every (i,j): L(i-1,j) > L(i,j-1), so that the way back
	// goes up, otherwise left. nil if only the length was asked for.
	up []uint64
}

func newLCSTable(a, b []byte, wayBack bool) *lcsTable {
	t := &lcsTable{a: a, b: b}
	width := len(b) + 1
	if wayBack {
		t.up = make([]uint64, ((len(a)+1)*width+63)/64)
	}
	row := make([]uint32, width) // L(i-1, ·), overwritten by L(i, ·)
	for i := 1; i <= len(a); i++ {
		diagonal, left := uint32(0), uint32(0)
		for j := 1; j <= len(b); j++ {
			above := row[j]
			cell := diagonal + 1
			if a[i-1] != b[j-1] {
				cell = max(above, left)
			}
			if t.up != nil && above > left {
				bit := i*width + j
				t.up[bit/64] |= 1 << (bit % 64)
			}
			row[j], diagonal, left = cell, above, cell
		}
	}
	t.length = int(row[len(b)])
	return t
}

// walk calls fn with the positions of the common bytes, from the last to the
// first.
func (t *lcsTable) walk(fn func(i, j int)) {
	width := len(t.b) + 1
	for i, j := len(t.a), len(t.b); i > 0 && j > 0; {
		bit := i*width + j
		switch {
		case t.a[i-1] == t.b[j-1]:
			i--
			j--
			fn(i, j)
		case t.up[bit/64]&(1<<(bit%64)) != 0:
			i--
		default:
			j--
		}
	}
}

// text returns the subsequence itself.
func (t *lcsTable) text() []byte {
	text := make([]byte, t.length)
	n := t.length
	t.walk(func(i, _ int) {
		n--
		text[n] = t.a[i]
	})
	return text
}

// matches returns the subsequence as runs, the last one first.
func (t *lcsTable) matches() []match {
	var all []match
	t.walk(func(i, j int) {
		if k := len(all) - 1; k >= 0 && all[k].a == i+1 && all[k].b == j+1 {
			all[k] = match{i, j, all[k].n + 1}
			return
		}
		all = append(all, match{i, j, 1})
	})
	return all
}
