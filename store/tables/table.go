package tables

import (
	"bytes"
	"slices"
	"strings"
)

// Reader is what a table is for those who do not change it.
type Reader interface {
	// Get returns the value of a name. Nobody may change its bytes; they stay as
	// they are when the name gets another value.
	Get(name string) (value []byte, ok bool)
	// Len returns the number of names.
	Len() int
	// Bytes returns what the table is accounted with. It follows from the content.
	Bytes() int64
	// Each calls fn with the names from one on, in ascending order, until fn
	// returns false. fn must not change the table.
	Each(from string, fn func(name string, value []byte) bool)
	// Version counts the changes that the table has seen, on all nodes alike and
	// over restarts. Equal versions have equal content.
	Version() uint64
}

// Table is a sorted map. The zero Table is empty.
type Table struct {
	names   []string // sorted
	values  map[string][]byte
	bytes   int64
	version uint64
	dirty   map[string]bool // names that changed since the last Cut
}

var _ Reader = (*Table)(nil)

// itemBytes is what a name is accounted with beside its bytes and its value's.
const itemBytes = 80

// Get implements Reader.
func (t *Table) Get(name string) (value []byte, ok bool) {
	value, ok = t.values[name]
	return value, ok
}

// Len implements Reader.
func (t *Table) Len() int { return len(t.names) }

// Bytes implements Reader.
func (t *Table) Bytes() int64 { return t.bytes }

// Version implements Reader.
func (t *Table) Version() uint64 { return t.version }

// Each implements Reader.
func (t *Table) Each(from string, fn func(name string, value []byte) bool) {
	i, _ := slices.BinarySearch(t.names, from)
	for _, name := range t.names[i:] {
		if !fn(name, t.values[name]) {
			return
		}
	}
}

// Set gives a name a copy of value. It is no change if the name has that value.
func (t *Table) Set(name string, value []byte) {
	old, ok := t.values[name]
	if ok && bytes.Equal(old, value) {
		return
	}
	if !ok {
		name = strings.Clone(name)
	}
	t.put(name, append([]byte{}, value...))
	t.change(name)
}

// put is Set without a trace for the next Cut. It keeps name and value.
func (t *Table) put(name string, value []byte) {
	if t.values == nil {
		t.values = make(map[string][]byte)
	}
	old, ok := t.values[name]
	if ok {
		t.bytes -= int64(len(old))
	} else {
		i, _ := slices.BinarySearch(t.names, name)
		t.names = slices.Insert(t.names, i, name)
		t.bytes += itemBytes + int64(len(name))
	}
	t.bytes += int64(len(value))
	t.values[name] = value
}

// Delete takes a name away and reports whether it was there.
func (t *Table) Delete(name string) bool {
	value, ok := t.values[name]
	if !ok {
		return false
	}
	delete(t.values, name)
	i, _ := slices.BinarySearch(t.names, name)
	name = t.names[i] // the caller's bytes may not last
	t.names = slices.Delete(t.names, i, i+1)
	t.bytes -= itemBytes + int64(len(name)+len(value))
	t.change(name)
	return true
}

// Clear takes all names away.
func (t *Table) Clear() {
	if len(t.names) == 0 {
		return
	}
	for _, name := range t.names {
		t.note(name)
	}
	t.names, t.values, t.bytes = nil, nil, 0
	t.version++
}

func (t *Table) change(name string) {
	t.note(name)
	t.version++
}

// note remembers that the next Cut has to tell of a name.
func (t *Table) note(name string) {
	if t.dirty == nil {
		t.dirty = make(map[string]bool)
	}
	t.dirty[name] = true
}
