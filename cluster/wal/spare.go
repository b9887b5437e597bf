package wal

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"go.etcd.io/etcd/client/pkg/v3/fileutil"

	"github.com/msredis/msredis/internal/failpoint"
)

// spare fills segments with zeros before etcd needs them. Writing into space that is
// merely reserved makes the file system turn it into data, which a sync has to wait
// for. Over written bytes a sync is a third cheaper.
//
// etcd prepares its next segment itself, as 0.tmp and 1.tmp in turn. It takes a file
// that is there already as it is, without truncating it. So a file full of zeros is
// made outside and then linked to whichever of the two names is free. Linking cannot
// replace a file that etcd has made meanwhile. If a segment fills up before a spare is
// ready, etcd's own is used, and the worst that can happen is a slower sync.
type spare struct {
	dir  string
	size int64
	log  *slog.Logger

	wake chan struct{} // 1 slot: somebody has looked at the segments
	quit chan struct{}
	done chan struct{}
}

const (
	fillChunk = 256 << 10
	// fillPause between chunks keeps filling at some 60 MB/s, so that it does
	// not stand in the way of the log's own syncs.
	fillPause = 4 * time.Millisecond
)

var zeros [fillChunk]byte

func startSpare(dir string, size int64, log *slog.Logger) *spare {
	s := &spare{dir: dir, size: size, log: log,
		wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{})}
	go s.run()
	return s
}

// want says that a spare may have been used up.
func (s *spare) want() {
	if s == nil {
		return
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *spare) stop() {
	if s == nil {
		return
	}
	close(s.quit)
	<-s.done
}

func (s *spare) run() {
	defer close(s.done)
	said := false
	for {
		select {
		case <-s.quit:
			return
		case <-s.wake:
		}
		err := s.prepare()
		if err != nil && !said {
			s.log.Warn("no segment prepared ahead: appends go on, somewhat slower", "path", s.path(), "err", err)
		}
		said = err != nil
	}
}

func (s *spare) path() string { return filepath.Join(s.dir, "spare") }

// prepare makes a spare and puts it where etcd will find it, if there is room
// for one.
func (s *spare) prepare() error {
	if s.free() == "" {
		return nil
	}
	defer os.Remove(s.path())
	f, err := os.OpenFile(s.path(), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := fileutil.Preallocate(f, s.size, true); err != nil {
		return err
	}
	for off := int64(0); off < s.size; off += fillChunk {
		if err := zeroRange(f, off, min(off+fillChunk, s.size)); err != nil {
			return err
		}
		select {
		case <-s.quit:
			return nil
		case <-time.After(fillPause):
		}
	}
	if name := s.free(); name != "" {
		failpoint.Hit(failpoint.WALSpare)
		if err := os.Link(s.path(), name); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		failpoint.Hit(failpoint.WALSpared)
	}
	return nil
}

// free returns the name of the file that etcd will prepare next, or "" if it
// is there already.
func (s *spare) free() string {
	for i := range 2 {
		name := filepath.Join(segmentDir(s.dir), fmt.Sprintf("%d.tmp", i))
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name
		}
	}
	return ""
}

// fillTail writes zeros over the rest, up to size, of the segment that is
// appended to, before the first append, and syncs the segment. The rest reads as
// zeros already.
func fillTail(path string, from, size int64) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	err = zeroRange(f, from, size)
	if errors.Is(err, syscall.ENOSPC) {
		// Appends will say so if they get that far.
		err = fileutil.Fdatasync(f)
	}
	return err
}

// zeroRange writes zeros over [from, to) and syncs the file.
func zeroRange(f *os.File, from, to int64) error {
	for off := from; off < to; {
		n, err := f.WriteAt(zeros[:min(fillChunk, to-off)], off)
		if err != nil {
			return err
		}
		off += int64(n)
	}
	return fileutil.Fdatasync(f)
}
