package transport

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/msredis/msredis/cluster/transport/secure"
)

const (
	// maxSmallFrame bounds what a node reads that it has asked for: answers.
	maxSmallFrame = 1 << 20
	// maxGreeting bounds what is read from somebody who was not let in yet, and
	// maxRequest a call, which anybody may make. A thousand of them, half sent, are
	// memory that nobody has a right to.
	maxGreeting = 4 << 10
	maxRequest  = 32 << 10
	// MaxStrangers bounds the connections to the listener whose other ends have not
	// shown that they are members, callers among them. Each is a file descriptor.
	MaxStrangers = 64
	// maxRefusals bounds how many peers' refusals are remembered.
	maxRefusals = 256
	// maxRefusalLines bounds the lines about refusals in each unprovenPause.
	maxRefusalLines = 16
)

// inbound is a connection that somebody opened to us, until it becomes a stream of
// messages: one that greets, brings a snapshot or calls. It has a goroutine.
type inbound struct {
	t    *Transport
	conn net.Conn     // closed by whoever wants it to end
	safe *secure.Conn // the same, when the other side has proven that it may talk
	link *link        // nil: not let in, or a call

	// Guarded by Transport.mu.
	place uint64 // in the order of arrival
	asked bool   // its call has come and is being answered

	// signs of life may be sent; nothing else is written meanwhile
	chatty atomic.Bool
}

// accept takes connections until the listener is closed.
func (t *Transport) accept(l net.Listener) {
	said := false
	for {
		conn, err := l.Accept()
		if err != nil {
			if t.ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			// Out of file descriptors, most likely, which passes.
			if !said {
				t.log.Warn("cannot accept a peer's connection; trying again", "err", err)
			}
			said = true
			select {
			case <-t.ctx.Done():
				return
			case <-time.After(100 * time.Millisecond):
				continue
			}
		}
		said = false
		in := &inbound{t: t, conn: conn}
		t.mu.Lock()
		if t.closed || !t.roomFor(in) {
			t.mu.Unlock()
			conn.Close()
			continue
		}
		t.inbound[in] = struct{}{}
		t.wg.Go(in.serve)
		t.mu.Unlock()
	}
}

// roomFor makes room for a new connection. It closes the one that has said nothing for
// longest: a member says at once who it is, and a caller why it calls. It reports false
// if all are being answered. The caller holds t.mu.
func (t *Transport) roomFor(in *inbound) bool {
	t.arrivals++
	in.place = t.arrivals
	strangers, oldest := 0, (*inbound)(nil)
	for other := range t.inbound {
		if other.link != nil {
			continue
		}
		strangers++
		if !other.asked && (oldest == nil || other.place < oldest.place) {
			oldest = other
		}
	}
	if strangers < MaxStrangers {
		return true
	}
	if oldest == nil {
		return false
	}
	delete(t.inbound, oldest)
	oldest.conn.Close()
	return true
}

// serve is the life of an inbound connection, and the beginning of a stream's.
func (in *inbound) serve() {
	t := in.t
	defer func() {
		in.conn.Close()
		t.mu.Lock()
		delete(t.inbound, in)
		t.mu.Unlock()
	}()
	if in.conn.SetDeadline(time.Now().Add(greetTimeout)) != nil {
		return
	}
	if !in.prove() {
		return
	}
	fr := newFrames(in.safe, maxGreeting)
	fr.begin = maxGreeting
	body, err := fr.expect(kindHello)
	if err != nil {
		t.log.Debug("not a peer", "from", in.conn.RemoteAddr(), "err", err)
		return
	}
	h, err := parseHello(body)
	if err == nil {
		err = t.admit(h)
	}
	if err == nil && h.purpose != forCall {
		err = t.named(in.safe, h.from)
	}
	var me []byte
	if h.purpose != forCall {
		t.noteRefusal(h.from, in.conn.RemoteAddr(), err)
		if err == nil {
			me = t.handler.Introduce().append(nil)
		}
	}
	if _, werr := in.safe.Write(appendStatus(nil, kindWelcome, me, err)); werr != nil || err != nil {
		return
	}
	if h.purpose == forCall {
		fr.max = maxRequest
		in.answer(fr)
		return
	}
	if in.conn.SetDeadline(time.Time{}) != nil {
		return
	}
	t.mu.Lock()
	in.link = t.link(h.from)
	t.mu.Unlock()
	in.link.seen.Store(t.now())
	if p := t.peer(h.from); p != nil {
		p.heard()
	}
	fr.max, fr.begin = t.options.MaxFrame, readBytes
	if h.purpose == forSnapshot {
		in.takeSnapshot(h.from, fr)
		return
	}
	if h.purpose == forNews {
		in.takeNews(h.from, fr)
		return
	}
	fr.max = maxStreamFrame
	if err := t.adopt(in, h, fr); err != nil {
		t.log.Warn("cannot read from a peer", "peer", fmt.Sprintf("%x", h.from), "err", err)
	}
}

// prove reports whether the other side has proven that it may talk. Nothing that it has
// sent was interpreted until then.
func (in *inbound) prove() bool {
	safe, err := in.t.options.Guard.Server(in.conn)
	if err == nil {
		in.safe = safe
		return true
	}
	if errors.Is(err, secure.ErrUnproven) || errors.Is(err, secure.ErrAway) {
		in.conn.Write(appendStatus(nil, kindWelcome, nil, err))
		in.linger()
	}
	in.t.noteUnproven(in.conn.RemoteAddr(), err)
	return false
}

// linger lets the other side read what it was told: a socket that is closed with
// something unread takes back what was written.
func (in *inbound) linger() {
	if tcp, ok := in.conn.(*net.TCPConn); ok && tcp.CloseWrite() == nil {
		io.CopyN(io.Discard, in.conn, maxGreeting)
	}
}

// unprovenPause is how often a line tells of peers without proof.
const unprovenPause = time.Minute

// noteUnproven counts peers that have not proven that they may talk, and writes a line
// now and then. Any host may connect as often as it likes.
func (t *Transport) noteUnproven(from net.Addr, err error) {
	t.unproven.Add(1)
	now := t.now()
	if last := t.unprovenSaid.Load(); last != 0 && now-last < int64(unprovenPause) || !t.unprovenSaid.CompareAndSwap(last, now) {
		return
	}
	t.log.Warn("turned away a peer that has not proven who it is", "from", from, "err", err, "so_far", t.unproven.Load())
}

// named checks the certificate of a member, where there is one. A member that this
// node has not heard of yet has to wait until it has.
func (t *Transport) named(c *secure.Conn, id uint64) error { return c.Named(t.handler.Name(id)) }

// noteRefusal writes a line when a peer is turned away for another reason than
// the last time.
func (t *Transport) noteRefusal(id uint64, from net.Addr, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		delete(t.refusals, id)
		return
	}
	text := err.Error()
	if r := (*RefusedError)(nil); errors.As(err, &r) {
		text = r.Text
	}
	if t.refusals[id] == text || len(t.refusals) >= maxRefusals {
		return
	}
	// Without proof a peer gives any id and any reason. Lines have a bound all the same.
	if now := t.now(); t.refused.lines == 0 || now-t.refused.since >= int64(unprovenPause) {
		t.refused.since, t.refused.lines = now, 0
	}
	if t.refused.lines++; t.refused.lines > maxRefusalLines {
		return
	}
	t.refusals[id] = text
	t.log.Warn("refused a peer", "peer", fmt.Sprintf("%x", id), "from", from, "err", text)
}

// tend sends a sign of life to one that waits for the end of its snapshot.
func (in *inbound) tend() {
	if !in.chatty.Load() {
		return
	}
	// Its peer reads all the time, so this blocks only if the network is gone.
	in.conn.SetWriteDeadline(time.Now().Add(in.t.options.KeepAlive))
	if _, err := in.safe.Write(aliveFrame); err != nil {
		in.conn.Close()
	}
}

var aliveFrame = appendFrame(nil, kindAlive)
