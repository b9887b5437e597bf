package resp

import (
	"errors"
	"time"

	"github.com/msredis/msredis/internal/poller"
	"golang.org/x/sys/unix"
)

// writeChunk is how much is written at once: a client that takes one in the
// output timeout is alive.
const writeChunk = 1 << 20

// errShut is why nothing can be sent any more.
var errShut = errors.New("the connection is closed")

// flush sends what waits, replies first, as far as the socket takes it. For the
// rest the loop calls again when there is room. mu is held; no pipeline is being
// served.
func (c *client) flush() {
	for c.writeOut(); len(c.out) == 0 && len(c.pushed) > 0 && !c.shutting; c.writeOut() {
		c.out, c.pushed = c.pushed, nil
	}
	if c.shutting {
		c.out, c.pushed = nil, nil
	}
}

// writeOut sends of out what the socket takes. mu is held.
func (c *client) writeOut() {
	for len(c.out) > 0 && !c.shutting {
		n, err := poller.Write(c.fd, c.out[:min(len(c.out), writeChunk)])
		switch err {
		case nil:
			c.bytesOut.Add(uint64(n))
			c.progress++
			c.out = c.out[n:]
		case unix.EINTR:
		case unix.EAGAIN:
			return
		default:
			c.shutdown()
		}
	}
}

// Send implements Conn.
func (c *client) Send(b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = b
	for c.writeOut(); len(c.out) > 0 && !c.shutting; c.writeOut() {
		c.sendable.Wait()
	}
	c.out = nil
	if c.shutting {
		return errShut
	}
	return nil
}

// Push implements Conn.
func (c *client) Push(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shutting || c.fd < 0 {
		return
	}
	c.pushed = append(c.pushed, b...)
	if !c.serving && len(c.out) == 0 {
		c.flush()
	}
	if limit := c.server.limits.OutputBuffer.Load(); limit > 0 && int64(len(c.pushed)+len(c.out)) > limit {
		c.pushed = nil
		c.server.counts.slowClosed.Add(1)
		c.server.log.Warn("client disconnected", "client", c.id, "addr", c.remote, "cause", "it does not read its messages")
		c.shutdown()
	}
}

// OutputBuffer implements Conn.
func (c *client) OutputBuffer() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.pushed) + len(c.out)
}

// stalledSince is how long what waits to be sent has been seen to make no
// progress. Only check calls it.
func (c *client) stalledSince(elapsed time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.out) == 0 || c.progress != c.seen {
		c.seen, c.stalledFor = c.progress, 0
		return 0
	}
	c.stalledFor += elapsed
	return c.stalledFor
}
