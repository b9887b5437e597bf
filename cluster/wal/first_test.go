package wal

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/etcd/server/v3/storage/wal"
	"go.etcd.io/etcd/server/v3/storage/wal/walpb"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"

	"github.com/msredis/msredis/internal/zaplog"
)

// firstLog writes a log of the first format, in the way in which versions with that format
// did: raft's entries and hard states into etcd's log, and a note of the last that was synced.
type firstLog struct {
	t    testing.TB
	dir  string
	w    *wal.WAL
	note reached
}

func createFirst(t testing.TB, dir string) *firstLog {
	t.Helper()
	must(t, os.MkdirAll(dir, 0o700))
	w, err := wal.Create(zaplog.New(quiet), segmentDir(dir), nil)
	must(t, err)
	return &firstLog{t: t, dir: dir, w: w}
}

func (f *firstLog) append(hs *raftpb.HardState, es []*raftpb.Entry) {
	f.t.Helper()
	must(f.t, f.w.Save(hs, es))
	f.note.Term, f.note.Vote = hs.GetTerm(), hs.GetVote()
	if n := len(es); n > 0 {
		f.note.Index, f.note.EntryTerm = es[n-1].GetIndex(), es[n-1].GetTerm()
	}
	f.writeNote()
}

func (f *firstLog) writeNote() {
	f.t.Helper()
	b := []byte(firstMagic)
	for _, v := range []uint64{f.note.Index, f.note.EntryTerm, f.note.Term, f.note.Vote} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	must(f.t, os.WriteFile(filepath.Join(f.dir, "synced"), b, 0o600))
}

func (f *firstLog) mark(m Mark) {
	f.t.Helper()
	must(f.t, f.w.SaveSnapshot(&walpb.Snapshot{Index: &m.Index, Term: &m.Term, ConfState: m.Conf}))
}

// TestFirstFormat opens logs of the first format and goes on with them, until the old
// segments are purged.
func TestFirstFormat(t *testing.T) {
	t.Parallel()
	for seed := range int64(6) {
		rnd := rand.New(rand.NewSource(seed))
		dir := filepath.Join(t.TempDir(), "wal")
		f := createFirst(t, dir)
		m := &model{}
		f.append(m.append(rnd, true, 1500))
		for range 60 {
			if rnd.Intn(10) == 0 && m.commit > m.mark.Index {
				m.mark = Mark{m.commit, m.entries[m.commit-1].GetTerm(), &raftpb.ConfState{Voters: []uint64{7}}}
				f.mark(m.mark)
			} else {
				f.append(m.append(rnd, rnd.Intn(10) == 0, 1500))
			}
		}
		must(t, f.w.Close())
		old := len(mustSegments(t, dir))
		if old < 2 {
			t.Fatal("a log of one segment")
		}
		if rnd.Intn(2) == 0 && m.commit > m.mark.Index { // the node died between a snapshot and its mark
			m.mark = Mark{m.commit, m.entries[m.commit-1].GetTerm(), &raftpb.ConfState{Voters: []uint64{7}}}
		}
		other := &model{}
		for range 8 { // the old segments, those of both formats, the new ones
			l, parts := openAll(t, dir, []*model{m, other})
			for range 20 {
				must(t, parts[0].Append(m.append(rnd, rnd.Intn(10) == 0, 1500)))
				must(t, parts[1].Append(other.append(rnd, other.term == 0, 1500)))
			}
			for i, m := range []*model{m, other} {
				if m.commit > m.mark.Index {
					m.mark = Mark{m.commit, m.entries[m.commit-1].GetTerm(), &raftpb.ConfState{Voters: []uint64{7}}}
				}
				must(t, parts[i].Mark(m.mark))
			}
			must(t, parts[0].Purge())
			must(t, l.Close())
		}
		if seq := mustSegments(t, dir)[0].seq; seq < uint64(old) {
			t.Errorf("segment %d is still there, %d were of the first format", seq, old)
		}
		l, _ := openAll(t, dir, []*model{m, other})
		must(t, l.Close())
	}
}

// TestFirstFormatDamaged: the note of what was synced holds for a log of the first format,
// and a torn tail of it is cut off.
func TestFirstFormatDamaged(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "wal")
	f := createFirst(t, dir)
	f.append(hard(2, 7, 0), ents(2, 1, "a", "b"))
	must(t, f.w.Sync())
	before := f.note
	c, err := readLog(segmentDir(dir), reached{})
	must(t, err)
	f.append(hard(2, 7, 2), ents(2, 3, strings.Repeat("c", 300)))
	must(t, f.w.Close())
	path := mustSegments(t, dir)[0].path
	whole, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, whole[:c.offset+100], 0o600))
	if _, _, err := openOne(dir, Mark{}); !errors.As(err, new(*CorruptError)) || !strings.Contains(err.Error(), "which was on disk") {
		t.Fatalf("opened without an entry that was synced: %v", err)
	}
	f.note = before
	f.writeNote()
	l, st := mustOpen(t, dir, Mark{})
	sameEntries(t, st.Entries, ents(2, 1, "a", "b"))
	if l.l.Repaired == "" || !proto.Equal(st.Hard, hard(2, 7, 0)) {
		t.Errorf("repaired %q, hard state %v", l.l.Repaired, st.Hard)
	}
	must(t, l.Append(hard(2, 7, 2), ents(2, 3, "again")))
	must(t, l.Close())
	l, st = mustOpen(t, dir, Mark{})
	defer l.Close()
	sameEntries(t, st.Entries, ents(2, 1, "a", "b", "again"))
}
