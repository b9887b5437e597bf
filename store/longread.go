package store

import (
	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/ds"
	"github.com/msredis/msredis/store/keyspace"
)

// A read that takes long holds no lock while it runs. It takes views of its keys under
// their locks: this is the moment of the read. Then it walks over the views, for as long as
// it takes, or as its client takes to read the reply. Writers go on meanwhile.
//
// A read does so only in a goroutine of its own (Unit.Whole), and as the first call of its
// unit. Other calls of the unit may turn out to be late, and then all replies are dropped.
// A reply that was sent cannot be dropped.

// apart reports whether a call of a unit is better the first of another one, because it
// may take long. It is a guess that never waits, and cheap for calls on small values.
func (s *Store) apart(c *command.Call) bool {
	switch {
	case c.Literal != nil:
		return false
	case c.Tx != nil:
		for i := range c.Tx.Calls {
			if s.apart(&c.Tx.Calls[i]) {
				return true
			}
		}
		return false
	case c.Cmd.Flags.Has(command.Fast) && !s.ks.Large():
		return false
	}
	return s.mayFreeze(c) && s.weighs(c, false)
}

// mayFreeze reports whether all that a call looks at can be frozen: the keys among its
// arguments. Scripts say what else they need when they need it.
func (s *Store) mayFreeze(c *command.Call) bool {
	if c.Cmd.Flags.Has(command.WholeKeyspace) || c.Footprint().AnyKey() || c.Writes() || c.DB < 0 || c.DB >= s.opt.Databases {
		return false
	}
	if c.Cmd.Flags.Has(command.Script) {
		return true
	}
	return c.Cmd.Flags.Has(command.ReadOnly) && c.Footprint().Tables() == 0 && c.Footprint().Len() > 0
}

// weighs reports whether a call takes long, by the weights of its values. locked: the locks
// of its keys are held.
func (s *Store) weighs(c *command.Call, locked bool) bool {
	if c.Cmd.Flags.Has(command.Script) {
		if s.engine.Long(c.Cmd, c.Args) {
			return true
		}
	}
	elements, bytes, ok := s.looksAt(c, locked)
	return !ok || elements > longElements || bytes > longBytes
}

// freezable reports whether a call that is about to run can be run on views, and whether
// it is worth it. The locks of its keys are held.
func (s *Store) freezable(c *command.Call) bool {
	if c.Tx == nil {
		return s.mayFreeze(c) && (s.freezeAll || s.weighs(c, true))
	}
	long := s.freezeAll
	for i := range c.Tx.Calls {
		inner := &c.Tx.Calls[i]
		if inner.Cmd.Flags.Has(command.Script) || !s.mayFreeze(inner) {
			return false
		}
		long = long || s.weighs(inner, true)
	}
	return long
}

// readFrozen runs the first call of a unit on views, if it takes long. It returns false
// if it has done nothing, because it is not such a call.
func (s *Store) readFrozen(r *keyspace.Reader, u *command.Unit) bool {
	c := &u.Calls[0]
	if c.Literal != nil || !s.freezeAll && !s.apart(c) {
		return false
	}
	var set keyspace.ShardSet
	s.concerns(c, &set, false)
	if set.Has(keyspace.LeaseLock) {
		return false
	}
	if set.Empty() {
		set.Add(0) // it may read tables
	}
	s.ks.RLock(&set)
	if !s.freezable(c) {
		s.ks.RUnlock(&set)
		return false
	}
	l := longRead{s: s, r: r, u: u, now: s.now.Load(), users: s.ks.Users()}
	unchanged := l.freeze(c)
	s.ks.RUnlock(&set)
	defer r.Release()

	before := u.W.Bounds()
	if !u.Late { // else its replies may be dropped
		u.W.Stream()
	}
	switch {
	case !unchanged:
		u.W.NullArray()
	case c.Tx != nil:
		l.runTx(c.Tx)
	default:
		l.run(c, false)
	}
	u.W.EndStream(before)
	if l.again { // nothing is sent while locks are held
		s.readScriptAll(r, c, u)
	}
	return true
}

// longRead is a read that has views.
type longRead struct {
	s     *Store
	r     *keyspace.Reader
	u     *command.Unit
	now   int64
	users *acl.Users // as they were then
	again bool       // a script needs the locks of all shards, and has answered nothing
}

// freeze takes the views. It returns false for a transaction of which a watched key has
// changed.
func (l *longRead) freeze(c *command.Call) (unchanged bool) {
	l.r.Views()
	if c.Tx == nil {
		l.u.Late = l.r.Freeze(c, l.now, l.u.Time) || l.u.Late
		return true
	}
	l.u.Late = l.s.watchesLate(c, l.now, l.u.Time) || l.u.Late
	if !l.s.unchanged(c, l.now) {
		return false
	}
	for i := range c.Tx.Calls {
		l.u.Late = l.r.Freeze(&c.Tx.Calls[i], l.now, l.u.Time) || l.u.Late
	}
	return true
}

func (l *longRead) runTx(tx *command.Tx) {
	w := &l.u.W
	w.Array(len(tx.Calls))
	for i := range tx.Calls {
		if w.Stopped() {
			return
		}
		errors := w.Errors
		l.run(&tx.Calls[i], true)
		if w.Errors != errors {
			l.u.Failed = append(l.u.Failed, command.FailedCall{Call: i, Text: w.LastError})
		}
	}
}

// run runs one call on the views.
func (l *longRead) run(c *command.Call, tx bool) {
	w := &l.u.W
	run := l.s.handlerFor(l.users, c, w, by{l.u.Client, tx})
	switch {
	case run == nil:
	case c.Cmd.Flags.Has(command.Script):
		l.again = l.r.ViewedScript(run, c, w, l.now, l.u.Time)
	default:
		l.r.Viewed(run, c, w, l.now, l.u.Time)
	}
}

// Views returns how many keys are frozen for reads now, and how many bytes are in memory for
// views alone, those of snapshots included. It is of all stores of the process.
func Views() (living, heldBytes int64) { return keyspace.LivingViews(), ds.HeldBytes() }
