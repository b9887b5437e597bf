package set

import (
	"strconv"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/ds"
	"github.com/msredis/msredis/store/keyspace"
)

// intsMax bounds the integers that a set keeps as such, whatever the settings
// are; Redis has the same bound.
const intsMax = 1 << 30

// hashSeed decides the order of large sets. It is part of the state machine:
// what SPOP takes follows from the order.
const hashSeed = 0x5e7

// Set is a value: a set of strings. It is kept in one of three forms:
//
//	ints    integers, ascending
//	packed  short strings, ascending
//	table   any others, in the order of their hashes
//
// The settings of the cluster bound the first two. A set starts as the first that
// its members fit into and never goes back, as in Redis. Which one it is, is part
// of the state: the order of the members follows from it, and snapshots keep it.
//
// OBJECT ENCODING calls them intset, listpack and hashtable, as Redis does since
// 7.2; in Redis 7.0 there is no packed form.
type Set struct {
	// One of these is not nil.
	ints   *ints
	packed *packed
	table  *ds.Dict[*member]

	bytes int64 // of the members in the table
}

// New returns an empty set.
func New() *Set { return &Set{ints: &ints{}} }

// Kind implements keyspace.Value.
func (*Set) Kind() *keyspace.Kind { return &Kind }

// Encoding implements keyspace.Value.
func (s *Set) Encoding() string {
	switch {
	case s.ints != nil:
		return "intset"
	case s.packed != nil:
		return "listpack"
	}
	return "hashtable"
}

// Len implements keyspace.Value.
func (s *Set) Len() int {
	switch {
	case s.ints != nil:
		return s.ints.len()
	case s.packed != nil:
		return s.packed.n
	}
	return s.table.Len()
}

// The memory that a set counts besides its members: the allocations that every one of
// this form has.
const (
	intsBytes   = 32 + 32
	packedBytes = 32 + 32
	tableBytes  = 32 + 32 + 96
)

// MemSize implements keyspace.Value.
func (s *Set) MemSize() int64 {
	switch {
	case s.ints != nil:
		return intsBytes + int64(s.ints.size())
	case s.packed != nil:
		return packedBytes + int64(len(s.packed.b))
	}
	return tableBytes + s.bytes
}

// Clone implements keyspace.Value. The members of a table are immutable and
// shared.
func (s *Set) Clone() keyspace.Value {
	switch {
	case s.ints != nil:
		return &Set{ints: &ints{append([]byte(nil), s.ints.b...), s.ints.width}}
	case s.packed != nil:
		return &Set{packed: &packed{append([]byte(nil), s.packed.b...), s.packed.n}}
	}
	return &Set{table: s.table.Clone(), bytes: s.bytes}
}

// Freeze implements keyspace.Freezer.
func (s *Set) Freeze() keyspace.Value {
	if s.table == nil {
		return nil
	}
	return &Set{table: s.table.Freeze(), bytes: s.bytes}
}

// Owner implements keyspace.Freezer.
func (s *Set) Owner() *ds.Owner {
	if s.table == nil {
		return nil
	}
	return s.table.Owner()
}

// Release implements keyspace.Freezer.
func (s *Set) Release() {
	if s.table != nil {
		s.table.Release()
	}
}

func newTable() *Set { return &Set{table: ds.New[*member](hashSeed)} }

// put adds m to the table, in which it is not yet.
func (s *Set) put(m *member) {
	s.table.Put(m)
	s.bytes += m.memSize()
}

// take removes m from the table, in which it is.
func (s *Set) take(m *member) {
	s.table.Delete(m.Key())
	s.bytes -= m.memSize()
}

// Has reports whether m is a member.
func (s *Set) Has(m []byte) (ok bool) {
	switch {
	case s.ints != nil:
		n, isInt := redisnum.ParseInt(m)
		if isInt {
			_, ok = s.ints.search(n)
		}
	case s.packed != nil:
		_, ok = s.packed.search(m)
	default:
		_, ok = s.table.Get(m)
	}
	return ok
}

// Add adds a copy of m and reports whether it is new. The settings decide whether
// the set stays in its form.
func (s *Set) Add(to *settings.Values, m []byte) bool {
	if s.ints != nil {
		if n, ok := redisnum.ParseInt(m); ok {
			return s.addInt(to, n)
		}
		if !s.pack(to, m) {
			s.spread()
		}
	}
	if s.packed != nil {
		i, ok := s.packed.search(m)
		switch {
		case ok:
			return false
		case s.packed.n < to.SetMaxListpackEntries && len(m) <= to.SetMaxListpackValue && s.packed.hasRoom(len(m)):
			s.packed.insert(i, m)
			return true
		}
		s.spread()
	}
	if _, ok := s.table.Get(m); ok {
		return false
	}
	s.put(newMember(m))
	return true
}

func (s *Set) addInt(to *settings.Values, n int64) bool {
	i, ok := s.ints.search(n)
	if ok {
		return false
	}
	s.ints.insert(i, n)
	if s.ints.len() > min(to.SetMaxIntsetEntries, intsMax) {
		s.spread()
	}
	return true
}

// addShared is Add for a member of another set's table.
func (s *Set) addShared(to *settings.Values, m *member) bool {
	if s.table == nil {
		return s.Add(to, m.bytes())
	}
	if _, ok := s.table.Find(m.Key()); ok {
		return false
	}
	s.put(m)
	return true
}

// pack turns integers into the packed form, if m may be added there.
func (s *Set) pack(to *settings.Values, m []byte) bool {
	n := s.ints.len()
	if n >= to.SetMaxListpackEntries || len(m) > to.SetMaxListpackValue || n > packedMax/20 {
		return false
	}
	p := &packed{}
	s.Each(func(m []byte) bool {
		i, _ := p.search(m)
		p.insert(i, m)
		return true
	})
	if !p.hasRoom(len(m)) {
		return false
	}
	s.ints, s.packed = nil, p
	return true
}

// spread turns a smaller form into a table.
func (s *Set) spread() {
	t := newTable()
	s.Each(func(m []byte) bool {
		t.put(newMember(m))
		return true
	})
	*s = *t
}

// Remove removes m and reports whether it was there.
func (s *Set) Remove(m []byte) bool {
	switch {
	case s.ints != nil:
		n, ok := redisnum.ParseInt(m)
		if !ok {
			return false
		}
		i, ok := s.ints.search(n)
		if ok {
			s.ints.remove(i)
		}
		return ok
	case s.packed != nil:
		i, ok := s.packed.search(m)
		if ok {
			s.packed.remove(i)
		}
		return ok
	}
	e, ok := s.table.Get(m)
	if ok {
		s.take(e)
	}
	return ok
}

// Each calls fn with the members until it returns false. The members of a small set
// come in ascending order, those of a large one in the order of their hashes. The slice
// is valid until fn returns, and the set must not be changed before.
func (s *Set) Each(fn func(m []byte) bool) {
	switch {
	case s.ints != nil:
		var tmp [20]byte
		for i := range s.ints.len() {
			if !fn(strconv.AppendInt(tmp[:0], s.ints.at(i), 10)) {
				return
			}
		}
	case s.packed != nil:
		for i := range s.packed.n {
			if !fn(s.packed.at(i)) {
				return
			}
		}
	default:
		for m := range s.table.All() {
			if !fn(m.bytes()) {
				return
			}
		}
	}
}

// replyAt writes the i-th member of a small set.
func (s *Set) replyAt(i int, w *reply.Writer) {
	if s.ints != nil {
		w.BulkInt(s.ints.at(i))
	} else {
		w.Bulk(s.packed.at(i))
	}
}

// removeAt removes the i-th member of a small set.
func (s *Set) removeAt(i int) {
	if s.ints != nil {
		s.ints.remove(i)
	} else {
		s.packed.remove(i)
	}
}
