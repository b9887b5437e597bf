package sim

import (
	"fmt"
	"slices"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/internal/mutant"
)

// found makes a cluster of n machines, as cluster/boot.go does: all start from
// the same empty snapshot, which lists them.
func (w *world) found(n int) {
	members := replica.Members{Cluster: 1, LastID: uint64(n)}
	for i := range n {
		members.List = append(members.List, replica.Member{ID: uint64(i + 1), Name: fmt.Sprint("m", i+1)})
	}
	first := replica.Machine{Ledger: replica.NewLedger(table), Members: members, Index: 1, Term: 1}
	for i := range n {
		delta := newStore().Cut()
		m := &machine{w: w, name: fmt.Sprint("m", i+1)}
		m.disk = &disk{name: m.name, id: uint64(i + 1), shelf: (*shelf)(nil).with(first, delta)}
		m.astray = i < w.profile.astray
		if m.astray {
			m.wall = w.hours()
		}
		w.machines = append(w.machines, m)
	}
	for _, m := range w.machines {
		m.start()
	}
}

// change is a change of the membership that a leader sees to, as changeHere does.
type change struct {
	what     replica.Change
	deadline int64
	then     func(ok bool)
}

// changeHere proposes a change until it has happened. Leader only.
func (n *node) changeHere(c replica.Change, then func(ok bool)) {
	n.changes = append(n.changes, &change{what: c, deadline: n.w.now + 2*second, then: then})
	n.seeToChanges()
}

func (n *node) seeToChanges() {
	list := n.changes
	n.changes = nil
	var rest []*change
	for _, c := range list {
		switch {
		case n.replica.Members().Reflects(c.what):
			c.then(true)
		case !n.replica.Leads(), n.w.now > c.deadline:
			c.then(false)
		default:
			n.post(func(r *replica.Replica) { _ = r.Change(c.what) })
			rest = append(rest, c)
		}
	}
	n.changes = append(n.changes, rest...)
}

// maintain is cluster.maintain: it goes on with changes, and promotes learners
// that have caught up.
func (n *node) maintain() {
	n.seeToChanges()
	if !n.replica.Leads() {
		return
	}
	match := map[uint64]uint64{}
	n.replica.Progress(func(id, at uint64, _ bool) { match[id] = at })
	for _, m := range n.replica.Members().List {
		if m.Learner && match[m.ID] > 0 && match[m.ID]+20 >= match[n.id] && len(n.changes) == 0 {
			n.changeHere(replica.Change{Op: replica.Promote, Member: m}, func(bool) {})
		}
	}
}

// join is an empty machine that asks the cluster to take it in; see
// cluster.join and admitNew.
type join struct {
	m         *machine
	uninvited bool
	asked     int
	done      bool
}

func (w *world) join(m *machine) { w.admit(&join{m: m}) }

// comeBack is join for a machine that lost its disk and was not asked in.
func (w *world) comeBack(m *machine) { w.admit(&join{m: m, uninvited: true}) }

func (w *world) admit(j *join) {
	w.joins = append(w.joins, j)
	w.note("joins", uint64(len(w.machines)))
	j.ask(w)
}

func (j *join) ask(w *world) {
	again := func() { w.after(w.between(20*ms, 200*ms), func() { j.ask(w) }) }
	if j.done {
		return
	}
	j.asked++
	asked := j.asked
	w.after(4*second, func() { // whoever was asked is gone
		if j.asked == asked {
			j.ask(w)
		}
	})
	var leaders []*node // whoever takes itself for one
	for _, n := range w.up() {
		if n.replica.Leads() && !n.paused {
			leaders = append(leaders, n)
		}
	}
	if len(leaders) == 0 {
		again()
		return
	}
	n := pick(w, leaders)
	n.admitNew(j.m.name, j.uninvited, func(id uint64, members replica.Members, ok bool) {
		switch {
		case j.done:
		case !ok || w.chance(w.profile.loss): // the answer was lost
			again()
		default:
			j.done = true
			if j.uninvited { // the machine that lost its disk is a member again
				w.replacing = false
			}
			w.check.joined(id, j.m)
			j.m.disk = &disk{name: j.m.name, id: id, joined: members}
			j.m.start()
		}
	})
}

// admitNew takes a machine in as a learner. A dead member of the same name makes
// room for it.
func (n *node) admitNew(name string, uninvited bool, then func(id uint64, members replica.Members, ok bool)) {
	members := n.replica.Members()
	if uninvited && (!n.replica.Settled() || !members.MayReturn(name)) {
		then(0, replica.Members{}, false)
		return
	}
	if old, ok := members.ByName(name); ok {
		if m := n.w.machineOf(old.ID); m != nil && m.node != nil {
			then(0, replica.Members{}, false)
			return
		}
		n.changeHere(replica.Change{Op: replica.Replace, Member: old}, func(ok bool) {
			if !ok {
				then(0, replica.Members{}, false)
				return
			}
			n.admitNew(name, uninvited, then)
		})
		return
	}
	id := members.LastID + 1
	if mutant.On(mutant.IDsReused) {
		for id = 1; members.Has(id); id++ {
		}
	}
	m := replica.Member{ID: id, Name: name}
	n.changeHere(replica.Change{Op: replica.AddLearner, Member: m}, func(ok bool) {
		then(id, n.replica.Members().Clone(), ok)
	})
}

// forget removes a member, as CLUSTER FORGET does.
func (w *world) forget(id uint64) {
	l := w.leader()
	if l == nil {
		return
	}
	m, ok := l.replica.Members().ByID(id)
	if !ok {
		return
	}
	w.note("forgets", l.id, id)
	if id == l.id { // cluster.Node.Forget has it hand over first
		if others := w.others(l); len(others) > 0 {
			l.post(func(r *replica.Replica) { r.Transfer(pick(w, others).id) })
			w.after(second, func() {
				if now := w.leader(); now != nil && now != l && !w.replacing && !w.quiet {
					w.forget(id)
				}
			})
		}
		return
	}
	l.changeHere(replica.Change{Op: replica.Remove, Member: m}, func(bool) {})
}

// mayLeave is cluster.Node.mayLeave: a node that was removed ends when most of the other
// voters have told it so, or one has and none takes it for a member for a while.
func (n *node) mayLeave() {
	told, others, connected := 0, 0, false
	for _, m := range n.replica.Members().List {
		if m.Learner || m.ID == n.id {
			continue
		}
		others++
		there := n.w.process(m.ID)
		switch {
		case there == nil || there.paused || !n.w.network.open(n.w, n.id, m.ID) || !n.w.network.open(n.w, m.ID, n.id):
		case there.tells(n.id):
			told++
		default:
			connected = true
		}
	}
	if n.outcast++; told == 0 || connected {
		n.outcast = 0
	}
	if told > others/2 || n.outcast > 10*electionTicks {
		n.leave()
	}
}

// tells is cluster.Node.Admit for a member that was removed: it is told when the log is
// on disk.
func (n *node) tells(id uint64) bool {
	if !n.replica.Members().Removed(id) {
		return false
	}
	safe, asked := n.removed[id]
	if !asked {
		n.removed[id] = false
		n.logJobs = append(n.logJobs, logJob{other: func() {
			n.disk.synced = len(n.disk.log)
			n.removed[id] = true
		}})
		n.kick()
	}
	return safe
}

// leave ends a node that was removed. Its directory is of no more use.
func (n *node) leave() {
	n.after(n.w.between(ms, 50*ms), func() {
		n.w.note("leaves", n.id)
		n.crash(false)
		n.machine.disk = nil
	})
}

// settled reports whether the membership is as it was meant to be in the end:
// whoever joined votes, and whoever was removed is gone.
func (w *world) settled() bool {
	l := w.leader()
	if l == nil || len(l.changes) > 0 {
		return false
	}
	for _, m := range l.replica.Members().List {
		at := w.machineOf(m.ID)
		if m.Learner || at == nil || at.node == nil {
			return false
		}
	}
	for _, n := range w.up() {
		if l.replica.Members().Removed(n.id) {
			return false
		}
	}
	return !slices.ContainsFunc(w.joins, func(j *join) bool { return !j.done })
}
