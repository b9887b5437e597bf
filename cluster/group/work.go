package group

import (
	"runtime"
)

// The three roles and how they pass from one goroutine to the next.
//
// Two things are wanted. A command that meets an idle group changes goroutine nowhere.
// Under load an fsync is shared by all commands that one look at the sockets has found.
//
// The plain way is a goroutine each for raft, the log and the store, with channels
// between. It costs a command four switches of goroutine. On few cores that is more
// than all the work behind them. One loop for all three costs two switches, and nothing
// is applied during an fsync. Here each role is taken by the goroutine that needs it
// done, which is none or one switch: the wake-up with the answer.
//
// The difficulty: no work may be left lying when a goroutine stops working. Three rules
// see to that.
//
//  1. A queue is filled under the mutex, and the goroutine that filled it then calls
//     work. The exceptions are StartWrite, StartRead and Messages, which only queue.
//     Their caller calls Work or Received when it has queued all. An event loop does so
//     for its clients and for the messages that it read, the transport where no loop
//     reads them.
//  2. A goroutine that leaves work with its own answer, or is out of turns, passes on
//     the work that it sees (delegate). A goroutine that is woken with sigWork calls
//     work.
//  3. An event loop need not pass work on. Work tells it whether there is more, and it
//     comes back after the next look at its sockets.
//
// The started queue (read.go) has a mutex of its own, and only Work drains it. Units
// that StartRead and StartWrite put there are for the event loop that calls both.

// policy is how a goroutine works that has come to the roles: what it may do before it has
// to see to something else.
type policy struct {
	// turns bounds how often it takes a role; 0: as long as there is work.
	turns int
	// fsync says which writes of the log it makes. The others it passes on.
	fsync fsync
	// gathers: it lets other clients in before a batch is cut (gather).
	gathers bool
	// oneBatch: it leaves behind a batch that it applied. There are replies to send, and
	// perhaps commands behind them, that the next entry is to have.
	oneBatch bool
}

// fsync says which writes of the log a goroutine makes.
type fsync uint8

const (
	noFsync    fsync = iota
	shortFsync       // those that take no longer than others can wait (logHeavy)
	anyFsync
)

// The policies.
var (
	// visitor has something else to do soon: timers, events, a leader's messages.
	visitor = policy{turns: 8, gathers: true}
	// helper waits for the group, or reads a follower's messages. Others wait for it.
	helper = policy{fsync: shortFsync, gathers: true}
	// dedicated has nothing else to do.
	dedicated = policy{fsync: anyFsync, gathers: true}
	// eventLoop has clients to look at. They come back by themselves, so it gathers none.
	eventLoop = policy{fsync: shortFsync, oneBatch: true}
)

// work takes roles as long as the policy allows, there is something to do, and w, if
// given, has no answer. It reports whether there is more to do that it has not passed on;
// only with oneBatch that may be. The caller holds g.mu, which is released during the work
// and held again at return.
func (g *Group) work(p *policy, w *waiter) (more bool) {
	for n := 0; (w == nil || !w.done) && (p.turns == 0 || n < p.turns); n++ {
		switch {
		case g.stopped != nil:
			return false
		case p.oneBatch && g.applyRunnable():
			g.runApply()
			return g.runnable()
		case g.coreRunnable():
			if p.gathers {
				g.gather()
			}
			if g.coreRunnable() { // another goroutine may have been quicker
				g.runCore()
			}
		case g.applyRunnable():
			if g.logRunnable() {
				g.delegate() // the disk need not wait for the store
			}
			g.runApply()
		case g.logRunnable():
			if p.fsync == noFsync || p.fsync == shortFsync && g.logHeavy() {
				g.delegate()
				return false
			}
			g.runLog()
		case g.heldRunnable():
			// An event loop has looked at its clients since the commit, which was before
			// runApply. None of them has brought an entry.
			g.sendHeld()
		default:
			return false
		}
	}
	if g.runnable() {
		g.delegate()
	}
	return false
}

func (g *Group) runnable() bool {
	return g.stopped == nil && (g.coreRunnable() || g.applyRunnable() || g.logRunnable() || g.heldRunnable())
}

func (g *Group) applyRunnable() bool { return !g.applyBusy && g.holds == 0 && len(g.applyJobs) > 0 }
func (g *Group) logRunnable() bool   { return !g.logBusy && len(g.logJobs) > 0 }

// coreRunnable reports whether a step of the core is due. Units that come to a leader
// while the log is busy stay in the inbox. Their entry is made when the log is free.
func (g *Group) coreRunnable() bool {
	b := &g.in
	return !g.coreBusy && (len(b.messages)+len(b.appended)+len(b.applied)+len(b.events)+len(b.reads) > 0 ||
		len(b.units) > 0 && !(g.leads && (g.logBusy || g.gathering)))
}

// heldRunnable reports whether there is nothing to do but to tell the others what
// is committed. The next entry would say it, too, and there is none.
func (g *Group) heldRunnable() bool {
	return g.held && !g.coreBusy && !g.logBusy && !g.applyBusy
}

// gather lets the clients of the last batches come back before the next one is cut. They
// have just been woken and are about to write their answers. Without it the first one to
// send a command would have an fsync for itself, and the others would wait for that. No
// clock is involved: yielding lets run what can run, and is repeated only while that
// brings more commands. The caller holds g.mu.
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

// delegate wakes a goroutine to go on with the work. It is a client that waits for the
// log, since it has to be woken anyway, or else the group's worker. At most one
// goroutine is on its way at a time.
func (g *Group) delegate() {
	if g.delegated {
		return
	}
	g.delegated = true
	n := 0
	if g.logRunnable() && g.logHeavy() {
		n = maxDelegateScan // it is for no client
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
	g.work(&helper, w)
	for !w.done {
		w.parked = true
		g.mu.Unlock()
		if <-w.wake == sigDone {
			return
		}
		g.mu.Lock()
		g.delegated = false
		g.work(&helper, w)
	}
	g.mu.Unlock()
}

// Work does what an event loop has started and what was queued, until a batch is applied
// or nothing can be done now. It reports whether there is more to do. See front.Backend.
func (g *Group) Work() (more bool) {
	g.runStarted()
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.work(&eventLoop, nil)
}

// visit is work for a goroutine that has something else to do soon.
func (g *Group) visit() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.work(&visitor, nil)
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
		g.work(&dedicated, nil)
		g.mu.Unlock()
	}
}
