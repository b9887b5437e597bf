package cluster

import (
	"errors"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// errClosed is why a group that was closed takes nothing.
var errClosed = errors.New("closed")

// The ways in which a unit fails.
var (
	errNoQuorum     = &command.Failure{Text: reply.ErrNoQuorum}
	errUnknown      = &command.Failure{Text: reply.ErrUnknown, Unknown: true}
	errShuttingDown = &command.Failure{Text: reply.ErrShuttingDown}
)

// Write runs a unit through the log. See front.Backend.
func (g *Group) Write(u *command.Unit) error {
	w := newWaiter(u, nil)
	g.mu.Lock()
	if err := g.refuse(); err != nil {
		g.mu.Unlock()
		w.free()
		return err
	}
	w.since = g.ticks
	g.writers.push(w)
	g.in.units = append(g.in.units, &w.Proposal)
	g.wait(w)
	return w.outcome()
}

// StartWrite begins to run a unit through the log. See front.Backend.
func (g *Group) StartWrite(u *command.Unit, c command.Completer) (done bool, err error) {
	w := newWaiter(u, c)
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.refuse(); err != nil {
		w.free()
		return true, err
	}
	w.since = g.ticks
	g.writers.push(w)
	g.in.units = append(g.in.units, &w.Proposal)
	return false, nil
}

// Versions reads the versions of keys. See front.Backend.
func (g *Group) Versions(db int, keys [][]byte) ([]uint64, error) {
	if !g.fast.Load() {
		if _, err := g.confirm(); err != nil {
			return nil, err
		}
	}
	return g.store.Load().Versions(db, keys), nil
}

// confirm waits until everything that was committed when it was called is
// applied on this node, and returns the leader's clock.
func (g *Group) confirm() (time int64, err error) {
	w := newWaiter(nil, nil)
	g.mu.Lock()
	if err := g.refuse(); err != nil {
		g.mu.Unlock()
		w.free()
		return 0, err
	}
	w.since = g.ticks
	g.readers.push(w)
	g.in.reads = append(g.in.reads, w)
	g.wait(w)
	time = w.time
	return time, w.outcome()
}

// refuse says no at once when there has been no leader for so long that waiting
// is no use. The caller holds g.mu.
func (g *Group) refuse() error {
	switch {
	case g.stopped != nil:
		return errShuttingDown
	case g.leaderless >= 0 && g.ticks-g.leaderless > g.config.RequestTicks:
		return errNoQuorum
	}
	return nil
}

// outcome ends the life of a waiter that is done.
func (w *waiter) outcome() error {
	err := w.err
	if err == nil {
		w.free()
	}
	return err
}
