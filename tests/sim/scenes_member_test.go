package sim

import "github.com/msredis/msredis/cluster/replica"

// A machine that lost its disk comes back in its place, also when the leader died
// between the two changes for that. One that was removed does not, until it is
// asked in. (Founders that join by an old command line.)
func forgottenStaysAway(w *world) {
	a := w.lead()
	f := w.others(a)[0]
	m, name := f.machine, f.machine.name
	f.crash(true)
	m.disk = nil
	old, _ := a.replica.Members().ByName(name)
	replaced := false
	a.changeHere(replica.Change{Op: replica.Replace, Member: old}, func(ok bool) { replaced = ok })
	w.staged(w.until(5*second, func() bool { return replaced }), "there is room for its successor")
	dead := a.machine
	a.crash(true)
	dead.start()
	w.lead()
	w.comeBack(m)
	if !w.until(20*second, w.settled) || m.disk.id == old.ID {
		w.fail("it does not come back in its place")
	}
	m.node.crash(true)
	w.forget(m.disk.id)
	id := m.disk.id
	w.staged(w.until(5*second, func() bool { l := w.leader(); return l != nil && !l.replica.Members().Has(id) }), "it is removed")
	m.disk = nil
	w.comeBack(m)
	w.run(5 * second)
	if _, ok := w.lead().replica.Members().ByName(name); ok || m.node != nil {
		w.fail("it comes back though it was removed")
	}
	w.joins[len(w.joins)-1].done = true // its process has ended
	w.join(m)
	if !w.until(20*second, w.settled) || m.node == nil {
		w.fail("it is asked in, and does not join")
	}
}

// A machine gets an older copy of its disk. The only other one that is up lags
// behind, and the two would be a majority: what the real disk had acknowledged must
// not be lost. (Restored virtual machines; backups of single members.)
func olderCopy(w *world) {
	a := w.lead()
	f, g := w.others(a)[0], w.others(a)[1]
	w.must(a, "OK", call("SET", "x", "1"))
	m := f.machine
	f.crash(true)
	old := m.disk.copy()
	f = m.start()
	w.must(f, "OK", call("SET", "x", "2"))
	w.run(second) // all have met
	lags := g.machine
	g.crash(true)
	w.must(a, "OK", call("SET", "x", "3"))
	w.run(200 * ms)
	has := a.machine
	a.crash(true)
	f.crash(true)
	m.disk = old
	f, g = m.start(), lags.start()
	w.staged(f.inc > 1 && g.disk.met[f.id].Starts == f.inc, "the other one has met that start of the member")
	w.run(5 * second)
	for _, n := range w.up() {
		if n.replica.Leads() {
			w.fail("node %d leads with an older copy among its voters", n.id)
		}
	}
	f.crash(true) // it has been told, and ends
	has.start()
	w.must(w.lead(), "3", call("GET", "x"))
	w.must(g, "3", call("GET", "x"))
	m.disk = nil
	w.comeBack(m)
	if !w.until(20*second, w.settled) {
		w.fail("it does not come back with an empty disk")
	}
	w.must(m.node, "3", call("GET", "x"))
}

// One of two voters is removed, and the other one loses its power at once. Its disk does
// not know that the removal was committed, so it needs a vote of the removed one. (The
// commit index alone is not waited for.)
func removedVotes(w *world) {
	w.run(second)
	a := w.lead()
	f := w.others(a)[0]
	m := a.machine
	w.forget(f.id)
	w.staged(w.until(5*second, func() bool { return f.replica.Members().Removed(f.id) }), "the removed one knows")
	a.crash(true)
	m.disk.log = m.disk.log[:m.disk.lastEntry()+1] // all that need not be synced is lost
	m.disk.synced = len(m.disk.log)
	w.run(second)
	m.start()
	if !w.until(20*second, func() bool { l := w.leader(); return l != nil && l.machine == m && w.settled() }) {
		w.fail("the node that is left does not lead")
	}
	w.must(m.node, "OK", call("SET", "x", "1"))
	if !w.until(20*second, func() bool { return len(w.up()) == 1 }) {
		w.fail("the removed node does not end")
	}
}
