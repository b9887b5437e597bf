package resp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/msredis/msredis/resp/reply"
)

// handshakes are those of the clients that begin to talk TLS. crypto/tls cannot go on with
// a handshake that it has left, so each has a goroutine. Two things are bounded:
//
//   - How many compute at a time. A signature of RSA takes a millisecond of a core, and
//     the event loops need cores, too. A handshake that waits for its client lets others
//     compute.
//   - How many there are. When there are more, the one whose client has said nothing for
//     longest makes room. Without such a one nobody is accepted for a moment.
type handshakes struct {
	turns  turns
	places chan struct{}
	failed seldom // for lines about those that failed

	mu   sync.Mutex
	list map[*secure]struct{}
}

// Bounds of handshakes.
const (
	maxHandshakes = 1024
	// handshakeTimeout is how long one may take in all. It is less by the option timeout.
	handshakeTimeout = 10 * time.Second
	// silence is how long a client has to say nothing before it makes room for another.
	silence = time.Second
	// placePause is how long it takes until it is looked again for one that is silent.
	placePause = 100 * time.Millisecond
)

// turns let some compute at a time, in the order in which they ask.
type turns chan struct{}

func (t turns) take() { t <- struct{}{} }
func (t turns) give() { <-t }

func newHandshakes() *handshakes {
	return &handshakes{
		turns:  make(turns, max(runtime.NumCPU()/2, 1)),
		places: make(chan struct{}, maxHandshakes),
		list:   make(map[*secure]struct{}),
	}
}

// enter waits for a place. It returns false if stop is closed before.
func (h *handshakes) enter(stop <-chan struct{}) bool {
	for {
		select {
		case h.places <- struct{}{}:
			return true
		default:
		}
		h.pushOut(time.Now())
		select {
		case h.places <- struct{}{}:
			return true
		case <-stop:
			return false
		case <-time.After(placePause):
		}
	}
}

// leave gives the place back.
func (h *handshakes) leave() { <-h.places }

// pushOut ends the handshake whose client has been silent for longest.
func (h *handshakes) pushOut(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var oldest *secure
	since := now.Add(-silence).UnixNano()
	for t := range h.list {
		if w := t.waits.Load(); w != 0 && w < since {
			oldest, since = t, w
		}
	}
	if oldest != nil {
		oldest.Conn.Close()
	}
}

// shake does a handshake. A client that is not let in is told so behind it.
func (h *handshakes) shake(t *secure, refusal string) (err error) {
	h.mu.Lock()
	h.list[t] = struct{}{}
	h.mu.Unlock()
	h.turns.take()
	defer func() {
		h.turns.give()
		h.mu.Lock()
		delete(h.list, t)
		h.mu.Unlock()
		if cause := recover(); cause != nil { // its bytes are the client's
			err = fmt.Errorf("internal error: %v\n%s", cause, debug.Stack())
		}
	}()
	if err := t.Conn.SetDeadline(time.Now().Add(handshakeTimeout)); err != nil {
		return err
	}
	if err = t.tls.Handshake(); err == nil {
		t.named()
	}
	if err == nil && refusal != "" {
		t.tls.Write([]byte("-" + refusal + "\r\n"))
		t.tls.CloseWrite()
		err = errProtected
	}
	return err
}

// errProtected is why a client from another machine is not let in.
var errProtected = errors.New("protected mode")

// admitSecure is admit for a client that is to talk TLS.
func (g *gate) admitSecure(nc net.Conn) {
	s := g.server
	if !s.handshakes.enter(s.stop) {
		nc.Close()
		return
	}
	from := g.origin(nc)
	c, full := s.admit(from)
	if c == nil {
		if full {
			s.counts.rejected.Add(1) // there is nobody yet who could read why
		}
		s.handshakes.leave()
		nc.Close()
		return
	}
	c.tls = newSecure(nc, g.port.tls(), s.handshakes.turns)
	c.mu.Lock()
	c.early = nc
	gone := c.shutting // the server stops
	c.mu.Unlock()
	if gone {
		nc.Close()
	}
	refusal := ""
	if s.limits.turnsAway(from) {
		refusal = reply.ErrProtected
	}
	go g.secure(c, nc, refusal)
}

// secure does the handshake of a client, and hands it to its loop.
func (g *gate) secure(c *client, nc net.Conn, refusal string) {
	s := g.server
	defer s.handshakes.leave()
	defer nc.Close()
	err := s.handshakes.shake(c.tls, refusal)
	switch {
	case err == nil:
		g.adopt(c, nc)
		return
	case errors.Is(err, errProtected):
		s.counts.rejected.Add(1)
	default:
		s.counts.accepted.Add(1)
		s.counts.handshakeErrors.Add(1)
		level := slog.LevelDebug
		if s.handshakes.failed.may(time.Now()) {
			level = slog.LevelWarn
		}
		s.log.Log(context.Background(), level, "Error accepting a client connection", "client", c.id, "addr", c.remote, "cause", err)
	}
	s.closed(c)
}
