package store

import "github.com/msredis/msredis/store/keyspace"

// collect lets the lanes collect what somebody on this node listens to, and
// reports whether there is anything.
func (s *Store) collect() (any bool) {
	if s.opt.Listener == nil {
		return false
	}
	wants := s.opt.Listener.Wants()
	if any = wants != (keyspace.Wants{}); any || s.listened {
		for _, l := range s.lanes {
			l.Collect(wants, s.opt.Listener)
		}
	}
	s.listened = any
	return any
}

// tell hands on what the batch has brought.
func (s *Store) tell() {
	all, lanes := s.lanes[0].Events(), 0
	for _, l := range s.lanes {
		if list := l.Events(); len(list) > 0 {
			if lanes++; lanes == 1 {
				all = list
				continue
			}
			all = append(all[:len(all):len(all)], list...)
		}
	}
	if lanes > 1 {
		keyspace.SortEvents(all)
	}
	if lanes > 0 {
		s.opt.Listener.Hear(all)
	}
}
