package group

import (
	"github.com/msredis/msredis/cluster/replica"
	"go.etcd.io/raft/v3/raftpb"
)

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

// post hands an event to the core role and sees that it is taken.
func (g *Group) post(e event) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.in.events = append(g.in.events, e)
	g.work(&visitor, nil)
}

// runCore does the core role once, in three parts. It takes the inbox, steps the
// replica with all of it, and publishes the results. The caller holds g.mu, which is
// released while the replica is stepped.
func (g *Group) runCore() {
	in := g.take()
	g.mu.Unlock()
	s := g.step(in)
	g.mu.Lock()
	g.coreBusy = false
	if g.stopped != nil {
		g.room.Broadcast()
		return
	}
	g.publish(s)
}

// take makes the core role and the inbox the caller's, who holds g.mu.
func (g *Group) take() *inbox {
	g.coreBusy = true
	if n := len(g.in.units); n > 0 {
		g.batches[0], g.batches[1] = n, g.batches[0]
	}
	g.in, g.taken = g.taken, g.in
	if len(g.taken.messages) > 0 {
		g.room.Broadcast()
	}
	return &g.taken
}

// stepped is what came of a step.
type stepped struct {
	out   *replica.Output
	view  *View                   // nil: the old one holds
	after []func(*replica.Output) // of events
}

// step steps the replica with an inbox, in order of kind, and sends the messages. Core
// role.
func (g *Group) step(in *inbox) (s stepped) {
	now := g.now()
	r := g.replica
	// Applied jobs come first: their bundles are dropped then, and their waiters may
	// belong to other commands already. Appended jobs come behind the events: raft
	// takes up an installed snapshot with one, and an event restored the members.
	for _, a := range in.applied {
		r.Applied(a)
	}
	for _, e := range in.events {
		e.run(r)
		if e.after != nil {
			s.after = append(s.after, e.after)
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
	s.out = r.Poll(now)
	g.clockOffset.Store(r.LogTime(now) - now)
	g.send(s.out.Messages)
	if s.out.Changed {
		s.view = g.newView()
	}
	in.reset()
	return s
}

// publish hands out what came of a step: the view, jobs for the other roles, confirmed
// reads and lost proposals. The caller holds g.mu; it is released while clients are told.
func (g *Group) publish(s stepped) {
	if s.view != nil {
		g.setView(s.view)
	}
	for _, m := range s.out.Append {
		g.logJobs = append(g.logJobs, logJob{append: m})
	}
	g.applyJobs = append(g.applyJobs, s.out.Apply...)
	wakes := g.wakes[:0]
	for _, c := range s.out.Reads {
		for _, token := range c.Reads {
			w := token.(*waiter)
			if w.done {
				continue // gave up
			}
			w.index, w.time = c.Index, c.Time
			if w.index > g.applied {
				g.confirmed = append(g.confirmed, w)
			} else if g.finish(w, nil) {
				wakes = append(wakes, w)
			}
		}
	}
	for _, p := range s.out.Lost {
		w, err := p.Data.(*waiter), error(errUnknown)
		if w.Unit == noop {
			err = nil // the snapshot was made behind it
		}
		if !w.done && g.finish(w, err) {
			wakes = append(wakes, w)
		}
	}
	for _, fn := range s.after {
		fn(s.out)
	}
	g.held = g.replica.HasHeld()
	g.replica.Done()
	g.wakeAll(wakes)
}

// sendHeld sends what the replica has held back. The caller holds g.mu; it is
// released meanwhile.
func (g *Group) sendHeld() {
	g.coreBusy, g.held = true, false
	g.mu.Unlock()
	g.send(g.replica.TakeHeld())
	g.mu.Lock()
	g.coreBusy = false
	if g.stopped != nil {
		g.room.Broadcast()
	}
}
