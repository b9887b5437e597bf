package rdb

import "sync"

// Strings are compressed with Marc Lehmann's LZF. A block is a sequence of
//
//	000LLLLL, L+1 bytes                 the bytes
//	LLLooooo oooooooo                   L+2 bytes (L from 1 to 6), from o+1 bytes back
//	111ooooo LLLLLLLL oooooooo          L+9 bytes, likewise
const (
	maxLiteral = 1 << 5
	maxOffset  = 1 << 13
	maxMatch   = 1<<8 + 1<<3
	longMatch  = 7

	// maxExpansion bounds what a block can become: three bytes stand for
	// maxMatch at the most.
	maxExpansion = maxMatch / 3
)

// lzfTableBits is that of Redis: with the same table and the same order of
// insertions the same blocks come out.
const lzfTableBits = 16

// lzfTable remembers where three bytes were last seen. Positions are counted on
// from block to block, so that it need not be cleared for each.
type lzfTable struct {
	seen [1 << lzfTableBits]uint32 // position; at most start: in an earlier block
	next uint32                    // start of the next block
}

var lzfTables = sync.Pool{New: func() any { return &lzfTable{} }}

func lzfHash(b []byte) uint32 {
	h := uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2])
	return (h>>(24-lzfTableBits) - h*5) & (1<<lzfTableBits - 1)
}

// start makes room for a block of n bytes and returns its first position.
func (t *lzfTable) start(n int) uint32 {
	if uint64(t.next)+uint64(n) >= 1<<32 {
		*t = lzfTable{}
	}
	start := t.next
	t.next += uint32(n)
	return start
}

// swap notes position pos of a block and returns where the same hash was seen
// before in it. The first position does not count, as in Redis.
func (t *lzfTable) swap(block []byte, start uint32, pos int) (before int, ok bool) {
	slot := &t.seen[lzfHash(block[pos:])]
	old := *slot
	*slot = start + uint32(pos)
	return int(old - start), old > start
}

// lzfCompress appends the compressed form of src to dst, if it is shorter than
// src by more than four bytes, as Redis wants it.
func lzfCompress(dst, src []byte) (out []byte, ok bool) {
	const worthwhile = 4
	if len(src) <= worthwhile || uint64(len(src)) >= 1<<32 {
		return dst, false
	}
	t := lzfTables.Get().(*lzfTable)
	defer lzfTables.Put(t)
	start := t.start(len(src))
	base, room := len(dst), len(src)-worthwhile
	literals := 0 // from where on src is not written yet: the last so many bytes
	// used is what dst would have if the literals were closed, with the head of
	// the next run.
	used := func() int { return len(dst) - base + 1 + literals }
	flush := func(end int) {
		if literals > 0 {
			dst = append(append(dst, byte(literals-1)), src[end-literals:end]...)
			literals = 0
		}
	}
	pos := 0
	for pos < len(src)-2 {
		ref, seen := t.swap(src, start, pos)
		off := pos - ref - 1
		if !seen || off >= maxOffset || src[ref] != src[pos] || src[ref+1] != src[pos+1] || src[ref+2] != src[pos+2] {
			if used() >= room {
				return dst[:base], false
			}
			literals++
			if pos++; literals == maxLiteral {
				flush(pos)
			}
			continue
		}
		undo := 0
		if literals == 0 {
			undo = 1
		}
		if used()-undo+4 >= room {
			return dst[:base], false
		}
		flush(pos)
		n, limit := 3, matchLimit(len(src)-pos)
		for n < limit && src[ref+n] == src[pos+n] {
			n++
		}
		if l := n - 2; l < longMatch {
			dst = append(dst, byte(off>>8+l<<5))
		} else {
			dst = append(dst, byte(off>>8+longMatch<<5), byte(l-longMatch))
		}
		dst = append(dst, byte(off))
		if pos += n; pos >= len(src)-2 {
			break
		}
		t.swap(src, start, pos-2)
		t.swap(src, start, pos-1)
	}
	if used()+3 > room {
		return dst[:base], false
	}
	for pos < len(src) {
		literals++
		if pos++; literals == maxLiteral {
			flush(pos)
		}
	}
	flush(len(src))
	return dst, true
}

// matchLimit bounds a match when rest bytes are left, as Redis does. Redis keeps two
// bytes back, but where more than sixteen are left it looks at sixteen at once.
func matchLimit(rest int) int {
	const atOnce = 16
	limit := min(rest-2, maxMatch)
	if limit > atOnce {
		limit = max(limit, 3+atOnce)
	}
	return limit
}

// lzfDecompress returns the n bytes that src stands for.
func lzfDecompress(src []byte, n uint64) ([]byte, bool) {
	if n > uint64(len(src))*maxExpansion {
		return nil, false
	}
	dst := make([]byte, 0, n)
	for len(src) > 0 {
		head := int(src[0])
		src = src[1:]
		if head < maxLiteral {
			k := head + 1
			if k > len(src) || k > cap(dst)-len(dst) {
				return nil, false
			}
			dst, src = append(dst, src[:k]...), src[k:]
			continue
		}
		k := head >> 5
		if k == longMatch {
			if len(src) == 0 {
				return nil, false
			}
			k, src = k+int(src[0]), src[1:]
		}
		k += 2
		if len(src) == 0 {
			return nil, false
		}
		ref := len(dst) - (head&(maxLiteral-1))<<8 - int(src[0]) - 1
		src = src[1:]
		if ref < 0 || k > cap(dst)-len(dst) {
			return nil, false
		}
		for i := range k { // may run over what it writes
			dst = append(dst, dst[ref+i])
		}
	}
	return dst, uint64(len(dst)) == n
}
