package store

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// minRun is how many calls on one key have to stand together for their keys to
// be looked up ahead.
const minRun = 4

// looksAhead reports whether looking keys up ahead is worth it: the keyspace does
// not fit into the processor's cache.
func (s *Store) looksAhead() bool { return s.dataSize.Load() >= s.aheadFrom }

// reader runs reads. It collects those that can be run together.
type reader struct {
	*keyspace.Reader

	n     int // of the calls collected
	calls [keyspace.WarmMax]*command.Call
	units [keyspace.WarmMax]*command.Unit // that they belong to
}

// add collects a call of a unit, if it reads one key and there is room.
func (r *reader) add(u *command.Unit, i int) bool {
	c := &u.Calls[i]
	if r.n == len(r.calls) {
		return false
	}
	if _, ok := c.Footprint().Single(); !ok {
		return false
	}
	r.calls[r.n], r.units[r.n] = c, u
	r.n++
	return true
}

// runCollected runs the calls collected: under their locks at once if they are
// enough for that.
func (s *Store) runCollected(r *reader) {
	calls, units := r.calls[:r.n], r.units[:r.n]
	r.n = 0
	if len(calls) < minRun {
		for i, c := range calls {
			if u := units[i]; !u.W.Stopped() {
				start := len(u.W.Buf)
				if s.readCall(r.Reader, c, u); u.W.Stopped() {
					stopped(u, c, start)
				}
			}
		}
		return
	}
	var set keyspace.ShardSet
	for _, c := range calls {
		addKeys(c.Footprint(), &set)
	}
	s.ks.RLock(&set)
	warm := r.Warmer()
	for _, c := range calls {
		if c.DB >= 0 && c.DB < s.opt.Databases {
			k := c.Footprint().Key(0)
			warm.Add(s.ks, c.DB, c.Args[k.Pos], keyspace.ShardOfSlot(k.Slot))
		}
	}
	warm.Run()
	now := s.now.Load()
	for i, c := range calls {
		u := units[i]
		if u.W.Stopped() {
			continue
		}
		start := len(u.W.Buf)
		if run := s.handler(c, &u.W, by{client: u.Client}); run != nil {
			u.Late = r.Call(run, c, &u.W, now, u.Time, false) || u.Late
		}
		if u.W.Stopped() {
			stopped(u, c, start)
		}
	}
	s.ks.RUnlock(&set)
	clear(calls)
	clear(units)
}

// stopped notes that a call, whose reply began at start, found no room for it.
func stopped(u *command.Unit, c *command.Call, start int) {
	if u.W.Full() != reply.Paused {
		return
	}
	u.W.Buf = u.W.Buf[:start]
	for u.Done = 0; &u.Calls[u.Done] != c; {
		u.Done++
	}
}
