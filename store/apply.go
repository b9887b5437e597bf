package store

import (
	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/internal/invariants"
	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// Apply applies log entries. When it returns, the replies of the units that have a
// client here are in their W.
//
// All shards that the batch concerns are locked before its first call and let go after
// its last, in ascending order. So who reads, even several keys under their locks, sees
// all of a batch or nothing of it: a prefix of the log. Readers of other shards are not
// disturbed.
func (s *Store) Apply(entries []Entry) {
	if invariants.Enabled {
		defer s.confined.Enter()()
	}
	if len(entries) == 0 {
		return
	}
	s.endDelta()
	s.ks.Tidy()
	var set keyspace.ShardSet
	now := s.now.Load()
	calls := 0
	for i := range entries {
		now = max(now, entries[i].Time)
		for _, u := range entries[i].Units {
			calls += len(u.Calls)
		}
	}
	large := calls >= s.large && len(s.lanes) > 1
	if large {
		s.survey(entries, &set)
	} else {
		s.concern(entries, &set)
	}
	s.due.collect(now, &set)
	leases := s.ks.DueLeases(now, &set) || set.Has(keyspace.LeaseLock)
	s.ks.Lock(&set)
	waits := s.watch()
	listens := s.collect()
	if large && s.batch.worth(leases) {
		s.applyLanes(&set)
	} else {
		s.applyInline(entries, &set)
	}
	if large {
		s.batch.reset()
	}
	s.publish(entries[len(entries)-1].Index, now, &set)
	if waits {
		s.ks.Announce(s.opt.Waits, s.lanes, now)
	}
	s.ks.Unlock(&set)
	if listens {
		s.tell()
	}
}

// publish lets everybody know what the batch has done to the store as a whole.
func (s *Store) publish(index uint64, now int64, set *keyspace.ShardSet) {
	for _, l := range s.lanes {
		n := l.Take()
		if n.Bytes != 0 {
			s.dataSize.Add(n.Bytes)
		}
		if n.Expired != 0 {
			s.expired.Add(n.Expired)
		}
		if n.Parts != 0 {
			s.fields.Add(n.Parts)
		}
		if n.Evicted != 0 {
			s.evicted.Add(n.Evicted)
		}
	}
	if s.ks.TablesTouched() {
		s.tellTables()
		s.settings.Store(s.ks.Settings())
	}
	s.due.update(s.ks, set)
	first := s.due.first
	if at := s.ks.NextLease(); at != 0 {
		first = min(first, at)
	}
	if first == noDeadline {
		first = 0
	}
	s.nextDue.Store(first)
	s.now.Store(now)
	s.writes.Store(s.seq)
	s.applied.Store(index)
}

// concern adds the locks that a batch needs to the set.
func (s *Store) concern(entries []Entry, set *keyspace.ShardSet) {
	for i := range entries {
		for _, u := range entries[i].Units {
			for j := range u.Calls {
				s.concerns(&u.Calls[j], set, true)
			}
		}
	}
}

// concerns adds the locks that a call needs to the set. The applier itself needs
// none for a read that may use any key: nobody else writes.
func (s *Store) concerns(c *command.Call, set *keyspace.ShardSet, applier bool) {
	f := c.Footprint()
	if c.Tx != nil {
		addKeys(f, set)
		for i := range c.Tx.Calls {
			s.concerns(&c.Tx.Calls[i], set, applier)
		}
		return
	}
	if !f.AnyKey() {
		addKeys(f, set)
	} else if !applier || f.Writes() > 0 {
		set.AddAll()
	}
	if tables := f.Tables(); tables != 0 {
		s.concernsTables(c, tables, set, applier)
	}
}

// addKeys adds the shards of the keys of a call to the set.
func addKeys(f *command.Footprint, set *keyspace.ShardSet) {
	for i := range f.Len() {
		set.Add(keyspace.ShardOfSlot(f.Key(i).Slot))
	}
}

// concernsTables adds the locks that a call needs for what there is beside the keys.
// The lock of any shard guards the tables that all nodes share.
func (s *Store) concernsTables(c *command.Call, tables command.Tables, set *keyspace.ShardSet, applier bool) {
	if tables.Has(command.TableLeases) || !applier && tables.Has(command.TableLeaseIDs) {
		set.Add(keyspace.LeaseLock)
	}
	if applier && c.Cmd.LeaseArg > 0 {
		if id, ok := redisnum.ParseInt(c.Args[c.Cmd.LeaseArg]); ok {
			s.ks.LeaseShards(id, set)
		}
	}
}

// applyInline runs the batch on this goroutine.
func (s *Store) applyInline(entries []Entry, set *keyspace.ShardSet) {
	l := s.lanes[0]
	l.Open(set)
	now := s.now.Load()
	s.ahead.all = allCalls{entries: entries}
	s.ahead.begin(s, &s.ahead.all)
	for i := range entries {
		e := &entries[i]
		now = max(now, e.Time)
		l.For(0)
		l.Entry(now, e.Seed, s.seq)
		l.EndLeases()
		for _, u := range e.Units {
			l.For(u.Client)
			for j := range u.Calls {
				c := &u.Calls[j]
				s.ahead.step()
				s.run(l, c, &u.W, s.seq)
				s.seq += uint64(c.Footprint().Writes())
			}
		}
	}
}

// run runs one call in a lane; seq is the number of the last write before it.
func (s *Store) run(l *keyspace.Lane, c *command.Call, w *reply.Writer, seq uint64) {
	switch {
	case c.Literal != nil:
		w.Raw(c.Literal)
	case c.Tx != nil:
		s.exec(l, c, w, seq)
	case c.Writes():
		s.write(l, c, w, seq+1, false)
	default:
		s.read(l, c, w, false)
	}
}

// exec runs a transaction. Every write in it has its number, also if the
// transaction is not executed.
func (s *Store) exec(l *keyspace.Lane, c *command.Call, w *reply.Writer, seq uint64) {
	tx := c.Tx
	if !s.unchanged(c, l.Now()) {
		w.NullArray()
		return
	}
	w.Array(len(tx.Calls))
	for i := range tx.Calls {
		if c := &tx.Calls[i]; c.Writes() {
			seq++
			s.write(l, c, w, seq, true)
		} else {
			s.read(l, c, w, true)
		}
	}
}

// unchanged reports whether the keys that a transaction watches are as they were.
func (s *Store) unchanged(c *command.Call, now int64) bool {
	f := c.Footprint()
	for i := range f.Len() {
		k := f.Key(i)
		if !s.ks.Unchanged(&c.Tx.Watches[k.Pos], keyspace.ShardOfSlot(k.Slot), now) {
			return false
		}
	}
	return true
}

func (s *Store) write(l *keyspace.Lane, c *command.Call, w *reply.Writer, seq uint64, tx bool) {
	if run := s.handler(c, w, by{l.Client(), tx}); run != nil {
		l.Write(run, c, w, seq)
	}
}

func (s *Store) read(l *keyspace.Lane, c *command.Call, w *reply.Writer, tx bool) {
	if run := s.handler(c, w, by{l.Client(), tx}); run != nil {
		l.Read(run, c, w)
	}
}

// handler returns what runs a call; it answers the error itself if there is
// nothing, or if the caller may not make it. The locks of the call are held.
func (s *Store) handler(c *command.Call, w *reply.Writer, b by) keyspace.Handler {
	return s.handlerFor(s.ks.Users(), c, w, b)
}

// handlerFor is handler with the users of a moment. No lock need be held.
func (s *Store) handlerFor(users *acl.Users, c *command.Call, w *reply.Writer, b by) keyspace.Handler {
	run := s.handlers[c.Cmd.ID]
	switch {
	case !s.permits(users, c, w, b):
	case run == nil:
		w.Error(reply.ErrNoHandler)
	case c.DB < 0 || c.DB >= s.opt.Databases:
		w.Error(reply.ErrDBIndex)
	default:
		return run
	}
	return nil
}
