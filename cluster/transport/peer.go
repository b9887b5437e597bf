package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// idleBytes is how large a send buffer may be kept for the next time.
const idleBytes = 1 << 20

// peer is the way out to another member: a queue of encoded frames, and whoever is
// writing it to the socket.
//
// The obvious design is a goroutine per peer that takes messages from a channel. It
// costs a goroutine switch for every batch, on the way of every write of every client.
// So the sender writes, provided that no other goroutine is writing. The socket is
// tried without blocking, and only the rest is left to the peer's goroutine. A sender
// that finds another one writing just adds to the queue. The writer looks again before
// it stops.
type peer struct {
	Peer
	t        *Transport
	link     *link
	log      *slog.Logger
	stop     context.CancelFunc
	kick     chan struct{} // 1 slot: dial now, the peer has been heard of
	newsKick chan struct{} // the same for news

	mu      sync.Mutex
	conn    *socket       // nil: not connected
	queue   []byte        // frames that nobody has taken yet
	free    []byte        // a buffer for the next queue
	rest    []byte        // what the write goroutine has taken, or was left
	long    []*longOne    // messages that go in parts, and those with entries behind them
	waits   int           // bytes of them
	between bool          // the next frame is a part of one
	writing bool          // somebody writes; it or they will look at queue again
	lost    bool          // messages were lost since the last report
	refused *RefusedError // nil: the peer did not turn us away the last time
	since   int64         // when it began to, for this reason; by Transport.now
	tooLong bool          // said so

	sentMessages, sentBytes, direct, dropped, connects atomic.Uint64
}

func startPeer(t *Transport, who Peer, l *link) *peer {
	p := &peer{Peer: who, t: t, link: l, log: t.log.With("peer", fmt.Sprintf("%x", who.ID), "addr", who.Addr),
		kick: make(chan struct{}, 1), newsKick: make(chan struct{}, 1)}
	var ctx context.Context
	ctx, p.stop = context.WithCancel(t.ctx)
	t.wg.Go(func() { p.dial(ctx) })
	if t.options.News != nil && t.identity.Load().self < p.ID {
		t.wg.Go(func() { p.dialNews(ctx) })
	}
	return p
}

// send queues those of ms that are for this peer and writes the queue.
func (p *peer) send(group int, ms []*raftpb.Message) {
	mine := 0
	for _, m := range ms {
		if m.GetTo() == p.ID {
			mine++
		}
	}
	if mine == 0 {
		return
	}
	p.mu.Lock()
	if p.conn == nil {
		p.drop(mine)
		p.mu.Unlock()
		return
	}
	for _, m := range ms {
		if m.GetTo() == p.ID && (p.t.options.Filter == nil || p.t.options.Filter(p.ID, m)) {
			p.encode(group, m)
		}
	}
	p.flush()
}

// drop counts lost messages. The caller holds p.mu.
func (p *peer) drop(n int) {
	p.lost = true
	p.dropped.Add(uint64(n))
}

// encode appends a message to the queue if it fits. The caller holds p.mu.
func (p *peer) encode(group int, m *raftpb.Message) {
	size := proto.Size(m)
	if size > p.t.options.MaxFrame || len(m.GetEntries()) > maxEntries {
		p.drop(1)
		if !p.tooLong {
			p.tooLong = true
			p.log.Error("a message is over the limit and was dropped", "bytes", size, "entries", len(m.GetEntries()), "limit", p.t.options.MaxFrame, "type", m.GetType())
		}
		return
	}
	if size > longMessage || carriesEntries(m) && len(p.long) > 0 {
		p.encodeLong(group, m)
		return
	}
	// The message that is being written does not count, and a message that comes while
	// there is room may exceed it. A lost message is sent again. Behind a large one,
	// the heartbeats would be lost, and then that large one itself.
	if len(p.queue) >= p.t.options.QueueBytes {
		p.drop(1)
		return
	}
	start := len(p.queue)
	buf := append(beginFrame(p.queue), byte(group))
	buf, err := proto.MarshalOptions{UseCachedSize: true}.MarshalAppend(buf, m)
	if err != nil { // only for strings that are no UTF-8, and there are none
		p.drop(1)
		return
	}
	endFrame(buf, start, kindMessage)
	p.queue = buf
	p.sentMessages.Add(1)
}

// encodeLong queues a message that goes in parts. The caller holds p.mu.
func (p *peer) encodeLong(group int, m *raftpb.Message) {
	if len(p.long) > 0 && p.waits-p.long[0].left >= p.t.options.QueueBytes { // the first is being written
		p.drop(1)
		return
	}
	l, err := encodeLong(group, m)
	if err != nil {
		p.drop(1)
		return
	}
	p.long = append(p.long, l)
	p.waits += l.left
	p.sentMessages.Add(1)
}

// idle reports whether there is nothing to be written. The caller holds p.mu.
func (p *peer) idle() bool { return len(p.queue) == 0 && len(p.long) == 0 }

// flush writes the queue unless somebody is at it. The caller holds p.mu, which
// is released.
func (p *peer) flush() {
	if p.writing || p.idle() {
		p.mu.Unlock()
		return
	}
	p.writing = true
	conn := p.conn
	if len(p.queue) == 0 {
		p.mu.Unlock()
		conn.ring()
		return
	}
	// Others may fill the queue as fast as it is emptied. A sender has its own work to
	// do, so it looks again once and leaves the rest.
	for round := 0; ; round++ {
		buf := p.take()
		p.mu.Unlock()
		n := 0
		wire, err := conn.seal(buf)
		if err == nil {
			n, err = conn.tryWrite(wire)
		}
		p.sentBytes.Add(uint64(n))
		p.direct.Add(1)
		p.mu.Lock()
		switch {
		case p.conn != conn: // given up meanwhile, and all that was queued with it
			p.mu.Unlock()
			return
		case err != nil:
			p.giveUp(conn)
			p.mu.Unlock()
			return
		case n < len(wire) || len(p.queue) > 0 && round > 0 || len(p.long) > 0: // parts are the goroutine's
			p.rest = wire[n:]
			p.mu.Unlock()
			conn.ring()
			return
		}
		p.release(buf)
		if p.idle() {
			p.writing = false
			p.mu.Unlock()
			return
		}
	}
}

// take takes the queue and leaves an empty one. The caller holds p.mu.
func (p *peer) take() []byte {
	buf := p.queue
	p.queue, p.free = p.free[:0], nil
	return buf
}

// next takes what is to be written next: the queue, or a part of a long message in its
// turn. Messages with entries in the queue are from before the long message began. Its
// last part comes behind them. The caller holds p.mu.
func (p *peer) next() []byte {
	if len(p.long) == 0 || len(p.queue) > 0 && !p.between {
		p.between = true
		return p.take()
	}
	p.between = false
	l := p.long[0]
	before := l.left
	buf := l.appendPart(p.free[:0])
	p.free = nil
	if p.waits -= before - l.left; l.left == 0 {
		p.long[0] = nil
		p.long = p.long[1:]
	}
	return buf
}

// release keeps a written buffer for the next queue. The caller holds p.mu.
func (p *peer) release(buf []byte) {
	if cap(buf) <= idleBytes {
		p.free = buf[:0]
	}
}

// write writes what senders have left, until the connection is given up.
func (p *peer) write(conn *socket) {
	for {
		select {
		case <-conn.gone:
			return
		case <-conn.wake:
		}
		p.mu.Lock()
		for p.conn == conn {
			wire, fresh := p.rest, len(p.rest) == 0 // what is not fresh is sealed already
			if fresh {
				p.rest = p.next()
			}
			buf := p.rest
			p.mu.Unlock()
			var err error
			if fresh {
				wire, err = conn.seal(buf)
			}
			if err == nil {
				err = p.writeAll(conn, wire)
			}
			p.mu.Lock()
			if p.conn != conn {
				break
			}
			if err != nil {
				p.giveUp(conn)
				break
			}
			p.rest = nil
			if fresh || !conn.Sealed() { // else it is the memory of seal
				p.release(buf)
			}
			if p.idle() {
				p.writing = false
				break
			}
		}
		p.mu.Unlock()
	}
}

// writeAll writes to a socket that may be full. A peer that takes nothing keeps
// its connection as long as it gives signs of life: it may be waiting for its
// disk.
func (p *peer) writeAll(conn *socket, buf []byte) error {
	patience := p.t.options.DeadAfter
	for len(buf) > 0 {
		if err := conn.SetWriteDeadline(time.Now().Add(patience)); err != nil {
			return err
		}
		n, err := conn.Conn.Conn.Write(buf)
		p.sentBytes.Add(uint64(n))
		buf = buf[n:]
		alive := time.Duration(p.t.now()-conn.heard.Load()) < patience
		if err != nil && !(errors.Is(err, os.ErrDeadlineExceeded) && (alive || n > 0)) {
			return err
		}
	}
	return conn.SetWriteDeadline(time.Time{})
}

// giveUp closes the connection, with all that waits for it. The caller holds
// p.mu.
func (p *peer) giveUp(conn *socket) {
	if p.conn != conn {
		return
	}
	p.conn, p.queue, p.rest, p.long, p.waits, p.writing = nil, nil, nil, nil, 0, false
	p.drop(0) // how many are lost with it is not known
	close(conn.gone)
	conn.Close()
}

// tend sends a sign of life, gives up a connection without one, and reports
// lost messages.
func (p *peer) tend() {
	p.mu.Lock()
	lost := p.lost
	p.lost = false
	conn := p.conn
	if conn != nil && p.t.now()-conn.heard.Load() > int64(p.t.options.DeadAfter) {
		conn.silent.Store(true)
		p.giveUp(conn)
	}
	if p.conn != nil && p.idle() {
		p.queue = appendFrame(p.queue, kindAlive)
	}
	p.flush()
	if lost {
		p.t.handler.Unreachable(p.ID)
	}
}

func (p *peer) figures() PeerStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := PeerStats{
		ID: p.ID, Addr: p.Addr, Connected: p.conn != nil,
		QueuedBytes:  int64(len(p.queue) + len(p.rest) + p.waits),
		SentMessages: p.sentMessages.Load(), SentBytes: p.sentBytes.Load(), Direct: p.direct.Load(),
		RecvMessages: p.link.recvMessages.Load(), RecvBytes: p.link.recvBytes.Load(),
		Dropped: p.dropped.Load(), Connects: p.connects.Load(),
	}
	if p.refused != nil {
		out.Refused, out.Why = p.refused.Text, p.refused.Why
		out.RefusedFor = time.Duration(p.t.now() - p.since)
	}
	return out
}

// refuses notes that the peer has turned us away, or with nil that it did not.
func (p *peer) refuses(r *RefusedError) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r != nil && (p.refused == nil || p.refused.Why != r.Why) {
		p.since = p.t.now()
	}
	p.refused = r
}
