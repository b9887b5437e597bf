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
	defer nc.Close()
	s := g.server
	c, full := s.admit(nc)
	if c == nil {
		if full {
			s.counts.rejected.Add(1)
			// The buffer of a new socket takes this at once; the deadline is for
			// the impossible case.
			nc.SetWriteDeadline(time.Now().Add(time.Second))
			nc.Write([]byte("-" + reply.ErrMaxClients + "\r\n"))
		}
		return
	}
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
	c.fd = fd
	c.mu.Unlock()
	c.loop.add(c)
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
