package group

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/shelf"
	"github.com/msredis/msredis/cluster/wal"
	"github.com/msredis/msredis/internal/failpoint"
	"go.etcd.io/raft/v3/raftpb"
)

// logJob is work for the log role: an Append job of the replica, or something
// else that has to happen between two of them.
type logJob struct {
	append *raftpb.Message
	// other runs in the log role; an error of it stops the node.
	other func() error
}

// Log is where a group's entries become durable.
//
// The groups of a node share one log, and each has its part of it. Several groups may
// append at the same time. Their batches share one write and one fsync then (package wal).
type Log interface {
	// Append makes append jobs durable, in order, with at most one write and one fsync.
	// It keeps nothing of jobs.
	Append(jobs []*raftpb.Message) error
	// Sync makes all durable that was appended, also the last commit index.
	Sync() error
	// Mark notes that a snapshot has all up to m.
	Mark(m wal.Mark) error
	// Purge lets go of what the snapshots of all groups cover.
	Purge() error
	Size() int64 // bytes on disk, of all groups
}

// part is a group's part of the node's log.
type part struct{ *wal.Part }

// Append writes the entries of all jobs, and the last hard state.
func (l part) Append(jobs []*raftpb.Message) error {
	var hard *raftpb.HardState
	var entries []*raftpb.Entry
	for _, m := range jobs {
		if m.Term != nil {
			hard = replica.HardState(m)
		}
		if entries == nil {
			entries = m.GetEntries()
		} else {
			entries = append(entries[:len(entries):len(entries)], m.GetEntries()...)
		}
	}
	if hard == nil && len(entries) == 0 {
		return nil
	}
	return l.Part.Append(hard, entries)
}

// runLog does the log role once: all jobs that wait, with one write and one
// fsync if they are appends. The caller holds g.mu; it is released meanwhile.
func (g *Group) runLog() {
	g.logBusy = true
	jobs := g.logJobs
	g.logJobs = nil
	g.mu.Unlock()

	start := time.Now()
	err := g.doLog(jobs)
	took := time.Since(start)

	g.mu.Lock()
	g.logBusy = false
	g.noteLog(jobs, took)
	if err != nil {
		g.fail(err)
	}
	if g.stopped != nil {
		g.room.Broadcast()
		return
	}
	for _, j := range jobs {
		if j.append != nil {
			g.in.appended = append(g.in.appended, j.append)
		}
	}
	if g.logJobs == nil {
		clear(jobs)
		g.logJobs = jobs[:0]
	}
}

// doLog does jobs in order. A run of plain appends is one batch.
func (g *Group) doLog(jobs []logJob) error {
	batch := g.batch[:0]
	flush := func() error {
		err := g.appendBatch(batch)
		clear(batch)
		batch = batch[:0]
		return err
	}
	for _, j := range jobs {
		if j.append != nil && j.append.GetSnapshot() == nil {
			batch = append(batch, j.append)
			continue
		}
		if err := flush(); err != nil {
			return err
		}
		if j.append == nil {
			if err := j.other(); err != nil {
				return err
			}
		} else if err := g.install(j.append); err != nil {
			return err
		}
	}
	err := flush()
	g.batch = batch
	return err
}

// appendBatch makes append jobs durable and shows raft what is durable now.
func (g *Group) appendBatch(jobs []*raftpb.Message) error {
	if len(jobs) == 0 {
		return nil
	}
	if err := g.wal.Append(jobs); err != nil {
		return fmt.Errorf("write-ahead log: %w", err)
	}
	for _, m := range jobs {
		if hard := replica.HardState(m); hard != nil {
			if err := g.storage.SetHardState(hard); err != nil {
				return err
			}
		}
		if err := g.storage.Append(m.GetEntries()); err != nil {
			return err
		}
	}
	return nil
}

// SyncLog returns when the log has all on disk that the present View came from. Raft does
// not wait for the disk when only the commit index moves. So a node that loses its power
// may have to be told again what was committed.
func (g *Group) SyncLog() error {
	done := make(chan error, 1)
	g.mu.Lock()
	if g.stopped != nil {
		g.mu.Unlock()
		return ErrClosed
	}
	g.logJobs = append(g.logJobs, logJob{other: func() error {
		err := g.wal.Sync()
		done <- err
		return err
	}})
	g.work(&visitor, nil)
	g.mu.Unlock()
	select {
	case err := <-done:
		return err
	case <-g.stop:
		return ErrClosed
	}
}

// heavyLog bounds the bytes that a goroutine for which others wait writes to the log, in
// bytes. The reader of a peer must not be busy with a hundred megabytes: it has the
// next heartbeat to read. An event loop has its clients.
const heavyLog = 4 << 20

// A disk that has kept the log waiting for slowLog is left to the worker until it was
// quick slowWrites times. A goroutine that waits for the disk itself can neither be
// answered when request-timeout is over, nor serve others.
const (
	slowLog    = 250 * time.Millisecond
	slowWrites = 16
)

// noteLog notes how long the log role took for jobs. A job without entries may not have
// been synced, and says nothing good of the disk. The caller holds g.mu.
func (g *Group) noteLog(jobs []logJob, took time.Duration) {
	switch {
	case took > slowLog:
		g.slowWrites = slowWrites
	case g.slowWrites > 0 && slices.ContainsFunc(jobs, func(j logJob) bool { return len(j.append.GetEntries()) > 0 }):
		g.slowWrites--
	}
}

// logHeavy reports whether the log role will take long, as far as can be told.
func (g *Group) logHeavy() bool {
	if g.slowWrites > 0 {
		return true
	}
	size := 0
	for _, j := range g.logJobs {
		if j.append.GetSnapshot() != nil {
			return true
		}
		for _, e := range j.append.GetEntries() {
			size += len(e.GetData())
		}
	}
	return size > heavyLog
}

// install makes the snapshot that a leader sent the state of this node. It was received
// whole before raft heard of it. Now it takes the place of the shelf's content, then
// the log is told, then the store is built from it. A crash between two steps leaves a
// node that starts from the new snapshot.
func (g *Group) install(m *raftpb.Message) error {
	g.holdApply() // so that nobody applies to the store that is replaced
	defer g.releaseApply()

	meta, err := g.swapShelf()
	if err != nil {
		return fmt.Errorf("installing a snapshot: %w", err)
	}
	if meta.Index != m.GetSnapshot().GetMetadata().GetIndex() {
		return fmt.Errorf("installing a snapshot: received one at index %d, raft expects %d", meta.Index, m.GetSnapshot().GetMetadata().GetIndex())
	}
	before, _, _ := g.storage.InitialState()
	hard := replica.InstalledHardState(m, before)
	failpoint.Hit(failpoint.SnapshotInstalled)
	if err := g.wal.Mark(wal.Mark{Index: meta.Index, Term: meta.Term, Conf: meta.Conf}); err != nil {
		return fmt.Errorf("write-ahead log: %w", err)
	}
	failpoint.Hit(failpoint.InstallMarked)
	hardOnly := &raftpb.Message{Term: hard.Term, Vote: hard.Vote, Commit: hard.Commit}
	if err := g.wal.Append([]*raftpb.Message{hardOnly}); err != nil {
		return fmt.Errorf("write-ahead log: %w", err)
	}
	failpoint.Hit(failpoint.InstallLogged)
	if err := g.storage.ApplySnapshot(snapshotOf(meta)); err != nil {
		return fmt.Errorf("installing a snapshot: %w", err)
	}
	if err := g.storage.SetHardState(hard); err != nil {
		return err
	}
	members, err := g.load(meta)
	if err != nil {
		return fmt.Errorf("loading an installed snapshot: %w", err)
	}
	seq, logTime, lag := g.apply.Ledger.Last(g.id, g.config.Incarnation), g.store.Load().Now(), g.apply.Lag
	g.mu.Lock()
	g.setApplied(meta.Index)
	g.in.events = append(g.in.events, event{run: func(r *replica.Replica) { r.Restored(members, seq, logTime, lag, g.now()) }})
	g.installing = false
	g.room.Broadcast()
	g.wakeAll(g.readable(g.wakes[:0]))
	g.mu.Unlock()
	g.log.Info("installed a snapshot", "index", meta.Index, "term", meta.Term)
	return nil
}

// swapShelf puts the received snapshot in the place of the shelf.
func (g *Group) swapShelf() (shelf.Meta, error) {
	g.save.shelf.Lock()
	defer g.save.shelf.Unlock()
	if err := g.shelf.Close(); err != nil {
		return shelf.Meta{}, err
	}
	dir := filepath.Join(g.config.Dir, ShelfDir)
	if err := shelf.Install(dir); err != nil {
		return shelf.Meta{}, err
	}
	s, err := shelf.Open(dir, g.log)
	if err != nil {
		return shelf.Meta{}, err
	}
	g.shelf = s
	g.save.swaps++
	meta, _ := s.Meta()
	return meta, nil
}

// snapshotOf is what raft knows of a snapshot; the state itself is on the shelf.
func snapshotOf(m shelf.Meta) *raftpb.Snapshot {
	return &raftpb.Snapshot{Metadata: &raftpb.SnapshotMetadata{Index: new(m.Index), Term: new(m.Term), ConfState: m.Conf}}
}

// holdApply takes the apply role away from everybody; releaseApply gives it
// back.
func (g *Group) holdApply() {
	g.mu.Lock()
	g.holds++
	for g.applyBusy {
		g.room.Wait()
	}
	g.applyBusy = true
	g.mu.Unlock()
}

func (g *Group) releaseApply() {
	g.mu.Lock()
	g.holds--
	g.applyBusy = false
	g.room.Broadcast()
	g.mu.Unlock()
}
