package store

import (
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/tables"
)

// watch lets the lanes note the keys of this batch that somebody waits for, if
// anybody waits at all. The shards are locked: a client that has begun to wait
// since and looks for its keys itself sees what the batch does to them.
func (s *Store) watch() (any bool) {
	var w keyspace.Waits
	if s.opt.Waits != nil && s.opt.Waits.Any() {
		w = s.opt.Waits
	}
	for _, l := range s.lanes {
		l.Watch(w)
	}
	return w != nil
}

// Announce tells of all keys that clients of this node wait for, whether they
// have changed or not, and of all tables. It has to be called, like Apply, when
// the store takes the place of another one.
func (s *Store) Announce() {
	s.announceTables(tables.All[:])
	if s.opt.Listener != nil {
		s.opt.Listener.Replaced()
	}
	if s.opt.Waits != nil && s.opt.Waits.Any() {
		s.ks.AnnounceAll(s.opt.Waits, s.now.Load())
	}
}
