package set

import (
	"encoding/binary"
	"errors"
	"strconv"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/store/keyspace"
)

// Kind is the row of sets in the catalogue of value families.
var Kind = keyspace.Kind{Name: "set", Tag: 4, Decode: decode, RDB: &serial}

// The first byte of an encoded set is its form. Integers follow as differences, the
// first from 0 (zigzag), the others from the one before. Strings follow with their
// length in front, in the order in which Each has them.
const (
	formInts   = 0
	formPacked = 1
	formTable  = 2
)

var errDecode = errors.New("set: not an encoded set")

// Encode implements keyspace.Value.
func (s *Set) Encode(dst []byte) []byte {
	if s.ints != nil {
		dst = append(dst, formInts)
		for i := range s.ints.len() {
			if n := s.ints.at(i); i == 0 {
				dst = binary.AppendVarint(dst, n)
			} else {
				dst = binary.AppendUvarint(dst, uint64(n)-uint64(s.ints.at(i-1)))
			}
		}
		return dst
	}
	form := byte(formTable)
	if s.packed != nil {
		form = formPacked
	}
	dst = append(dst, form)
	s.Each(func(m []byte) bool {
		dst = binary.AppendUvarint(dst, uint64(len(m)))
		dst = append(dst, m...)
		return true
	})
	return dst
}

func decode(src []byte) (keyspace.Value, error) {
	if len(src) == 0 {
		return nil, errDecode
	}
	form, src := src[0], src[1:]
	var s *Set
	var err error
	switch form {
	case formInts:
		s, err = decodeInts(src)
	case formPacked:
		s = &Set{packed: &packed{}}
		err = eachString(src, s.appendPacked)
	case formTable:
		s = newTable()
		var list []*member
		err = eachString(src, func(b []byte) bool {
			list = append(list, newMember(b))
			return true
		})
		if err == nil && !s.addAll(list) {
			err = errDecode
		}
	default:
		err = errDecode
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

func decodeInts(src []byte) (*Set, error) {
	s := New()
	n, last := 0, int64(0)
	for ; len(src) > 0; n++ {
		if n == 0 {
			v, w := binary.Varint(src)
			if w <= 0 {
				return nil, errDecode
			}
			last, src = v, src[w:]
		} else {
			v, w := binary.Uvarint(src)
			next := int64(uint64(last) + v)
			if w <= 0 || next <= last {
				return nil, errDecode
			}
			last, src = next, src[w:]
		}
		s.ints.insert(n, last)
	}
	if n > intsMax {
		return nil, errDecode
	}
	return s, nil
}

// appendPacked adds a string behind the others.
func (s *Set) appendPacked(m []byte) bool {
	i, ok := s.packed.search(m)
	if ok || i < s.packed.n || !s.packed.hasRoom(len(m)) {
		return false
	}
	s.packed.insert(i, m)
	return true
}

// eachString calls fn with the strings that src consists of.
func eachString(src []byte, fn func(b []byte) bool) error {
	for len(src) > 0 {
		n, w := binary.Uvarint(src)
		if w <= 0 || n > uint64(len(src)-w) || !fn(src[w:w+int(n)]) {
			return errDecode
		}
		src = src[w+int(n):]
	}
	return nil
}

// Digest implements keyspace.Value. It is of the content alone, so it is a sum,
// which knows no order.
func (s *Set) Digest(h *xxh3.Hasher) {
	var hi, lo uint64
	s.Each(func(m []byte) bool {
		sum := xxh3.Hash128(m)
		hi, lo = hi+sum.Hi, lo+sum.Lo
		return true
	})
	b := strconv.AppendInt(nil, int64(s.Len()), 10)
	b = binary.BigEndian.AppendUint64(b, hi)
	h.Write(binary.BigEndian.AppendUint64(b, lo))
}
