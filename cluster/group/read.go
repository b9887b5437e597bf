package group

import (
	"sync"
	"time"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

// Read runs a unit that writes nothing. See front.Backend.
func (g *Group) Read(u *command.Unit) error {
	if g.mayRead(u) {
		u.Time = g.logNow()
	} else {
		now, err := g.confirm()
		if err != nil {
			return err
		}
		u.Time = now
	}
	begin := time.Now()
	g.store.Load().Read(u)
	if g.again(u) {
		if err := g.Barrier(); err != nil {
			return err
		}
		begin = time.Now()
		g.store.Load().Read(u)
	}
	_, waited := u.W.Sent()
	u.Ran, u.Together = time.Since(begin)-waited, 1
	return nil
}

// IsAlone reports whether this node is the only voter, and has applied all that was
// committed before.
func (g *Group) IsAlone() bool { return g.alone.Load() }

// mayRead reports whether nobody need be asked for a read. A stale read is served while
// this node hears of a leader. A node that hears nothing gives its leader up after two
// election timeouts. So the state is no further behind than these, and the entries that
// are still to be applied.
func (g *Group) mayRead(u *command.Unit) bool {
	return g.alone.Load() || u.Stale && g.view.Load().Leader != 0
}

// StartRead begins to run a unit that writes nothing. See front.Backend. It is
// run by Work even if it could be run here: with those of other clients.
func (g *Group) StartRead(u *command.Unit, c command.Completer) (done bool, err error) {
	if g.mayRead(u) {
		g.started.add(u, c, false)
		return false, nil
	}
	return g.startConfirm(u, c)
}

// startConfirm has a read run when it is confirmed.
func (g *Group) startConfirm(u *command.Unit, c command.Completer) (done bool, err error) {
	w := newWaiter(nil, c)
	w.read = u
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.refuse(); err != nil {
		w.free()
		return true, err
	}
	w.since = g.ticks
	g.readers.push(w)
	g.in.reads = append(g.in.reads, w)
	return false, nil
}

// started are the reads that were started and need no confirmation, and the writes
// that may turn out to be reads.
type started struct {
	mu    sync.Mutex
	reads []startedRead
	spare []startedRead // memory for the next ones
}

// startedRead is a read and who wants to know when it was run.
type startedRead struct {
	unit  *command.Unit
	owner command.Completer
	trial bool // of a unit with writes
}

func (a *started) add(u *command.Unit, c command.Completer, trial bool) {
	a.mu.Lock()
	a.reads = append(a.reads, startedRead{u, c, trial})
	a.mu.Unlock()
}

// take returns the reads so far; keep gives their memory back.
func (a *started) take() []startedRead {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.reads) == 0 {
		return nil
	}
	reads := a.reads
	a.reads, a.spare = a.spare, nil
	return reads
}

func (a *started) keep(reads []startedRead) {
	clear(reads)
	a.mu.Lock()
	a.spare = reads[:0]
	a.mu.Unlock()
}

// runStarted runs the reads that were started, and tries the writes that may be reads.
// Writes that are none are in the inbox then.
func (g *Group) runStarted() {
	reads := g.started.take()
	if reads == nil {
		return
	}
	now := g.logNow()
	var batch readBatch
	tried := reads[:0] // those that changed nothing
	for _, r := range reads {
		var done bool
		var err error
		switch {
		case r.trial && g.alone.Load() && g.try(r.unit):
			tried = append(tried, r)
		case r.trial:
			done, err = g.startWrite(r.unit, r.owner)
		case g.mayRead(r.unit):
			r.unit.Time = now
			batch.add(g, r)
		default: // there is another voter now, or no leader
			done, err = g.startConfirm(r.unit, r.owner)
		}
		if done {
			r.owner.Complete(err)
		}
	}
	batch.run(g)
	for _, r := range tried {
		r.owner.Complete(nil)
	}
	g.started.keep(reads)
}

// readBatch are reads that may be run. They are run together, because the store
// looks their keys up together.
type readBatch struct {
	n      int
	units  [keyspace.WarmMax]*command.Unit
	owners [keyspace.WarmMax]command.Completer
}

// add puts a read into the batch. A full one is run.
func (b *readBatch) add(g *Group, r startedRead) {
	b.units[b.n], b.owners[b.n] = r.unit, r.owner
	if b.n++; b.n == len(b.units) {
		b.run(g)
	}
}

// run runs the reads and tells their owners. It returns true if some are late and
// wait to be run again: there is work to do.
func (b *readBatch) run(g *Group) (late bool) {
	if b.n == 0 {
		return false
	}
	units, owners := b.units[:b.n], b.owners[:b.n]
	begin := time.Now()
	g.store.Load().ReadAll(units)
	ran := time.Since(begin)
	for i, owner := range owners {
		units[i].Ran, units[i].Together = ran, len(units)
		if g.again(units[i]) {
			g.startAwait(startedRead{unit: units[i], owner: owner})
			late = true
		} else {
			owner.Complete(nil)
		}
	}
	b.n = 0
	return late
}

// readConfirmed runs a read that was confirmed, with others of its kind.
func (g *Group) readConfirmed(b *readBatch, w *waiter) {
	r := startedRead{unit: w.read, owner: w.owner}
	r.unit.Time = w.time
	w.free()
	if quick(r.unit) {
		b.add(g, r)
		return
	}
	// The goroutine that delivers has a role to play: raft does not wait for a ZUNION.
	go func() {
		var alone readBatch
		alone.add(g, r)
		if alone.run(g) {
			g.visit()
		}
	}()
}

// quick reports whether all commands of a read are of the kind that takes no
// noticeable time on any value.
func quick(u *command.Unit) bool {
	for i := range u.Calls {
		c := &u.Calls[i]
		if c.Literal == nil && (c.Tx != nil || c.Cmd.Flags&command.Fast == 0) {
			return false
		}
	}
	return true
}
