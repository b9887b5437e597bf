package cluster

import (
	"errors"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/msredis/msredis/cluster/group"
	"go.etcd.io/etcd/client/pkg/v3/fileutil"
	"golang.org/x/sys/unix"
)

// A log that finds no room on the disk ends the node, and it cannot delete anything any
// more. So a node looks at the room that is left before that happens. It refuses
// commands that would add to the data, while deletions still get through. For deletions
// it has put room aside: a file that is cut when the disk is nearly full, whatever has
// filled it. A rest of it is for the next start, which has some small files to write.
const (
	spaceFile = "reserve"
	// spaceReserve is the size of that file: a segment of the log, and the rest.
	spaceReserve = 20 << 20
	spaceRest    = 4 << 20
	// spaceLow is the room below which a command that may add to the data is refused: the log
	// prepares two segments ahead.
	spaceLow = group.MinFree
	// spacePause is the time between two looks: what a disk can write meanwhile has to be less
	// than spaceLow.
	spacePause = 100 * time.Millisecond
	// spaceSave is the time between snapshots while room is short: they let the log be purged.
	spaceSave = 10 * time.Second
)

// space watches the room on the disk of a data directory.
type space struct {
	dir  string
	free func(dir string) (int64, error)
	log  *slog.Logger

	room atomic.Int64 // bytes that commands may add now

	// Of the one who looks.
	released bool // the reserve was, and there was no room for a new one yet
	short    bool
}

// newSpace takes the first look, before anything is written: on a full disk a node can start with
// the rest of the reserve.
func newSpace(dir string, free func(dir string) (int64, error), log *slog.Logger) *space {
	s := &space{dir: dir, free: free, log: log}
	if n, err := free(dir); err == nil && n < spaceRest {
		_ = os.Remove(s.path()) // there may be none
	}
	s.look()
	return s
}

func (s *space) path() string { return filepath.Join(s.dir, spaceFile) }

// look sees how much room there is.
func (s *space) look() {
	free, err := s.free(s.dir)
	if err != nil {
		s.room.Store(math.MaxInt64) // nobody knows; a write that fails will tell
		return
	}
	kept := int64(0)
	if st, err := os.Lstat(s.path()); err == nil {
		kept = st.Size()
	}
	switch {
	case free < spaceLow && kept > spaceRest:
		if err := os.Truncate(s.path(), spaceRest); err != nil {
			s.log.Error("cannot give the disk's reserve back", "path", s.path(), "err", err)
		}
		s.released = true
	case free >= spaceLow+2*spaceReserve && kept < spaceReserve: // some room is left then
		s.keep(spaceReserve)
		free -= spaceReserve - kept
		s.released = false
	case free >= 2*spaceRest && kept < spaceRest:
		s.keep(spaceRest)
	}
	was := s.short
	// Room that the reserve has made is for deletions.
	if s.short = free < spaceLow || s.released; s.short {
		s.room.Store(0)
	} else {
		s.room.Store(free - spaceLow)
	}
	switch {
	case s.short && !was:
		s.log.Error("the disk is nearly full: commands that may add to the data are refused until there is room; delete keys, or make room", "path", s.dir, "free_bytes", free)
	case was && !s.short:
		s.log.Info("the disk has room again", "path", s.dir, "free_bytes", free)
	}
}

// keep puts room aside. Without it a full disk ends the node.
func (s *space) keep(size int64) {
	f, err := os.OpenFile(s.path(), os.O_WRONLY|os.O_CREATE, 0o600)
	if err == nil {
		err = errors.Join(fileutil.Preallocate(f, size, true), f.Close())
	}
	if err != nil {
		s.log.Warn("cannot put room on the disk aside", "path", s.path(), "err", err)
	}
}

// Room returns how many bytes commands may add to the data now; see front.Backend.
func (n *Node) Room() int64 { return n.space.room.Load() }

// watchSpace looks now and then, and has snapshots written while room is short: what they cover
// of the log can go.
func (n *Node) watchSpace() {
	defer n.wg.Done()
	pause := time.NewTicker(spacePause)
	defer pause.Stop()
	var saved time.Time
	for {
		select {
		case <-n.stop:
			return
		case <-pause.C:
		}
		if n.space.look(); n.space.short && time.Since(saved) >= spaceSave {
			saved = time.Now()
			go func() { _ = n.Save() }() // it tells the log how it went
		}
	}
}

// freeBytes is how much may be written to the file system of dir.
func freeBytes(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), nil
}
