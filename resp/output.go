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
		c.out, c.taken = c.pushed, c.pushed
		if c.lent {
			c.taken = nil
		}
		c.pushed, c.spare, c.lent = c.spare, nil, false
	}
	if c.shutting {
		c.out, c.pushed = nil, nil
	}
	if len(c.out) == 0 && c.taken != nil {
		if cap(c.taken) <= maxKeptPush {
			c.spare = c.taken[:0]
		}
		c.taken = nil
	}
	if len(c.out) == 0 {
		c.out, c.above = nil, 0
	}
}

// writeOut sends of out what the socket takes. mu is held.
func (c *client) writeOut() {
	if c.tls != nil {
		c.writeSealed()
		return
	}
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
	c.bound(time.Now())
	for c.writeOut(); len(c.out) > 0 && !c.shutting; c.writeOut() {
		c.sendable.Wait()
	}
	c.out = nil
	if c.shutting {
		return errShut
	}
	return nil
}

// maxKeptPush is the largest buffer of messages that a client keeps for the next
// ones, in bytes. There may be very many clients that get one now and then, so
// whoever has nothing to send gives it back within a second (stalledSince).
const maxKeptPush = 64 << 10

// SharedFrom is the size of a message from which it is not copied for each of the
// clients that get it, in bytes. So the clients that do not read keep one copy for all.
const SharedFrom = 4 << 10

// Push implements Conn. The client's loop sends the message, together with all others
// that are pushed until it looks at the client. A system call for each message would
// cost more than all the rest.
func (c *client) Push(b []byte) {
	c.mu.Lock()
	if c.shutting || c.fd < 0 {
		c.mu.Unlock()
		return
	}
	if len(c.pushed) == 0 && len(b) >= SharedFrom {
		// It is the memory of all who get the message, so nothing may be appended
		// to it in place.
		c.pushed, c.lent = b[:len(b):len(b)], true
	} else {
		c.pushed, c.lent = append(c.pushed, b...), false
	}
	if len(c.pushed)+len(c.out) > countedFrom {
		c.bound(time.Now())
	}
	resume := !c.serving && len(c.out) == 0
	c.mu.Unlock()
	if resume {
		c.loop.resume(c)
	}
}

// Pushed implements Conn.
func (c *client) Pushed() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.pushed
	c.pushed, c.lent = nil, false
	return b
}

// countedFrom is the number of bytes of replies that may wait before the limits are
// looked at. Redis does not count the buffer of so many bytes that each client has.
const countedFrom = 16 << 10

// bound disconnects the client if more waits for it than its class allows. It is
// called when something was added, and now and then. mu is held.
func (c *client) bound(now time.Time) {
	waits := int64(len(c.out) + len(c.pushed))
	limit := c.server.limits.Output(Class(c.class.Load()))
	if limit.Hard > 0 && waits >= limit.Hard {
		c.exceed("it has more output than the hard limit of its class allows", waits)
		return
	}
	switch {
	case limit.Soft == 0 || waits < limit.Soft:
		c.above = 0
	case c.above == 0:
		c.above = now.UnixNano()
	case now.UnixNano()-c.above > int64(limit.SoftFor):
		c.exceed("it has had more output than the soft limit of its class allows for too long", waits)
	}
}

// exceed disconnects a client that is over a limit on its output. mu is held.
func (c *client) exceed(cause string, waits int64) {
	if c.shutting {
		return
	}
	c.server.counts.slowClosed.Add(1)
	c.server.counts.overOutput.Add(1)
	c.server.log.Warn("client disconnected", "client", c.id, "addr", c.remote, "cause", cause, "bytes", waits)
	c.shutdown()
	if !c.serving {
		c.out, c.pushed = nil, nil
	}
}

// CloseOverLimit implements Conn.
func (c *client) CloseOverLimit(bytes int) {
	c.mu.Lock()
	c.exceed("its replies exceed the hard limit of its class", int64(bytes))
	c.mu.Unlock()
	c.loop.resume(c)
}

// OutputLimit implements Conn. Below countedFrom no limit is looked at.
func (c *client) OutputLimit() int {
	limit := int(c.server.limits.output[c.class.Load()].hard.Load())
	if limit > 0 {
		limit = max(limit, countedFrom)
	}
	return limit
}

// OutputBuffer implements Conn.
func (c *client) OutputBuffer() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.pushed) + len(c.out)
}

// stalledSince is how long what waits to be sent has been seen to make no
// progress. It sees to the limits on what waits, too. Only check calls it.
func (c *client) stalledSince(now time.Time, elapsed time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bound(now)
	if len(c.out)+len(c.pushed) == 0 {
		c.spare = nil
	}
	if len(c.out) == 0 || c.progress != c.seen {
		c.seen, c.stalledFor = c.progress, 0
		return 0
	}
	c.stalledFor += elapsed
	return c.stalledFor
}
