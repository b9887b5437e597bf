package wal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/msredis/msredis/internal/failpoint"
)

// segment is one file of a log.
type segment struct {
	path  string
	seq   uint64 // counts up by one from file to file
	first uint64 // entries below this index are in earlier files
	size  int64
}

// listSegments returns the files of a log, oldest first.
func listSegments(dir string) ([]segment, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("wal: %w", err)
	}
	var segs []segment
	for _, f := range files {
		s := segment{path: filepath.Join(dir, f.Name())}
		if n, err := fmt.Sscanf(f.Name(), "%016x-%016x.wal", &s.seq, &s.first); n != 2 || err != nil || !strings.HasSuffix(f.Name(), ".wal") {
			continue
		}
		fi, err := f.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // purged meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("wal: %w", err)
		}
		s.size = fi.Size()
		segs = append(segs, s)
	}
	if len(segs) == 0 {
		return nil, fmt.Errorf("wal %s: no segments: %w", dir, os.ErrNotExist)
	}
	slices.SortFunc(segs, func(a, b segment) int { return strings.Compare(a.path, b.path) })
	return segs, nil
}

const (
	// recordOverhead is about what an entry takes beside its data.
	recordOverhead = 48
	// lookEvery is how many appended bytes may pass unnoticed by Size and by
	// the preparation of the next segment.
	lookEvery = 1 << 20
)

// look notices the segments that appends have begun since the last time. The writer calls
// it.
func (l *Log) look() error {
	l.unseen = 0
	segs, err := listSegments(segmentDir(l.dir))
	if err != nil {
		return err
	}
	l.count(segs)
	l.tail = segs[len(segs)-1].seq
	return nil
}

func (l *Log) count(segs []segment) {
	size := int64(0)
	for _, s := range segs {
		size += s.size
	}
	l.size.Store(size)
}

// purge removes the segments that no group needs.
func (l *Log) purge() error {
	l.purging.Lock()
	defer l.purging.Unlock()
	segs, err := listSegments(segmentDir(l.dir))
	if err != nil {
		return err
	}
	need := l.needs()
	n := 0
	for n+1 < len(segs) && segs[n].seq < need {
		n++
	}
	if n == 0 {
		return nil
	}
	if err := l.w.ReleaseLockTo(segs[n].first + 1); err != nil {
		return fmt.Errorf("wal %s: purge: %w", l.dir, err)
	}
	failpoint.Hit(failpoint.WALPurge)
	// Oldest first: whatever a crash leaves is without gaps.
	for i, s := range segs[:n] {
		if i > 0 {
			failpoint.Hit(failpoint.WALPurging)
		}
		if err := os.Remove(s.path); err != nil {
			return fmt.Errorf("wal: purge: %w", err)
		}
	}
	l.count(segs[n:])
	l.mu.Lock()
	l.first = segs[n].seq
	l.mu.Unlock()
	l.log.Info("write-ahead log purged", "segments", n, "below", segs[n].first, "bytes", l.size.Load())
	return nil
}

// needs returns the oldest segment that a group needs. A group that has not taken its part
// yet needs all.
func (l *Log) needs() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.replays) > 0 {
		return l.first
	}
	need := l.seq
	for _, p := range l.parts {
		need = min(need, p.needs())
	}
	return need
}

// removeStrays removes what a crash left of segments that were being prepared.
func removeStrays(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.tmp"))
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := os.Remove(f); err != nil {
			return err
		}
	}
	return nil
}
