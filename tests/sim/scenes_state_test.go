package sim

import (
	"fmt"
	"slices"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/resp/command"
	"go.etcd.io/raft/v3/raftpb"
)

// A log must reach its snapshot, whenever the power goes: while one is written,
// marked, or the log before it let go of. (Log purged before the snapshot is
// whole; snapshot newer than the log behind it.)
func logSnapshotGap(w *world) {
	sum := 0
	for range 12 {
		n := pick(w, w.up())
		for range 5 {
			sum++
			w.must(n, fmt.Sprint(sum), call("INCR", "x"))
		}
		n.snapshot()
		w.run(w.between(0, 50*ms))
		m := n.machine
		n.crash(true)
		w.run(w.between(0, 20*ms))
		m.start()
		w.lead()
	}
	w.must(w.lead(), fmt.Sprint(sum), call("GET", "x"))
}

// While five nodes are split, both sides change the members: the side without a
// majority must not get anywhere, and in the end there is one membership. (The
// bug of single-server changes that raft's author reported in 2015.)
func splitBrain(w *world) {
	a := w.lead()
	rest := w.others(a)
	w.isolate(a, rest[0])
	member := func(n *node, id uint64) replica.Member {
		m, _ := n.replica.Members().ByID(id)
		return m
	}
	// The old leader throws the others out until it could be a majority.
	won := false
	for _, n := range rest[1:] {
		a.changeHere(replica.Change{Op: replica.Remove, Member: member(a, n.id)}, func(ok bool) { won = won || ok })
	}
	old := w.ask(a, call("SET", "x", "old"))
	if !w.until(20*second, func() bool { l := w.leader(); return l != nil && l != a }) {
		w.fail("the majority has no leader")
	}
	b := w.leader()
	done := 0
	b.changeHere(replica.Change{Op: replica.Remove, Member: member(b, a.id)}, func(ok bool) { done++ })
	b.changeHere(replica.Change{Op: replica.AddLearner, Member: replica.Member{ID: 6, Name: "m6"}}, func(ok bool) { done++ })
	w.until(5*second, func() bool { return done == 2 })
	w.must(b, "OK", call("SET", "x", "new"))
	w.staged(!won, "the minority changes nothing")
	w.heal()
	w.await(old)
	if old.err == nil {
		w.fail("a minority acknowledged a write")
	}
	l := w.lead()
	w.must(l, "new", call("GET", "x"))
	if l.replica.Members().Has(a.id) || !l.replica.Members().Has(6) {
		w.fail("the members are %v", l.replica.Members().List)
	}
}

// behind makes a follower miss so much that it needs a snapshot, and returns it.
// The value of x is then last.
func (w *world) behind(last int) (leader, f *node) {
	a := w.lead()
	f = w.others(a)[0]
	w.must(f, "OK", call("SET", "x", "0"))
	w.isolate(f)
	for i := range last {
		w.must(a, "OK", call("SET", "x", fmt.Sprint(i+1)))
	}
	for _, n := range w.up() {
		if n != f {
			n.snapshot()
		}
	}
	w.run(200 * ms)
	first, _ := a.storage.FirstIndex()
	last2, _ := f.storage.LastIndex()
	w.staged(first > last2+1, "the leader's log begins behind the follower's")
	return a, f
}

// Clients of a node that installs a snapshot see the state before or the state
// after, and what they were promised: the state before only if they allowed it
// (READONLY). (Serving from a half-loaded state.)
func repliesDuringInstall(w *world) {
	a, f := w.behind(40)
	swaps, before := f.swaps, f.apply.Index
	w.heal()
	var reads []*reply
	for range 1500 {
		reads = append(reads, w.ask(f, call("GET", "x")))
		stale := &command.Unit{Calls: []command.Call{call("GET", "x")}}
		f.store.Read(stale)
		if got := text(parseAll(stale.W.Buf)[0]); got != "40" && (got != "0" || f.apply.Index > before) {
			w.fail("a stale read during the installation saw %q", got)
		}
		w.run(200)
	}
	w.staged(f.swaps > swaps, "a snapshot is installed")
	for _, r := range reads {
		if w.await(r); r.err == nil && text(r.list[0]) != "40" {
			w.fail("a read during the installation saw %q", text(r.list[0]))
		}
	}
	w.must(a, "40", call("GET", "x"))
}

// A follower still has to apply what it knew as committed when the leader's
// snapshot takes its place: those entries are in the snapshot. (Applied again, or
// the applied index goes back.)
func entriesBehindSnapshot(w *world) {
	a := w.lead()
	f := w.others(a)[0]
	w.profile.applyTime = 5 // at once, but for f:
	hold := false
	f.holdApply(func() { hold = true })
	for i := range 10 {
		w.must(a, "OK", call("SET", "x", fmt.Sprint(i)))
	}
	w.run(200 * ms)
	w.staged(hold && len(f.applyJobs) > 0, "committed entries wait to be applied")
	w.isolate(f)
	for range 20 {
		w.must(a, "OK", call("SET", "x", "y", "PX", "30"))
		w.run(40 * ms)
	}
	for _, n := range w.others(f) {
		n.snapshot()
	}
	w.run(200 * ms)
	swaps := f.swaps
	w.heal()
	if !w.until(10*second, func() bool { return slices.ContainsFunc(f.logJobs, isInstall) || len(f.holds) > 0 }) {
		w.fail("no snapshot came")
	}
	f.releaseApply()
	w.until(5*second, func() bool { return f.swaps > swaps && f.apply.Index == w.leader().apply.Index })
	w.staged(f.swaps > swaps, "a snapshot is installed")
	w.must(f, "OK", call("SET", "z", "1"))
	w.run(100 * ms)
}

func isInstall(j logJob) bool { return j.append != nil && j.append.GetSnapshot() != nil }

// A follower hands its command to the leader, which commits it and dies before
// the follower hears of it. The next leader gets the command once more. (Retries
// without a number.)
func appliedTwice(w *world) {
	a := w.lead()
	f, g := w.others(a)[0], w.others(a)[1]
	w.must(f, "1", call("INCR", "n"))
	w.run(100 * ms)
	commit := a.replica.Status().GetCommit()
	w.network.drop = func(m *raftpb.Message) bool { return m.GetFrom() == a.id && m.GetCommit() > commit }
	r := w.ask(f, call("INCR", "n"))
	w.staged(w.until(second, func() bool { return a.applied > commit }), "the leader has applied it")
	w.staged(!r.done, "the follower does not know")
	m := a.machine
	a.crash(true)
	w.network.drop = nil
	if w.await(r); r.err != nil || text(r.list[0]) != "2" {
		w.fail("the second INCR said %v, %v", r.list, r.err)
	}
	w.must(g, "2", call("GET", "n"))
	m.start()
	w.lead()
	w.must(f, "3", call("INCR", "n"))
}

// Clocks are hours apart. A key lives as long as it was said to, whoever leads,
// and vanishes at one position of the log. (Followers that expire by their own
// clocks; a new leader whose clock is ahead.)
func expiryDiffers(w *world) {
	w.profile.honest = false
	for i, m := range w.machines {
		m.wall, m.astray = int64(i)*2*3600_000, true
	}
	for _, n := range w.up() {
		n.crash(true)
	}
	for _, m := range w.machines {
		m.start()
	}
	a := w.lead()
	w.check.last = nil // what happened before has no part in it
	w.must(a, "OK", call("SET", "k", "v", "PX", "3000"))
	for w0, i := w.now, 0; w.now < w0+2800*ms; i++ {
		to := w.machines[i%3].node
		w.lead().post(transfer(to.id))
		w.run(300 * ms)
		w.must(w.lead(), "OK", call("SET", "other", "x"))
		if r := w.await(w.ask(to, call("GET", "k"))); text(r.list[0]) != "v" && w.now < w0+3000*ms {
			w.fail("a key that was to live for 3000 ms is gone after %d", (w.now-w0)/ms)
		}
	}
	w.run(second)
	for _, n := range w.up() {
		w.must(n, "", call("GET", "k"))
	}
}

// All nodes were down for an hour. One clock is far ahead, one far behind: log
// time goes on at what the clocks of most show. (One bad clock expires it all.)
func clocksAfterBlackout(w *world) {
	w.must(w.lead(), "OK", call("SET", "short", "v", "EX", "600"))
	w.must(w.lead(), "OK", call("SET", "long", "v", "EX", "7200"))
	for _, n := range w.up() {
		n.crash(true)
	}
	w.run(3600 * second)
	bad := pick(w, w.machines)
	bad.astray, bad.wall = true, w.hours()
	for _, m := range w.machines {
		m.start()
	}
	l := w.lead()
	w.must(l, "OK", call("SET", "x", "1"))
	w.must(l, "v", call("GET", "long"))
	w.must(l, "", call("GET", "short"))
}

// A node was founded while its clock was hours ahead. When that is put right, log
// time does not wait hours for the clock: it goes on, at half the pace.
func clockWasAhead(w *world) {
	m := w.machines[0]
	m.node.crash(true)
	m.astray, m.wall = true, 2*3600_000
	m.start()
	w.must(w.lead(), "OK", call("SET", "k", "v"))
	m.node.crash(true)
	m.wall = 0
	m.start()
	w.must(w.lead(), "OK", call("SET", "k", "v", "PX", "1000"))
	w.run(1900 * ms)
	w.must(m.node, "v", call("GET", "k"))
	w.run(200 * ms)
	w.must(m.node, "", call("GET", "k"))
}

// A node is removed while it is cut off, and comes back: it must not disturb the
// others, and what it says must be true. (Removed nodes that campaign; that serve
// what they remember.)
func removedNodeComesBack(w *world) {
	a := w.lead()
	f := w.others(a)[0]
	w.must(a, "OK", call("SET", "x", "1"))
	w.run(100 * ms)
	w.isolate(f)
	w.forget(f.id)
	w.staged(w.until(5*second, func() bool { return !a.replica.Members().Has(f.id) }), "it is removed")
	w.must(a, "OK", call("SET", "x", "2"))
	term := a.term()
	w.run(2 * second)
	w.heal()
	write, read := w.ask(f, call("SET", "x", "3")), w.ask(f, call("GET", "x"))
	w.run(2 * second)
	w.await(write)
	w.await(read)
	if write.err == nil || read.err == nil && text(read.list[0]) == "1" {
		w.fail("a removed node answered: %v %v, %v %v", write.list, write.err, read.list, read.err)
	}
	if l := w.lead(); l != a || l.term() != term {
		w.fail("a removed node made node %d lead in term %d", l.id, l.term())
	}
	w.must(a, "2", call("GET", "x"))
	m := f.machine
	if m.node != nil {
		f.crash(true)
	}
	m.disk = nil
	w.join(m)
	if !w.until(20*second, w.settled) || m.disk.id == f.id {
		w.fail("it does not come back as somebody else")
	}
	w.must(m.node, "2", call("GET", "x"))
}

// Two leaders, one of them of yesterday, give the same id to two nodes that want
// to join. Only one of them may believe it. (Two nodes with one vote.)
func idUsedAgain(w *world) {
	a := w.lead()
	rest := w.others(a)
	id := a.replica.Members().LastID + 1
	var mine, theirs string
	a.admitNew("m6", false, func(id uint64, _ replica.Members, ok bool) {
		if mine = "no"; ok {
			mine = fmt.Sprint(id)
		}
	})
	a.paused = true
	if !w.until(20*second, func() bool { l := w.leader(); return l != nil && l != a }) {
		w.fail("no other leader")
	}
	w.staged(a.replica.Leads() && mine == "", "the old leader is asked in time")
	w.leader().admitNew("m7", false, func(id uint64, _ replica.Members, ok bool) { theirs = fmt.Sprint(id, ok) })
	w.until(5*second, func() bool { return theirs != "" })
	if !mutant.On(mutant.IDsReused) {
		w.staged(theirs == fmt.Sprint(id, true), "the new leader gives the same id")
	}
	w.run(second)
	a.resume()
	w.until(10*second, func() bool { return mine != "" })
	if mine == fmt.Sprint(id) {
		w.fail("two nodes have the id %d", id)
	}
	// A machine that lost its disk gets a new one.
	n := rest[0]
	w.lead()
	m, before := n.machine, n.id
	n.crash(true)
	m.disk = nil
	w.comeBack(m)
	if !w.until(20*second, func() bool { return m.node != nil && w.leader() != nil && w.leader().replica.Members().Has(m.disk.id) }) || m.disk.id <= before {
		w.fail("a node without a disk comes back as itself")
	}
}
