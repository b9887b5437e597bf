package resp

import (
	"errors"
	"net"
	"time"

	"github.com/msredis/msredis/internal/poller"
	"github.com/msredis/msredis/resp/reply"
)

// gate accepts connections for the loops, as many as maxclients allows.
type gate struct {
	net.Listener
	server *Server
	port   *port
	word   string // of bind, or …
	path   string // … where a Unix socket is
}

// Bounds of the pause after a failure to accept. Usually the process is out of file
// descriptors. Another attempt at once would only burn the processor.
const (
	minAcceptPause = 5 * time.Millisecond
	maxAcceptPause = time.Second
)

// run accepts until the server stops.
func (g *gate) run() {
	s := g.server
	pause := minAcceptPause
	for {
		nc, err := g.Accept()
		switch {
		case err == nil:
			pause = minAcceptPause
			g.admit(nc)
		case s.stopping.Load() || errors.Is(err, net.ErrClosed):
			return
		default:
			s.counts.acceptErrors.Add(1)
			s.log.Warn("cannot accept a client", "cause", err, "pause", pause)
			select {
			case <-time.After(pause):
			case <-s.stop:
			}
			pause = min(2*pause, maxAcceptPause)
		}
	}
}

// admit sets a connection up and hands it to its loop, or closes it.
func (g *gate) admit(nc net.Conn) {
	if g.port != nil && g.port.tls != nil {
		g.admitSecure(nc)
		return
	}
	defer nc.Close()
	s := g.server
	from := g.origin(nc)
	if s.limits.turnsAway(from) {
		s.counts.rejected.Add(1)
		dismiss(nc, reply.ErrProtected)
		return
	}
	c, full := s.admit(from)
	if c == nil {
		if full {
			s.counts.rejected.Add(1)
			dismiss(nc, reply.ErrMaxClients)
		}
		return
	}
	g.adopt(c, nc)
}

// adopt has a session serve a client from now on.
func (g *gate) adopt(c *client, nc net.Conn) {
	s := g.server
	s.counts.accepted.Add(1)
	if tcp, ok := nc.(*net.TCPConn); ok {
		tcp.SetKeepAliveConfig(keepAlive(time.Duration(s.limits.KeepAlive.Load())))
	}
	fd, err := poller.Take(nc)
	c.session = s.handler.Accept(c)
	if err != nil {
		s.log.Warn("client disconnected", "client", c.id, "addr", c.remote, "cause", err)
		c.session.Closed()
		s.closed(c)
		return
	}
	c.mu.Lock()
	c.fd, c.early = fd, nil
	if c.tls != nil {
		c.tls.fd, c.tls.turns = fd, nil
	}
	c.mu.Unlock()
	c.loop.add(c)
}

// origin is where a connection comes from.
type origin struct {
	remote, local string // as CLIENT LIST shows them
	near          bool   // from this machine: over loopback or a Unix socket
	unix          bool
}

func (g *gate) origin(nc net.Conn) origin {
	if g.path != "" {
		// The other side's address is nameless. Redis shows the socket's for both.
		name := g.path + ":0"
		return origin{remote: name, local: name, near: true, unix: true}
	}
	return origin{remote: nc.RemoteAddr().String(), local: nc.LocalAddr().String(), near: near(nc.RemoteAddr())}
}

// turnsAway reports whether protected mode keeps a client out.
func (l *Limits) turnsAway(from origin) bool {
	return !from.near && l.Protected.Load() && !l.RequireAuth.Load()
}

func near(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// dismiss tells a client why it is not let in. The buffer of a new socket takes this at
// once; the deadline is for the impossible case.
func dismiss(nc net.Conn, text string) {
	nc.SetWriteDeadline(time.Now().Add(time.Second))
	nc.Write([]byte("-" + text + "\r\n"))
}

// keepAlive follows Redis: the first probe after interval, then three at a
// third of it.
func keepAlive(interval time.Duration) net.KeepAliveConfig {
	return net.KeepAliveConfig{
		Enable:   interval > 0,
		Idle:     interval,
		Interval: max(interval/3, time.Second),
		Count:    3,
	}
}
