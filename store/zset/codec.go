package zset

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/store/ds"
	"github.com/msredis/msredis/store/keyspace"
)

// Kind is the row of sorted sets in the catalogue of value families.
var Kind = keyspace.Kind{Name: "zset", Tag: 5, Await: keyspace.AwaitElements, Decode: decode, RDB: &serial}

// The first byte of an encoded sorted set is its form. The members follow in
// their order: the bits of the score, big endian, the length of the member and
// its bytes.
const (
	formPacked = 0
	formLarge  = 1
)

var errDecode = errors.New("zset: not an encoded sorted set")

// Encode implements keyspace.Value.
func (z *ZSet) Encode(dst []byte) []byte {
	form := byte(formLarge)
	if z.packed != nil {
		form = formPacked
	}
	dst = append(dst, form)
	z.each(func(m []byte, score float64) {
		dst = binary.BigEndian.AppendUint64(dst, math.Float64bits(score))
		dst = binary.AppendUvarint(dst, uint64(len(m)))
		dst = append(dst, m...)
	})
	return dst
}

func decode(src []byte) (keyspace.Value, error) {
	if len(src) == 0 {
		return nil, errDecode
	}
	form, src := src[0], src[1:]
	switch form {
	case formPacked:
		return decodePacked(src)
	case formLarge:
		return decodeLarge(src)
	}
	return nil, errDecode
}

// few is for how many members searching costs less than a map.
const few = 64

func decodePacked(src []byte) (keyspace.Value, error) {
	z := New()
	var seen map[string]struct{} // nil: there are few
	last, first := 0.0, true
	for len(src) > 0 {
		m, score, rest, ok := cut(src)
		if !ok || !z.packed.hasRoom(len(m)) || score == 0 && math.Signbit(score) || !first && score < last {
			return nil, errDecode
		}
		if n := z.packed.len(); n == few {
			seen = make(map[string]struct{}, 2*few)
			for i := range n {
				seen[string(z.packed.member(i))] = struct{}{}
			}
		}
		_, twice := seen[string(m)]
		if twice || seen == nil && z.packed.find(m) >= 0 {
			return nil, errDecode
		}
		if seen != nil {
			seen[string(m)] = struct{}{}
		}
		z.packed.insert(m, score)
		if i := z.packed.len() - 1; !bytes.Equal(z.packed.member(i), m) {
			return nil, errDecode // it belongs elsewhere
		}
		last, first, src = score, false, rest
	}
	return z, nil
}

func decodeLarge(src []byte) (keyspace.Value, error) {
	l := &large{table: ds.New[*elem](hashSeed)}
	var items []item
	for len(src) > 0 {
		m, score, rest, ok := cut(src)
		if !ok {
			return nil, errDecode
		}
		e := newElem(m, score)
		if n := len(items); n > 0 && (items[n-1].score > score || items[n-1].score == score && items[n-1].e.Key() >= e.Key()) {
			return nil, errDecode
		}
		items = append(items, item{score, e})
		src = rest
	}
	if !l.fill(items) {
		return nil, errDecode
	}
	return &ZSet{large: l}, nil
}

// cut reads the first member of src.
func cut(src []byte) (m []byte, score float64, rest []byte, ok bool) {
	if len(src) < 8 {
		return nil, 0, nil, false
	}
	score = math.Float64frombits(binary.BigEndian.Uint64(src))
	src = src[8:]
	n, w := binary.Uvarint(src)
	if w <= 0 || n > uint64(len(src)-w) || math.IsNaN(score) {
		return nil, 0, nil, false
	}
	src = src[w:]
	return src[:n], score, src[n:], true
}

// Digest implements keyspace.Value. It is of the content alone, so both forms
// have the same.
func (z *ZSet) Digest(h *xxh3.Hasher) {
	var head [16]byte
	z.each(func(m []byte, score float64) {
		binary.BigEndian.PutUint64(head[:], math.Float64bits(score))
		binary.BigEndian.PutUint64(head[8:], uint64(len(m)))
		h.Write(head[:])
		h.Write(m)
	})
}
