package sim

import (
	"fmt"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
)

// machine is a host: a clock, a disk and perhaps a node.
type machine struct {
	w    *world
	name string
	wall int64 // what its clock is ahead of the truth, ms
	// astray: its clock may be hours off when a process starts.
	astray bool
	disk   *disk // nil: empty
	node   *node // nil: not running
	// table is that of the version of msredis which is installed; nil: this one's.
	table *command.Table
}

// node is a running process: what package cluster is around a replica. Its
// roles are events here; the order of things within a role is the product's
// (work.go, log.go, apply.go, snapshot.go, peer.go, tick.go).
type node struct {
	w        *world
	machine  *machine
	disk     *disk
	id       uint64
	inc      uint64
	started  int64 // true time
	wall     int64 // what the machine's clock showed then, Unix ms
	dead     bool
	paused   bool
	deferred []func() // while paused

	replica *replica.Replica
	storage *raft.MemoryStorage
	store   *store.Store
	apply   replica.Machine
	applied uint64

	in         inbox
	coreQueued bool
	logJobs    []logJob
	logBusy    bool
	applyJobs  []*replica.ApplyJob
	applyBusy  bool
	holds      []func() // want the apply role for something else
	installing bool
	receiving  bool
	saving     bool
	swaps      int
	entries    int // applied since the last snapshot

	ticks      int64
	leaderless int64 // tick since which no leader is known; -1: one is
	fast       bool
	fastAt     uint64
	writers    []*waiter
	readers    []*waiter
	granted    []*waiter
	changes    []*change
	evictor    evictor
	arrivals   []*func() // pipelines in the socket of a paused process
	// removed are members that were removed. The log is on disk for those that are true.
	removed map[uint64]bool
	outcast int // ticks; see mayLeave
}

type inbox struct {
	units    []*replica.Proposal
	reads    []any
	messages []*raftpb.Message
	appended []*raftpb.Message
	applied  []replica.Applied
	events   []nodeEvent
}

type nodeEvent struct {
	run   func(r *replica.Replica)
	after func(out *replica.Output)
}

func (m *machine) commands() *command.Table {
	if m.table != nil {
		return m.table
	}
	return table
}

// start boots the machine's node from its disk.
func (m *machine) start() *node {
	w, d := m.w, m.disk
	d.incarnation++
	if d.met == nil {
		d.met = map[uint64]replica.Meeting{}
	}
	if !m.astray {
		m.wall = w.skew() // whatever was done to the clock was put right
	}
	n := &node{w: w, machine: m, disk: d, id: d.id, inc: d.incarnation, started: w.now, wall: epoch + w.now/ms + m.wall, removed: map[uint64]bool{}}
	w.note("start", n.id, n.inc, uint64(n.wall))
	n.storage = raft.NewMemoryStorage()
	var from shelf
	var members replica.Members
	var err error
	if d.shelf != nil {
		from = *d.shelf
		n.store, n.apply, err = d.shelf.load(m.commands())
		must(err)
		members = n.apply.Members.Clone()
		must(n.storage.ApplySnapshot(from.raft()))
	} else {
		n.store, n.apply = newStore(), replica.Machine{Ledger: replica.NewLedger(m.commands())}
		members = d.joined.Clone()
	}
	n.applied = from.index
	hard := &raftpb.HardState{Term: new(from.term), Commit: new(from.index)}
	if d.log == nil {
		if from.index > 0 {
			d.mark(from.mark())
		}
		d.append(hard, nil)
		d.synced = len(d.log)
	} else {
		was, entries, ok := d.read(from.mark())
		if !ok {
			w.fail("node %d cannot start: its log does not reach its snapshot at index %d", n.id, from.index)
		}
		hard.Term, hard.Vote = new(max(from.term, was.GetTerm())), new(was.GetVote())
		hard.Commit = new(max(from.index, was.GetCommit()))
		must(n.storage.Append(entries))
	}
	must(n.storage.SetHardState(hard))
	w.check.started(n)
	inc := n.inc
	if mutant.On(mutant.BundlesReused) {
		inc = 1
	}
	members.Cluster = 1
	n.replica, err = replica.New(replica.Config{
		ID: n.id, Incarnation: inc, Storage: n.storage, Applied: from.index, Members: members, Table: m.commands(),
		Time: n.store.Now(), Lag: n.apply.Lag, Now: n.clock(),
		ElectionTicks: electionTicks, HeartbeatTicks: 1, Random: w.rng.Uint64, Logger: quietLogger{},
	})
	must(err)
	m.node = n
	n.publish()
	n.tick()
	n.wakeCore()
	return n
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// crash ends the node: with all that is not synced, if the power goes too.
func (n *node) crash(power bool) {
	n.w.note("crash", n.id, n.inc)
	n.dead, n.machine.node = true, nil
	if power {
		n.disk.crash(n.w)
	} else {
		n.disk.synced = len(n.disk.log) // the kernel has it
	}
	for _, w := range append(n.writers, n.readers...) {
		if !w.done || !w.told { // the connection breaks
			w.done, w.told = true, true
			w.then(errUnknown)
		}
	}
	for _, lost := range n.arrivals {
		(*lost)()
	}
}

// after lets fn happen in this process, d from now or when it is resumed.
func (n *node) after(d int64, fn func()) {
	n.w.after(d, func() { n.do(fn) })
}

func (n *node) do(fn func()) {
	switch {
	case n.dead:
	case n.paused:
		n.deferred = append(n.deferred, fn)
	default:
		fn()
	}
}

func (n *node) resume() {
	n.paused = false
	list := n.deferred
	n.deferred = nil
	for _, fn := range list {
		n.after(0, fn)
	}
}

// clock is the node's clock, Unix ms.
func (n *node) clock() int64 { return n.wall + (n.w.now-n.started)/ms }

func (n *node) logNow() int64 { return n.replica.LogTime(n.clock()) }

func (n *node) term() uint64 { _, term := n.replica.Leader(); return term }

func (n *node) tick() {
	n.ticks++
	n.giveUp()
	n.w.network.greet(n.w, n)
	n.post(func(r *replica.Replica) { r.Tick(n.clock()) })
	if d := n.store.NextDeadline(); d != 0 && n.logNow() >= d && n.replica.Leads() {
		n.post(func(r *replica.Replica) { r.ExpireTo(d, n.clock()) })
	}
	n.evict()
	n.maintain()
	n.mayLeave()
	n.after(tick, n.tick)
}

func (n *node) post(run func(r *replica.Replica)) {
	n.in.events = append(n.in.events, nodeEvent{run: run})
	n.wakeCore()
}

func (n *node) wakeCore() {
	if !n.coreQueued {
		n.coreQueued = true
		n.after(n.w.between(2, 60), n.runCore)
	}
}

// runCore does the core role once, as Group.runCore does.
func (n *node) runCore() {
	n.coreQueued = false
	in, now, r := n.in, n.clock(), n.replica
	n.in = inbox{}
	n.w.note("core", n.id, uint64(len(in.messages)), uint64(len(in.appended)), uint64(len(in.units)))
	for _, a := range in.applied {
		r.Applied(a)
	}
	for _, e := range in.events {
		e.run(r)
	}
	for _, m := range in.messages {
		r.Step(m, now)
	}
	for _, job := range in.appended {
		r.Appended(job, now)
	}
	if len(in.units) > 0 {
		r.Submit(in.units, now)
	}
	for _, token := range in.reads {
		r.Read(token, now)
	}
	out := r.Poll(now)
	for _, m := range out.Messages {
		if m.GetType() == raftpb.MsgSnap {
			n.sendSnapshot(m)
		} else {
			n.w.network.send(n.w, m)
		}
	}
	for _, job := range out.Append {
		n.w.check.appends(n, job)
		n.logJobs = append(n.logJobs, logJob{append: job})
	}
	if out.Changed {
		n.publish()
	}
	n.applyJobs = append(n.applyJobs, out.Apply...)
	for _, grant := range out.Reads {
		for _, token := range grant.Reads {
			w := token.(*waiter)
			w.index, w.time = grant.Index, grant.Time
			switch {
			case w.done:
			case w.index <= n.applied || mutant.On(mutant.ReadsUnapplied):
				n.finish(w, nil)
			default:
				n.granted = append(n.granted, w)
			}
		}
	}
	for _, p := range out.Lost {
		if w := p.Data.(*waiter); !w.done {
			n.finish(w, errUnknown)
		}
	}
	for _, e := range in.events {
		if e.after != nil {
			e.after(out)
		}
	}
	r.Done()
	n.kick()
	n.rest()
}

// rest is when a node has nothing else to do: at once, after a while or never.
// Then it says what it has held back.
func (n *node) rest() {
	if !n.replica.HasHeld() || n.w.profile.rest < 0 {
		return
	}
	say := func() {
		for _, m := range n.replica.TakeHeld() {
			n.w.note("said late", n.id, m.GetTo(), m.GetCommit())
			n.w.network.send(n.w, m)
		}
	}
	if n.w.profile.rest == 0 {
		say()
	} else {
		n.after(n.w.between(1, n.w.profile.rest), say)
	}
}

// kick lets the other roles begin if they have something to do.
func (n *node) kick() {
	n.runLog()
	n.runApply()
}

// publish is Group.publish.
func (n *node) publish() {
	r := n.replica
	leader, term := r.Leader()
	n.w.note("view", n.id, leader, term, uint64(len(r.Members().List)))
	switch {
	case leader != 0:
		n.leaderless = -1
	case n.leaderless < 0:
		n.leaderless = n.ticks
	}
	if r.Leads() {
		n.w.check.leads(n, term)
	}
	if r.Settled() && n.w.check.settled[term] == 0 {
		n.w.check.settled[term] = n.w.now
	}
	self, ok := r.Members().ByID(n.id)
	n.fastAt, n.fast = 0, false
	if r.Settled() && ok && !self.Learner && r.Members().Voters() == 1 {
		n.fastAt = max(r.Status().GetCommit(), 1)
	}
	n.setApplied(n.applied)
	if !ok && r.Members().Removed(n.id) && mutant.On(mutant.LeavesAtOnce) {
		n.leave()
	}
}

func (n *node) setApplied(index uint64) {
	n.applied = max(n.applied, index)
	n.fast = n.fastAt != 0 && n.applied >= n.fastAt
	rest := n.granted[:0]
	for _, w := range n.granted {
		switch {
		case w.done:
		case w.index > n.applied:
			rest = append(rest, w)
		default:
			n.finish(w, nil)
		}
	}
	n.granted = rest
}

// runApply does the apply role: all jobs that wait, as one batch.
func (n *node) runApply() {
	if n.applyBusy {
		return
	}
	if len(n.holds) > 0 {
		fn := n.holds[0]
		n.holds = n.holds[1:]
		n.applyBusy = true
		fn()
		return
	}
	if len(n.applyJobs) == 0 {
		return
	}
	n.applyBusy = true
	jobs := n.applyJobs
	n.applyJobs = nil
	n.after(n.w.between(5, n.w.profile.applyTime), func() { n.doApply(jobs) })
}

func (n *node) doApply(jobs []*replica.ApplyJob) {
	var entries []store.Entry
	var answered []*replica.Bundle
	var done []replica.Applied
	for _, job := range jobs {
		var bundles []*replica.Bundle
		var applied replica.Applied
		var err error
		entries, bundles, applied, err = n.apply.Open(entries, job, n.id, n.inc)
		must(err)
		answered, done = append(answered, bundles...), append(done, applied)
		n.w.check.applied(n, job.Entries)
	}
	if mutant.On(mutant.LocalExpiry) {
		for i := range entries {
			entries[i].Time = max(entries[i].Time, n.clock())
		}
	}
	n.store.Apply(entries)
	n.apply.Ledger.Recycle()
	n.entries += len(entries)
	n.w.check.digest(n)
	n.setApplied(n.apply.Index)
	n.in.applied = append(n.in.applied, done...)
	for _, b := range answered {
		if k := len(b.Claimed) - 1; k > 0 && mutant.On(mutant.CrossedReplies) {
			b.Claimed[0].Unit.W, b.Claimed[k].Unit.W = b.Claimed[k].Unit.W, b.Claimed[0].Unit.W
		}
		n.answer(b.Claimed, nil)
		n.answer(b.Refused, errRefused)
		n.answer(b.Strange, errUnknown)
	}
	n.applyBusy = false
	n.wakeCore()
	if n.entries >= n.w.profile.snapshotEntries {
		n.snapshot()
	}
	n.kick()
}

// answer is Group.answer.
func (n *node) answer(list []*replica.Proposal, err error) {
	for _, p := range list {
		if w := p.Data.(*waiter); !w.done {
			n.finish(w, err)
		} else {
			n.w.fail("node %d executed the unit of a client that had its answer already", n.id)
		}
	}
}

// inApply lets fn happen in the apply role.
func (n *node) inApply(fn func()) {
	n.holdApply(func() {
		fn()
		n.releaseApply()
	})
}

// holdApply takes the apply role away; releaseApply gives it back.
func (n *node) holdApply(fn func()) {
	n.holds = append(n.holds, fn)
	n.runApply()
}

func (n *node) releaseApply() {
	n.applyBusy = false
	n.kick()
}

// quietLogger keeps raft's assertions and drops its lines.
type quietLogger struct{}

func (quietLogger) Debug(...any)            {}
func (quietLogger) Debugf(string, ...any)   {}
func (quietLogger) Info(...any)             {}
func (quietLogger) Infof(string, ...any)    {}
func (quietLogger) Warning(...any)          {}
func (quietLogger) Warningf(string, ...any) {}
func (quietLogger) Error(...any)            {}
func (quietLogger) Errorf(string, ...any)   {}
func (quietLogger) Fatal(v ...any)          { panic(fmt.Sprint(v...)) }
func (quietLogger) Fatalf(f string, v ...any) {
	panic(fmt.Sprintf(f, v...))
}
func (quietLogger) Panic(v ...any)            { panic(fmt.Sprint(v...)) }
func (quietLogger) Panicf(f string, v ...any) { panic(fmt.Sprintf(f, v...)) }

func transfer(to uint64) func(r *replica.Replica) {
	return func(r *replica.Replica) { r.Transfer(to) }
}
