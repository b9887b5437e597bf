package resp

import (
	"sync/atomic"
	"time"
)

// A stranger is a client that has to authenticate and never has. Strangers get little: the
// small limits on commands, no memory for replies that they do not read, AuthTimeout, and
// no place that somebody else needs.

// strangerGrace is how long a stranger keeps its place whoever comes: so long takes
// logging in on a slow network.
const strangerGrace = time.Second

// strangers are the clients of a server that came as such, in the order of arrival.
// Server.mu guards it.
type strangers struct {
	list    []*client
	leaving int // were sent away, and are among the clients still
}

// add takes a new one. Those who have proven who they are, and those who have gone, are
// left out when they are many.
func (st *strangers) add(c *client, clients map[uint64]*client) {
	if len(st.list) > 2*len(clients)+64 {
		still := st.list[:0]
		for _, other := range st.list {
			if clients[other.id] == other && !other.proven.Load() {
				still = append(still, other)
			}
		}
		clear(st.list[len(still):])
		st.list = still
	}
	st.list = append(st.list, c)
}

// oldest takes out the one that has been there for longest, if that is long enough.
func (st *strangers) oldest(now time.Time, clients map[uint64]*client) *client {
	for len(st.list) > 0 {
		c := st.list[0]
		here := clients[c.id] == c && !c.proven.Load()
		if here && now.Sub(c.created) < strangerGrace {
			return nil
		}
		st.list[0] = nil
		if st.list = st.list[1:]; here {
			return c
		}
	}
	return nil
}

// makeRoom sends a stranger away for the sake of a new client. It reports false if there is
// none to send away. mu is held.
func (s *Server) makeRoom() bool {
	if !s.limits.RequireAuth.Load() {
		return false // those who came as strangers are none any more
	}
	c := s.strangers.oldest(time.Now(), s.clients)
	if c == nil {
		return false
	}
	c.evicted = true
	s.strangers.leaving++
	s.counts.strangersClosed.Add(1)
	c.shut()
	return true
}

// seldom lets a line into the log once a minute. Strangers bring about as many as they
// like.
type seldom struct{ last atomic.Int64 }

const seldomPause = time.Minute

func (s *seldom) may(now time.Time) bool {
	last := s.last.Load()
	return (last == 0 || now.UnixNano()-last >= int64(seldomPause)) && s.last.CompareAndSwap(last, now.UnixNano())
}
