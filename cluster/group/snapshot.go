package group

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/msredis/msredis/cluster/shelf"
	"github.com/msredis/msredis/cluster/wal"
	"github.com/msredis/msredis/internal/failpoint"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store"
	"go.etcd.io/raft/v3"
)

// How many entries, and bytes of them, stay in memory behind a snapshot, so that
// a member that is a little late needs no snapshot.
const (
	keepEntries = 8192
	keepBytes   = 16 << 20
)

// errSaveRunning is what a second SAVE hears.
var errSaveRunning = &command.Failure{Text: reply.ErrSaveRunning}

// saver writes snapshots, one at a time.
type saver struct {
	// shelf is held for reading while the group's shelf is used, for writing
	// while it is replaced. swaps counts how often that happened: a cut belongs
	// on the shelf that its deltas were written to so far.
	shelf sync.RWMutex
	swaps int

	mu      sync.Mutex
	running bool
	began   time.Time // the one that runs
	saves   uint64    // good ones
	last    time.Time // of the last good one; before the first, as in Redis, when the node was started
	took    time.Duration
	err     error  // of the last one
	index   uint64 // of the last good one
}

// begin reports whether a snapshot may begin now.
func (s *saver) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running {
		return false
	}
	s.running, s.began = true, time.Now()
	return true
}

func (s *saver) end(index uint64, took time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running, s.err = false, err
	if err == nil {
		s.last, s.took, s.index = time.Now(), took, index
		s.saves++
	}
}

// cut is a snapshot on its way to the shelf.
type cut struct {
	delta *store.Delta
	meta  shelf.Meta
	swaps int
	start time.Time
}

// cut takes the state after the last applied entry. The caller has the apply
// role, so the cut lies between two batches, and calls g.save.end when it is
// over.
func (g *Group) cut() (*cut, error) {
	if !g.save.begin() {
		return nil, errSaveRunning
	}
	g.save.shelf.RLock()
	swaps := g.save.swaps
	g.save.shelf.RUnlock()
	c := &cut{delta: g.store.Load().Cut(), swaps: swaps, start: time.Now()}
	var err error
	if c.meta, err = g.apply.meta(c.delta.Meta()); err != nil {
		c.delta.Done(false)
		g.save.end(0, 0, err)
		return nil, err
	}
	g.apply.logBytes = 0
	return c, nil
}

// write brings a cut to the shelf.
func (g *Group) write(c *cut) error {
	g.save.shelf.RLock()
	defer g.save.shelf.RUnlock()
	if c.swaps != g.save.swaps {
		return errors.New("a snapshot of the leader took its place")
	}
	if err := failpoint.Err(failpoint.SnapshotCut); err != nil {
		return err
	}
	err := g.shelf.Write(c.meta, c.delta)
	if err == nil {
		failpoint.Hit(failpoint.SnapshotWritten)
	}
	return err
}

// endCut lets go of a cut, and of the log that it covers if it was saved. The
// caller has the apply role.
func (g *Group) endCut(c *cut, err error) {
	took := time.Since(c.start)
	c.delta.Done(err == nil)
	if err == nil {
		g.forgetLog(wal.Mark{Index: c.meta.Index, Term: c.meta.Term, Conf: c.meta.Conf})
		g.log.Info("saved a snapshot", "index", c.meta.Index, "took", took.Round(time.Millisecond))
	} else {
		g.log.Error("saving a snapshot failed; the log is kept", "err", err)
		g.failOnDisk(err)
	}
	g.metrics.snapshot(took, err)
	g.save.end(c.meta.Index, took, err)
}

// failOnDisk ends the group if err says that the disk cannot be trusted.
func (g *Group) failOnDisk(err error) {
	if errors.As(err, new(*shelf.DiskError)) {
		g.mu.Lock()
		g.fail(err)
		g.mu.Unlock()
	}
}

// snapshot writes a snapshot on a goroutine of its own. done, if given, hears
// how it ended. The caller has the apply role.
func (g *Group) snapshot(done chan<- error) {
	c, err := g.cut()
	if err != nil {
		if done != nil {
			done <- err
		}
		return
	}
	g.wg.Add(1)
	go func() {
		defer g.wg.Done()
		err := g.write(c)
		g.inApply(func() { g.endCut(c, err) })
		if done != nil {
			done <- err
		}
	}()
}

// forgetLog lets go of log that the snapshot at m covers.
func (g *Group) forgetLog(m wal.Mark) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.logJobs = append(g.logJobs, logJob{other: func() error {
		if err := g.wal.Mark(m); err != nil {
			return fmt.Errorf("write-ahead log: %w", err)
		}
		if _, err := g.storage.CreateSnapshot(m.Index, m.Conf, nil); err != nil {
			return nil // a newer one was installed meanwhile
		}
		if keep := g.keepFrom(m.Index); keep > 0 {
			if err := g.storage.Compact(keep); err != nil && !errors.Is(err, raft.ErrCompacted) {
				return err
			}
		}
		return g.wal.Purge()
	}})
	g.work(&visitor, nil)
}

// keepFrom returns the index up to which entries may leave memory when a
// snapshot covers them up to index; 0: none may.
func (g *Group) keepFrom(index uint64) uint64 {
	if failpoint.Enabled {
		return index // so that a test soon needs a snapshot
	}
	first, _ := g.storage.FirstIndex()
	if first > index {
		return 0
	}
	entries, err := g.storage.Entries(first, index+1, math.MaxUint64)
	if err != nil {
		return 0
	}
	kept, bytes := 0, 0
	for kept < len(entries) && kept < keepEntries && bytes < keepBytes {
		bytes += len(entries[len(entries)-1-kept].GetData())
		kept++
	}
	return index - uint64(kept)
}

// Between runs fn between two batches, with the index of the last entry that was applied.
// Nothing is applied meanwhile.
func (g *Group) Between(fn func(index uint64)) { g.inApply(func() { fn(g.apply.Index) }) }

// inApply runs fn with the apply role taken, between two batches.
func (g *Group) inApply(fn func()) {
	g.holdApply()
	fn()
	g.releaseApply()
	g.visit()
}

// Save writes a snapshot and waits until it is on disk.
func (g *Group) Save() error {
	done := make(chan error, 1)
	g.inApply(func() { g.snapshot(done) })
	return <-done
}

// Reload writes a snapshot and replaces the state in memory by what it holds.
// Nothing is applied meanwhile.
func (g *Group) Reload() (err error) {
	g.inApply(func() {
		var c *cut
		if c, err = g.cut(); err != nil {
			return
		}
		err = g.write(c)
		g.endCut(c, err)
		if err != nil {
			return
		}
		var st *store.Store
		if st, err = g.loadStore(c.meta); err == nil {
			g.store.Store(st)
			g.arm(1)
		}
	})
	return err
}
