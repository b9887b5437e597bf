package group

import (
	"runtime"
	"slices"
	"time"

	"github.com/msredis/msredis/cluster/replica"
	"go.etcd.io/raft/v3/raftpb"
)

// The three roles and how they pass from one goroutine to the next.
//
// The plain way — a goroutine each for raft, the log and the store, with
// channels between — costs a command four switches of goroutine, which on few
// cores is more than all the work behind them. One loop for all of it costs two
// and serialises fsync and apply. Here a command that meets an idle group costs
// none, and under load one: the wake-up with its answer.
//
// What makes it hard is that nothing may be left lying when a goroutine stops
// working. The rule: whoever leaves work() with its own answer and sees
// runnable work passes it on (delegate); whoever is woken with sigWork calls
// work(); and every queue is filled under the mutex by somebody who then calls
// work().

// inbox is what waits for the core role.
type inbox struct {
	units    []*replica.Proposal
	reads    []any // *waiter
	messages []*raftpb.Message
	appended []*raftpb.Message // log jobs that are done
	applied  []replica.Applied
	events   []event
}

// event is all that is rarer than a message: ticks, changes, transfers.
type event struct {
	run func(r *replica.Replica)
	// after, if set, sees what came of it; g.mu is held.
	after func(out *replica.Output)
}

func (b *inbox) reset() {
	clear(b.units)
	clear(b.reads)
	clear(b.messages)
	clear(b.appended)
	clear(b.applied)
	clear(b.events)
	*b = inbox{b.units[:0], b.reads[:0], b.messages[:0], b.appended[:0], b.applied[:0], b.events[:0]}
}

// coreRunnable reports whether a step of the core is due. Units that come to a
// leader while the log is busy stay in the inbox: the entry that they will be in
// is made when the log is free.
func (g *Group) coreRunnable() bool {
	b := &g.in
	return !g.coreBusy && (len(b.messages)+len(b.appended)+len(b.applied)+len(b.events)+len(b.reads) > 0 ||
		len(b.units) > 0 && !(g.leads && (g.logBusy || g.gathering)))
}

// gather lets the clients of the last batches come back before the next one is
// cut. They have just been woken and are about to write their answers; whoever
// is first with his next command would otherwise have an fsync for himself, and
// all the others would wait for it. Nobody is waited for by the clock: yielding
// lets run what can run, and is repeated only while that brings more commands.
// The caller holds g.mu.
func (g *Group) gather() {
	if !g.leads || g.logBusy || g.gathering {
		return
	}
	for n := len(g.in.units); n > 0 && n < max(g.batches[0], g.batches[1]); {
		g.gathering = true
		g.mu.Unlock()
		runtime.Gosched()
		g.mu.Lock()
		g.gathering = false
		if len(g.in.units) <= n {
			break
		}
		n = len(g.in.units)
	}
}

func (g *Group) applyRunnable() bool { return !g.applyBusy && g.holds == 0 && len(g.applyJobs) > 0 }
func (g *Group) logRunnable() bool   { return !g.logBusy && len(g.logJobs) > 0 }

// work takes roles as long as there is something to do and w, if given, has no
// answer. The caller holds g.mu, which is released during the work and held again
// at return.
func (g *Group) work(w *waiter, time leisure) {
	for n := 0; (w == nil || !w.done) && (time > visits || n < maxVisit); n++ {
		switch {
		case g.stopped != nil:
			return
		case g.coreRunnable():
			if g.gather(); g.coreRunnable() { // somebody else may have been quicker
				g.runCore()
			}
		case g.applyRunnable():
			if g.logRunnable() {
				g.delegate() // the disk need not wait for the store
			}
			g.runApply()
		case g.logRunnable():
			if time == visits || (time == helps || w != nil) && g.logHeavy() {
				g.delegate()
				return
			}
			g.runLog()
		case g.lateRunnable():
			g.runLate()
		default:
			return
		}
	}
	if g.runnable() {
		g.delegate()
	}
}

// leisure is how much time somebody has who takes roles.
type leisure uint8

const (
	visits leisure = iota // something else to do soon: no fsync, maxVisit roles
	helps                 // others wait: as long as there is work, but no fsync of a second
	stays                 // nothing else to do
)

// maxVisit is how often a goroutine that only visits takes a role.
const maxVisit = 8

// heavyLog is what may be written to the log by somebody for whom others wait, in
// bytes. The reader of a peer must not be busy with a hundred megabytes: it has the
// next heartbeat to read, and an event loop has its clients.
const heavyLog = 4 << 20

// A disk that has kept the log waiting for slowLog is left to the worker until it was
// quick slowWrites times: whoever waits for it himself can neither be answered when
// request-timeout is over, nor see to others.
const (
	slowLog    = 250 * time.Millisecond
	slowWrites = 16
)

// noteLog notes how long the log role took for jobs. What has no entries may not have
// been synced, and says nothing good of the disk. The caller holds g.mu.
func (g *Group) noteLog(jobs []logJob, took time.Duration) {
	switch {
	case took > slowLog:
		g.slowWrites = slowWrites
	case g.slowWrites > 0 && slices.ContainsFunc(jobs, func(j logJob) bool { return len(j.append.GetEntries()) > 0 }):
		g.slowWrites--
	}
}

// logHeavy reports whether the log role will take long, as far as can be told.
func (g *Group) logHeavy() bool {
	if g.slowWrites > 0 {
		return true
	}
	size := 0
	for _, j := range g.logJobs {
		if j.append.GetSnapshot() != nil {
			return true
		}
		for _, e := range j.append.GetEntries() {
			size += len(e.GetData())
		}
	}
	return size > heavyLog
}

// delegate wakes somebody to go on with the work: a client that waits for the
// log, since it has to be woken anyway, or else the group's worker. At most one
// goroutine is on its way at a time.
func (g *Group) delegate() {
	if g.delegated {
		return
	}
	g.delegated = true
	n := 0
	if g.logRunnable() && g.logHeavy() {
		n = maxDelegateScan // it is for nobody who waits
	}
	for w := g.writers.head; w != nil && n < maxDelegateScan; w = w.next {
		if w.parked {
			w.parked = false
			w.wake <- sigWork
			return
		}
		n++
	}
	select {
	case g.wakeWorker <- struct{}{}:
	default:
	}
}

// maxDelegateScan bounds the search for a parked client.
const maxDelegateScan = 8

// wait parks until w is done, working when asked to. The caller holds g.mu; it
// is released at return.
func (g *Group) wait(w *waiter) {
	g.work(w, stays)
	for !w.done {
		w.parked = true
		g.mu.Unlock()
		if <-w.wake == sigDone {
			return
		}
		g.mu.Lock()
		g.delegated = false
		g.work(w, stays)
	}
	g.mu.Unlock()
}

// Work does what was started, until a batch is applied or nothing can be done
// now. It reports whether there is more to do. See front.Backend.
func (g *Group) Work() (more bool) {
	g.readAsked()
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.stopped == nil {
		switch {
		case g.applyRunnable():
			g.runApply()
			return g.runnable()
		case g.coreRunnable():
			g.runCore()
		case g.logRunnable():
			if g.logHeavy() {
				g.delegate()
				return false
			}
			g.runLog()
		case g.lateRunnable():
			// Whoever called has looked at its clients since the commit (it is
			// behind runApply), and none of them has brought an entry.
			g.runLate()
		default:
			return false
		}
	}
	return false
}

func (g *Group) runnable() bool {
	return g.stopped == nil && (g.coreRunnable() || g.applyRunnable() || g.logRunnable() || g.lateRunnable())
}

// lateRunnable reports whether there is nothing to do but to tell the others what
// is committed: the next entry would say it, too, and there is none.
func (g *Group) lateRunnable() bool {
	return g.late && !g.coreBusy && !g.logBusy && !g.applyBusy
}

// runLate sends what the replica has held back. The caller holds g.mu; it is
// released meanwhile.
func (g *Group) runLate() {
	g.coreBusy, g.late = true, false
	g.mu.Unlock()
	g.send(g.replica.Late())
	g.mu.Lock()
	g.coreBusy = false
	if g.stopped != nil {
		g.room.Broadcast()
	}
}

// finish gives w its outcome. If it has to be told, the caller has to call
// deliver when it has released g.mu; then finish returns true.
func (g *Group) finish(w *waiter, err error) (wake bool) {
	if err == errUnknown && w.Unit == moment {
		err = errNoQuorum // whoever waited for it has changed nothing
	}
	w.done, w.err = true, err
	if w.Unit != nil {
		g.writers.remove(w)
	} else {
		g.readers.remove(w)
	}
	wake, w.parked = w.parked || w.owner != nil, false
	return wake
}

// worker does what no waiting client can do.
func (g *Group) worker() {
	defer g.wg.Done()
	for {
		select {
		case <-g.stop:
			return
		case <-g.wakeWorker:
		}
		g.mu.Lock()
		g.delegated = false
		g.work(nil, stays)
		g.mu.Unlock()
	}
}

// post hands an event to the core role and sees that it is taken.
func (g *Group) post(e event) {
	g.mu.Lock()
	g.in.events = append(g.in.events, e)
	g.work(nil, visits)
	g.mu.Unlock()
}

// runCore does the core role once: everything in the inbox, in order of kind.
// The caller holds g.mu; it is released meanwhile.
func (g *Group) runCore() {
	g.coreBusy = true
	if n := len(g.in.units); n > 0 {
		g.batches[0], g.batches[1] = n, g.batches[0]
	}
	g.in, g.taken = g.taken, g.in
	in := &g.taken
	if len(in.messages) > 0 {
		g.room.Broadcast()
	}
	g.mu.Unlock()

	now := g.now()
	r := g.replica
	// What was applied first: its bundles are settled then, and their waiters
	// may belong to other commands already. What was appended last: raft takes
	// up an installed snapshot with it, and an event restored the members.
	for _, a := range in.applied {
		r.Applied(a)
	}
	var after []func(*replica.Output)
	for _, e := range in.events {
		e.run(r)
		if e.after != nil {
			after = append(after, e.after)
		}
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
	g.clockOffset.Store(r.LogTime(now) - now)
	g.send(out.Messages)
	var view *View
	if out.Changed {
		view = g.newView()
	}
	in.reset()

	g.mu.Lock()
	g.coreBusy = false
	if g.stopped != nil {
		g.room.Broadcast()
		return
	}
	if view != nil {
		g.publish(view)
	}
	for _, m := range out.Append {
		g.logJobs = append(g.logJobs, logJob{append: m})
	}
	g.applyJobs = append(g.applyJobs, out.Apply...)
	wakes := g.wakes[:0]
	for _, grant := range out.Reads {
		for _, token := range grant.Reads {
			w := token.(*waiter)
			if w.done {
				continue // gave up
			}
			w.index, w.time = grant.Index, grant.Time
			if w.index <= g.applied {
				if g.finish(w, nil) {
					wakes = append(wakes, w)
				}
			} else {
				g.granted = append(g.granted, w)
			}
		}
	}
	for _, p := range out.Lost {
		w, err := p.Data.(*waiter), error(errUnknown)
		if w.Unit == moment {
			err = nil // the snapshot was made behind it
		}
		if !w.done && g.finish(w, err) {
			wakes = append(wakes, w)
		}
	}
	for _, fn := range after {
		fn(out)
	}
	g.late = r.Holds()
	r.Done()
	g.wakeAll(wakes)
}

// wakeAll delivers to those that finish said have to be told. It keeps the slice
// for the next time. The caller holds g.mu; it is released meanwhile, because
// those who wake up have something to do with it soon.
func (g *Group) wakeAll(wakes []*waiter) {
	if len(wakes) == 0 {
		return
	}
	g.wakes = nil
	g.mu.Unlock()
	var batch readBatch
	for i, w := range wakes {
		if w.read != nil && w.err == nil {
			g.readConfirmed(&batch, w)
		} else {
			g.deliver(w)
		}
		wakes[i] = nil
	}
	batch.run(g)
	g.mu.Lock()
	g.wakes = wakes[:0]
}
