package set

import (
	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/store/ds"
)

// Large results are made as a whole: tables are merged in the order of their hashes.

// mergeMost is how many sets are merged. A merge looks at all of them for each member.
const mergeMost = 8

// probeShare is how much more it costs to look a member up than to walk over it.
const probeShare = 8

// removeMany is from how many on members are removed together.
const removeMany = 256

// found returns those of members that the table has.
func (s *Set) found(members [][]byte) (list []*member) {
	for _, m := range members {
		if e, ok := s.table.Get(m); ok {
			list = append(list, e)
		}
	}
	return list
}

// removeAll removes members of the table, which may be told twice, and returns how many
// they were.
func (s *Set) removeAll(gone []*member) int {
	n := s.Len()
	s.table.DeleteAll(gone)
	s.bytes = 0
	for m := range s.table.All() {
		s.bytes += m.memSize()
	}
	return n - s.Len()
}

// addAll adds members to the table and reports whether all are new and differ.
func (s *Set) addAll(list []*member) bool {
	for m := range s.table.All() {
		list = append(list, m)
	}
	s.bytes = 0
	for _, m := range list {
		s.bytes += m.memSize()
	}
	return s.table.Load(list)
}

// least is the size from which on a set is a table under the settings, however it came to
// its members.
func least(to *settings.Values) int {
	return max(to.SetMaxIntsetEntries, to.SetMaxListpackEntries) + 1
}

// mergeable returns the tables of sets if all are tables and merging them pays. probed: only
// the members of the first would be looked for. all adds up the sizes.
func mergeable(sets []*Set, probed bool) (tables []*ds.Dict[*member], ok bool) {
	if len(sets) > mergeMost {
		return nil, false
	}
	all, first := 0, 0
	for i, s := range sets {
		if s == nil || s.table == nil {
			return nil, false
		}
		tables = append(tables, s.table)
		if all += s.Len(); i == 0 {
			first = all
		}
	}
	return tables, !probed || all < probeShare*first
}

// largest returns the tables of sets, and those that are none, if the union of the tables
// is a table whatever comes first. Else it returns nil.
func largest(to *settings.Values, sets []*Set) (tables []*ds.Dict[*member], rest []*Set) {
	big := false
	for _, s := range sets {
		switch {
		case s == nil:
		case s.table != nil:
			tables = append(tables, s.table)
			big = big || s.Len() >= least(to)
		default:
			rest = append(rest, s)
		}
	}
	if !big || len(tables) > mergeMost {
		return nil, nil
	}
	return tables, rest
}

// merged makes a set of tables. It has the form of a set to which the members were added
// one by one, in the order of their hashes.
func merged(to *settings.Values, of []*ds.Dict[*member], choose func(same []*member) (*member, bool)) *Set {
	return ofTable(to, ds.Merge(hashSeed, of, choose))
}

// ofTable makes a set of a table, which it takes over. It has the form of a set to which
// the members were added one by one.
func ofTable(to *settings.Values, table *ds.Dict[*member]) *Set {
	if table.Len() < least(to) {
		s := New()
		for m := range table.All() {
			s.addShared(to, m)
		}
		return s
	}
	s := &Set{table: table}
	for m := range table.All() {
		s.bytes += m.memSize()
	}
	return s
}

func inAny(same []*member) (*member, bool) {
	for _, m := range same {
		if m != nil {
			return m, true
		}
	}
	return nil, false
}

func inAll(same []*member) (*member, bool) {
	for _, m := range same {
		if m == nil {
			return nil, false
		}
	}
	return same[0], true
}

func inFirst(same []*member) (*member, bool) {
	for _, m := range same[1:] {
		if m != nil {
			return nil, false
		}
	}
	return same[0], same[0] != nil
}
