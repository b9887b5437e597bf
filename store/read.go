package store

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

// Read runs a unit without writes; its replies are in u.W. It may be called from many
// goroutines. If the portion of u.W is full before the last call, u.Done is the number
// of calls that were run. The reply to the last of these is the last in u.W.
//
// A call sees the state between two batches; a transaction is one call in this. A later
// call of the unit sees that state or a newer one.
//
// If u.Late is set then, the answers are not to be given: see Redo.
func (s *Store) Read(u *command.Unit) {
	r := s.readers.Get().(*reader)
	begin(u)
	s.readUnit(r, u)
	s.readers.Put(r)
}

func begin(u *command.Unit) { u.Late, u.Begin = false, u.W.Point() }

// Redo makes a late unit ready to be read again, when an entry has been applied
// that was made since. The clock is log time then, so it is not late once more.
func Redo(u *command.Unit) {
	u.W.Back(u.Begin)
	u.Time, u.Late, u.Done = 0, false, 0
}

// ReadAll is Read for each of several units, whose keys are looked up together.
func (s *Store) ReadAll(units []*command.Unit) {
	r := s.readers.Get().(*reader)
	ahead := len(units) >= minRun && s.looksAhead()
	for _, u := range units {
		begin(u)
	}
	for len(units) > 0 {
		if ahead {
			n := 0
			for n < len(units) && len(units[n].Calls) == 1 && !units[n].Whole && r.add(units[n], 0) {
				n++
			}
			if s.runCollected(r); n > 0 {
				units = units[n:]
				continue
			}
		}
		s.readUnit(r, units[0])
		units = units[1:]
	}
	s.readers.Put(r)
}

func (s *Store) readUnit(r *reader, u *command.Unit) {
	r.For(u.Client)
	ahead := len(u.Calls) >= minRun && s.looksAhead()
	i := 0
	if u.Whole && len(u.Calls) > 0 {
		s.readWhole(r, u)
		if i = 1; u.W.Stopped() {
			return
		}
		if sent, _ := u.W.Sent(); sent > 0 && len(u.Calls) > 1 {
			u.Done = 1
			u.W.Pause()
			return
		}
	}
	for i < len(u.Calls) {
		if u.Whole && s.apart(&u.Calls[i]) {
			u.Done = i
			u.W.Pause()
			return
		}
		if ahead {
			n := 0
			for i+n < len(u.Calls) && !(u.Whole && s.apart(&u.Calls[i+n])) && r.add(u, i+n) {
				n++
			}
			if s.runCollected(r); u.W.Stopped() {
				return
			}
			if n > 0 {
				i += n
				continue
			}
		}
		start := len(u.W.Buf)
		s.readCall(r.Reader, &u.Calls[i], u)
		if u.W.Stopped() {
			stopped(u, &u.Calls[i], start)
			return
		}
		i++
	}
}

// readWhole runs the first call of a unit, whose reply may exceed the portion.
func (s *Store) readWhole(r *reader, u *command.Unit) {
	bounds := u.W.Bounds()
	whole := bounds
	whole.Portion = 0
	u.W.Bound(whole)
	if u.W.Abandoned() {
		return
	}
	if s.readFrozen(r.Reader, u) {
		if !u.W.Stopped() {
			u.W.EndStream(bounds)
		}
	} else {
		u.W.Grow(s.presize(&u.Calls[0]))
		s.readCall(r.Reader, &u.Calls[0], u)
		if !u.W.Stopped() {
			u.W.Bound(bounds)
		}
	}
}

func (s *Store) readCall(r *keyspace.Reader, c *command.Call, u *command.Unit) {
	if c.Literal != nil {
		u.W.Raw(c.Literal)
		return
	}
	if c.Tx == nil {
		k, single := c.Footprint().Single()
		switch {
		case single:
			i := keyspace.ShardOfSlot(k.Slot)
			s.ks.RLockShard(i)
			if run := s.handler(c, &u.W, by{client: u.Client}); run != nil {
				u.Late = r.Call(run, c, &u.W, s.now.Load(), u.Time, false) || u.Late
			}
			s.ks.RUnlockShard(i)
			return
		case c.Cmd.Flags.Has(command.Script):
			s.readScript(r, c, u)
			return
		case c.Cmd.Flags.Has(command.WholeKeyspace):
			// It locks one shard after the other. The users are those of its beginning, which
			// is behind the point of the read.
			if run := s.handler(c, &u.W, by{client: u.Client}); run != nil {
				u.Late = r.Call(run, c, &u.W, s.now.Load(), u.Time, true) || u.Late
			}
			return
		}
	}
	var set keyspace.ShardSet
	s.concerns(c, &set, false)
	if set.Empty() {
		set.Add(0) // it may read tables
	}
	s.ks.RLock(&set)
	now := s.now.Load()
	if c.Tx != nil {
		s.readTx(r, c, u, now)
	} else if run := s.handler(c, &u.W, by{client: u.Client}); run != nil {
		u.Late = r.Call(run, c, &u.W, now, u.Time, false) || u.Late
	}
	s.ks.RUnlock(&set)
}

// readTx runs a transaction that only reads, while all its shards are held.
func (s *Store) readTx(r *keyspace.Reader, c *command.Call, u *command.Unit, now int64) {
	w, tx := &u.W, c.Tx
	u.Late = s.watchesLate(c, now, u.Time) || u.Late
	if !s.unchanged(c, now) {
		w.NullArray()
		return
	}
	w.Array(len(tx.Calls))
	for i := range tx.Calls {
		if w.Stopped() {
			return
		}
		if run := s.handler(&tx.Calls[i], w, by{u.Client, true}); run != nil {
			u.Late = r.Call(run, &tx.Calls[i], w, now, u.Time, false) || u.Late
		}
	}
}

// watchesLate reports whether one of the keys that a transaction watches is late.
func (s *Store) watchesLate(c *command.Call, now, clock int64) (late bool) {
	f := c.Footprint()
	for i := range f.Len() {
		k := f.Key(i)
		watch := &c.Tx.Watches[k.Pos]
		late = late || s.ks.Late(watch.DB, watch.Key, keyspace.ShardOfSlot(k.Slot), now, clock)
	}
	return late
}

// Versions returns the versions of keys for WATCH.
func (s *Store) Versions(db int, keys [][]byte) []uint64 {
	versions, _ := s.VersionsAt(db, keys, 0)
	return versions
}

// VersionsAt is Versions by the clock of the leader when it confirmed the read.
// Like the answers of a unit they may be late, and are then to be asked for again.
func (s *Store) VersionsAt(db int, keys [][]byte, clock int64) (versions []uint64, late bool) {
	versions = make([]uint64, len(keys))
	for i, key := range keys {
		shard := keyspace.ShardOf(key)
		s.ks.RLockShard(shard)
		now := s.now.Load()
		versions[i] = s.ks.Version(db, key, shard, now, s.writes.Load())
		late = late || s.ks.Late(db, key, shard, now, clock)
		s.ks.RUnlockShard(shard)
	}
	return versions, late
}
