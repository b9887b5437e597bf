package store_test

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/race"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
)

// apply runs calls as one entry.
func apply(s *store.Store, index uint64, now int64, calls ...command.Call) string {
	u := unit(calls, false)
	s.Apply([]store.Entry{{Index: index, Time: now, Units: []*command.Unit{u}}})
	return string(u.W.Buf)
}

// small returns a shelf with a bit of everything.
func small(t testing.TB) *memShelf {
	s := newStore(t, 1, 1<<30)
	apply(s, 1, 1000,
		call(0, "set", "plain", "value"), call(1, "set", "number", 12), call(0, "rpush", "list", "a", "b"),
		call(0, "set", "mortal", "soon", "px", 100), call(0, "lease", "grant", 50, 7), call(0, "set", "leased", 1, "lease", 7),
		call(0, "set", strings.Repeat("long", 50), "key"), call(0, "set", "", "empty key"),
		call(0, "shared", "set", 2, "script", "text"), call(0, "shared", "set", 4, "", ""),
		call(0, "settings", "set", "hash-max-listpack-entries", 3))
	m := &memShelf{}
	d := s.Cut()
	sink := &memSink{sets: map[string]string{}}
	if err := d.Write(sink); err != nil {
		t.Fatal(err)
	}
	m.records, m.meta = sink.sets, d.Meta()
	return m
}

// flatten writes a snapshot as bytes that a fuzzer can damage; unflatten reads
// them, whatever they are.
func (m *memShelf) flatten() []byte {
	out := append(binary.AppendUvarint(nil, uint64(len(m.meta))), m.meta...)
	for _, k := range slices.Sorted(maps.Keys(m.records)) {
		out = append(binary.AppendUvarint(out, uint64(len(k))), k...)
		out = append(binary.AppendUvarint(out, uint64(len(m.records[k]))), m.records[k]...)
	}
	return out
}

func unflatten(b []byte) (parts [][]byte) {
	for len(b) > 0 {
		n, w := binary.Uvarint(b)
		if w <= 0 || n > uint64(len(b)-w) {
			return append(parts, b)
		}
		parts = append(parts, b[w:w+int(n)])
		b = b[w+int(n):]
	}
	return parts
}

// tryLoad loads damaged bytes. It must not panic, and what it accepts must be
// sound.
func tryLoad(t testing.TB, flat []byte) (accepted bool) {
	parts := unflatten(flat)
	if len(parts) == 0 {
		return false
	}
	s := newStore(t, 1, 1<<30)
	l, err := s.NewLoader(parts[0])
	if err != nil {
		return false
	}
	for i := 1; i+1 < len(parts); i += 2 {
		if l.Add(parts[i], parts[i+1]) != nil {
			return false
		}
	}
	if l.Finish() != nil {
		return false
	}
	if err := s.Audit(); err != nil {
		t.Errorf("accepted %q: %v", flat, err)
	}
	s.Digest()
	s.NextDeadline()
	apply(s, s.Applied()+1, s.Now()+1_000_000, call(0, "flushall"))
	return true
}

func FuzzLoader(f *testing.F) {
	f.Add(small(f).flatten())
	f.Fuzz(func(t *testing.T, flat []byte) { tryLoad(t, flat) })
}

func TestLoaderRefusesDamage(t *testing.T) {
	t.Parallel()
	good := small(t)
	if !tryLoad(t, good.flatten()) {
		t.Fatal("an intact snapshot is refused")
	}
	for k := range good.records {
		lost := &memShelf{records: maps.Clone(good.records), meta: good.meta}
		delete(lost.records, k)
		if tryLoad(t, lost.flatten()) {
			t.Errorf("a snapshot without record %q is accepted", k)
		}
		for name, value := range map[string]string{"empty": "", "cut": good.records[k][:1], "format": "\xff" + good.records[k][1:]} {
			bad := &memShelf{records: maps.Clone(good.records), meta: good.meta}
			bad.records[k] = value
			if tryLoad(t, bad.flatten()) {
				t.Errorf("record %q is accepted %s", k, name)
			}
		}
	}
	for i := range good.meta {
		if tryLoad(t, (&memShelf{records: good.records, meta: good.meta[:i]}).flatten()) {
			t.Errorf("%d bytes of meta are accepted", i)
		}
	}
	flat := good.flatten()
	for i := range flat { // what is not noticed must be harmless
		for bit := range 8 {
			if race.Enabled && bit != i%8 {
				continue
			}
			bad := slices.Clone(flat)
			bad[i] ^= 1 << bit
			tryLoad(t, bad)
		}
	}
}

func TestLoaderKnowsDatabases(t *testing.T) {
	t.Parallel()
	m := small(t)
	s, err := store.New(store.Options{Table: table, Rows: rows, Kinds: kinds, Databases: databases - 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.NewLoader(m.meta); err == nil {
		t.Error("a snapshot with more databases is accepted")
	}
}

// Values longer than a record are kept in several, and none of them is left
// behind when they shrink.
func TestLongValues(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1, 1<<30)
	var shelf memShelf
	index := uint64(0)
	step := func(wantRecords int, fail int, calls ...command.Call) {
		t.Helper()
		index++
		apply(s, index, 1000, calls...)
		saved := shelf.write(t, s.Cut(), &memSink{fail: fail})
		if saved != (fail == 0) {
			t.Fatalf("saved: %v", saved)
		}
		if !saved {
			return
		}
		if len(shelf.records) != wantRecords {
			t.Fatalf("%d records, want %d", len(shelf.records), wantRecords)
		}
		want, _ := s.Digest()
		if s = shelf.load(t, newStore(t, 1, 1<<30)); s.Audit() != nil {
			t.Fatal(s.Audit())
		}
		if got, _ := s.Digest(); got != want {
			t.Fatalf("digest %s, want %s", got, want)
		}
	}
	step(6, 0, call(0, "set", "big", make([]byte, 3<<20)), call(0, "set", "big2", make([]byte, 1<<20)))
	step(6, 0, call(0, "setrange", "big", 10, "x"))
	step(4, 0, call(0, "set", "big", make([]byte, 1<<20+1)))
	step(3, 0, call(0, "set", "big", "small"))
	step(8, 0, call(0, "set", "big", make([]byte, 5<<20)))
	step(0, 2, call(0, "set", "big", "small")) // disk full
	step(3, 0, call(0, "set", "other", 1), call(0, "del", "big"))
	step(0, 0, call(0, "flushall"))
}
