package resp

import "time"

// watchInterval is how often clients are looked at. Timeouts have that
// granularity, and no connection pays for a timer or a deadline of its own.
const watchInterval = time.Second

// watch disconnects clients that have been idle for too long, and clients that read
// nothing of their output. It runs until the server stops and the clients are gone.
func (s *Server) watch() {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for {
		select {
		case <-s.gone:
			return
		case now := <-ticker.C:
			s.check(now, watchInterval)
		}
	}
}

// check looks at every client once, elapsed after the last time.
func (s *Server) check(now time.Time, elapsed time.Duration) {
	s.checking.Lock()
	defer s.checking.Unlock()
	idle := time.Duration(s.limits.IdleTimeout.Load())
	auth := time.Duration(s.limits.AuthTimeout.Load())
	output := time.Duration(s.limits.OutputTimeout.Load())
	for _, c := range s.list() {
		stalled := c.stalledSince(now, elapsed)
		switch {
		case output > 0 && stalled >= output:
			s.counts.slowClosed.Add(1)
			s.log.Warn("client disconnected", "client", c.id, "addr", c.remote, "cause", "it does not read its replies")
			c.shut()
		case auth > 0 && c.stranger() && now.Sub(c.created) > auth:
			s.counts.strangersClosed.Add(1)
			s.log.Debug("client disconnected", "client", c.id, "addr", c.remote, "cause", "it has not authenticated in time")
			c.shut()
		case idle > 0 && !c.idleExempt.Load() && now.Sub(c.LastRead()) > idle && c.shutIdle():
			// A busy client is not idle, however long it takes.
			s.counts.idleClosed.Add(1)
			s.log.Debug("client disconnected", "client", c.id, "addr", c.remote, "cause", "idle timeout")
		}
	}
}
