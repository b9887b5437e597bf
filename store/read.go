package store

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// Read runs a unit without writes; its replies are in u.W. It may be called from
// many goroutines.
//
// A call sees the state between two batches; a transaction is one call in this.
// A later call of the unit sees that state or a newer one.
func (s *Store) Read(u *command.Unit) {
	r := s.readers.Get().(*keyspace.Reader)
	for i := 0; i < len(u.Calls); {
		if n := s.readRun(r, u, i); n > 0 {
			i += n
			continue
		}
		s.readCall(r, &u.Calls[i], u)
		i++
	}
	s.readers.Put(r)
}

// minWarm is how many calls on one key have to stand together for their keys to
// be looked up ahead.
const minWarm = 4

// readRun runs the calls from the i-th on that each read one key, up to
// keyspace.WarmMax of them, under their locks at once. It returns how many it
// ran: 0 if they are too few.
func (s *Store) readRun(r *keyspace.Reader, u *command.Unit, i int) int {
	calls := u.Calls[i:min(i+keyspace.WarmMax, len(u.Calls))]
	for n := range calls {
		if !single(&calls[n]) {
			calls = calls[:n]
			break
		}
	}
	if len(calls) < minWarm || s.dataSize.Load() < s.aheadFrom {
		return 0
	}
	var set keyspace.ShardSet
	for n := range calls {
		set.Add(keyspace.ShardOf(calls[n].Args[1]))
	}
	s.ks.RLock(&set)
	warm := r.Warmer()
	for n := range calls {
		if c := &calls[n]; c.DB >= 0 && c.DB < s.opt.Databases {
			warm.Add(s.ks, c.DB, c.Args[1])
		}
	}
	warm.Run()
	now := s.now.Load()
	for n := range calls {
		if run := s.handler(&calls[n], &u.W); run != nil {
			r.Call(run, &calls[n], &u.W, now, u.Time, false)
		}
	}
	s.ks.RUnlock(&set)
	return len(calls)
}

func (s *Store) readCall(r *keyspace.Reader, c *command.Call, u *command.Unit) {
	if c.Literal != nil {
		u.W.Raw(c.Literal)
		return
	}
	if c.Tx == nil {
		run := s.handler(c, &u.W)
		switch {
		case run == nil:
			return
		case c.Cmd.OneKey && c.Cmd.Group != command.GroupLease:
			i := keyspace.ShardOf(c.Args[1])
			s.ks.RLockShard(i)
			r.Call(run, c, &u.W, s.now.Load(), u.Time, false)
			s.ks.RUnlockShard(i)
			return
		case c.Cmd.Flags.Has(command.WholeKeyspace):
			r.Call(run, c, &u.W, s.now.Load(), u.Time, true)
			return
		}
	}
	var set keyspace.ShardSet
	s.concerns(c, &set, false)
	s.ks.RLock(&set)
	now := s.now.Load()
	if c.Tx != nil {
		s.readTx(r, c.Tx, &u.W, now, u.Time)
	} else if run := s.handler(c, &u.W); run != nil {
		r.Call(run, c, &u.W, now, u.Time, false)
	}
	s.ks.RUnlock(&set)
}

// readTx runs a transaction that only reads, while all its shards are held.
func (s *Store) readTx(r *keyspace.Reader, tx *command.Tx, w *reply.Writer, now, clock int64) {
	for i := range tx.Watches {
		watch := &tx.Watches[i]
		if s.ks.Version(watch.DB, watch.Key, now) != watch.Version {
			w.NullArray()
			return
		}
	}
	w.Array(len(tx.Calls))
	for i := range tx.Calls {
		if run := s.handler(&tx.Calls[i], w); run != nil {
			r.Call(run, &tx.Calls[i], w, now, clock, false)
		}
	}
}

// Versions returns the versions of keys for WATCH, 0 for one that does not
// exist.
func (s *Store) Versions(db int, keys [][]byte) []uint64 {
	versions := make([]uint64, len(keys))
	for i, key := range keys {
		shard := keyspace.ShardOf(key)
		s.ks.RLockShard(shard)
		versions[i] = s.ks.Version(db, key, s.now.Load())
		s.ks.RUnlockShard(shard)
	}
	return versions
}
