package sim

import (
	"errors"
	"math"
	"slices"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/internal/mutant"
	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// logJob is work for the log role; see cluster/group/log.go.
type logJob struct {
	append *raftpb.Message
	other  func()
}

// runLog does the log role: all jobs that wait.
func (n *node) runLog() {
	if n.logBusy || len(n.logJobs) == 0 {
		return
	}
	n.logBusy = true
	jobs := n.logJobs
	n.logJobs = nil
	n.logFrom(jobs, 0)
}

// logFrom goes on with the jobs from i: with all appends up to the next thing
// that is none, in one write and one sync.
func (n *node) logFrom(jobs []logJob, i int) {
	if i == len(jobs) {
		n.logBusy = false
		for _, j := range jobs {
			if j.append != nil {
				n.in.appended = append(n.in.appended, j.append)
			}
		}
		n.wakeCore()
		n.kick()
		return
	}
	switch j := jobs[i]; {
	case j.append == nil:
		j.other()
		n.after(n.diskTime(), func() { n.logFrom(jobs, i+1) })
	case j.append.GetSnapshot() != nil:
		n.holdApply(func() { n.install(j.append, func() { n.logFrom(jobs, i+1) }) })
	default:
		var hard *raftpb.HardState
		var entries []*raftpb.Entry
		k := i
		for ; k < len(jobs) && jobs[k].append != nil && jobs[k].append.GetSnapshot() == nil; k++ {
			if hs := replica.HardState(jobs[k].append); hs != nil {
				hard = hs
			}
			entries = append(entries, jobs[k].append.GetEntries()...)
		}
		show := func() {
			for _, j := range jobs[i:k] {
				if hs := replica.HardState(j.append); hs != nil {
					must(n.storage.SetHardState(hs))
				}
				must(n.storage.Append(j.append.GetEntries()))
			}
			n.logFrom(jobs, k)
		}
		if !n.disk.append(hard, entries) {
			n.after(n.w.between(1, 20), show)
			return
		}
		reached := len(n.disk.log)
		synced := func() {
			n.disk.synced = max(n.disk.synced, min(reached, len(n.disk.log)))
			n.w.note("synced", n.id, uint64(reached))
		}
		if mutant.On(mutant.AckBeforeSync) {
			n.after(n.diskTime(), synced)
			n.after(1, show)
			return
		}
		n.after(n.diskTime(), func() { synced(); show() })
	}
}

// diskTime draws how long a sync takes.
func (n *node) diskTime() int64 {
	if n.disk.slow {
		return n.w.between(5*ms, 150*ms)
	}
	return n.w.between(50, n.w.profile.syncTime)
}

// install makes a received snapshot the state of this node; see Group.install.
// The apply role is its own. It can be cut off by a crash between any two steps.
func (n *node) install(m *raftpb.Message, then func()) {
	s := n.disk.received
	if s == nil || s.index != m.GetSnapshot().GetMetadata().GetIndex() {
		n.w.fail("node %d installs a snapshot that it did not receive", n.id)
	}
	n.disk.shelf, n.disk.received = s, nil
	n.swaps++
	n.w.note("install", n.id, s.index)
	before, _, _ := n.storage.InitialState()
	hard := replica.InstalledHardState(m, before)
	if mutant.On(mutant.InstallUnderway) {
		n.store = newStore()
	}
	n.after(n.diskTime(), func() {
		n.disk.mark(s.mark())
		n.after(n.diskTime(), func() {
			n.disk.append(hard, nil)
			n.disk.synced = len(n.disk.log)
			n.after(n.diskTime(), func() {
				must(n.storage.ApplySnapshot(s.raft()))
				must(n.storage.SetHardState(hard))
				var err error
				n.store, n.apply, err = s.load(n.machine.commands())
				must(err)
				n.entries = 0
				n.w.check.digest(n)
				members, seq, time, lag := n.apply.Members.Clone(), n.apply.Ledger.Last(n.id, n.inc), n.store.Now(), n.apply.Lag
				n.setApplied(s.index)
				n.post(func(r *replica.Replica) { r.Restored(members, seq, time, lag, n.clock()) })
				n.installing = false
				n.releaseApply()
				then()
			})
		})
	})
}

// snapshot cuts a snapshot and writes it while the node goes on; see
// cluster/group/snapshot.go.
func (n *node) snapshot() {
	if n.saving {
		return
	}
	n.saving = true
	n.inApply(func() {
		if n.apply.Index == 0 {
			n.saving = false // it has nothing yet
			return
		}
		delta, swaps := n.store.Cut(), n.swaps
		next := n.disk.shelf.with(n.apply, delta)
		n.entries = 0
		n.w.note("cut", n.id, next.index)
		if mutant.On(mutant.PurgeEarly) {
			n.forgetLog(next)
		}
		n.after(n.w.between(ms, 40*ms), func() {
			ok := swaps == n.swaps
			if ok {
				must(delta.Write(sink(next.data)))
				n.disk.shelf = next
				n.w.note("saved", n.id, next.index)
			}
			n.inApply(func() {
				delta.Done(ok)
				n.saving = false
				if ok {
					n.forgetLog(next)
				}
			})
		})
	})
}

// forgetLog lets go of the log that a snapshot covers.
func (n *node) forgetLog(s *shelf) {
	n.logJobs = append(n.logJobs, logJob{other: func() {
		n.disk.mark(s.mark())
		if _, err := n.storage.CreateSnapshot(s.index, s.conf, nil); err != nil {
			return // a newer one was installed meanwhile
		}
		if keep := n.keepFrom(s.index); keep > 0 {
			if err := n.storage.Compact(keep); err != nil && !errors.Is(err, raft.ErrCompacted) {
				panic(err)
			}
		}
		n.disk.purge(s.index)
	}})
	n.kick()
}

// keepFrom is Group.keepFrom with a smaller number.
func (n *node) keepFrom(index uint64) uint64 {
	first, _ := n.storage.FirstIndex()
	if first > index {
		return 0
	}
	entries, err := n.storage.Entries(first, index+1, math.MaxUint64)
	if err != nil || len(entries) <= n.w.profile.keepEntries {
		return 0
	}
	return first + uint64(len(entries)-n.w.profile.keepEntries) - 1
}

// sendSnapshot streams what is on the shelf; see Group.sendSnapshot.
func (n *node) sendSnapshot(m *raftpb.Message) {
	to, s := m.GetTo(), n.disk.shelf
	said := false
	done := func(ok bool) {
		if said {
			return
		}
		said = true
		n.after(n.w.between(ms, 5*ms), func() { n.post(func(r *replica.Replica) { r.SnapshotSent(to, ok) }) })
	}
	if !slices.Contains(s.conf.GetVoters(), to) && !slices.Contains(s.conf.GetLearners(), to) {
		n.snapshot()
		done(false)
		return
	}
	m = proto.Clone(m).(*raftpb.Message)
	m.Snapshot = s.raft()
	n.w.note("sends", n.id, to, s.index)
	n.w.network.stream(n.w, n.id, to, func(there *node) {
		if there == nil {
			done(false)
			return
		}
		there.receive(m, s, done)
		n.after(second/2, func() { done(false) }) // the connection broke
	})
}

// receive takes a snapshot; see Group.Snapshot. One is taken at a time.
func (n *node) receive(m *raftpb.Message, s *shelf, done func(ok bool)) {
	if n.receiving {
		done(false)
		return
	}
	n.receiving = true
	n.disk.received = s
	n.in.events = append(n.in.events, nodeEvent{
		run: func(r *replica.Replica) { r.Step(m, n.clock()) },
		after: func(out *replica.Output) {
			for _, job := range out.Append {
				n.installing = n.installing || job.GetSnapshot() != nil
			}
			n.awaitInstalled(done)
		},
	})
	n.wakeCore()
}

func (n *node) awaitInstalled(done func(ok bool)) {
	if n.installing {
		n.after(ms, func() { n.awaitInstalled(done) })
		return
	}
	n.receiving = false
	done(true)
}
