package options

import "github.com/msredis/msredis/internal/settings"

// shared has the options that belong to the cluster. They are the rows of package
// settings, which says all there is to know of them.
var shared = func() []Row {
	var rows []Row
	for i := range settings.Rows {
		r := &settings.Rows[i]
		if r.Hidden {
			continue
		}
		row := Row{
			Name: r.Name, Alias: r.Alias, Group: groupShared, Kind: Int, Effect: Cluster,
			Default: r.Text(r.Default), Min: int64(r.Min), Max: int64(r.Max), Enum: r.Enum, Doc: r.Doc,
		}
		switch {
		case r.Memory:
			row.Kind = Memory
		case r.Enum != nil:
			row.Kind = Enum
		}
		rows = append(rows, row)
	}
	return rows
}()

// documented are the options that mean something here.
func documented() []*Row {
	var rows []*Row
	for i := range table {
		rows = append(rows, &table[i])
	}
	for i := range shared {
		rows = append(rows, &shared[i])
	}
	return rows
}

// ShareWith names who gives options of the cluster other values: on all nodes, or
// with an error whose text is the reply for the client. The pairs have the names
// of rows, and values as settings.Row.Text writes them. It is called before anybody uses Change; without it
// a Set takes such values for itself.
func (s *Set) ShareWith(fn func(pairs []Pair) error) { s.share = fn }

// Follow takes over what the cluster has set. It never waits for a disk or for a
// client.
func (s *Set) Follow(v *settings.Values) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var changed []*slot
	for i := range settings.Rows {
		r := &settings.Rows[i]
		if r.Hidden {
			continue
		}
		sl, n := s.byName[r.Name], v.Of(r)
		if sl.num.Load() != int64(n) {
			sl.store(value{r.Text(n), int64(n)})
			changed = append(changed, sl)
		}
	}
	s.tell(changed)
}

// Forget sets a textual option to nothing, without telling anybody: what this node knew is
// no longer so in the cluster.
func (s *Set) Forget(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.must(name, Text).store(value{})
}

// Given returns the options of the cluster that the file and the command line
// name, with their values there.
func (s *Set) Given() []Pair {
	s.mu.Lock()
	defer s.mu.Unlock()
	var pairs []Pair
	for i := range shared {
		if text, ok := s.given[s.byName[shared[i].Name]]; ok {
			pairs = append(pairs, Pair{shared[i].Name, text})
		}
	}
	return pairs
}

// AnyShared reports whether an option of the cluster is among those that Get
// returns.
func (s *Set) AnyShared(patterns ...string) bool {
	for _, p := range s.Get(patterns...) {
		if sl, _ := s.lookup(p.Name); sl.row.Effect == Cluster {
			return true
		}
	}
	return false
}
