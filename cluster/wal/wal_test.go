package wal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/etcd/server/v3/storage/wal"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// The tests run with small segments, so that they see many of them.
const testSegment = 32 << 10

func TestMain(m *testing.M) {
	wal.SegmentSizeBytes = testSegment
	os.Exit(m.Run())
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func ents(term, first uint64, data ...string) []*raftpb.Entry {
	var es []*raftpb.Entry
	for i, d := range data {
		es = append(es, &raftpb.Entry{Type: raftpb.EntryNormal.Enum(), Term: new(term), Index: new(first + uint64(i)), Data: []byte(d)})
	}
	return es
}

func hard(term, vote, commit uint64) *raftpb.HardState {
	return &raftpb.HardState{Term: &term, Vote: &vote, Commit: &commit}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// one is a log and the part of its only group.
type one struct {
	*Part
	l *Log
}

func (o one) Close() error { return o.l.Close() }

func createOne(dir string, zeroFill bool) (one, error) {
	l, err := create(dir, quiet, zeroFill)
	if err != nil {
		return one{}, err
	}
	p, _, err := l.Part(0, Mark{})
	return one{p, l}, err
}

// openOne opens a log of one group. Nothing stays open if that fails.
func openOne(dir string, from Mark) (one, State, error) {
	l, err := Open(dir, quiet)
	if err != nil {
		return one{}, State{}, err
	}
	p, st, err := l.Part(0, from)
	if err != nil {
		err = errors.Join(err, l.Close())
	}
	return one{p, l}, st, err
}

func mustCreate(t testing.TB, dir string) one {
	t.Helper()
	o, err := createOne(dir, true)
	must(t, err)
	return o
}

func mustOpen(t testing.TB, dir string, from Mark) (one, State) {
	t.Helper()
	o, st, err := openOne(dir, from)
	must(t, err)
	return o, st
}

// sameEntries fails unless got holds exactly want.
func sameEntries(t testing.TB, got, want []*raftpb.Entry) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d entries, want %d", len(got), len(want))
	}
	for i := range got {
		if !proto.Equal(got[i], want[i]) {
			t.Fatalf("entry %d is %v, want %v", i, got[i], want[i])
		}
	}
}

func TestLifeOfALog(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "wal")
	if Exists(dir) {
		t.Error("a log exists before it was created")
	}
	if _, _, err := openOne(dir, Mark{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("opening nothing: %v", err)
	}
	l := mustCreate(t, dir)
	if !Exists(dir) {
		t.Error("no log after it was created")
	}
	if _, err := Create(dir, quiet); !errors.Is(err, os.ErrExist) {
		t.Errorf("creating twice: %v", err)
	}
	if _, _, err := openOne(dir, Mark{}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("opening an open log: %v", err)
	}
	var synced int
	l.l.OnSync = func(took time.Duration, bytes int) { synced += bytes }
	must(t, l.Append(hard(1, 7, 0), ents(1, 1, "a", "b", "c")))
	must(t, l.Append(hard(1, 7, 2), nil)) // commit only: not synced
	must(t, l.Append(nil, ents(1, 4, "dd")))
	if synced != 5 {
		t.Errorf("OnSync saw %d bytes of data, want 5", synced)
	}
	must(t, l.Close())
	must(t, l.Close())
	if err := l.Append(nil, ents(1, 5, "e")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("append to a closed log: %v", err)
	}

	l, st := mustOpen(t, dir, Mark{})
	defer l.Close()
	if l.l.Repaired != "" {
		t.Errorf("repaired: %s", l.l.Repaired)
	}
	if !proto.Equal(st.Hard, hard(1, 7, 2)) {
		t.Errorf("hard state %v", st.Hard)
	}
	sameEntries(t, st.Entries, append(ents(1, 1, "a", "b", "c"), ents(1, 4, "dd")...))
}

// TestAgainstModel appends, overwrites, marks, purges and reopens at random and
// compares with a slice of entries.
func TestAgainstModel(t *testing.T) {
	t.Parallel()
	for seed := range int64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewSource(seed))
			dir := filepath.Join(t.TempDir(), "wal")
			l := mustCreate(t, dir)
			var (
				model  []*raftpb.Entry // from index 1 on
				term   uint64          = 1
				commit uint64
				mark   Mark
			)
			for range 250 {
				switch r := rnd.Intn(20); {
				case r < 15:
					if r == 0 { // a new leader overwrites what was not committed
						term++
						model = model[:int(commit)+rnd.Intn(len(model)-int(commit)+1)]
					}
					var data []string
					for range 1 + rnd.Intn(4) {
						data = append(data, strings.Repeat("x", 1+rnd.Intn(1500)))
					}
					es := ents(term, uint64(len(model))+1, data...)
					model = append(model, es...)
					commit += uint64(rnd.Intn(len(model) - int(commit) + 1))
					must(t, l.Append(hard(term, 7, commit), es))
				case r < 17 && commit > mark.Index:
					mark = Mark{commit, model[commit-1].GetTerm(), &raftpb.ConfState{Voters: []uint64{7}}}
					must(t, l.Mark(mark))
				case r < 18:
					must(t, l.Purge())
				default:
					must(t, l.Close())
					var st State
					l, st = mustOpen(t, dir, mark)
					sameEntries(t, st.Entries, model[mark.Index:])
					if len(model) > 0 && !proto.Equal(st.Hard, hard(term, 7, commit)) {
						t.Fatalf("hard state %v, want term %d commit %d", st.Hard, term, commit)
					}
				}
			}
			must(t, l.Close())
		})
	}
}

func TestPurge(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "wal")
	l := mustCreate(t, dir)
	big := strings.Repeat("v", testSegment/4)
	for i := uint64(1); i <= 40; i++ {
		must(t, l.Append(hard(1, 7, i), ents(1, i, big)))
	}
	must(t, l.l.look())
	before := l.Size()
	if before < 40*testSegment/4 {
		t.Fatalf("%d bytes before the purge", before)
	}
	must(t, l.Mark(Mark{Index: 30, Term: 1}))
	must(t, l.Purge())
	if after := l.Size(); after > before/2 {
		t.Errorf("%d bytes after the purge of three quarters, %d before", after, before)
	}
	must(t, l.Purge())
	must(t, l.Mark(Mark{Index: 3, Term: 1})) // late: it changes nothing
	must(t, l.Purge())
	must(t, l.Append(nil, ents(1, 41, "next")))
	must(t, l.Close())

	l, st := mustOpen(t, dir, Mark{Index: 30, Term: 1})
	defer l.Close()
	if len(st.Entries) != 11 || st.Entries[0].GetIndex() != 31 {
		t.Errorf("%d entries after the purge", len(st.Entries))
	}
	must(t, l.Close())
	if _, _, err := openOne(dir, Mark{}); err == nil || !strings.Contains(err.Error(), "are gone") {
		t.Errorf("reading from before the purge: %v", err)
	}
}

// TestSnapshotOfTheLeader covers a log that was overtaken by a snapshot and the
// places where the process may die on the way.
func TestSnapshotOfTheLeader(t *testing.T) {
	t.Parallel()
	snap := Mark{Index: 10, Term: 3, Conf: &raftpb.ConfState{Voters: []uint64{1, 2, 3}}}
	for _, c := range []struct {
		name       string
		mark, hard bool
		more       []*raftpb.Entry // after the snapshot
		want       []*raftpb.Entry
		wantHard   *raftpb.HardState
	}{
		{"died before the mark", false, false, nil, nil, hard(3, 0, 10)},
		{"died before the hard state", true, false, nil, nil, hard(3, 0, 10)},
		{"whole", true, true, nil, nil, hard(3, 9, 10)},
		{"went on", true, true, ents(3, 11, "k", "l"), ents(3, 11, "k", "l"), hard(3, 9, 10)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "wal")
			l := mustCreate(t, dir)
			// Entries of a lost leader, below, at and above the snapshot.
			must(t, l.Append(hard(2, 7, 0), ents(2, 1, strings.Split("abcdefghijklmnop", "")...)))
			if c.mark {
				must(t, l.Mark(snap))
			}
			if c.hard {
				must(t, l.Append(hard(3, 9, 10), nil))
			}
			if c.more != nil {
				must(t, l.Append(nil, c.more))
			}
			must(t, l.Close())
			for range 2 {
				l, st := mustOpen(t, dir, snap)
				sameEntries(t, st.Entries, c.want)
				if !proto.Equal(st.Hard, c.wantHard) {
					t.Errorf("hard state %v, want %v", st.Hard, c.wantHard)
				}
				must(t, l.Close())
			}
			if c, err := readLog(segmentDir(dir), reached{}); err != nil || c.groups[0].mark.Index != snap.Index {
				t.Errorf("the mark is not in the log after it was opened: %v", err)
			}
			if _, _, err := openOne(dir, Mark{Index: 10, Term: 2}); err == nil {
				t.Error("opened at a snapshot of another term")
			}
		})
	}
}

func TestAppendFailsForGood(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "wal")
	l := mustCreate(t, dir)
	must(t, l.Append(nil, ents(1, 1, "a")))
	// Beginning the next segment fails when the directory is gone.
	must(t, os.Rename(segmentDir(dir), segmentDir(dir)+".away"))
	fails(t, l, 2)
	must(t, os.Rename(segmentDir(dir)+".away", segmentDir(dir)))
	if err := l.Append(nil, ents(1, 3, "c")); err == nil {
		t.Error("a failed log took an entry")
	}
	if err := l.Mark(Mark{Index: 1, Term: 1}); err == nil {
		t.Error("a failed log took a mark")
	}
	must(t, l.Close())
}

// fails appends from index next on until the log fails, checks that it keeps
// failing the same way, and returns the index of the last entry that it took.
func fails(t *testing.T, l one, next uint64) uint64 {
	t.Helper()
	for i := range uint64(1000) {
		err := l.Append(nil, ents(1, next+i, strings.Repeat("v", 4000)))
		if err == nil {
			continue
		}
		if !strings.Contains(err.Error(), l.l.dir) {
			t.Errorf("the error does not name the log: %v", err)
		}
		if again := l.Append(nil, ents(1, next+i+1, "x")); again != err {
			t.Errorf("then %v, before %v", again, err)
		}
		return next + i - 1
	}
	t.Fatal("the log did not fail")
	return 0
}

func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	const room = 4 * testSegment
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", room)); err != nil {
		t.Skipf("needs to mount a small tmpfs: %v", err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	l := mustCreate(t, filepath.Join(dir, "wal"))
	last := fails(t, l, 1)
	if last < 8 {
		t.Errorf("failed after %d entries already", last)
	}
	l.Close()
	// What was acknowledged is there, as another process will find it.
	end := &bytes.Buffer{}
	for _, s := range mustSegments(t, l.l.dir) {
		b, err := os.ReadFile(s.path)
		must(t, err)
		end.Write(b)
	}
	if n := bytes.Count(end.Bytes(), []byte(strings.Repeat("v", 4000))); uint64(n) < last {
		t.Errorf("%d entries were acknowledged, %d are on disk", last, n)
	}
}

func mustSegments(t testing.TB, dir string) []segment {
	t.Helper()
	segs, err := listSegments(segmentDir(dir))
	must(t, err)
	return segs
}

// TestSpareIsTaken fails if etcd stops taking the files that are prepared for it.
func TestSpareIsTaken(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "wal")
	l := mustCreate(t, dir)
	defer l.Close()
	next := uint64(1)
	for range 3 {
		l.l.spare.want()
		// etcd has prepared one of the two, so the other one is ours.
		var tmp [2]os.FileInfo
		for deadline := time.Now().Add(10 * time.Second); tmp[0] == nil || tmp[1] == nil; time.Sleep(time.Millisecond) {
			for i := range tmp {
				tmp[i], _ = os.Stat(filepath.Join(segmentDir(dir), fmt.Sprintf("%d.tmp", i)))
			}
			if time.Now().After(deadline) {
				t.Fatal("no spare was prepared")
			}
		}
		for n := len(mustSegments(t, dir)); len(mustSegments(t, dir)) < n+2; next++ {
			must(t, l.Append(nil, ents(1, next, strings.Repeat("v", testSegment/4))))
		}
		segs := mustSegments(t, dir)
		for i := range tmp {
			taken := false
			for _, s := range segs[len(segs)-2:] {
				fi, err := os.Stat(s.path)
				must(t, err)
				taken = taken || os.SameFile(fi, tmp[i])
			}
			if !taken {
				t.Errorf("%d.tmp became none of the last two segments", i)
			}
		}
	}
}
