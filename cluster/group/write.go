package group

import (
	"errors"
	"time"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// ErrClosed is why a group that was stopped takes nothing.
var ErrClosed = errors.New("closed")

// The ways in which a unit fails.
var (
	errNoQuorum      = &command.Failure{Text: reply.ErrNoQuorum}
	errUnknown       = &command.Failure{Text: reply.ErrUnknown, Unknown: true}
	errShuttingDown  = &command.Failure{Text: reply.ErrShuttingDown}
	errNotUnderstood = &command.Failure{Text: reply.ErrNotUnderstood}
)

// Write runs a unit through the log. See front.Backend.
func (g *Group) Write(u *command.Unit) error {
	if g.mayTry(u) && g.try(u) {
		return nil
	}
	return g.propose(u)
}

// propose takes a unit through the log and waits for its end.
func (g *Group) propose(u *command.Unit) error {
	w := newWaiter(u, nil)
	g.mu.Lock()
	if err := g.refuse(); err != nil {
		g.mu.Unlock()
		w.free()
		return err
	}
	g.pushWrite(w)
	g.wait(w)
	return w.result()
}

// mayTry reports whether a unit with writes may be tried as a read, and is worth
// it.
func (g *Group) mayTry(u *command.Unit) bool {
	return g.alone.Load() && g.store.Load().WorthTrying(u)
}

// try runs a unit that may change nothing as a read. If it returns false the unit
// has to go through the log.
func (g *Group) try(u *command.Unit) (unchanged bool) {
	u.Time = g.logNow()
	begin := time.Now()
	if !g.store.Load().Try(u) {
		return false
	}
	u.Ran, u.Together = time.Since(begin), 1
	return true
}

// StartWrite begins to run a unit through the log. See front.Backend. One that may
// change nothing is tried by Work, with the reads.
func (g *Group) StartWrite(u *command.Unit, c command.Completer) (done bool, err error) {
	if g.mayTry(u) {
		g.started.add(u, c, true)
		return false, nil
	}
	return g.startWrite(u, c)
}

func (g *Group) startWrite(u *command.Unit, c command.Completer) (done bool, err error) {
	w := newWaiter(u, c)
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.refuse(); err != nil {
		w.free()
		return true, err
	}
	g.pushWrite(w)
	return false, nil
}

// Versions reads the versions of keys. See front.Backend.
func (g *Group) Versions(db int, keys [][]byte) ([]uint64, error) {
	clock := g.logNow()
	if !g.alone.Load() {
		var err error
		if clock, err = g.confirm(); err != nil {
			return nil, err
		}
	}
	versions, late := g.store.Load().VersionsAt(db, keys, clock)
	if late {
		if err := g.Barrier(); err != nil {
			return nil, err
		}
		versions = g.store.Load().Versions(db, keys)
	}
	return versions, nil
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
	return time, w.result()
}

// refuse says no at once when there has been no leader for so long that waiting
// is no use. The caller holds g.mu.
func (g *Group) refuse() error {
	switch {
	case g.stopped != nil:
		return errShuttingDown
	case g.leaderless >= 0 && g.ticks-g.leaderless > g.requestTicks:
		return errNoQuorum
	}
	return nil
}
