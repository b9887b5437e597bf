package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// logBook is a log that a test reads while it is written.
type logBook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBook) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *logBook) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), text)
}

// TestDiskTooSmallForSnapshot: a follower whose disk is too small for a snapshot is
// sent it again after pauses that grow, both logs say why, and when there is room it
// has it.
func TestDiskTooSmallForSnapshot(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b", "c")
	var small atomic.Bool
	books := map[string]*logBook{"a": {}, "b": {}, "c": {}}
	l.tune = func(o *Options) {
		o.SnapshotLogBytes = 2 << 20
		o.Log = slog.New(slog.NewTextHandler(books[o.Name], nil))
		if o.Name == "c" {
			o.free = func(dir string) (int64, error) {
				if small.Load() {
					return 1 << 20, nil
				}
				return freeBytes(dir)
			}
		}
	}
	l.start("a", "b", "c")
	l.leader()
	l.stop("c")
	for i := range 200 {
		l.want("a", fmt.Sprintf("SET k%d %s", i, strings.Repeat("x", 100<<10)), "+OK")
	}
	l.await("the log is cut", func() error {
		if first := l.nodes[l.leader()].meta().Stats().FirstIndex; first < 10 {
			return fmt.Errorf("begins at %d", first)
		}
		return nil
	})
	small.Store(true)
	began := time.Now()
	l.start("c")
	const attempts = 4
	l.await("some attempts", func() error {
		if books["c"].count("taking a snapshot failed") < attempts {
			return errors.New("few")
		}
		return nil
	})
	// 250 ms, 500 ms and a second lie between them.
	if took := time.Since(began); took < 1750*time.Millisecond {
		t.Errorf("%d attempts in %v", attempts, took)
	}
	for name, text := range map[string]string{"c": "the disk of this node is too small for it: 1 MB are free", l.leader(): "the disk of this node is too small for it"} {
		if books[name].count(text) == 0 {
			t.Errorf("the log of %s does not say: %s", name, text)
		}
	}
	small.Store(false)
	l.want("c", "STRLEN k199", ":102400")
	l.sameDigest()
}
