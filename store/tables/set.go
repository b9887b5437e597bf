package tables

import (
	"cmp"
	"fmt"
	"slices"
)

// ID is the number of a table. It stands in snapshots: no number is ever given
// to another table.
type ID uint8

// The tables.
const (
	Settings  ID = 1 // the cluster's settings
	Scripts   ID = 2 // scripts by their hash
	Functions ID = 3 // libraries of functions
	Users     ID = 4

	count = 4
)

// All are the tables, in the order of their numbers.
var All = [count]ID{Settings, Scripts, Functions, Users}

// Known reports whether there is a table with this number.
func (id ID) Known() bool { return id >= 1 && id <= count }

// Set has all tables. The zero Set has empty ones.
type Set struct{ tables [count]Table }

// Table returns one of the tables.
func (s *Set) Table(id ID) *Table { return &s.tables[id-1] }

// Bytes returns what all tables together are accounted with.
func (s *Set) Bytes() (n int64) {
	for i := range s.tables {
		n += s.tables[i].bytes
	}
	return n
}

// Change tells a snapshot of a name whose value has changed.
type Change struct {
	ID    ID
	Name  string
	Value []byte // nil: the name is gone
}

// Before is the order in which snapshots have names: by table, then short names
// before long ones.
func (c *Change) Before(d *Change) int {
	return cmp.Or(cmp.Compare(c.ID, d.ID), cmp.Compare(len(c.Name), len(d.Name)), cmp.Compare(c.Name, d.Name))
}

// Cut returns what changed since the last one, in the order of snapshots. The
// values stay as they are.
func (s *Set) Cut() []Change {
	var list []Change
	for _, id := range All {
		t := s.Table(id)
		for name := range t.dirty {
			list = append(list, Change{id, name, t.values[name]})
		}
		t.dirty = nil
	}
	slices.SortFunc(list, func(a, b Change) int { return a.Before(&b) })
	return list
}

// Undo makes changes a part of the next Cut again.
func (s *Set) Undo(list []Change) {
	for _, c := range list {
		s.Table(c.ID).note(c.Name)
	}
}

// Figures are what the meta of a snapshot says of a table.
type Figures struct{ Len, Version uint64 }

// Figures returns those of all tables, in the order of All.
func (s *Set) Figures() (f [count]Figures) {
	for i := range s.tables {
		f[i] = Figures{uint64(len(s.tables[i].names)), s.tables[i].version}
	}
	return f
}

// Load gives a name of a new Set what a snapshot has of it. It keeps value.
func (s *Set) Load(id ID, name string, value []byte) {
	if value == nil {
		value = []byte{} // nil would be told of as a deletion
	}
	s.Table(id).put(name, value)
}

// Loaded ends the loading of a Set. It is an error if the tables are not those
// that the meta tells of.
func (s *Set) Loaded(f [count]Figures) error {
	for i, id := range All {
		t := s.Table(id)
		if uint64(len(t.names)) != f[i].Len || f[i].Len > 0 && f[i].Version == 0 {
			return fmt.Errorf("tables: table %d should have %d names after %d changes, but has %d", id, f[i].Len, f[i].Version, len(t.names))
		}
		t.version = f[i].Version
	}
	return nil
}
