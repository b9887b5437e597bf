package sim

import (
	"fmt"

	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// A new leader has all that is committed in its log, but does not know yet how
// much of it is committed. Until its first entry is, a read at its commit index
// is stale. (Raft thesis 6.4; the linearizability hole of many first versions.)
func staleReadByNewLeader(w *world) {
	a := w.lead()
	w.must(a, "OK", call("SET", "x", "1"))
	w.run(100 * ms)
	// The others get the entry, but not that it is committed.
	commit := a.replica.Status().GetCommit()
	w.network.drop = func(m *raftpb.Message) bool { return m.GetFrom() == a.id && m.GetCommit() > commit }
	w.must(a, "OK", call("SET", "x", "2"))
	a.crash(true)
	w.network.drop = nil
	var b *node
	w.until(10*second, func() bool {
		for _, n := range w.up() {
			if n.replica.Leads() {
				b = n
			}
		}
		return b != nil
	})
	w.staged(b != nil && !b.replica.Settled() && b.replica.Status().GetCommit() == commit, "a leader that does not know its commit index")
	w.must(b, "2", call("GET", "x"))
}

// A leader that was stopped wakes up in the belief that it still leads, with
// reads in its sockets. It must ask before it answers. (Leases by wall clock,
// GC pauses, SIGSTOP.)
func staleReadByPausedLeader(w *world) {
	a := w.lead()
	w.must(a, "OK", call("SET", "x", "1"))
	a.paused = true
	w.isolate(a) // nothing is in its sockets that would tell it
	read := w.ask(a, call("GET", "x"))
	if !w.until(10*second, func() bool { l := w.leader(); return l != nil && l != a }) {
		w.fail("no other leader")
	}
	w.must(w.leader(), "OK", call("SET", "x", "2"))
	late := w.ask(a, call("GET", "x"))
	w.staged(a.replica.Leads(), "the old leader still thinks it leads")
	a.resume()
	w.run(20 * ms)
	w.staged(a.replica.Leads(), "it thinks so after its first steps")
	w.heal()
	w.await(read)
	if w.await(late); late.err != nil || text(late.list[0]) != "2" {
		w.fail("the paused leader answered %v, %v", late.list, late.err)
	}
}

// A read is confirmed by the answer to a question. When the question is asked
// again, other reads may have joined it, and an answer to the first one that
// comes late must not confirm those. (etcd-io/raft before 3.7 with a reused
// context.)
func reusedReadIndexContext(w *world) {
	a := w.lead()
	f := w.others(a)[0]
	w.must(a, "OK", call("SET", "x", "1"))
	w.run(200 * ms)
	var old *raftpb.Message
	w.network.drop = func(m *raftpb.Message) bool {
		if m.GetType() == raftpb.MsgReadIndexResp && old == nil {
			old = m
			return true
		}
		// No further question of f gets through, and no news.
		return m.GetType() == raftpb.MsgReadIndex || old != nil && m.GetTo() == f.id && m.GetType() == raftpb.MsgApp
	}
	w.network.drop = func(next func(m *raftpb.Message) bool) func(m *raftpb.Message) bool {
		first := true
		return func(m *raftpb.Message) bool {
			if m.GetType() == raftpb.MsgReadIndex && first {
				first = false
				return false
			}
			return next(m)
		}
	}(w.network.drop)
	first := w.ask(f, call("GET", "x"))
	w.staged(w.until(second, func() bool { return old != nil }), "an answer on its way")
	w.must(a, "OK", call("SET", "x", "2"))
	later := w.ask(f, call("GET", "x"))
	w.run(electionTicks * tick * 3 / 2) // f asks again, for both
	w.staged(!first.done && !later.done, "both reads wait")
	w.network.deliver(w, old, w.process(old.GetFrom()))
	w.run(20 * ms)
	w.network.drop = nil
	w.await(first)
	if w.await(later); later.err == nil && text(later.list[0]) != "2" {
		w.fail("a read that began after a write was acknowledged saw %q", text(later.list[0]))
	}
}

// What was acknowledged is on the disks of a majority: all may lose power in the
// moment of the answer. (Acknowledged when written, not when synced; by a
// follower as well as by the leader.)
func acknowledgedBeforeFsync(w *world) {
	for i := range 10 {
		n := pick(w, w.up())
		value := fmt.Sprint(i)
		w.must(n, "OK", call("SET", "x", value))
		for _, n := range w.up() {
			n.crash(true)
		}
		for _, m := range w.machines {
			m.start()
		}
		w.must(w.lead(), value, call("GET", "x"))
	}
}

// An error that says "not executed" is a promise as well: what was ever handed
// to the log may still be executed, and only what never left its queue was not.
func saidNotDone(w *world) {
	a := w.lead()
	w.isolate(a)
	sent := w.ask(a, call("RPUSH", "list", "sent"))
	w.staged(w.until(10*second, func() bool { return !a.replica.Leads() }), "the leader steps down")
	queued := w.ask(a, call("RPUSH", "list", "queued"))
	w.await(sent)
	w.await(queued)
	if sent.err != errUnknown || queued.err != errRefused {
		w.fail("a command on its way: %v; one in the queue: %v", sent.err, queued.err)
	}
	w.heal()
	w.lead()
	w.run(second)
	r := w.await(w.ask(a, call("LRANGE", "list", "0", "-1")))
	for _, v := range r.list[0].([]any) {
		if v == "queued" {
			w.fail("what was refused was executed")
		}
	}
}

// Many clients of one follower, whose bundles get lost and are handed out again
// while the leader changes: each gets the reply to its own command.
func crossedReplies(w *world) {
	a := w.lead()
	f := w.others(a)[0]
	lost := 0
	w.network.drop = func(m *raftpb.Message) bool {
		if m.GetType() == raftpb.MsgProp && m.GetFrom() == f.id && lost < 3 {
			lost++
			return true
		}
		return false
	}
	var list []*reply
	for i := range 30 {
		key := fmt.Sprint("k", i)
		list = append(list, w.ask(f, call("SET", key, key), call("GET", key), call("INCRBY", "n"+key, fmt.Sprint(i))))
		w.run(w.between(10, ms))
		if i == 15 {
			a.post(transfer(w.others(a)[1].id))
		}
	}
	for i, r := range list {
		if w.await(r); r.err != nil || text(r.list[1]) != fmt.Sprint("k", i) || text(r.list[2]) != fmt.Sprint(i) {
			w.fail("client %d got %v, %v", i, r.list, r.err)
		}
	}
	w.staged(lost == 3, "bundles are lost")
}

// A node gives its vote, loses power, and is asked for its vote in the same term
// again. (Votes that are sent before they are synced.)
func voteForgotten(w *world) {
	a := w.lead()
	b, c := w.others(a)[0], w.others(a)[1]
	w.run(100 * ms)
	var now *raftpb.Message
	w.network.cut = map[[2]string]bool{{b.machine.name, c.machine.name}: true, {c.machine.name, b.machine.name}: true}
	w.network.drop = func(m *raftpb.Message) bool {
		if m.GetType() == raftpb.MsgTimeoutNow {
			now = m
		}
		return m.GetFrom() == b.id && m.GetType() == raftpb.MsgApp
	}
	term := a.term() + 1
	a.post(transfer(b.id))
	w.staged(w.until(second, func() bool { return b.replica.Leads() && b.term() == term }), "a vote is given")
	w.isolate(b)
	m := a.machine
	a.crash(true)
	m.start()
	// The other is told to campaign as well.
	now = proto.Clone(now).(*raftpb.Message)
	now.To = new(c.id)
	w.network.deliver(w, now, w.process(now.GetFrom()))
	w.run(100 * ms)
	w.staged(c.term() >= term, "the vote is asked for again")
	w.heal()
	w.network.drop = nil
	w.must(w.lead(), "OK", call("SET", "x", "1"))
}
