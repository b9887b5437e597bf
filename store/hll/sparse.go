package hll

import "slices"

// sparse are the registers as runs of equal values, each an opcode:
//
//	00llllll           l+1 zeros (up to 64)
//	01llllll llllllll  l+1 zeros (up to 16384)
//	1vvvvvll           l+1 registers (up to 4) of the value v+1 (up to 32)
//
// The bytes follow from the order of the changes, too. So each change is made as Redis
// makes it, to get Redis's bytes. The opcode is split, and neighbours that now have the
// same value are joined again, but no further than a few opcodes.
type sparse []byte

const (
	longZeros = 0x40
	values    = 0x80

	maxZeros = 64
	maxRun   = 4
	maxValue = 32
)

// run is what an opcode stands for.
type run struct {
	first, len int
	value      byte // 0: zeros
}

// opcode reads the one at offset i, which is in s: how many registers it stands
// for, their value, and its size. The second byte of a last one that is cut off
// counts as 0.
func (s sparse) opcode(i int) (n int, value byte, size int) {
	op := s[i]
	switch {
	case op >= values:
		return int(op&3) + 1, op>>2&31 + 1, 1
	case op < longZeros:
		return int(op) + 1, 0, 1
	case i+1 < len(s):
		return (int(op&63)<<8 | int(s[i+1])) + 1, 0, 2
	}
	return int(op&63)<<8 + 1, 0, 2
}

// each calls fn with all runs. It returns false if they are not as many registers
// as there have to be; fn was called with valid ones only.
func (s sparse) each(fn func(r run)) bool {
	first := 0
	for i := 0; i < len(s); {
		n, value, size := s.opcode(i)
		if first+n > registers {
			return false
		}
		fn(run{first, n, value})
		first += n
		i += size
	}
	return first == registers
}

func appendZeros(dst []byte, n int) []byte {
	switch {
	case n == 0:
		return dst
	case n > maxZeros:
		return append(dst, byte((n-1)>>8)|longZeros, byte(n-1))
	}
	return append(dst, byte(n-1))
}

func appendValues(dst []byte, v byte, n int) []byte {
	if n == 0 {
		return dst
	}
	return append(dst, (v-1)<<2|byte(n-1)|values)
}

// raiseSparse raises a register of b, a HyperLogLog in the sparse form, in place
// or, if it has to grow, in a copy. fits is false if the result is too much for
// the sparse form, which has longest bytes at most; nothing is changed then. ok is false if b is damaged.
func raiseSparse(b []byte, register int, count byte, longest int) (out []byte, changed, fits, ok bool) {
	if count > maxValue {
		return b, false, false, true
	}
	s := sparse(b[headerSize:])
	var (
		i, before int // offsets of the opcode for the register and of the one before it
		first, n  int // its registers
		value     byte
		size      int
	)
	for i < len(s) {
		n, value, size = s.opcode(i)
		if register < first+n {
			break
		}
		before, i, first = i, i+size, first+n
	}
	switch {
	case i >= len(s):
		return b, false, true, false
	case value >= count:
		return b, false, true, true
	}
	var room [5]byte
	seq := room[:0]
	left, right := register-first, first+n-1-register
	if value == 0 {
		seq = appendZeros(seq, left)
		seq = appendValues(seq, count, 1)
		seq = appendZeros(seq, right)
	} else {
		seq = appendValues(seq, value, left)
		seq = appendValues(seq, count, 1)
		seq = appendValues(seq, value, right)
	}
	if grow := len(seq) - size; grow > 0 && len(b)+grow > longest {
		return b, false, false, true
	}
	end := min(i+size, len(s))
	out = slices.Replace(b, headerSize+i, headerSize+end, seq...)
	return join(out, headerSize+before), true, true, true
}

// join joins runs of the same value that stand side by side, from the opcode at
// offset i on.
func join(b []byte, i int) []byte {
	const reach = 5 // opcodes to look at
	for range reach {
		switch {
		case i >= len(b):
			return b
		case b[i]&(values|longZeros) == longZeros:
			i += 2
			continue
		case b[i]&values != 0 && i+1 < len(b) && (b[i]^b[i+1])&^3 == 0:
			if n := int(b[i]&3) + int(b[i+1]&3) + 2; n <= maxRun {
				b[i+1] = b[i]&^3 | byte(n-1)
				b = slices.Delete(b, i, i+1)
				continue // the joined one may go with the next
			}
		}
		i++
	}
	return b
}
