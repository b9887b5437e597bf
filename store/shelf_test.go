package store_test

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/msredis/msredis/store"
)

// memShelf keeps snapshots as a disk would: a delta counts as a whole or not at
// all.
type memShelf struct {
	records map[string]string
	meta    []byte
}

// memSink checks what a store.Sink is promised, and gathers.
type memSink struct {
	t          *testing.T
	sets       map[string]string
	ranges     [][2]string
	deletes    []string
	last       string
	fail       int         // after so many records; 0: never
	afterWrite func(n int) // called after each record
	n          int
}

var errFull = errors.New("disk full")

func (s *memSink) next(key string) error {
	if key <= s.last && s.n > 0 {
		s.t.Errorf("key %q comes after %q", key, s.last)
	}
	s.last = key
	s.n++
	if s.afterWrite != nil {
		s.afterWrite(s.n)
	}
	if s.n == s.fail {
		return errFull
	}
	return nil
}

func (s *memSink) Set(key, value []byte) error {
	if len(value) > 1<<20 {
		s.t.Errorf("a record of %d bytes", len(value))
	}
	s.sets[string(key)] = string(value)
	return s.next(string(key))
}

func (s *memSink) Delete(key []byte) error {
	s.deletes = append(s.deletes, string(key))
	return s.next(string(key))
}

func (s *memSink) DeleteRange(start, end []byte) error {
	s.ranges = append(s.ranges, [2]string{string(start), string(end)})
	return s.next(string(start))
}

// write writes the delta and reports whether it was saved.
func (m *memShelf) write(t *testing.T, d *store.Delta, sink *memSink) bool {
	sink.t, sink.sets = t, map[string]string{}
	err := d.Write(sink)
	if err == nil {
		if m.records == nil {
			m.records = map[string]string{}
		}
		for _, r := range sink.ranges {
			maps.DeleteFunc(m.records, func(k, _ string) bool { return r[0] <= k && k < r[1] })
		}
		for _, k := range sink.deletes {
			delete(m.records, k)
		}
		maps.Copy(m.records, sink.sets)
		m.meta = d.Meta()
	} else if !errors.Is(err, errFull) {
		t.Error(err)
	}
	d.Done(err == nil)
	return err == nil
}

// load restores a store.
func (m *memShelf) load(t *testing.T, s *store.Store) *store.Store {
	t.Helper()
	l, err := s.NewLoader(m.meta)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range slices.Sorted(maps.Keys(m.records)) {
		if err := l.Add([]byte(k), []byte(m.records[k])); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Finish(); err != nil {
		t.Fatal(err)
	}
	return s
}
