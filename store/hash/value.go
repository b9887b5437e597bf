package hash

import (
	"errors"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/store/ds"
	"github.com/msredis/msredis/store/keyspace"
)

// Kind is the row of hashes in the catalogue of value families.
var Kind = keyspace.Kind{Name: "hash", Tag: 3, Parts: true, Decode: decode, RDB: &serial}

// packedBytesMax bounds the packed form whatever the settings are, as Redis
// bounds a listpack.
const packedBytesMax = 1 << 30

// hashSeed decides the order of the fields of a table. It is part of the state
// machine: replies follow from that order.
const hashSeed = 0x4a54

// Hash is a value: fields with a value each. It starts packed, its fields in the order
// in which they came. It becomes a table, its fields in the order of their hashes, when
// a write makes it larger than the settings of the cluster allow. As in Redis it stays
// a table then. The form is part of the state.
//
// Slices that it hands out are valid until the hash is changed.
type Hash struct {
	packed packed          // all of it, if table is nil
	table  *ds.Dict[*pair] // else all is here, and packed.n is the bytes of its pairs
	times  *times          // the deadlines of fields; nil: none has one
}

// New returns an empty hash.
func New() *Hash { return &Hash{} }

// Len implements keyspace.Value.
func (h *Hash) Len() int {
	n := h.packed.n
	if h.table != nil {
		n = h.table.Len()
	}
	if h.times != nil {
		n -= h.times.hidden
	}
	return n
}

// Get returns the value of a field.
func (h *Hash) Get(field []byte) (value []byte, ok bool) {
	if h.hides(field) {
		return nil, false
	}
	if h.table == nil {
		_, value, _, ok = h.packed.search(field)
		return value, ok
	}
	p, ok := h.table.Get(field)
	if ok {
		_, value = p.parts()
	}
	return value, ok
}

// Set gives the field a value and reports whether the field is new. It copies
// both. The settings decide whether the hash stays packed.
func (h *Hash) Set(s *settings.Values, field, value []byte) bool {
	if h.table == nil {
		longest := s.HashMaxListpackValue
		if len(field) <= longest && len(value) <= longest && len(h.packed.b)+len(field)+len(value) <= packedBytesMax {
			isNew := h.packed.set(field, value)
			if h.packed.n > s.HashMaxListpackEntries {
				h.spread()
			}
			return isNew
		}
		h.spread()
	}
	return h.set(field, value)
}

// set is Set for a table.
func (h *Hash) set(field, value []byte) bool {
	if h.hides(field) {
		h.bury(h.times.get(field))
	}
	if p, ok := h.table.Get(field); ok {
		_, old := p.parts()
		if len(old) == len(value) && (!h.table.Owner().Shared() || mutant.On(mutant.PairShared)) {
			copy(old, value)
			return false
		}
		h.packed.n -= p.memSize()
		h.put(field, value)
		return false
	}
	h.put(field, value)
	return true
}

// put makes a pair of the table, in place of one that is not counted any more.
func (h *Hash) put(field, value []byte) {
	p := newPair(field, value)
	h.packed.n += p.memSize()
	h.table.Put(p)
}

// spread turns the packed form into a table.
func (h *Hash) spread() {
	t := &Hash{table: ds.New[*pair](hashSeed), times: h.times}
	h.Each(func(field, value []byte) bool {
		t.put(field, value)
		return true
	})
	*h = *t
}

// Remove removes the field and reports whether it was there.
func (h *Hash) Remove(field []byte) bool {
	if h.hides(field) {
		return false
	}
	h.times.drop(h, field)
	return h.erase(field)
}

// erase is Remove for a field without a deadline, hidden ones included.
func (h *Hash) erase(field []byte) bool {
	if h.table == nil {
		return h.packed.remove(field)
	}
	p, ok := h.table.Get(field)
	if ok {
		h.packed.n -= p.memSize()
		h.table.Delete(p.Key())
	}
	return ok
}

// Each calls fn with fields and values until it returns false. The hash must
// not be changed meanwhile.
func (h *Hash) Each(fn func(field, value []byte) bool) {
	if h.table != nil {
		for p := range h.table.All() {
			if field, value := p.parts(); !h.hides(field) && !fn(field, value) {
				return
			}
		}
		return
	}
	for i := 0; i < len(h.packed.b); {
		field, value, end := h.packed.next(i)
		if !h.hides(field) && !fn(field, value) {
			return
		}
		i = end
	}
}

// scan calls fn with fields from a cursor on and returns the next one: see
// ds.Dict.Scan. A small hash is given at once, as in Redis.
func (h *Hash) scan(cursor uint64, count int, fn func(field, value []byte)) (next uint64) {
	if h.table != nil {
		return h.table.Scan(cursor, count, func(p *pair) {
			if field, value := p.parts(); !h.hides(field) {
				fn(field, value)
			}
		})
	}
	h.Each(func(field, value []byte) bool {
		fn(field, value)
		return true
	})
	return 0
}

// Kind implements keyspace.Value.
func (*Hash) Kind() *keyspace.Kind { return &Kind }

// Encoding implements keyspace.Value.
func (h *Hash) Encoding() string {
	switch {
	case h.table != nil:
		return "hashtable"
	case h.firstVisible() != 0:
		// With deadlines of fields. Those that have expired do not count: whether they
		// are in memory still differs between nodes.
		return "listpackex"
	}
	return "listpack"
}

// The memory that a hash counts besides its pairs: the allocations that every one of
// this form has.
const (
	packedBytes = 48 + 8
	tableBytes  = 48 + 32 + 96
)

// MemSize implements keyspace.Value.
func (h *Hash) MemSize() int64 {
	if h.table != nil {
		return tableBytes + int64(h.packed.n) + h.times.memSize()
	}
	return packedBytes + int64(len(h.packed.b)) + h.times.memSize()
}

// Clone implements keyspace.Value. Its cost grows with the number of deadlines of fields,
// and only with hidden fields with that of all.
func (h *Hash) Clone() keyspace.Value {
	c := &Hash{times: h.times.clone()}
	switch {
	case h.times != nil && h.times.hidden > 0:
		if h.table != nil {
			c.table = ds.New[*pair](hashSeed)
		}
		h.Each(func(field, value []byte) bool {
			if c.table != nil {
				c.put(field, value)
			} else {
				c.packed.add(field, value)
			}
			return true
		})
	case h.table != nil:
		c.table, c.packed.n = h.table.Clone(), h.packed.n
	default:
		c.packed = packed{append([]byte(nil), h.packed.b...), h.packed.n}
	}
	return c
}

// Freeze implements keyspace.Freezer.
func (h *Hash) Freeze() keyspace.Value {
	if h.table == nil {
		return nil
	}
	return &Hash{packed: packed{n: h.packed.n}, table: h.table.Freeze(), times: h.times.freeze()}
}

// Owner implements keyspace.Freezer.
func (h *Hash) Owner() *ds.Owner {
	if h.table == nil {
		return nil
	}
	return h.table.Owner()
}

// Release implements keyspace.Freezer.
func (h *Hash) Release() {
	if h.table == nil {
		return
	}
	h.table.Release()
	if h.times != nil {
		h.times.of.Release()
	}
}

// The first byte of an encoded hash is its form. The pairs follow, in the order
// in which Each has them. Deadlines come before all that, behind a formTimed.
const (
	formPacked = 0
	formTable  = 1
	formTimed  = 2
)

// Encode implements keyspace.Value.
func (h *Hash) Encode(dst []byte) []byte {
	if h.times != nil {
		dst = h.times.encode(append(dst, formTimed))
	}
	if h.table == nil {
		return append(append(dst, formPacked), h.packed.b...)
	}
	dst = append(dst, formTable)
	for p := range h.table.All() {
		dst = append(dst, p.raw()...)
	}
	return dst
}

// Digest implements keyspace.Value. The order of the fields is part of the
// content: clients see it.
func (h *Hash) Digest(x *xxh3.Hasher) {
	if h.times != nil {
		if all := h.times.visible(); len(all) > 0 {
			x.Write(encodeTimes(nil, all))
		}
	}
	if h.table == nil {
		for i := 0; i < len(h.packed.b); {
			field, _, end := h.packed.next(i)
			if !h.hides(field) {
				x.Write(h.packed.b[i:end])
			}
			i = end
		}
		return
	}
	for p := range h.table.All() {
		if field, _ := p.parts(); !h.hides(field) {
			x.Write(p.raw())
		}
	}
}

var errDecode = errors.New("hash: not an encoded hash")

func decode(src []byte) (keyspace.Value, error) {
	if len(src) < 1 {
		return nil, errDecode
	}
	h := New()
	form, src := src[0], src[1:]
	if form == formTimed {
		times, rest, ok := cutTimes(src)
		if !ok || len(rest) > 0 && rest[0] == formTimed {
			return nil, errDecode
		}
		v, err := decode(rest)
		if err == nil {
			err = v.(*Hash).take(times)
		}
		if err != nil {
			return nil, err
		}
		return v, nil
	}
	add := h.set
	switch form {
	case formPacked:
		h.packed.room(len(src))
		add = (&packer{p: &h.packed}).add
	case formTable:
		h.spread()
	default:
		return nil, errDecode
	}
	for len(src) > 0 {
		field, value, rest, ok := cutPair(src)
		if !ok || !add(field, value) {
			return nil, errDecode
		}
		src = rest
	}
	if h.Len() == 0 {
		return nil, errDecode
	}
	return h, nil
}
