package varint

import (
	"encoding/binary"
	"math"
	"testing"
)

// Whatever is cut off a record, its reader ends bad and with zeros, and never panics.
func TestReader(t *testing.T) {
	t.Parallel()
	b := []byte{7}
	b = binary.AppendUvarint(b, math.MaxUint64)
	b = binary.AppendVarint(b, math.MinInt64)
	b = append(binary.AppendUvarint(b, 3), "abc"...)
	b = append(binary.AppendUvarint(b, 2), 1, 2)
	type record struct {
		one   byte
		u     uint64
		v     int64
		text  string
		count int
		rest  byte
	}
	read := func(b []byte) (x record, r Reader) {
		r.B = b
		x = record{r.Byte(), r.Uvarint(), r.Varint(), string(r.Bytes()), r.Count(), 0}
		r.Byte()
		x.rest = r.Byte()
		return x, r
	}
	whole, r := read(b)
	if want := (record{7, math.MaxUint64, math.MinInt64, "abc", 2, 2}); whole != want || r.Bad || len(r.B) != 0 {
		t.Errorf("%+v, %+v", whole, r)
	}
	for n := range b {
		if x, r := read(b[:n]); !r.Bad || len(r.B) != 0 || x.rest != 0 {
			t.Errorf("%d bytes: %+v, %+v", n, x, r)
		}
	}
}
