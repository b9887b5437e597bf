package group

import (
	"time"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/store"
	"go.etcd.io/raft/v3"
)

// Stats are figures of a group on this member.
type Stats struct {
	State                 string // follower, candidate, pre-candidate, leader or learner
	Term, Commit, Applied uint64
	FirstIndex, LastIndex uint64 // of the entries in memory

	QueuedUnits int // that wait for the log
	QueuedBytes int // of them, as far as they are at rest

	// Installing: a leader's snapshot is being taken in, beside the data that is
	// served.
	Installing bool

	WALBytes, SnapshotBytes int64

	SnapshotAt uint64 // index of the newest snapshot written here
	Saves      uint64 // snapshots written
	LastSave   time.Time
	LastSaveOK bool
	LastTook   time.Duration
	Saving     time.Duration // how long the one that runs has been running; 0: none runs
}

// Stats gathers the figures. It waits for the core role.
func (g *Group) Stats() *Stats {
	s := &Stats{}
	g.ask(func(r *replica.Replica) {
		status := r.Status()
		s.State = stateName(status.RaftState)
		s.Term, s.Commit = status.GetTerm(), status.GetCommit()
	})
	if self, ok := g.View().Members.ByID(g.id); ok && self.Learner {
		s.State = "learner"
	}
	s.LastIndex, _ = g.storage.LastIndex()
	s.FirstIndex, _ = g.storage.FirstIndex()
	g.mu.Lock()
	s.Applied, s.Installing = g.applied, g.installing
	for w := g.writers.head; w != nil; w = w.next {
		s.QueuedUnits++
		if w.patient() {
			s.QueuedBytes += w.Unit.Bytes
		}
	}
	g.mu.Unlock()

	g.save.mu.Lock()
	s.SnapshotAt, s.Saves = g.save.index, g.save.saves
	s.LastSave, s.LastSaveOK, s.LastTook = g.save.last, g.save.err == nil, g.save.took
	if g.save.running {
		s.Saving = max(time.Since(g.save.began), 1)
	}
	g.save.mu.Unlock()
	g.save.shelf.RLock()
	s.SnapshotBytes = g.shelf.Bytes()
	g.save.shelf.RUnlock()
	s.WALBytes = g.wal.Size()
	return s
}

func stateName(s raft.StateType) string {
	switch s {
	case raft.StateLeader:
		return "leader"
	case raft.StateCandidate:
		return "candidate"
	case raft.StatePreCandidate:
		return "pre-candidate"
	}
	return "follower"
}

// Store returns the data as it is now. An installed snapshot replaces it as a whole.
func (g *Group) Store() *store.Store { return g.store.Load() }

// Applied returns the index of the last entry that was applied.
func (g *Group) Applied() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.applied
}

// LastIndex returns the index of the last entry of the log.
func (g *Group) LastIndex() uint64 {
	last, _ := g.storage.LastIndex() // never fails (raft.MemoryStorage)
	return last
}

// LastSave returns when the last snapshot was finished.
func (g *Group) LastSave() time.Time {
	g.save.mu.Lock()
	defer g.save.mu.Unlock()
	return g.save.last
}

// Digest returns the digest of the state and the index it stands for, after a
// linearizable read.
func (g *Group) Digest() (digest string, index uint64, err error) {
	if !g.alone.Load() {
		if _, err := g.confirm(); err != nil {
			return "", 0, err
		}
	}
	digest, index = g.store.Load().Digest()
	return digest, index, nil
}

// Replicas counts the other members that hold what is applied here, and waits, but no
// longer than timeout, until it is as many as wanted. An applied entry is on a
// majority. The leader knows how many more have it.
func (g *Group) Replicas(want int, timeout time.Duration) int {
	target := g.Applied()
	deadline := time.Now().Add(timeout)
	for {
		v := g.View()
		have := v.Members.Voters() / 2 // a majority without this node
		if v.Leads {
			have = 0
			matches, _ := g.Progress()
			for id, match := range matches {
				if id != g.id && match >= target {
					have++
				}
			}
		}
		left := time.Until(deadline)
		if have >= want || timeout > 0 && left <= 0 || !v.Leads {
			return have
		}
		pause := g.tickEvery / 10
		if timeout > 0 {
			pause = min(pause, left)
		}
		select {
		case <-time.After(pause):
		case <-g.stop:
			return have
		}
	}
}
