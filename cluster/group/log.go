package group

import (
	"fmt"
	"path/filepath"
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

func (g *Group) doLog(jobs []logJob) error {
	var hard *raftpb.HardState
	var entries []*raftpb.Entry
	batch := 0
	flush := func() error {
		if hard == nil && len(entries) == 0 {
			return nil
		}
		if err := g.wal.Append(hard, entries); err != nil {
			return fmt.Errorf("write-ahead log: %w", err)
		}
		hard, entries = nil, nil
		return nil
	}
	for i, j := range jobs {
		m := j.append
		if m != nil && m.GetSnapshot() == nil {
			if m.Term != nil {
				hard = replica.HardState(m)
			}
			if entries == nil {
				entries = m.GetEntries()
			} else {
				entries = append(entries[:len(entries):len(entries)], m.GetEntries()...)
			}
			batch++
			continue
		}
		if err := flush(); err != nil {
			return err
		}
		if err := g.show(jobs[i-batch : i]); err != nil {
			return err
		}
		batch = 0
		if m == nil {
			if err := j.other(); err != nil {
				return err
			}
		} else if err := g.install(m); err != nil {
			return err
		}
	}
	if err := flush(); err != nil {
		return err
	}
	return g.show(jobs[len(jobs)-batch:])
}

// show shows raft what is durable now.
func (g *Group) show(jobs []logJob) error {
	for _, j := range jobs {
		if hard := replica.HardState(j.append); hard != nil {
			if err := g.storage.SetHardState(hard); err != nil {
				return err
			}
		}
		if err := g.storage.Append(j.append.GetEntries()); err != nil {
			return err
		}
	}
	return nil
}

// install makes the snapshot that a leader sent the state of this node. It was
// received whole before raft heard of it; now it takes the place of the shelf's
// content, then the log is told, then the store is built from it. A crash
// between two steps leaves a node that starts from the new snapshot.
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
	if err := g.wal.Append(hard, nil); err != nil {
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
	g.wakeAll(g.allowed(g.wakes[:0]))
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
