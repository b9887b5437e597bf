// Package wal is the write-ahead log of a node. All raft groups of the node write to it,
// over etcd's log. Entries for which Append has returned survive a crash. A record that a crash
// tore in the middle of being written is cut off when the log is opened. Any other fault
// of the files makes Open refuse them.
//
// A log is a directory:
//
//	log/    etcd's segments, with records of groups as entries; see record.go
//	synced  the newest record known to be on disk; see synced.go
//	spare   the next segment, filled with zeros; see spare.go
//
// A group writes to its Part of the log. Groups that append at the same time share one
// write and one fsync (gather.go).
//
// You hold a Part. Your duties:
//
//  1. Call its methods from one goroutine at a time. Call Append with what raft's Ready
//     holds, before the messages that depend on it are sent.
//  2. Stop the node when Append, Sync or Mark has failed. The state of the file is unknown
//     then, and so is what the kernel still holds of it.
//  3. Write the snapshot to its own place before you Mark it.
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

// Mark says that the state of a group after the entry Index is kept elsewhere.
type Mark struct {
	Index, Term uint64
	Conf        *raftpb.ConfState
}

// Log is the write-ahead log of a node, open for appending.
type Log struct {
	// OnSync is called after each write of appends with the time that writing and
	// syncing took, and the bytes of entry data. Set it before the first Append.
	OnSync func(took time.Duration, bytes int)
	// Repaired says what was cut off a torn tail; "" if nothing.
	Repaired string

	dir string
	log *slog.Logger

	mu      sync.Mutex
	busy    bool     // a goroutine writes; it has what is under "the writer's"
	queue   []*write // those that came meanwhile
	failed  error    // the first failure; everything after it fails alike
	replays map[uint64]*replay
	parts   map[uint64]*Part
	first   uint64 // number of the oldest segment
	old     bool   // there are records of the first format alone
	// seq is the number of the newest segment, or of one before it. No record that is not
	// noted in its part is in an older one, so purge goes no further.
	seq uint64

	// The writer's.
	w      *wal.WAL
	synced *syncedFile
	last   uint64 // number of the last record
	tail   uint64 // of the newest segment when the writer looked
	unseen int64  // bytes appended since the segments were looked at
	one    [1]*write
	// Scratch.
	buf     []byte
	records []*raftpb.Entry

	size  atomic.Int64 // bytes of the segments
	spare *spare       // nil: no zero-filled segments

	purging sync.Mutex
}

// Exists reports whether dir holds a log.
func Exists(dir string) bool { return wal.Exist(segmentDir(dir)) }

func segmentDir(dir string) string { return filepath.Join(dir, "log") }

// format is what etcd keeps at the head of each segment of a log of groups. A log that
// began in the first format has nothing there.
var format = []byte("msredis log of groups")

// Create makes an empty log in dir, which may exist but must not hold a log.
// After a crash there is a whole log or none.
func Create(dir string, log *slog.Logger) (*Log, error) { return create(dir, log, true) }

func create(dir string, log *slog.Logger, zeroFill bool) (*Log, error) {
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
	if l.w, err = wal.Create(zaplog.New(log), segmentDir(dir), format); err != nil {
		l.synced.close()
		return nil, fmt.Errorf("wal %s: create: %w", dir, err)
	}
	c, err := readLog(segmentDir(dir), reached{})
	if err == nil {
		err = l.start(c, zeroFill)
	}
	if err != nil {
		l.Close()
		return nil, err
	}
	log.Info("write-ahead log created", "path", dir)
	return l, nil
}

// Open opens the log in dir and reads it. Each group takes what it has there with Part.
//
// A record that was being written when the machine or the process died is cut off, and
// Repaired says so. A copy of the file stays beside it with the suffix .broken. Other
// damage is a *CorruptError.
func Open(dir string, log *slog.Logger) (*Log, error) { return open(dir, log, true) }

func open(dir string, log *slog.Logger, zeroFill bool) (_ *Log, err error) {
	if !Exists(dir) {
		return nil, fmt.Errorf("wal %s: %w", dir, os.ErrNotExist)
	}
	l := &Log{dir: dir, log: log}
	if l.synced, err = openSynced(dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			l.Close()
		}
	}()
	segs := segmentDir(dir)
	if err := removeStrays(segs); err != nil {
		return nil, fmt.Errorf("wal: %w", err)
	}
	must, err := l.synced.read(log)
	if err != nil {
		return nil, err
	}
	c, err := readLog(segs, must)
	if torn := (*tornError)(nil); errors.As(err, &torn) {
		if l.Repaired, err = torn.cut(); err != nil {
			return nil, err
		}
		log.Warn("write-ahead log repaired: an unfinished record was cut off", "cut", l.Repaired)
		c, err = readLog(segs, must)
	}
	if err != nil {
		return nil, err
	}
	// All was read and checked already. So etcd's reader is led to the last record: it
	// opens the last segments alone, and gives no entry.
	at := &walpb.Snapshot{Index: &c.last, Term: new(uint64(0))}
	if l.w, err = wal.Open(zaplog.New(log), segs, at); err != nil {
		return nil, fmt.Errorf("wal %s: open: %w", dir, err)
	}
	if _, _, _, err = l.w.ReadAll(); err != nil {
		return nil, fmt.Errorf("wal %s: read: %w", dir, err)
	}
	if err = l.start(c, zeroFill); err != nil {
		return nil, err
	}
	// The records that were read are on disk now, whether or not they were before.
	if c.numbered {
		if err = l.synced.write(l.last); err != nil {
			return nil, fmt.Errorf("wal %s: %w", dir, err)
		}
	}
	return l, nil
}

// start makes what was read durable and takes up the work beside the appends. After a kill the log may have been read from the memory of
// the kernel, and may not have reached the disk. Yet the node is about to answer for
// it.
func (l *Log) start(c *contents, zeroFill bool) error {
	l.last, l.first, l.seq, l.tail = c.last, c.first, c.seq, c.seq
	l.old = !c.numbered && len(c.groups) > 0
	l.replays, l.parts = c.groups, map[uint64]*Part{}
	size := wal.SegmentSizeBytes
	if !zeroFill {
		size = 0
	}
	if err := fillTail(c.path, c.offset, size); err != nil {
		return fmt.Errorf("wal: %w", err)
	}
	if zeroFill {
		l.spare = startSpare(l.dir, wal.SegmentSizeBytes, l.log)
	}
	return l.look()
}

// fail notes the first failure.
func (l *Log) fail(what string, err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = fmt.Errorf("wal %s: %s: %w", l.dir, what, err)
	l.log.Error("write-ahead log failed: nothing more is written to it", "path", l.dir, "err", l.failed)
	return l.failed
}

// Dir returns the directory of the log.
func (l *Log) Dir() string { return l.dir }

// Size returns the bytes that the segments take on disk, preallocated space
// included.
func (l *Log) Size() int64 { return l.size.Load() }

// Close writes out what is not written yet and closes the files. Nobody may use a part any
// more. After a failure it leaves etcd's files as they are until the process ends: closing
// them would write once more what was perhaps half written.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spare.stop()
	l.spare = nil
	var err error
	if l.w != nil && l.failed == nil {
		if err = l.writeCommits(); err == nil {
			err = l.w.Close()
		}
		if err != nil {
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
