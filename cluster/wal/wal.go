// Package wal keeps the raft log of one group on disk, over etcd's write-ahead log.
// Entries for which Append has returned survive a crash. A record that a crash tore in
// the middle of being written is cut off when the log is opened. Any other fault of the
// files makes Open refuse them.
//
// A log is a directory:
//
//	log/    etcd's segments, as its own tools expect them
//	synced  the newest entry and vote known to be on disk; see synced.go
//	spare   the next segment, filled with zeros; see spare.go
//
// You hold a Log. Your duties:
//
//  1. Call Append from one goroutine at a time, with what raft's Ready holds, before
//     the messages that depend on it are sent.
//  2. Stop the node when Append or Mark has failed. The state of the file is unknown
//     then, and so is what the kernel still holds of it.
//  3. Write the snapshot to its own place before you Mark it, and Mark it before you
//     Purge up to it.
package wal

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/etcd/server/v3/storage/wal"
	"go.etcd.io/etcd/server/v3/storage/wal/walpb"
	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"

	"github.com/msredis/msredis/internal/failpoint"
	"github.com/msredis/msredis/internal/zaplog"
)

// SegmentBytes is the size at which a segment of the log is finished and the next one
// begun. It bounds the rest that Purge can leave behind, and the disk that a fresh node
// takes (three segments). It also bounds how often an append pays for the change of
// files, some milliseconds.
const SegmentBytes = 16 << 20

func init() {
	wal.SegmentSizeBytes = SegmentBytes
	if failpoint.Enabled {
		wal.SegmentSizeBytes = 256 << 10 // so that a test soon sees many of them
	}
}

// Mark is a snapshot record: the state after the entry Index is kept elsewhere.
type Mark struct {
	Index, Term uint64
	Conf        *raftpb.ConfState
}

// State is what a log held when it was opened.
type State struct {
	Metadata []byte            // as given to Create
	Hard     *raftpb.HardState // never nil, never behind the mark
	Entries  []*raftpb.Entry   // those above the mark, without gaps
	Repaired string            // what was cut off a torn tail; "" if nothing
}

// Log is a write-ahead log, open for appending.
type Log struct {
	// OnSync is called after each synced append with the time that writing and
	// syncing took, and the bytes of entry data. Set it before the first Append.
	OnSync func(took time.Duration, bytes int)

	dir string
	log *slog.Logger

	mu     sync.Mutex // Append, Mark, Close
	w      *wal.WAL
	failed error // the first failure; everything after it fails alike
	synced *syncedFile
	unseen int64 // bytes appended since the segments were looked at

	size  atomic.Int64 // bytes of the segments
	spare *spare       // nil: no zero-filled segments

	purging sync.Mutex
}

// Exists reports whether dir holds a log.
func Exists(dir string) bool { return wal.Exist(segmentDir(dir)) }

func segmentDir(dir string) string { return filepath.Join(dir, "log") }

// Create makes an empty log in dir, which may exist but must not hold a log.
// metadata is kept for the life of the log. After a crash there is a whole log
// or none.
func Create(dir string, metadata []byte, log *slog.Logger) (*Log, error) {
	return create(dir, metadata, log, true)
}

func create(dir string, metadata []byte, log *slog.Logger, zeroFill bool) (*Log, error) {
	if Exists(dir) {
		return nil, fmt.Errorf("wal %s: %w", dir, os.ErrExist)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("wal: %w", err)
	}
	if err := syncDir(filepath.Dir(dir)); err != nil {
		return nil, fmt.Errorf("wal: %w", err)
	}
	l := &Log{dir: dir, log: log}
	var err error
	if l.synced, err = openSynced(dir); err != nil {
		return nil, err
	}
	// A log that was removed may have left its file of what is synced.
	if err := l.synced.reset(); err != nil {
		l.synced.close()
		return nil, err
	}
	if l.w, err = wal.Create(zaplog.New(log), segmentDir(dir), metadata); err != nil {
		l.synced.close()
		return nil, fmt.Errorf("wal %s: create: %w", dir, err)
	}
	end, err := readLog(segmentDir(dir), Mark{}, reached{})
	if err == nil {
		err = l.start(end, zeroFill)
	}
	if err != nil {
		l.Close()
		return nil, err
	}
	log.Info("write-ahead log created", "path", dir)
	return l, nil
}

// Open opens the log in dir and reads the entries above the mark from. The mark is the
// position of the newest snapshot, or zero if there is none.
//
// A record that was being written when the machine or the process died is cut off, and
// State.Repaired says so. A copy of the file stays beside it with the suffix .broken.
// Other damage is a *CorruptError.
func Open(dir string, from Mark, log *slog.Logger) (*Log, State, error) {
	return open(dir, from, log, true)
}

func open(dir string, from Mark, log *slog.Logger, zeroFill bool) (_ *Log, st State, err error) {
	if !Exists(dir) {
		return nil, State{}, fmt.Errorf("wal %s: %w", dir, os.ErrNotExist)
	}
	l := &Log{dir: dir, log: log}
	if l.synced, err = openSynced(dir); err != nil {
		return nil, State{}, err
	}
	defer func() {
		if err != nil {
			l.Close()
		}
	}()
	segs := segmentDir(dir)
	if err := removeStrays(segs); err != nil {
		return nil, State{}, fmt.Errorf("wal: %w", err)
	}
	mustReach, err := l.synced.read(log)
	if err != nil {
		return nil, State{}, err
	}
	end, err := readLog(segs, from, mustReach)
	if torn := (*tornError)(nil); errors.As(err, &torn) {
		if st.Repaired, err = torn.cut(); err != nil {
			return nil, State{}, err
		}
		log.Warn("write-ahead log repaired: an unfinished record was cut off", "cut", st.Repaired)
		end, err = readLog(segs, from, mustReach)
	}
	if err != nil {
		return nil, State{}, err
	}

	at := &walpb.Snapshot{Index: &from.Index, Term: &from.Term}
	if l.w, err = wal.Open(zaplog.New(log), segs, at); err != nil {
		return nil, State{}, fmt.Errorf("wal %s: open: %w", dir, err)
	}
	if st.Metadata, st.Hard, st.Entries, err = l.w.ReadAll(); err != nil {
		return nil, State{}, fmt.Errorf("wal %s: read: %w", dir, err)
	}
	st.Entries = DropStale(st.Entries, from)
	if err = l.start(end, zeroFill); err != nil {
		return nil, State{}, err
	}
	// The entries that were read are on disk now, whether or not they were before.
	now := reached{mustReach.Index, mustReach.EntryTerm, st.Hard.GetTerm(), st.Hard.GetVote()}
	if n := len(st.Entries); n > 0 {
		now.Index, now.EntryTerm = st.Entries[n-1].GetIndex(), st.Entries[n-1].GetTerm()
	}
	if err = l.synced.write(now); err != nil {
		return nil, State{}, fmt.Errorf("wal %s: %w", dir, err)
	}
	if from.Index > 0 && !end.seenFrom {
		// The snapshot was finished, and then the process died before it
		// could be marked.
		if err = l.Mark(from); err != nil {
			return nil, State{}, err
		}
	}
	if hs := CatchUp(st.Hard, from); hs != nil {
		if err = l.Append(hs, nil); err != nil {
			return nil, State{}, err
		}
		st.Hard = hs
	}
	return l, st, nil
}

// start makes what was read durable and takes up the work beside the appends, for a log
// whose records end at end. After a kill the log may have been read from the memory of
// the kernel, and may not have reached the disk. Yet the node is about to answer for
// it.
func (l *Log) start(end logEnd, zeroFill bool) error {
	size := wal.SegmentSizeBytes
	if !zeroFill {
		size = 0
	}
	if err := fillTail(end.path, end.offset, size); err != nil {
		return fmt.Errorf("wal: %w", err)
	}
	if zeroFill {
		l.spare = startSpare(l.dir, wal.SegmentSizeBytes, l.log)
	}
	return l.look()
}

// DropStale removes entries that a snapshot from the leader replaced: they are
// above it, yet of an older term. Terms never fall along a log, and the records
// behind the mark have overwritten them already if there are any.
func DropStale(ents []*raftpb.Entry, from Mark) []*raftpb.Entry {
	for i, e := range ents {
		if e.GetTerm() < from.Term {
			return ents[:i]
		}
	}
	return ents
}

// CatchUp returns a hard state that is not behind the snapshot, or nil if hs is
// not. It is behind if the process died between storing a snapshot of the leader
// and appending the hard state that came with it. A vote in the snapshot's term
// would have been synced before, so there was none.
func CatchUp(hs *raftpb.HardState, from Mark) *raftpb.HardState {
	term, vote, commit := hs.GetTerm(), hs.GetVote(), hs.GetCommit()
	if term >= from.Term && commit >= from.Index {
		return nil
	}
	if term < from.Term {
		term, vote = from.Term, 0
	}
	return &raftpb.HardState{Term: &term, Vote: &vote, Commit: new(max(commit, from.Index))}
}

// Append adds entries and the hard state, which may be nil, and returns when
// they are on disk. A hard state that only moves the commit index is not waited
// for, by raft's own rule. hs is kept: it must not change afterwards.
//
// After a failure every further call returns the same error.
func (l *Log) Append(hs *raftpb.HardState, ents []*raftpb.Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return l.failed
	}
	now := l.synced.now
	if !raft.IsEmptyHardState(hs) {
		now.Term, now.Vote = hs.GetTerm(), hs.GetVote()
	}
	bytes := 0
	for _, e := range ents {
		bytes += len(e.GetData())
		now.Index, now.EntryTerm = e.GetIndex(), e.GetTerm()
	}
	// The same rule by which etcd's Save decides.
	synced := len(ents) > 0 || now != l.synced.now

	start := time.Now()
	if err := failpoint.Err(failpoint.WALAppend); err != nil {
		return l.fail("append", err)
	}
	if err := l.w.Save(hs, ents); err != nil {
		return l.fail("append", err)
	}
	if failpoint.Enabled {
		if err := l.saved(now.Index, synced); err != nil {
			return l.fail("append", err)
		}
	}
	if !synced {
		return nil
	}
	took := time.Since(start)

	if err := l.synced.write(now); err != nil {
		return l.fail("append", err)
	}
	failpoint.Hit(failpoint.WALNoted)
	if l.unseen += int64(bytes + len(ents)*recordOverhead); l.unseen >= lookEvery {
		if err := l.look(); err != nil {
			l.log.Warn("cannot look at the write-ahead log's files", "err", err)
		}
		l.spare.want()
	}
	if l.OnSync != nil {
		l.OnSync(took, bytes)
	}
	return nil
}

// Sync returns when all that was appended is on disk. So is a hard state that only moved
// the commit index.
func (l *Log) Sync() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return l.failed
	}
	if err := l.w.Sync(); err != nil {
		return l.fail("sync", err)
	}
	if failpoint.Enabled {
		if err := l.saved(l.synced.now.Index, true); err != nil {
			return l.fail("sync", err)
		}
	}
	return nil
}

// Mark records that the state after m.Index is safe elsewhere. It returns when
// the record is on disk.
func (l *Log) Mark(m Mark) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return l.failed
	}
	conf := m.Conf
	if conf == nil {
		conf = &raftpb.ConfState{}
	}
	if err := failpoint.Err(failpoint.WALMark); err != nil {
		return l.fail("mark", err)
	}
	if err := l.w.SaveSnapshot(&walpb.Snapshot{Index: &m.Index, Term: &m.Term, ConfState: conf}); err != nil {
		return l.fail("mark", err)
	}
	failpoint.Hit(failpoint.WALMarked)
	return nil
}

// fail notes the first failure.
func (l *Log) fail(what string, err error) error {
	l.failed = fmt.Errorf("wal %s: %s: %w", l.dir, what, err)
	l.log.Error("write-ahead log failed: nothing more is written to it", "path", l.dir, "err", l.failed)
	return l.failed
}

// Size returns the bytes that the segments take on disk, preallocated space
// included.
func (l *Log) Size() int64 { return l.size.Load() }

// Close writes out what is buffered and closes the files. After a failure it
// leaves etcd's files as they are until the process ends: closing them would
// write once more what was perhaps half written.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spare.stop()
	l.spare = nil
	var err error
	if l.w != nil && l.failed == nil {
		if err = l.w.Close(); err != nil {
			err = fmt.Errorf("wal %s: close: %w", l.dir, err)
		}
	}
	if l.failed == nil {
		l.failed = fmt.Errorf("wal %s: %w", l.dir, os.ErrClosed)
	}
	return errors.Join(err, l.synced.close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
