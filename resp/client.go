package resp

import (
	"fmt"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/msredis/msredis/internal/poller"
	"golang.org/x/sys/unix"
)

// client is one connection: a socket, the guard that cuts what it receives, and
// a session. It implements Conn.
//
// It belongs to one event loop, which alone reads the socket and closes it. The
// replies are written by whoever has them.
type client struct {
	loop    *loop
	server  *Server
	session Session
	id      uint64
	origin
	created time.Time

	// Of the loop alone.
	guard  guard
	tls    *secure    // nil: plain text
	cmds   [][][]byte // the pipeline that is being served; its memory is kept
	unread bool       // the socket may have more to read

	class         atomic.Uint32 // Class
	deaf          atomic.Bool   // see Conn.Gone
	authenticated atomic.Bool
	proven        atomic.Bool // it was authenticated once: no stranger
	idleExempt    atomic.Bool
	silent        atomic.Bool
	queued        atomic.Bool  // it is in the loop's resumed
	lastRead      atomic.Int64 // Unix nanoseconds
	queryUsed     atomic.Int64
	queryFree     atomic.Int64
	bytesIn       atomic.Uint64
	bytesOut      atomic.Uint64

	mu       sync.Mutex // guards what follows
	fd       int        // -1 before it is served and when closed
	early    net.Conn   // the connection before it is served, with TLS
	serving  bool       // a pipeline is being served
	blocking bool       // … by a goroutine of its own
	more     bool       // the loop has to look for input when it is served
	hungUp   bool       // the other side sends nothing more
	last     bool       // close the connection behind out
	shutting bool       // the loop has to close the connection
	out      []byte     // replies that are not sent yet; the session's memory while serving
	pushed   []byte     // messages that wait
	lent     bool       // pushed is somebody else's memory
	taken    []byte     // what was pushed, if out is a part of it
	spare    []byte     // memory for pushed
	progress uint64     // pieces sent
	above    int64      // since when more waits than the soft limit, Unix nanoseconds; 0: it does not
	sendable sync.Cond  // out may be empty now, or the connection is shut
	gone     bool       // done is closed
	done     chan struct{}

	evicted bool // makeRoom has sent it away; Server.mu guards it

	// Of Server.check alone.
	seen       uint64 // progress as it was
	stalledFor time.Duration
}

func newClient(s *Server, from origin, id uint64) *client {
	c := &client{
		fd: -1, server: s, id: id, created: time.Now(), done: make(chan struct{}), unread: true,
		origin: from,
	}
	c.sendable.L = &c.mu
	c.lastRead.Store(c.created.UnixNano())
	c.SetAuthenticated(!s.limits.RequireAuth.Load())
	c.guard.limits = func() bounds { return s.limits.bounds(c.authenticated.Load()) }
	return c
}

// ready is called by the loop when the socket is.
func (c *client) ready(how poller.Readiness) {
	c.unread = c.unread || how&poller.Readable != 0
	if c.tls != nil {
		c.tls.dry, c.tls.ended = false, c.tls.ended || how&poller.HungUp != 0
	}
	c.mu.Lock()
	if how&poller.HungUp != 0 {
		c.hungUp = true
		c.leave()
	}
	if how&poller.Broken != 0 {
		c.deaf.Store(true)
	}
	if c.serving {
		c.more = c.more || how&poller.Readable != 0
		if how&poller.Writable != 0 {
			c.sendable.Broadcast()
		}
		c.mu.Unlock()
		return
	}
	c.proceed()
}

// How many pipelines of one client are started, and how much is read that does
// not complete a command, before others get their turn.
const (
	maxRounds = 4
	maxTurn   = 1 << 20
)

// proceed goes on with the client as far as it can be gone on without waiting.
// The loop calls it whenever something may have changed. mu is held, and
// released.
func (c *client) proceed() {
	for round := 0; c.idle(); round++ {
		if round == maxRounds {
			c.loop.resume(c)
			return
		}
		cmds := c.cut(c.cmds[:0])
		for start := c.bytesIn.Load(); len(cmds) == 0; {
			if c.bytesIn.Load()-start >= maxTurn {
				c.keep()
				c.loop.resume(c)
				return
			}
			if c.guard.fault != nil {
				c.refuse(c.guard.fault)
				c.close()
				return
			}
			if !c.read() {
				return
			}
			cmds = c.cut(cmds)
		}
		if !c.serve(cmds) {
			return
		}
		c.mu.Lock()
	}
}

// cut takes the commands that have arrived. A panic of the parser ends the connection whose bytes
// it is about.
func (c *client) cut(cmds [][][]byte) (_ [][][]byte) {
	sound := false
	defer func() {
		if !sound {
			if cause := recover(); cause != nil {
				c.guard.fault = &fault{cause: fmt.Sprintf("internal error: %v\n%s", cause, debug.Stack())}
			}
		}
	}()
	cmds = c.guard.cut(cmds)
	sound = true
	return cmds
}

// idle sends what waits to be sent, and reports whether the next pipeline may
// be started. It closes the connection if it is at its end. mu is held, and
// released.
func (c *client) idle() bool {
	if c.fd < 0 || c.serving {
		c.mu.Unlock()
		return false
	}
	if !c.shutting {
		c.flush()
	}
	end := c.shutting || len(c.out) == 0 && (c.last || c.server.stopping.Load())
	idle := !end && len(c.out) == 0
	c.mu.Unlock()
	if end {
		c.close()
	}
	return idle
}

// read reads what the socket has. It returns false if there is nothing now, or
// never will be.
func (c *client) read() bool {
	if !c.unread {
		c.keep()
		return false
	}
	buf := c.guard.input(c.loop.input)
	buf = buf[:min(len(buf), maxTurn)]
	if c.tls != nil {
		return c.open(buf)
	}
	n, err := poller.Read(c.fd, buf)
	for err == unix.EINTR {
		n, err = poller.Read(c.fd, buf)
	}
	switch {
	case err == unix.EAGAIN:
		c.unread = false
		c.keep()
		return false
	case err != nil || n == 0:
		c.close()
		return false
	}
	// A read that is shorter than the room has emptied the socket. Then there is an
	// edge when more comes; but the one that told of the end may have been already.
	c.unread = n == len(buf) || c.hungUp
	c.guard.received(n)
	c.lastRead.Store(time.Now().UnixNano())
	c.bytesIn.Add(uint64(n))
	c.loop.read++
	return true
}

// keep gives the loop's buffer back before another client is read.
func (c *client) keep() {
	used, free := c.guard.keep()
	c.queryUsed.Store(int64(used))
	c.queryFree.Store(int64(free))
}

// maxKept is the longest pipeline whose slice is kept for the next one.
const maxKept = 4096

// serve starts a pipeline. It reports whether the loop has to look at the client
// again at once.
func (c *client) serve(cmds [][][]byte) (again bool) {
	c.keep()
	c.mu.Lock()
	c.serving, c.more = true, c.unread || c.guard.waiting()
	c.mu.Unlock()
	c.cmds = cmds
	received := time.Unix(0, c.lastRead.Load())
	replies, last, progress := c.session.Start(cmds, received)
	switch progress {
	case Served:
		c.mu.Lock()
		again = c.end(replies, last)
		c.mu.Unlock()
	case Blocks:
		c.block(cmds, received)
	}
	// Pending: by now the replies may have been sent and the loop rung for.
	return again
}

// block serves what is left of a pipeline on a goroutine of its own.
func (c *client) block(cmds [][][]byte, received time.Time) {
	c.mu.Lock()
	c.blocking = true
	c.leave()
	c.mu.Unlock()
	go func() {
		replies, last := c.session.Serve(cmds, received)
		c.Finish(replies, last)
	}()
}

// leave tells whoever serves the client at length that it has gone. mu is held.
func (c *client) leave() {
	if c.hungUp && c.blocking && !c.gone {
		c.gone = true
		close(c.done)
	}
}

// GoOn implements Conn.
func (c *client) GoOn() { c.block(c.cmds, time.Unix(0, c.lastRead.Load())) }

// Finish implements Conn.
func (c *client) Finish(replies []byte, last bool) {
	c.mu.Lock()
	again := c.end(replies, last)
	c.mu.Unlock()
	if again {
		c.loop.resume(c)
	}
}

// end ends a pipeline with its replies. It reports whether there is something to
// do for the loop. mu is held.
func (c *client) end(replies []byte, last bool) (again bool) {
	if c.blocking {
		c.lastRead.Store(time.Now().UnixNano()) // a client that was kept waiting was not idle
	}
	c.serving, c.blocking = false, false
	clear(c.cmds)
	if cap(c.cmds) > maxKept {
		c.cmds = nil
	}
	c.last = last || c.server.stopping.Load()
	c.out = replies
	if len(replies) > countedFrom {
		c.bound(time.Now())
	}
	if !c.shutting {
		c.flush()
	}
	if len(c.out) > 0 && c.stranger() {
		c.forget()
	}
	return c.shutting || len(c.out) == 0 && (c.more || c.last)
}

// stranger reports whether the client has to authenticate and never has.
func (c *client) stranger() bool { return !c.proven.Load() && c.server.limits.RequireAuth.Load() }

// forget disconnects a stranger that does not read its replies: a socket has room for
// thousands of refusals. mu is held.
func (c *client) forget() {
	if c.shutting {
		return
	}
	c.server.counts.slowClosed.Add(1)
	c.server.counts.overOutput.Add(1)
	if c.server.attacked.may(time.Now()) {
		c.server.log.Warn("client disconnected", "client", c.id, "addr", c.remote, "cause", "it has not authenticated and does not read its replies")
	}
	c.shutdown()
	c.out, c.pushed = nil, nil
}

// shut has the loop close the connection, and ends whatever waits for the
// client. Any goroutine may call it.
func (c *client) shut() {
	c.mu.Lock()
	c.shutdown()
	c.mu.Unlock()
	c.loop.resume(c)
}

// shutdown is shut without telling the loop, which is told by the socket, too.
// mu is held.
func (c *client) shutdown() {
	if c.shutting {
		return
	}
	c.shutting = true
	c.deaf.Store(true)
	c.sendable.Broadcast()
	if c.early != nil {
		c.early.Close()
	}
	if c.fd >= 0 {
		if c.tls != nil {
			c.tls.bye()
		}
		unix.Shutdown(c.fd, unix.SHUT_RDWR)
	}
	if !c.gone {
		c.gone = true
		close(c.done)
	}
}

// close closes the connection. Only the loop may call it, and only while no
// pipeline is being served.
func (c *client) close() {
	c.mu.Lock()
	c.shutdown()
	fd := c.fd
	c.fd, c.out, c.pushed = -1, nil, nil
	if fd >= 0 {
		unix.Close(fd)
	}
	c.mu.Unlock()
	if fd >= 0 {
		delete(c.loop.clients, fd)
		c.session.Closed()
		c.server.closed(c)
	}
}

// shutIdle closes the connection unless a pipeline is being served or answered.
func (c *client) shutIdle() bool {
	c.mu.Lock()
	idle := !c.serving && len(c.out) == 0
	if idle {
		c.shutdown()
	}
	c.mu.Unlock()
	if idle {
		c.loop.resume(c)
	}
	return idle
}

// refuse tells the client what it did wrong.
func (c *client) refuse(f *fault) {
	c.server.counts.protocolErrors.Add(1)
	if f == errQueryLimit {
		c.server.counts.overQuery.Add(1)
	}
	if f.text == "" {
		if f.attack && !c.server.attacked.may(time.Now()) {
			return
		}
		c.server.log.Warn("client disconnected", "client", c.id, "addr", c.remote, "cause", f.cause)
		return
	}
	c.server.log.Debug("client disconnected", "client", c.id, "addr", c.remote, "cause", f.cause)
	if c.silent.Load() {
		return
	}
	reply := []byte("-ERR Protocol error: " + f.text)
	for i, b := range reply {
		if b == '\r' || b == '\n' {
			reply[i] = ' '
		}
	}
	c.mu.Lock()
	c.out = append(reply, "\r\n"...)
	c.flush()
	c.mu.Unlock()
}

// threaded reports whether another loop than the first serves the client.
func (c *client) threaded() bool { return c.loop != c.server.loops[0] }

// writes returns how often something was sent.
func (c *client) writes() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.progress
}

// FD implements Conn.
func (c *client) FD() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fd
}

func (c *client) ID() uint64            { return c.id }
func (c *client) RemoteAddr() string    { return c.remote }
func (c *client) LocalAddr() string     { return c.local }
func (c *client) Near() bool            { return c.near }
func (c *client) Unix() bool            { return c.unix }
func (c *client) Created() time.Time    { return c.created }
func (c *client) LastRead() time.Time   { return time.Unix(0, c.lastRead.Load()) }
func (c *client) Done() <-chan struct{} { return c.done }
func (c *client) Gone() *atomic.Bool    { return &c.deaf }
func (c *client) Close()                { c.shut() }

func (c *client) QueryBuffer() (used, free int) {
	return int(c.queryUsed.Load()), int(c.queryFree.Load())
}

func (c *client) SetAuthenticated(ok bool) {
	c.authenticated.Store(ok)
	if ok {
		c.proven.Store(true)
	}
}

func (c *client) SetClass(class Class) { c.class.Store(uint32(class)) }

func (c *client) SetSilent(on bool) { c.silent.Store(on) }

func (c *client) SetIdleExempt(exempt bool) { c.idleExempt.Store(exempt) }
