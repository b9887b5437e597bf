package str

import (
	"encoding/binary"
	"errors"

	"github.com/msredis/msredis/store/keyspace"
)

// Kind is the row of strings in the catalogue of value families.
var Kind = keyspace.Kind{Name: "string", Tag: 1, Decode: decode, RDB: &serial}

// The first byte of an encoded string. A short Raw is told from Packed, so that
// OBJECT ENCODING answers the same before and after a restart.
const (
	formInt   = 0 // eight bytes, big endian
	formPlain = 1 // the bytes; as long as the value is
	formRaw   = 2 // likewise, but "raw" although at most embstrMax long
)

var errDecode = errors.New("str: not an encoded string")

// Encode implements keyspace.Value.
func (s *Int) Encode(dst []byte) []byte {
	return binary.BigEndian.AppendUint64(append(dst, formInt), uint64(s.n))
}

// Encode implements keyspace.Value.
func (s *Packed) Encode(dst []byte) []byte {
	return append(append(dst, formPlain), s.bytes()...)
}

// Encode implements keyspace.Value.
func (s *Raw) Encode(dst []byte) []byte {
	form := byte(formPlain)
	if len(s.b) <= embstrMax {
		form = formRaw
	}
	return append(append(dst, form), s.b...)
}

func decode(src []byte) (keyspace.Value, error) {
	if len(src) == 0 {
		return nil, errDecode
	}
	form, src := src[0], src[1:]
	switch {
	case form == formInt && len(src) == 8:
		return &Int{int64(binary.BigEndian.Uint64(src))}, nil
	case form == formPlain:
		return newPlain(src), nil
	case form == formRaw && len(src) <= embstrMax:
		return &Raw{b: append([]byte(nil), src...)}, nil
	}
	return nil, errDecode
}
