package cluster

import (
	"time"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/front"
)

func deadlineIn(d time.Duration) time.Time { return time.Now().Add(d) }

// OverMemory reports whether the data exceeds maxmemory; see front.Backend. The
// node that a client is connected to decides, before the log; what it refuses
// no node executes.
func (n *Node) OverMemory() bool {
	limit := n.options.MaxMemory()
	return limit > 0 && n.store.Load().DataBytes() > limit
}

// Long reports whether a call is a read that takes long; see front.Backend.
func (n *Node) Long(c *command.Call) bool { return n.store.Load().Long(c) }

// Reads reports whether a script is known to write nothing; see front.Backend.
func (n *Node) Reads(c *command.Call) bool { return n.store.Load().Reads(c) }

// KillScript ends scripts that read; see front.Backend.
func (n *Node) KillScript(function bool) (errText string) {
	return n.store.Load().Scripts().Kill(function)
}

// Large guesses how large a reply is; see front.Backend.
func (n *Node) Large(c *command.Call) int { return n.store.Load().Large(c) }

// Founded reports whether this process has founded the cluster, alone or with
// others: the first start of a founder.
func (n *Node) Founded() bool { return n.founded }

// Loading reports whether the data is being loaded: never, since a node opens
// its doors after that, and a snapshot that is installed later is built beside
// the data that is served.
func (n *Node) Loading() bool { return false }

// View returns the cluster as this node knows it; see front.Backend.
func (n *Node) View() *front.View {
	v := n.Group.view.Load()
	out := &front.View{ClusterID: n.config.Cluster, Self: n.id, Leader: v.leader, Term: v.term, Quorum: v.leader != 0}
	var match map[uint64]uint64
	if v.leads && len(v.members.List) > 1 {
		match = n.matches()
	}
	for _, m := range v.members.List {
		if m.ID == n.id {
			m.ClientAddr = n.options.ClientAddr // before the others have agreed on it
		}
		out.Members = append(out.Members, front.Member{
			ID: m.ID, Name: m.Name, ClientAddr: m.ClientAddr, PeerAddr: m.PeerAddr, Learner: m.Learner,
			Alive: n.alive(m.ID), Match: match[m.ID],
		})
	}
	return out
}

// Info gathers figures; see front.Backend.
func (n *Node) Info() *front.Info {
	out := &front.Info{}
	n.ask(func(r *replica.Replica) {
		s := r.Status()
		out.State = stateName(s.RaftState)
		out.Term, out.Commit = s.GetTerm(), s.GetCommit()
	})
	if self, ok := n.Group.view.Load().members.ByID(n.id); ok && self.Learner {
		out.State = "learner"
	}
	out.LastIndex, _ = n.storage.LastIndex()
	out.FirstIndex, _ = n.storage.FirstIndex()
	n.mu.Lock()
	out.Applied = n.applied
	for w := n.writers.head; w != nil; w = w.next {
		out.QueuedUnits++
		if w.patient() {
			out.QueuedBytes += w.Unit.Bytes
		}
	}
	n.mu.Unlock()
	out.LeaderSwitch = n.metrics.changes.Load()
	out.Proposals = n.metrics.entries.Load()

	n.save.mu.Lock()
	out.SnapshotAt, out.LastSaveOK, out.SaveRunning = n.save.index, n.save.err == nil, n.save.running
	out.LastSaveTook, out.Saves = n.save.took, n.save.saves
	if out.SaveRunning {
		out.SaveRunningFor = time.Since(n.save.began)
	}
	n.save.mu.Unlock()
	out.LastSave = n.LastSave()
	n.save.shelf.RLock()
	out.SnapshotBytes = n.shelf.Bytes()
	n.save.shelf.RUnlock()
	out.WALBytes = n.wal.Size()

	st := n.store.Load()
	out.LogTime, out.ChangesUnsaved, out.DataBytes = st.Now(), st.ChangesUnsaved(), st.DataBytes()
	out.ExpiredKeys, out.ExpiredFields, out.Leases = st.ExpiredKeys(), st.ExpiredFields(), st.Leases()
	scripts := st.Scripts().Info()
	out.Scripts, out.ScriptBytes = scripts.Scripts, scripts.ScriptBytes
	out.Libraries, out.Functions, out.LibraryBytes = scripts.Libraries, scripts.Functions, scripts.LibraryBytes
	out.Hits, out.Misses = st.Lookups()
	out.DB = map[int]front.DBInfo{}
	for db, i := range st.DBInfo() {
		out.DB[db] = front.DBInfo{Keys: i.Keys, Expires: i.Expires, AvgTTL: i.AvgTTL, SubExpiry: i.SubExpiry,
			DictBytes: i.DictBytes(), ExpiryBytes: i.ExpiryBytes()}
	}
	return out
}

// Save writes a snapshot; see front.Backend.
func (n *Node) Save() error { return n.Group.Save() }

// LastSave returns when the last snapshot was finished, Unix seconds.
func (n *Node) LastSave() int64 {
	n.save.mu.Lock()
	defer n.save.mu.Unlock()
	return n.save.last.Unix()
}

// Reload writes a snapshot and loads it again; see front.Backend.
func (n *Node) Reload() error { return n.reload() }

// Digest returns the digest of the state; see front.Backend.
func (n *Node) Digest() (string, uint64, error) {
	if !n.fast.Load() {
		if _, err := n.confirm(); err != nil {
			return "", 0, err
		}
	}
	digest, index := n.store.Load().Digest()
	return digest, index, nil
}

// Replicas counts the members that hold what is applied here; see
// front.Backend. What is applied is on a majority; the leader knows of how many
// more, and waits for them.
func (n *Node) Replicas(want int, timeout time.Duration) int {
	n.mu.Lock()
	target := n.applied
	n.mu.Unlock()
	deadline := time.Now().Add(timeout)
	for {
		v := n.Group.view.Load()
		have := v.members.Voters() / 2 // a majority without this node
		if v.leads {
			have = 0
			for id, match := range n.matches() {
				if id != n.id && match >= target {
					have++
				}
			}
		}
		left := time.Until(deadline)
		if have >= want || timeout > 0 && left <= 0 || !v.leads {
			return have
		}
		pause := n.config.Tick / 10
		if timeout > 0 {
			pause = min(pause, left)
		}
		select {
		case <-time.After(pause):
		case <-n.stop:
			return have
		}
	}
}

// SetActiveExpire switches the ticks for deadlines; see front.Backend.
func (n *Node) SetActiveExpire(on bool) {
	n.activeExpire.Store(on)
	n.arm(1)
}
