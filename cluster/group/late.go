package group

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
)

// Reads that meet what has just expired.
//
// Handlers go by log time, which stands still between two entries. The leader makes one
// when a deadline has passed, but a read may be there before. The entry may be on its
// way to the disks, or the process may have been stopped. Such a read must not answer
// as if the key were there: its client may have waited for the deadline. Nor may it
// answer by the leader's clock: a later leader may be behind that, and the key would
// come back.
//
// So the store reports that a read is late (Unit.Late), and its answers are dropped.
// The read waits for an entry that is made from then on, and is run again. The entry
// has the stamp of the node that leads by then. If that is the leader that confirmed the
// read, the key is gone. If it is a later one which is behind, the key is there by its
// clock, and nobody has seen it gone.
//
// The entry has a unit without calls, which takes the way of a write. It goes with
// those of other clients, to the next leader if need be. Other reads wait for nothing.

// noop is a unit without calls: a proposal of it is applied like any other. All that
// wait for one share it, since nothing is written to it.
var noop = &command.Unit{}

// again reports whether a read that was run has to be run again, and makes it
// ready for that. A READONLY connection has asked for what the node has.
func (g *Group) again(u *command.Unit) bool {
	if !u.Late || u.Stale && !g.alone.Load() {
		return false
	}
	store.Redo(u)
	return true
}

// Barrier returns when an entry is applied here that was made since it was called. Most
// voters then have that entry on disk, and with it the news of all that was committed
// before.
func (g *Group) Barrier() error { return g.propose(noop) }

// startAwait has a read run again behind such an entry. The caller sees that work
// is called.
func (g *Group) startAwait(r startedRead) {
	w := newWaiter(noop, r.owner)
	w.read = r.unit
	g.mu.Lock()
	err := g.refuse()
	if err == nil {
		g.pushWrite(w)
	}
	g.mu.Unlock()
	if err != nil {
		w.free()
		r.owner.Complete(err)
	}
}

// pushWrite puts a waiter with a unit for the log into the inbox. The caller holds
// g.mu.
func (g *Group) pushWrite(w *waiter) {
	w.since = g.ticks
	g.writers.push(w)
	g.in.units = append(g.in.units, &w.Proposal)
}
