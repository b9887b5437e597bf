package shelf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"

	"github.com/msredis/msredis/store"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// delta is a list of changes in ascending order.
type delta []change

type change struct {
	key, end, value string // end: a range; value "": a deletion
}

func (d delta) Write(s store.Sink) error {
	for _, c := range d {
		var err error
		switch {
		case c.end != "":
			err = s.DeleteRange([]byte(c.key), []byte(c.end))
		case c.value == "":
			err = s.Delete([]byte(c.key))
		default:
			err = s.Set([]byte(c.key), []byte(c.value))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// random makes a delta and does the same to a model.
func random(r *rand.Rand, model map[string]string, big bool) delta {
	var d delta
	end := ""
	for k := range 400 {
		key := fmt.Sprintf("%04d", k)
		switch n := r.Intn(40); {
		case n == 0 && key >= end:
			end = fmt.Sprintf("%04d", k+1+r.Intn(60))
			d = append(d, change{key: key, end: end})
			maps.DeleteFunc(model, func(at, _ string) bool { return key <= at && at < end })
		case n < 5:
			value := fmt.Sprint(r.Int63())
			if big && n == 1 {
				value = strings.Repeat(value, 20000)
			}
			d = append(d, change{key: key, value: value})
			model[key] = value
		case n < 8:
			d = append(d, change{key: key})
			delete(model, key)
		}
	}
	return d
}

func content(t testing.TB, s *Shelf) map[string]string {
	t.Helper()
	got := map[string]string{}
	last := ""
	if err := s.Load(func(key, value []byte) error {
		if string(key) <= last && last != "" {
			return fmt.Errorf("key %q after %q", key, last)
		}
		last = string(key)
		got[last] = string(value)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return got
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustOpen(t testing.TB, dir string) *Shelf {
	t.Helper()
	return mustOpenFS(t, vfs.Default, dir)
}

// inMemory opens a shelf that needs no disk.
func inMemory(t testing.TB) *Shelf {
	t.Helper()
	return mustOpenFS(t, vfs.NewMem(), "/s")
}

func mustOpenFS(t testing.TB, fs vfs.FS, dir string) *Shelf {
	t.Helper()
	s, err := openFS(fs, dir, quiet)
	must(t, err)
	s.split = 64 << 10 // so that large values make many tables
	return s
}

func meta(i int) Meta {
	return Meta{Index: uint64(i), Term: 2, Conf: &raftpb.ConfState{Voters: []uint64{1, 2, 3}}, Group: []byte("g"), Store: fmt.Append(nil, "s", i)}
}

// TestDeltas: delta over delta gives what a map gives, through restarts.
func TestDeltas(t *testing.T) {
	t.Parallel()
	for seed := range int64(4) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			t.Parallel()
			fs, dir := vfs.FS(vfs.NewMem()), "/s"
			if seed == 0 {
				fs, dir = vfs.Default, filepath.Join(t.TempDir(), "s")
			}
			s := mustOpenFS(t, fs, dir)
			if _, ok := s.Meta(); ok {
				t.Fatal("a new shelf has a snapshot")
			}
			r := rand.New(rand.NewSource(seed))
			model := map[string]string{}
			for i := 1; i <= 20; i++ {
				must(t, s.Write(meta(i), random(r, model, seed == 0)))
				if i%5 == 0 {
					must(t, s.Close())
					s = mustOpenFS(t, fs, dir)
				}
				if m, ok := s.Meta(); !ok || m.Index != uint64(i) || string(m.Store) != fmt.Sprint("s", i) || len(m.Conf.Voters) != 3 {
					t.Fatalf("meta %+v, %v", m, ok)
				}
				if got := content(t, s); !maps.Equal(got, model) {
					t.Fatalf("after delta %d: %d keys, want %d", i, len(got), len(model))
				}
			}
			must(t, s.Close())
		})
	}
}

// failing ends in the middle.
type failing struct{ delta }

var errHalf = errors.New("half way")

func (f failing) Write(s store.Sink) error {
	if err := f.delta[:len(f.delta)/2].Write(s); err != nil {
		return err
	}
	return errHalf
}

func TestFailedWriteChangesNothing(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	model := map[string]string{}
	r := rand.New(rand.NewSource(1))
	must(t, s.Write(meta(1), random(r, model, false)))
	if err := s.Write(meta(2), failing{random(r, map[string]string{}, true)}); !errors.Is(err, errHalf) {
		t.Fatal(err)
	}
	if m, _ := s.Meta(); m.Index != 1 || !maps.Equal(content(t, s), model) {
		t.Fatal("a failed snapshot shows")
	}
	must(t, s.Write(meta(3), random(r, model, false)))
	if !maps.Equal(content(t, s), model) {
		t.Fatal("wrong content after a failed snapshot")
	}
	must(t, s.Close())
}

func TestOrder(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	defer s.Close()
	model := delta{{key: "a", value: "1"}, {key: "b", value: "2"}}
	must(t, s.Write(meta(1), model))
	for _, d := range []delta{
		{{key: "b", value: "x"}, {key: "a", value: "x"}},
		{{key: "b", value: "x"}, {key: "b"}},
		{{key: "b", value: "x"}, {key: "a", end: "c"}},
		{{key: "b", value: "x"}, {key: "b", end: "c"}},
		{{key: "b", end: "c"}, {key: "a", value: "x"}},
		{{key: "b", end: "c"}, {key: "a", end: "c"}},
	} {
		if err := s.Write(meta(2), d); !errors.Is(err, errOrder) {
			t.Errorf("%v: %v", d, err)
		}
	}
	if got := content(t, s); len(got) != 2 || got["a"] != "1" || got["b"] != "2" {
		t.Errorf("the shelf holds %v", got)
	}
}

// TestRanges deletes ranges that begin, end and go on at the edges of tables.
func TestRanges(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("v", 70<<10) // fills a table
	all := delta{}
	for c := 'a'; c <= 'p'; c++ {
		all = append(all, change{key: string(c), value: "old"})
	}
	for _, c := range []struct {
		name string
		d    delta
		want string // the keys that are left, new ones in upper case
	}{
		{"one", delta{{key: "c", end: "e"}}, "abefghijklmnop"},
		{"to the end", delta{{key: "e", end: "\xff"}}, "abcd"},
		{"everything", delta{{key: "", end: "\xff"}}, ""},
		{"nothing", delta{{key: "c", end: "c"}, {key: "d", end: "b"}}, "abcdefghijklmnop"},
		{"touching", delta{{key: "b", end: "d"}, {key: "d", end: "f"}}, "afghijklmnop"},
		{"within another", delta{{key: "b", end: "h"}, {key: "c", end: "d"}}, "ahijklmnop"},
		{"set within", delta{{key: "b", end: "h"}, {key: "b", value: "new"}, {key: "g", value: "new"}}, "aBGhijklmnop"},
		{"over tables", delta{{key: "b", end: "n"}, {key: "c", value: big}, {key: "e", value: big}, {key: "f", value: big}, {key: "m"}}, "aCEFnop"},
		{"ends with a table", delta{{key: "a", value: big}, {key: "b", end: "d"}, {key: "d", value: big}, {key: "e", end: "p"}}, "ADp"},
		{"begins a table", delta{{key: "a", value: big}, {key: "b", end: "c"}, {key: "c", end: "d"}, {key: "o", value: "new"}}, "AdefghijklmnOp"},
		{"after a full table", delta{{key: "a", end: "c"}, {key: "b", value: big}, {key: "d", end: "p"}}, "Bcp"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := inMemory(t)
			defer s.Close()
			must(t, s.Write(meta(1), all))
			must(t, s.Write(meta(2), c.d))
			var got strings.Builder
			for _, k := range slices.Sorted(maps.Keys(content(t, s))) {
				if content(t, s)[k] != "old" {
					k = strings.ToUpper(k)
				}
				got.WriteString(k)
			}
			if got.String() != c.want {
				t.Errorf("left: %s, want %s", got.String(), c.want)
			}
		})
	}
}

// openEnded deletes all keys with the range that has no end.
type openEnded struct{}

func (openEnded) Write(s store.Sink) error { return s.DeleteRange(nil, nil) }

func TestRangeWithoutEnd(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	defer s.Close()
	must(t, s.Write(meta(1), delta{{key: "\x00", value: "1"}, {key: "\xff\xff", value: "2"}}))
	must(t, s.Write(meta(2), openEnded{}))
	if got := content(t, s); len(got) > 0 {
		t.Errorf("left: %v", got)
	}
	if m, ok := s.Meta(); !ok || m.Index != 2 {
		t.Errorf("meta %v", m)
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	s := inMemory(t)
	must(t, s.Close())
	must(t, s.Close())
	_, _, rerr := s.Reader()
	for name, err := range map[string]error{"Write": s.Write(meta(1), delta{}), "Load": s.Load(nil), "Reader": rerr} {
		if !errors.Is(err, pebble.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMetaRecord(t *testing.T) {
	t.Parallel()
	for _, m := range []Meta{{Conf: &raftpb.ConfState{}}, meta(7), {Index: 1 << 63, Term: 1 << 62, Conf: meta(1).Conf, Group: make([]byte, 1000), Store: []byte{0}}} {
		b, err := m.encode()
		must(t, err)
		got, err := decodeMeta(b)
		if err != nil || got.Index != m.Index || got.Term != m.Term || !proto.Equal(got.Conf, m.Conf) ||
			!bytes.Equal(got.Group, m.Group) || !bytes.Equal(got.Store, m.Store) {
			t.Errorf("%+v became %+v, %v", m, got, err)
		}
		for i := range b {
			bad := slices.Clone(b)
			bad[i] ^= 0x10
			if _, err := decodeMeta(bad); err == nil {
				t.Errorf("took a record with a flipped bit in byte %d", i)
			}
			if _, err := decodeMeta(b[:i]); err == nil {
				t.Errorf("took %d bytes of a record", i)
			}
		}
	}
	newer := []byte{metaVersion + 1, 0, 0, 0, 0, 0}
	if _, err := decodeMeta(newer); err == nil || !strings.Contains(err.Error(), "format 2") {
		t.Errorf("a record of a newer format: %v", err)
	}
}
