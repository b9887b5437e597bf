package resp

import (
	"context"
	"crypto/tls"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Options configure a Server.
type Options struct {
	// Bind are the addresses to listen on, in the form of redis.conf's "bind". "*" is
	// every IPv4 address, "::*" every IPv6 one. An address that begins with '-' is left
	// out if it cannot be used. Empty means "*".
	Bind []string
	// Port to listen on; 0: any free one; NoPort: none.
	Port int
	// TLSPort is another port, on which clients talk TLS; 0: any free one.
	TLSPort int
	// TLS returns the configuration for a connection that begins; nil: there is no such port.
	TLS func() *tls.Config
	// Unix is the path of a socket for clients of this machine; "": none. UnixPerm
	// are its permissions (0: as the umask has it) and UnixGroup is the group that it
	// belongs to ("": the process's).
	Unix      string
	UnixPerm  fs.FileMode
	UnixGroup string

	Limits  *Limits
	Handler Handler
	Log     *slog.Logger
	// Loops is how many goroutines serve the clients; 0: one.
	Loops int
}

// NoPort is the Port of a server whose clients all talk TLS, or come through a Unix socket.
const NoPort = -1

// port is one that the server listens on.
type port struct {
	number int                // 0: any free one
	tls    func() *tls.Config // nil: clients do not talk TLS
}

// Server accepts clients and has a Session serve each of them.
//
// One goroutine per listening address accepts, a few event loops read, execute
// and write, and one goroutine watches for idle and stalled clients.
type Server struct {
	limits  *Limits
	handler Handler
	log     *slog.Logger
	loops   []*loop
	counts  counts

	handshakes *handshakes

	stopping atomic.Bool
	stop     chan struct{} // closed when stopping is set
	gone     chan struct{} // closed when it is set and the last client is gone

	mu        sync.Mutex // guards what follows
	clients   map[uint64]*client
	lastID    uint64
	strangers strangers
	gates     []*gate
	serving   bool           // Serve was called
	running   sync.WaitGroup // the goroutines of the loops
	rest      sync.WaitGroup // goroutines beside the loops

	rebinding sync.Mutex // guards what follows
	bound     []string   // words of bind
	ports     []*port

	attacked seldom // for lines about strangers

	checking sync.Mutex // held by check
}

// Listen binds all addresses, or none and returns an error that names the one
// that failed. Clients are served from Serve on.
func Listen(o Options) (*Server, error) {
	s := &Server{
		limits: o.Limits, handler: o.Handler, log: o.Log,
		stop: make(chan struct{}), gone: make(chan struct{}), clients: make(map[uint64]*client), handshakes: newHandshakes(),
	}
	if o.Port != NoPort {
		s.ports = append(s.ports, &port{number: o.Port})
	}
	if o.TLS != nil {
		s.ports = append(s.ports, &port{o.TLSPort, o.TLS})
	}
	words := o.Bind
	if len(words) == 0 {
		words = []string{"*"}
	}
	if err := s.bindTo(words); err != nil {
		s.abandon()
		return nil, fmt.Errorf("cannot listen for clients: %w", err)
	}
	if o.Unix != "" {
		ln, err := listenUnix(o.Unix, o.UnixPerm, o.UnixGroup)
		if err != nil {
			s.abandon()
			return nil, err
		}
		s.open(&gate{Listener: ln, server: s, path: o.Unix})
	}
	for range max(o.Loops, 1) {
		l, err := newLoop(s)
		if err != nil {
			s.abandon()
			return nil, fmt.Errorf("cannot listen for clients: %w", err)
		}
		s.loops = append(s.loops, l)
	}
	return s, nil
}

// abandon releases what Listen has taken.
func (s *Server) abandon() {
	for _, g := range s.gates {
		g.Close()
	}
	for _, l := range s.loops {
		l.poller.Close()
	}
}

// Watch has an event loop call ready when the descriptor fd becomes readable, and
// Handler.Work behind it. fd is a Poller over other sockets, which are served together
// with the clients. It ends when fd is closed or the server has shut down. Call it
// before Serve.
func (s *Server) Watch(fd int, ready func()) error {
	l := s.loops[0]
	if err := l.poller.AddReader(fd); err != nil {
		return err
	}
	l.watched[fd] = ready
	return nil
}

// Addrs returns the addresses that the server listens on.
func (s *Server) Addrs() []net.Addr {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []net.Addr
	for _, g := range s.gates {
		list = append(list, g.Addr())
	}
	return list
}

// Serve serves clients until Shutdown has disconnected the last of them. It is
// called once.
func (s *Server) Serve() {
	for _, l := range s.loops {
		l.start()
	}
	s.mu.Lock()
	s.serving = true
	s.rest.Go(s.watch)
	for _, g := range s.gates {
		s.rest.Go(g.run)
	}
	s.mu.Unlock()
	s.rest.Wait()
	for _, l := range s.loops {
		l.stop()
	}
	s.running.Wait()
}

// closed is called by the loop of a client when its connection is closed and its
// session has ended.
func (s *Server) closed(c *client) {
	s.counts.bytesIn.Add(c.bytesIn.Load())
	s.counts.bytesOut.Add(c.bytesOut.Load())
	writes := c.writes()
	s.counts.writes.Add(writes)
	if c.threaded() {
		s.counts.threadedWrites.Add(writes)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clients, c.id)
	if c.evicted {
		s.strangers.leaving--
	}
	s.checkGone()
}

// checkGone closes gone when there is nothing left to wait for. mu is held.
func (s *Server) checkGone() {
	if !s.stopping.Load() || len(s.clients) > 0 {
		return
	}
	select {
	case <-s.gone:
	default:
		close(s.gone)
	}
}

// admit registers a connection, unless there are too many or the server stops.
func (s *Server) admit(from origin) (c *client, full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping.Load() {
		return nil, false
	}
	if int64(len(s.clients)-s.strangers.leaving) >= s.limits.MaxClients.Load() && !s.makeRoom() {
		return nil, true
	}
	s.lastID++
	c = newClient(s, from, s.lastID)
	c.loop = s.loops[s.lastID%uint64(len(s.loops))]
	s.clients[c.id] = c
	if !c.proven.Load() {
		s.strangers.add(c, s.clients)
	}
	return c, false
}

// list returns the clients connected now.
func (s *Server) list() []*client {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*client, 0, len(s.clients))
	for _, c := range s.clients {
		list = append(list, c)
	}
	return list
}

// Shutdown stops accepting, and lets every pipeline that is being served end and be
// answered. Then it disconnects the clients. Clients that are still busy when ctx ends
// are disconnected then, and ctx's error is returned. Serve returns when the last
// session is closed.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	if !s.stopping.Swap(true) {
		close(s.stop)
	}
	s.checkGone()
	for _, g := range s.gates {
		g.Listener.Close()
	}
	s.mu.Unlock()
	// A client between two pipelines is closed here. A busy one is closed behind its
	// replies. It may be too late to see that the server stops, hence the loop.
	const pause = 5 * time.Millisecond
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		for _, c := range s.list() {
			c.shutIdle()
		}
		select {
		case <-s.gone:
			return nil
		case <-ctx.Done():
			for _, c := range s.list() {
				c.shut()
			}
			return ctx.Err()
		case <-ticker.C:
		}
	}
}
