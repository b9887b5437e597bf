package resp

import "sync/atomic"

// Stats are a Server's counters since it started.
type Stats struct {
	Loops          int    // event loops
	Connections    int    // clients connected now
	Accepted       uint64 // connections accepted
	Rejected       uint64 // connections refused because of maxclients
	AcceptErrors   uint64 // failures to accept one
	ProtocolErrors uint64 // connections closed because the client broke the rules
	IdleClosed     uint64 // … because of timeout
	SlowClosed     uint64 // … because the client took nothing of its replies or messages
	BytesIn        uint64
	BytesOut       uint64
}

// counts are the counters that are not kept per connection. The bytes are, and
// are added here when it closes: connections share no cache line for them.
type counts struct {
	accepted, rejected, acceptErrors       atomic.Uint64
	protocolErrors, idleClosed, slowClosed atomic.Uint64
	bytesIn, bytesOut                      atomic.Uint64
}

// Stats returns the counters as they are now.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := Stats{
		Loops:          len(s.loops),
		Connections:    len(s.clients),
		Accepted:       s.counts.accepted.Load(),
		Rejected:       s.counts.rejected.Load(),
		AcceptErrors:   s.counts.acceptErrors.Load(),
		ProtocolErrors: s.counts.protocolErrors.Load(),
		IdleClosed:     s.counts.idleClosed.Load(),
		SlowClosed:     s.counts.slowClosed.Load(),
		BytesIn:        s.counts.bytesIn.Load(),
		BytesOut:       s.counts.bytesOut.Load(),
	}
	for _, c := range s.clients {
		stats.BytesIn += c.bytesIn.Load()
		stats.BytesOut += c.bytesOut.Load()
	}
	return stats
}
