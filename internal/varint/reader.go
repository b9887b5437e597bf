// Package varint reads records that are put together of numbers and byte strings:
// entries of the log, records of snapshots, encoded values.
package varint

import "encoding/binary"

// Reader cuts fields off the front of B. Bad is set at the first that does not fit, and
// everything after it is zero: so a record is checked once, at its end.
type Reader struct {
	B   []byte
	Bad bool
}

// Fail sets Bad: a field was read, and makes no sense.
func (r *Reader) Fail() { r.B, r.Bad = nil, true }

// Byte reads a byte.
func (r *Reader) Byte() byte {
	if len(r.B) == 0 {
		r.Fail()
		return 0
	}
	v := r.B[0]
	r.B = r.B[1:]
	return v
}

// Uvarint reads a number without a sign.
func (r *Reader) Uvarint() uint64 {
	v, n := binary.Uvarint(r.B)
	if n <= 0 {
		r.Fail()
		return 0
	}
	r.B = r.B[n:]
	return v
}

// Varint reads a number with a sign.
func (r *Reader) Varint() int64 {
	v, n := binary.Varint(r.B)
	if n <= 0 {
		r.Fail()
		return 0
	}
	r.B = r.B[n:]
	return v
}

// Count reads the number of items that follow, each at least one byte long.
func (r *Reader) Count() int {
	n := r.Uvarint()
	if n > uint64(len(r.B)) {
		r.Fail()
		return 0
	}
	return int(n)
}

// Bytes reads a string with its length in front. It is a part of B.
func (r *Reader) Bytes() []byte {
	n := r.Count()
	v := r.B[:n:n]
	r.B = r.B[n:]
	return v
}
