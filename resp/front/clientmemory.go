package front

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A client's memory is what the node keeps for it. Requests and replies that wait are a
// part of it, as is a transaction that is being queued. The arguments of a command that
// waits or is large count, too. So do the names that it watches, has subscribed to or
// tracks.
//
// With maxmemory-clients the largest clients are disconnected when all of them
// together have more. The clients are looked at every evictInterval. They are also
// looked at before a pipeline of more than heavyBytes is run, before CLIENT LIST, and
// when the limit changes. So between two looks clients can exceed the limit by what
// they send in that time, and no command pays for the sum.

// evictInterval is how often the memory of clients is held against maxmemory-clients.
const evictInterval = 100 * time.Millisecond

// nameBytes is what a name takes beside its bytes: its places in the tables of the
// session and of those that look for it.
const nameBytes = 96

// argsFrom is from how many bytes on the arguments of a pipeline are counted.
const argsFrom = 16 << 10

// clientMemory evicts clients.
type clientMemory struct {
	limit   atomic.Int64 // bytes; 0: none
	evicted atomic.Int64

	mu      sync.Mutex
	running bool // a goroutine looks at the clients; guarded by mu
}

// memory returns the bytes that the node keeps for a client.
func (s *Session) memory() int64 {
	used, free := s.conn.QueryBuffer()
	return int64(used+free+s.conn.OutputBuffer()) + s.queuedBytes.Load() + s.argBytes.Load() + s.names.Load()
}

// keeps notes that the session keeps n more names, of so many bytes in all.
func (s *Session) keeps(n, bytes int) { s.names.Add(int64(n*nameBytes + bytes)) }

// carries notes that a goroutine of its own is to serve a pipeline. It reports whether the
// client was evicted for that.
func (s *Session) carries(cmds [][][]byte) (evicted bool) {
	bytes := 0
	for _, args := range cmds {
		bytes += argBytes(args)
	}
	if bytes < argsFrom {
		return false
	}
	s.argBytes.Store(int64(bytes))
	if bytes > heavyBytes && s.srv.evictClients() {
		s.argBytes.Store(0)
		return s.conn.Gone().Load()
	}
	return false
}

// memoryOfClients returns the sum over all clients.
func (srv *Server) memoryOfClients() (n int64) {
	for _, s := range srv.list() {
		n += s.memory()
	}
	return n
}

// followClientLimit takes a change of maxmemory-clients, or of maxmemory, of which it may
// be a share.
func (srv *Server) followClientLimit() {
	m := &srv.clientMemory
	limit := int64(0)
	if text := srv.config.String("maxmemory-clients"); strings.HasSuffix(text, "%") {
		percent, _ := strconv.ParseInt(strings.TrimSuffix(text, "%"), 10, 64)
		limit = srv.config.Int("maxmemory") / 100 * percent
	} else {
		limit, _ = strconv.ParseInt(text, 10, 64)
	}
	m.limit.Store(limit)
	if limit == 0 {
		return
	}
	srv.evictClients()
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.running {
		m.running = true
		go srv.watchClients()
	}
}

// watchClients evicts clients for as long as there is a limit.
func (srv *Server) watchClients() {
	ticker := time.NewTicker(evictInterval)
	defer ticker.Stop()
	m := &srv.clientMemory
	for {
		select {
		case <-srv.stopping:
			return
		case <-ticker.C:
		}
		if srv.evictClients(); m.ended() {
			return
		}
	}
}

// ended ends the watch if there is no limit any more.
func (m *clientMemory) ended() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.running = m.limit.Load() > 0
	return !m.running
}

// evictClients disconnects the largest clients until the others are within the limit, and
// reports whether there were any. Those with NO-EVICT count and stay.
func (srv *Server) evictClients() (any bool) {
	m := &srv.clientMemory
	limit := m.limit.Load()
	if limit <= 0 {
		return false
	}
	type sized struct {
		s     *Session
		bytes int64
	}
	var list []sized
	total := int64(0)
	for _, s := range srv.list() {
		n := s.memory()
		total += n
		if n > 0 && s.flags.Load()&flagNoEvict == 0 {
			list = append(list, sized{s, n})
		}
	}
	if total <= limit {
		return false
	}
	slices.SortStableFunc(list, func(a, b sized) int { return cmp.Compare(b.bytes, a.bytes) })
	for _, c := range list {
		if total <= limit {
			break
		}
		total -= c.bytes
		m.evicted.Add(1)
		srv.log.Info("client evicted: the clients together exceed maxmemory-clients", "client", c.s.id,
			"addr", c.s.conn.RemoteAddr(), "bytes", c.bytes)
		c.s.conn.Close()
		srv.forget(c.s) // to be seen by nobody from now on
		any = true
	}
	return any
}
