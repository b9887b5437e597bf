// Package shelf keeps the newest snapshot of one group on disk, in Pebble. A snapshot
// is written as a delta over the one before. The changed keys become sorted tables. One
// atomic step makes them visible together with the record of the state that they are.
// After a crash there is the old state or the new one.
//
// A shelf is a directory:
//
//	db/     Pebble; without a log of its own, because it only ever ingests tables
//	build/  tables that are being written
//	newest  the index of the newest snapshot; see newest.go
//
// and beside it, while a snapshot of the leader takes its place:
//
//	<dir>.incoming  a shelf that is being received
//	<dir>.install   one that was received whole and is taking over
//	<dir>.old       the one that is being replaced
package shelf

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"go.etcd.io/raft/v3/raftpb"

	"github.com/msredis/msredis/internal/failpoint"
	"github.com/msredis/msredis/store"
)

// Meta says which state a snapshot is.
type Meta struct {
	Index, Term uint64
	Conf        *raftpb.ConfState
	Group       []byte // the group's own state; opaque here
	Store       []byte // the store's own state; opaque here
}

// Source writes a delta, in ascending order of keys, into a sink.
type Source interface {
	Write(store.Sink) error
}

// ErrEmpty is returned for what needs a snapshot when there is none.
var ErrEmpty = errors.New("no snapshot")

// Pebble orders by bytes; the meta record comes before all keys.
var (
	metaKey   = []byte{0}
	dataStart = []byte{dataPrefix}
	dataEnd   = []byte{dataPrefix + 1}
)

const dataPrefix = 1

// Shelf is an open directory. Its methods may be called from several goroutines.
type Shelf struct {
	fs   vfs.FS
	dir  string
	log  *slog.Logger
	db   *pebble.DB
	opts *pebble.Options
	// split is the size at which a table of a delta ends and the next begins.
	split uint64

	writing sync.Mutex // one Write at a time

	mu      sync.Mutex
	meta    *Meta
	readers map[*reader]struct{} // open ones
	closed  bool
}

// Open opens the shelf in dir, and makes an empty one if there is none. It
// finishes an Install that was interrupted and clears away what a crash left.
func Open(dir string, log *slog.Logger) (*Shelf, error) { return openFS(vfs.Default, dir, log) }

func openFS(fs vfs.FS, dir string, log *slog.Logger) (*Shelf, error) {
	fs = checkedFS{fs}
	if err := settle(fs, dir); err != nil {
		return nil, fmt.Errorf("shelf %s: %w", dir, err)
	}
	return openDB(&pacedFS{FS: fs}, dir, log)
}

// openDB opens the shelf that is in dir, without a look beside it.
func openDB(fs vfs.FS, dir string, log *slog.Logger) (*Shelf, error) {
	s := &Shelf{fs: fs, dir: dir, log: log, split: tableBytes, readers: map[*reader]struct{}{}}
	if err := s.clearBuild(); err != nil {
		return nil, s.wrap(err)
	}
	s.opts = options(fs, log)
	if err := s.sound(); err != nil {
		return nil, s.wrap(s.blame(err))
	}
	var err error
	if s.db, err = pebble.Open(s.dbDir(), s.opts); err != nil {
		return nil, s.wrap(s.blame(err))
	}
	m, err := readMeta(s.db)
	if err == nil {
		s.meta = &m
	} else if errors.Is(err, ErrEmpty) {
		// Pebble has made its own directory durable, not the way to it.
		err = errors.Join(syncDir(fs, dir), syncDir(fs, filepath.Dir(dir)))
	}
	if err != nil {
		s.db.Close()
		return nil, s.wrap(err)
	}
	return s, nil
}

func (s *Shelf) dbDir() string    { return filepath.Join(s.dir, "db") }
func (s *Shelf) buildDir() string { return filepath.Join(s.dir, "build") }

// clearBuild makes an empty directory for new tables.
func (s *Shelf) clearBuild() error {
	if err := s.fs.RemoveAll(s.buildDir()); err != nil {
		return err
	}
	return s.fs.MkdirAll(s.buildDir(), 0o700)
}

// DamagedError is returned when a file does not hold what was written to it. The
// shelf must not be used any more.
type DamagedError struct {
	Path   string
	Detail string
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("shelf: file %s is damaged: %s", e.Path, e.Detail)
}

// wrap adds the shelf, or the damaged file if there is one, to an error.
func (s *Shelf) wrap(err error) error {
	if err == nil || errors.As(err, new(*DamagedError)) {
		return err
	}
	if info := pebble.ExtractDataCorruptionInfo(err); info != nil {
		return &DamagedError{info.Path, info.Details.Error()}
	}
	return fmt.Errorf("shelf %s: %w", s.dir, err)
}

// Meta returns what the newest snapshot is; false if there is none. The caller
// must not change it.
func (s *Shelf) Meta() (Meta, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.meta == nil {
		return Meta{}, false
	}
	return *s.meta, true
}

// Write makes d, over the newest snapshot, the newest one. It returns when that
// is safe on disk; if it fails, the shelf is as it was before.
func (s *Shelf) Write(m Meta, d Source) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.isClosed() {
		return s.wrap(pebble.ErrClosed)
	}
	record, err := m.encode()
	if err != nil {
		return s.wrap(err)
	}
	b := &builder{fs: s.fs, dir: s.buildDir(), split: s.split, opts: s.opts.MakeWriterOptions(0, s.db.TableFormat())}
	if err = b.add(metaKey, record); err == nil {
		if err = d.Write(b); err == nil {
			err = b.finish()
		}
	}
	if err == nil {
		failpoint.Hit(failpoint.ShelfBuilt)
		err = s.db.Ingest(background, b.paths)
	}
	if err != nil {
		b.abort()
		if cerr := s.clearBuild(); cerr != nil {
			s.log.Warn("cannot clear away an unfinished snapshot", "path", s.buildDir(), "err", cerr)
		}
		return s.wrap(fmt.Errorf("write: %w", err))
	}
	failpoint.Hit(failpoint.ShelfIngested)
	s.mu.Lock()
	s.meta = &m
	s.mu.Unlock()
	return s.wrap(s.saveNewest(m.Index))
}

// Load calls fn for all keys of the newest snapshot, in ascending order. The
// slices are only valid during the call. All that is read is checked.
func (s *Shelf) Load(fn func(key, value []byte) error) error {
	if s.isClosed() {
		return s.wrap(pebble.ErrClosed)
	}
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: dataStart, UpperBound: dataEnd})
	if err != nil {
		return s.wrap(err)
	}
	defer it.Close()
	for ok := it.First(); ok; ok = it.Next() {
		value, err := it.ValueAndErr()
		if err != nil {
			return s.wrap(err)
		}
		if err := fn(it.Key()[1:], value); err != nil {
			return err
		}
	}
	return s.wrap(it.Error())
}

// Bytes returns what the shelf takes on disk.
func (s *Shelf) Bytes() int64 {
	if s.isClosed() {
		return 0
	}
	return int64(s.db.Metrics().DiskSpaceUsage())
}

func (s *Shelf) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// Close closes the shelf. It waits for Write; readers that are open fail from
// then on. Load and Bytes must not be running.
func (s *Shelf) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	open := make([]*reader, 0, len(s.readers))
	for r := range s.readers {
		open = append(open, r)
	}
	s.mu.Unlock()
	for _, r := range open {
		r.Close()
	}
	return s.wrap(s.db.Close())
}

// Stream writes the newest snapshot to w, in a form that Receive reads. It may
// run beside Write, and does not see what that writes.
func (s *Shelf) Stream(w io.Writer) (Meta, error) {
	r, m, err := s.Reader()
	if err != nil {
		return Meta{}, err
	}
	_, err = io.Copy(w, r)
	return m, errors.Join(err, r.Close())
}
