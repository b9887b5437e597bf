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
