package resp

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/msredis/msredis/internal/poller"
	"golang.org/x/sys/unix"
)

// secure is the TLS of a client. crypto/tls reads from and writes to a net.Conn: secure is
// that, too. Its life has two parts:
//
//  1. During the handshake a goroutine waits for the client (handshake.go).
//  2. Then the socket is an event loop's. A Read that finds nothing says so by an error
//     that is temporary. crypto/tls keeps the part of a record that it has, and is asked
//     again when there is more.
//
// Records that are sealed and not sent yet are in out. The replies from which they were
// made stay in client.out until then. So whoever looks at those knows what waits.
type secure struct {
	net.Conn // of the handshake; its addresses later
	tls      *tls.Conn
	name     string       // the common name of the client's certificate
	turns    turns        // of the handshake; nil: it is done
	waits    atomic.Int64 // since when the handshake waits for the client, Unix nanoseconds; 0: it does not

	// Of the loop alone.
	fd      int
	dry     bool   // the socket has nothing, until it is readable again
	ended   bool   // … or its end, of which no edge tells any more
	failure error  // nothing more can be read
	cycle   uint64 // of the loop in which records were counted
	records int

	// Under client.mu.
	sealed int // bytes in front of client.out that are sealed

	mu      sync.Mutex // guards what follows; the loop may send, too: an answer to a change of keys
	gathers bool       // records go to out, to be sent together
	out     []byte
	slab    *[]byte // out's memory, if it is from slabs
}

// Sizes of what is sent. A record has 16 KB at most.
const (
	maxRecord = 16 << 10
	// sealChunk is how much is sealed at a time.
	sealChunk = 3 * maxRecord
	// slabBytes hold sealChunk with what records add.
	slabBytes = sealChunk + 1<<10
	// maxOwed bounds what is sent without a reply, which is answers to changes of keys.
	maxOwed = slabBytes + 16<<10
)

// slabs are the memory of records that go out together, or that wait for their clients.
var slabs = sync.Pool{New: func() any {
	b := make([]byte, 0, slabBytes)
	return &b
}}

// maxTurnRecords is how many records of a client are opened before others get their turn.
// A record can have a single byte.
const maxTurnRecords = 256

// dryError is what a Read says that finds nothing. crypto/tls asks for Temporary.
type dryError struct{}

func (dryError) Error() string   { return "nothing has come" }
func (dryError) Timeout() bool   { return true }
func (dryError) Temporary() bool { return true }

// errDry is one for all: an error that is made for each read would be garbage.
var errDry net.Error = dryError{}

// errOwed ends a client that makes the node send, and reads nothing.
var errOwed = errors.New("too much waits to be sent")

func newSecure(nc net.Conn, config *tls.Config, turns turns) *secure {
	t := &secure{Conn: nc, fd: -1, turns: turns}
	t.tls = tls.Server(t, config)
	return t
}

// named keeps what is asked of the certificate that the handshake has brought.
func (t *secure) named() {
	if certs := t.tls.ConnectionState().PeerCertificates; len(certs) > 0 {
		t.name = certs[0].Subject.CommonName
	}
}

// Secure implements Conn.
func (c *client) Secure() (on bool, name string) {
	if c.tls == nil {
		return false, ""
	}
	return true, c.tls.name
}

// await lets others compute while the handshake waits for its client.
func (t *secure) await(transfer func(b []byte) (int, error), b []byte) (int, error) {
	t.turns.give()
	t.waits.Store(time.Now().UnixNano())
	n, err := transfer(b)
	t.waits.Store(0)
	t.turns.take()
	return n, err
}

// Read is called by crypto/tls.
func (t *secure) Read(b []byte) (int, error) {
	if t.turns != nil {
		return t.await(t.Conn.Read, b)
	}
	if t.dry {
		return 0, errDry
	}
	n, err := poller.Read(t.fd, b)
	for err == unix.EINTR {
		n, err = poller.Read(t.fd, b)
	}
	switch {
	case err == unix.EAGAIN:
		t.dry = true
		return 0, errDry
	case err != nil:
		return 0, err
	case n == 0:
		return 0, io.EOF
	}
	t.dry = n < len(b) && !t.ended // see client.read
	return n, nil
}

// Write is called by crypto/tls with one record at a time.
func (t *secure) Write(b []byte) (int, error) {
	if t.turns != nil {
		return t.await(t.Conn.Write, b)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	rest := b
	if !t.gathers && len(t.out) == 0 {
		n, err := poller.Write(t.fd, b)
		for err == unix.EINTR {
			n, err = poller.Write(t.fd, b)
		}
		if err != nil && err != unix.EAGAIN {
			return 0, err
		}
		if rest = b[max(n, 0):]; len(rest) == 0 {
			return len(b), nil
		}
	}
	if len(t.out)+len(rest) > maxOwed {
		return 0, errOwed
	}
	if t.slab == nil {
		t.slab = slabs.Get().(*[]byte)
		t.out = (*t.slab)[:0]
	}
	t.out = append(t.out, rest...)
	return len(b), nil
}

// SetWriteDeadline is called by crypto/tls before it says goodbye, which does not wait.
func (t *secure) SetWriteDeadline(time.Time) error { return nil }

// open reads what has come, as plain text, until b is full or nothing is left. more tells
// that there may be more at once, and turn that others are to have their turn before. With
// an error there is nothing, now or ever.
func (t *secure) open(b []byte, cycle uint64) (n int, more, turn bool, err error) {
	if t.cycle != cycle {
		t.cycle, t.records = cycle, 0
	}
	for n < len(b) && t.failure == nil {
		if t.records == maxTurnRecords {
			return n, true, true, nil
		}
		t.records++
		m, err := t.tls.Read(b[n:])
		n += m
		switch {
		case err == errDry:
			return n, false, false, nil
		case err != nil:
			t.failure = err
		}
	}
	if n == 0 {
		return 0, false, false, t.failure
	}
	return n, true, false, nil
}

// seal makes records of plain, and sends them if it can be done at once.
func (t *secure) seal(plain []byte) error {
	t.mu.Lock()
	t.gathers = len(plain) > maxRecord
	t.mu.Unlock()
	_, err := t.tls.Write(plain)
	t.mu.Lock()
	t.gathers = false
	t.mu.Unlock()
	return err
}

// send sends the records that wait, as far as the socket takes them. some tells that it
// has taken something.
func (t *secure) send() (some bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.out) > 0 {
		n, err := poller.Write(t.fd, t.out)
		switch err {
		case nil:
			t.out, some = t.out[n:], true
		case unix.EINTR:
		default:
			return some, err
		}
	}
	if t.slab != nil {
		*t.slab = (*t.slab)[:0]
		slabs.Put(t.slab)
		t.slab, t.out = nil, nil
	}
	return some, nil
}

// bye says that nothing more will be sent, if that can be said now.
func (t *secure) bye() {
	t.mu.Lock()
	whole := len(t.out) == 0
	t.mu.Unlock()
	if whole {
		_ = t.tls.CloseWrite() // the connection is closed in any case
	}
}

// open is read over TLS.
func (c *client) open(buf []byte) bool {
	n, more, turn, err := c.openSoundly(buf)
	if err != nil {
		if errno := unix.Errno(0); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.As(err, &errno) {
			c.server.counts.protocolErrors.Add(1)
			c.server.log.Debug("client disconnected", "client", c.id, "addr", c.remote, "cause", err)
		}
		c.close()
		return false
	}
	c.unread = more
	if n == 0 {
		c.keep()
		if turn {
			c.loop.resume(c)
		}
		return false
	}
	c.guard.received(n)
	c.lastRead.Store(time.Now().UnixNano())
	c.bytesIn.Add(uint64(n))
	c.loop.read++
	return true
}

// openSoundly makes an error of a panic of crypto/tls, which ends the connection whose
// bytes it is about.
func (c *client) openSoundly(buf []byte) (n int, more, turn bool, err error) {
	sound := false
	defer func() {
		if !sound {
			if cause := recover(); cause != nil {
				err = fmt.Errorf("internal error: %v\n%s", cause, debug.Stack())
			}
		}
	}()
	n, more, turn, err = c.tls.open(buf, c.loop.cycles.Load())
	sound = true
	return n, more, turn, err
}

// writeSealed is writeOut over TLS. Of what it seals, nothing leaves out before it is
// sent. mu is held.
func (c *client) writeSealed() {
	for t := c.tls; !c.shutting; {
		some, err := t.send()
		if some {
			c.progress++
		}
		switch {
		case err == unix.EAGAIN:
			return
		case err != nil:
			c.shutdown()
			return
		}
		c.bytesOut.Add(uint64(t.sealed))
		c.out, t.sealed = c.out[t.sealed:], 0
		if len(c.out) == 0 {
			return
		}
		t.sealed = min(len(c.out), sealChunk)
		c.progress++
		if err := t.seal(c.out[:t.sealed]); err != nil {
			c.shutdown()
			return
		}
	}
}
