package resp

import "sync/atomic"

// Stats are a Server's counters since it started.
type Stats struct {
	Loops           int    // event loops
	Connections     int    // clients connected now
	Accepted        uint64 // connections accepted
	Rejected        uint64 // connections refused because of maxclients
	AcceptErrors    uint64 // failures to accept one
	ProtocolErrors  uint64 // connections closed because the client broke the rules
	HandshakeErrors uint64 // … because it could not be agreed on TLS
	IdleClosed      uint64 // … because of timeout
	StrangersClosed uint64 // … because it did not authenticate in time, or others needed its place
	SlowClosed      uint64 // … because the client took nothing of its replies or messages
	OverOutput      uint64 // … because more of them waited than its class allows; SlowClosed has them, too
	OverQuery       uint64 // … because its commands exceeded client-query-buffer-limit; among ProtocolErrors
	BytesIn         uint64
	BytesOut        uint64
	// Reads and writes of sockets; of those, the ones for clients of other loops
	// than the first, which Redis would call I/O threads.
	Reads, Writes                 uint64
	ThreadedReads, ThreadedWrites uint64
	Cycles                        uint64 // of all loops
}

// counts are the counters that are not kept per connection. The bytes are, and
// are added here when it closes: connections share no cache line for them.
type counts struct {
	accepted, rejected, acceptErrors       atomic.Uint64
	protocolErrors, idleClosed, slowClosed atomic.Uint64
	overOutput, overQuery, strangersClosed atomic.Uint64
	handshakeErrors                        atomic.Uint64
	bytesIn, bytesOut                      atomic.Uint64
	writes, threadedWrites                 atomic.Uint64
}

// Stats returns the counters as they are now.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := Stats{
		Loops:           len(s.loops),
		Connections:     len(s.clients),
		Accepted:        s.counts.accepted.Load(),
		Rejected:        s.counts.rejected.Load(),
		AcceptErrors:    s.counts.acceptErrors.Load(),
		ProtocolErrors:  s.counts.protocolErrors.Load(),
		HandshakeErrors: s.counts.handshakeErrors.Load(),
		IdleClosed:      s.counts.idleClosed.Load(),
		StrangersClosed: s.counts.strangersClosed.Load(),
		SlowClosed:      s.counts.slowClosed.Load(),
		OverOutput:      s.counts.overOutput.Load(),
		OverQuery:       s.counts.overQuery.Load(),
		Writes:          s.counts.writes.Load(),
		ThreadedWrites:  s.counts.threadedWrites.Load(),
		BytesIn:         s.counts.bytesIn.Load(),
		BytesOut:        s.counts.bytesOut.Load(),
	}
	for i, l := range s.loops {
		reads := l.reads.Load()
		stats.Reads += reads
		if i > 0 {
			stats.ThreadedReads += reads
		}
		stats.Cycles += l.cycles.Load()
	}
	for _, c := range s.clients {
		stats.BytesIn += c.bytesIn.Load()
		stats.BytesOut += c.bytesOut.Load()
		writes := c.writes()
		stats.Writes += writes
		if c.threaded() {
			stats.ThreadedWrites += writes
		}
	}
	return stats
}
