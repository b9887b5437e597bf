package wal

import (
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/etcd/client/pkg/v3/fileutil"
	"go.etcd.io/etcd/server/v3/storage/wal"
	"go.etcd.io/etcd/server/v3/storage/wal/walpb"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// sample is a log at rest: its files, and what they hold before and after the
// last append.
type sample struct {
	files         map[string][]byte // by path below the log's directory
	last          string            // last segment
	lastAt, end   int64             // where the last append lies in it
	syncedBefore  []byte            // the file synced, before the last append
	before, after []*raftpb.Entry
	number        uint64            // of the last record
	hard          *raftpb.HardState // before and after
}

// makeSample writes a log of two segments. The last append is one entry that
// holds a whole sector of zeros, so that damage to it resembles a torn write.
func makeSample(t testing.TB) *sample {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "wal")
	l := mustCreate(t, dir)
	s := &sample{hard: hard(2, 7, 4)}
	add := func(hs *raftpb.HardState, es []*raftpb.Entry) {
		must(t, l.Append(hs, es))
		s.after = append(s.after, es...)
	}
	add(hard(1, 7, 0), ents(1, 1, "a", strings.Repeat("b", testSegment)))
	add(hard(2, 7, 2), ents(2, 3, "c", strings.Repeat("\x00", 1500)))
	add(hard(2, 7, 4), ents(2, 5, "e", "f"))
	s.before = s.after
	var err error
	s.syncedBefore, err = os.ReadFile(filepath.Join(dir, "synced"))
	must(t, err)
	before, err := readLog(segmentDir(dir), reached{})
	must(t, err)
	add(nil, ents(2, 7, strings.Repeat("z", 40)+strings.Repeat("\x00", 1030)+"z"))
	s.number = l.l.last
	must(t, l.Close())
	after, err := readLog(segmentDir(dir), reached{})
	must(t, err)
	s.last, err = filepath.Rel(dir, after.path)
	must(t, err)
	s.lastAt, s.end = before.offset, after.offset
	s.files = map[string][]byte{}
	for _, seg := range mustSegments(t, dir) {
		name, err := filepath.Rel(dir, seg.path)
		must(t, err)
		s.files[name], err = os.ReadFile(seg.path)
		must(t, err)
	}
	s.files["synced"], err = os.ReadFile(filepath.Join(dir, "synced"))
	must(t, err)
	if len(s.files) != 3 {
		t.Fatalf("the sample has %d files", len(s.files))
	}
	return s
}

// put writes the files, with those in changed instead of their own; nil leaves
// a file out.
func (s *sample) put(t testing.TB, dir string, changed map[string][]byte) {
	t.Helper()
	must(t, os.MkdirAll(segmentDir(dir), 0o700))
	for name, b := range s.files {
		if c, ok := changed[name]; ok {
			b = c
		}
		if b == nil {
			os.Remove(filepath.Join(dir, name))
			continue
		}
		must(t, os.WriteFile(filepath.Join(dir, name), b, 0o600))
	}
}

// TestTornTail tears the last record at every byte, as a crash before the end of
// the append leaves it: the file ends there, or goes on with zeros.
func TestTornTail(t *testing.T) {
	t.Parallel()
	s := makeSample(t)
	dir := filepath.Join(t.TempDir(), "wal")
	s.put(t, dir, nil)
	synced := mustRead(t, s.syncedBefore)
	whole := s.files[s.last]
	for _, zeros := range []bool{false, true} {
		for at := s.end - 1; at >= s.lastAt; at-- {
			torn := append([]byte{}, whole[:at]...)
			if zeros {
				torn = append(torn, make([]byte, len(whole)-int(at))...)
			}
			if zeros && allZero(whole[at:s.end]) {
				continue // only padding is missing
			}
			must(t, os.WriteFile(filepath.Join(dir, s.last), torn, 0o600))
			_, err := readLog(segmentDir(dir), synced)
			if at == s.lastAt {
				must(t, err)
			} else if te := (*tornError)(nil); !errors.As(err, &te) || te.offset != s.lastAt {
				t.Fatalf("torn at byte %d, zeros %v: %v", at-s.lastAt, zeros, err)
			}
		}
	}
}

// TestRepair opens logs with a torn tail and goes on with them.
func TestRepair(t *testing.T) {
	t.Parallel()
	s := makeSample(t)
	for _, n := range []int64{1, 8, 9, 20, 60} {
		dir := filepath.Join(t.TempDir(), "wal")
		torn := s.files[s.last][:s.lastAt+n]
		s.put(t, dir, map[string][]byte{s.last: torn, "synced": s.syncedBefore})
		l, st := mustOpen(t, dir, Mark{})
		sameEntries(t, st.Entries, s.before)
		if !proto.Equal(st.Hard, s.hard) {
			t.Errorf("hard state %v", st.Hard)
		}
		if !strings.HasPrefix(l.l.Repaired, fmt.Sprintf("%d bytes of", n)) || !strings.Contains(l.l.Repaired, s.last+".broken") {
			t.Errorf("torn after %d bytes: says %q", n, l.l.Repaired)
		}
		if b, err := os.ReadFile(filepath.Join(dir, s.last+".broken")); err != nil || string(b) != string(torn) {
			t.Errorf("no copy of the torn file: %v", err)
		}
		must(t, l.Append(nil, ents(2, 7, "again")))
		must(t, l.Close())
		l, st = mustOpen(t, dir, Mark{})
		sameEntries(t, st.Entries, append(s.before[:6:6], ents(2, 7, "again")...))
		if l.l.Repaired != "" {
			t.Errorf("repaired twice: %s", l.l.Repaired)
		}
		must(t, l.Close())
	}
}

func mustRead(t testing.TB, synced []byte) reached {
	t.Helper()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "synced"), synced, 0o600))
	f, err := openSynced(dir)
	must(t, err)
	defer f.close()
	r, err := f.read(quiet)
	must(t, err)
	return r
}

// TestWhatWasSyncedIsNotCutOff is the same damage as in TestTornTail, to a record
// that Append had returned for.
func TestWhatWasSyncedIsNotCutOff(t *testing.T) {
	t.Parallel()
	s := makeSample(t)
	dir := filepath.Join(t.TempDir(), "wal")
	for at := s.lastAt; at < s.end-8; at += 41 {
		cut := append([]byte{}, s.files[s.last][:at]...)
		s.put(t, dir, map[string][]byte{s.last: cut})
		_, _, err := openOne(dir, Mark{})
		if ce := (*CorruptError)(nil); !errors.As(err, &ce) || ce.Offset != s.lastAt || !strings.HasSuffix(ce.Path, s.last) {
			t.Fatalf("cut at byte %d: %v", at-s.lastAt, err)
		}
	}
	for _, c := range []struct {
		name    string
		changed map[string][]byte
	}{
		{"last segment gone", map[string][]byte{s.last: nil}},
		{"sector of zeros", map[string][]byte{s.last: splice(s.files[s.last], s.lastAt, make([]byte, 512))}},
	} {
		s.put(t, dir, c.changed)
		if _, _, err := openOne(dir, Mark{}); !errors.As(err, new(*CorruptError)) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func splice(b []byte, at int64, with []byte) []byte {
	b = append([]byte{}, b...)
	copy(b[at:], with)
	return b
}

// TestFlippedBit flips a bit in every byte of a log at rest. Either it is found
// and the place is named, or it makes no difference (padding).
func TestFlippedBit(t *testing.T) {
	t.Parallel()
	s := makeSample(t)
	dir := filepath.Join(t.TempDir(), "wal")
	s.put(t, dir, nil)
	rnd := rand.New(rand.NewSource(1))
	harmless := 0
	for name, whole := range s.files {
		if name == "synced" {
			continue
		}
		end := int64(len(whole))
		if name == s.last {
			end = s.end
		}
		starts := recordStarts(t, whole)
		f, err := os.OpenFile(filepath.Join(dir, name), os.O_RDWR, 0)
		must(t, err)
		for at := int64(0); at < end; at += 1 + at/512*8 { // all of the short records, some of the long
			was := whole[at]
			must2(f.WriteAt([]byte{was ^ 1<<rnd.Intn(8)}, at))
			_, err := readLog(segmentDir(dir), mustReached(s))
			if ce := (*CorruptError)(nil); errors.As(err, &ce) {
				// A damaged length shows at the record behind it, or in its padding.
				n, _ := slices.BinarySearch(starts, at+1) // the record behind
				if !strings.HasSuffix(ce.Path, name) || ce.Offset > starts[min(n, len(starts)-1)]+8 {
					t.Fatalf("byte %d of %s: %v", at, name, err)
				}
			} else if err != nil {
				t.Fatalf("byte %d of %s: %v", at, name, err)
			} else {
				harmless++
				copyDir := filepath.Join(t.TempDir(), "wal")
				s.put(t, copyDir, map[string][]byte{name: splice(whole, at, []byte{was ^ 0xff})})
				if l, st, err := openOne(copyDir, Mark{}); err == nil {
					sameEntries(t, st.Entries, s.after)
					must(t, l.Close())
				}
			}
			must2(f.WriteAt([]byte{was}, at))
		}
		must(t, f.Close())
	}
	if harmless > 80 {
		t.Errorf("%d flipped bits were not found", harmless)
	}
}

// recordStarts returns where the records of a segment begin, and where the last one ends.
func recordStarts(t testing.TB, segment []byte) (starts []int64) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "segment")
	must(t, os.WriteFile(path, segment, 0o600))
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	dec := wal.NewDecoder(fileutil.NewFileReader(f))
	var rec walpb.Record
	for starts = []int64{0}; dec.Decode(&rec) == nil; starts = append(starts, dec.LastOffset()) {
		if rec.GetType() == wal.CrcType {
			dec.UpdateCRC(rec.GetCrc())
		}
	}
	return starts
}

func must2(_ int, err error) {
	if err != nil {
		panic(err)
	}
}

func mustReached(s *sample) reached { return reached{Number: s.number} }

// TestWithoutSynced opens a log whose file of what is synced is lost: the looks
// of the tail decide.
func TestWithoutSynced(t *testing.T) {
	t.Parallel()
	s := makeSample(t)
	for _, c := range []struct {
		name   string
		synced []byte
		last   []byte
		want   []*raftpb.Entry // nil: refused
	}{
		{"missing", nil, nil, s.after},
		{"empty", []byte{}, nil, s.after},
		{"garbage", []byte("not what it was, but long enough to be it"), nil, s.after},
		{"missing, torn", nil, s.files[s.last][:s.end-9], s.before},
		{"missing, a byte of a small record changed", nil, splice(s.files[s.last], s.lastAt-4, []byte{9}), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "wal")
			changed := map[string][]byte{"synced": c.synced}
			if c.last != nil {
				changed[s.last] = c.last
			}
			s.put(t, dir, changed)
			l, st, err := openOne(dir, Mark{})
			if c.want == nil {
				if !errors.As(err, new(*CorruptError)) {
					t.Errorf("opened: %v", err)
				}
				return
			}
			must(t, err)
			sameEntries(t, st.Entries, c.want)
			must(t, l.Close())
		})
	}
}

// FuzzTail puts arbitrary bytes behind, or over, what is known to be synced.
func FuzzTail(f *testing.F) {
	s := makeSample(f)
	f.Add([]byte{}, int64(0))
	f.Add(s.files[s.last][s.lastAt:s.end], int64(0))
	f.Add([]byte("\x00\x00\x00\x00\x00\x00\x00\x00zzzzzzzz"), int64(0))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff"), int64(8))
	f.Add([]byte("\x10\x00\x00\x00\x00\x00\x00\x80aaaaaaaaaaaaaaaa"), int64(-8))
	must := mustRead(f, s.syncedBefore)
	dir := filepath.Join(f.TempDir(), "wal")
	f.Fuzz(func(t *testing.T, tail []byte, shift int64) {
		at := max(0, min(s.lastAt+shift, s.end))
		data := append(append([]byte{}, s.files[s.last][:at]...), tail...)
		s.put(t, dir, map[string][]byte{s.last: data, "synced": s.syncedBefore})
		_, err := readLog(segmentDir(dir), must)
		if err != nil && !errors.As(err, new(*CorruptError)) && !errors.As(err, new(*tornError)) {
			t.Fatal(err)
		}
		l, st, err := openOne(dir, Mark{})
		if err != nil {
			return
		}
		defer l.Close()
		if len(st.Entries) < len(s.before) {
			t.Fatalf("%d entries are left of %d that were synced", len(st.Entries), len(s.before))
		}
		sameEntries(t, st.Entries[:len(s.before)], s.before)
	})
}
