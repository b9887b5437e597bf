package transport

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	"go.etcd.io/raft/v3/raftpb"
)

const (
	// maxSmallFrame bounds what is read from somebody who was not let in yet,
	// and calls.
	maxSmallFrame = 1 << 20
	// maxInbound bounds the connections to the listener.
	maxInbound = 1024
	// maxRefusals bounds how many peers' refusals are remembered.
	maxRefusals = 256
)

// inbound is a connection that somebody opened to us.
type inbound struct {
	t    *Transport
	conn net.Conn
	link *link // nil: not let in, or a call

	heard atomic.Int64 // last time something came, by Transport.now
	busy  atomic.Bool  // the reader does not read now, so silence means nothing
	// signs of life may be sent; nothing else is written meanwhile
	chatty atomic.Bool
}

// accept takes connections until the listener is closed.
func (t *Transport) accept() {
	defer t.wg.Done()
	for {
		conn, err := t.options.Listener.Accept()
		if err != nil {
			if t.ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			// Out of file descriptors, most likely.
			t.log.Warn("cannot accept a peer's connection", "err", err)
			select {
			case <-t.ctx.Done():
				return
			case <-time.After(100 * time.Millisecond):
				continue
			}
		}
		in := &inbound{t: t, conn: conn}
		in.heard.Store(t.now())
		t.mu.Lock()
		if t.closed || len(t.inbound) >= maxInbound {
			t.mu.Unlock()
			conn.Close()
			continue
		}
		t.inbound[in] = struct{}{}
		t.wg.Go(in.serve)
		t.mu.Unlock()
	}
}

// serve is the life of an inbound connection.
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
	fr := newFrames(in.conn, maxSmallFrame)
	body, err := fr.expect(kindHello)
	if err != nil {
		t.log.Debug("not a peer", "from", in.conn.RemoteAddr(), "err", err)
		return
	}
	h, err := parseHello(body)
	if err == nil {
		err = t.admit(h)
	}
	if h.purpose != forCall {
		t.noteRefusal(h.from, in.conn.RemoteAddr(), err)
	}
	if _, werr := in.conn.Write(appendStatus(nil, kindWelcome, nil, err)); werr != nil || err != nil {
		return
	}
	if h.purpose == forCall {
		t.answer(in.conn, fr)
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
	fr.max = t.options.MaxFrame
	if h.purpose == forSnapshot {
		in.takeSnapshot(h.from, fr)
		return
	}
	err = in.stream(fr)
	if err != io.EOF && t.ctx.Err() == nil {
		t.log.Debug("lost the connection from peer", "peer", fmt.Sprintf("%x", h.from), "err", err)
	}
}

// noteRefusal writes a line when a peer is turned away for another reason than
// the last time.
func (t *Transport) noteRefusal(id uint64, from net.Addr, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		delete(t.refusals, id)
		return
	}
	if t.refusals[id] == err.Error() || len(t.refusals) >= maxRefusals {
		return
	}
	t.refusals[id] = err.Error()
	t.log.Warn("refused a peer", "peer", fmt.Sprintf("%x", id), "from", from, "err", err)
}

// stream reads messages and hands them on, all that came with one read at once.
func (in *inbound) stream(fr *frames) error {
	// A second connection of the same peer takes the place of the first, and
	// waits until what came by the first has been handled.
	if old := in.link.stream.Swap(in); old != nil {
		old.conn.Close()
	}
	in.busy.Store(true)
	in.chatty.Store(true)
	in.link.mu.Lock()
	defer in.link.mu.Unlock()
	defer in.link.stream.CompareAndSwap(in, nil)

	self := in.t.identity.Load().self
	var ms []*raftpb.Message
	for {
		k, body, ok, err := fr.next()
		if err != nil {
			return err
		}
		if ok {
			switch k {
			case kindAlive:
			case kindMessage:
				m, err := decodeMessage(body, self)
				if err != nil {
					return err
				}
				if m.GetType() == raftpb.MsgSnap {
					return errors.New("a snapshot among the messages")
				}
				ms = append(ms, m)
				in.link.recvBytes.Add(uint64(headBytes + len(body)))
			default:
				return fmt.Errorf("frame of kind %d among the messages", k)
			}
			continue
		}
		if len(ms) > 0 {
			in.link.recvMessages.Add(uint64(len(ms)))
			in.busy.Store(true)
			in.t.handler.Messages(ms)
			clear(ms)
			ms = ms[:0]
		}
		in.heard.Store(in.t.now())
		in.busy.Store(false)
		if err := fr.fill(); err != nil {
			return err
		}
		now := in.t.now()
		in.heard.Store(now)
		in.link.seen.Store(now)
	}
}

// tend sends a sign of life and closes a connection without one.
func (in *inbound) tend() {
	if !in.chatty.Load() {
		return
	}
	if !in.busy.Load() && in.t.now()-in.heard.Load() > int64(in.t.options.DeadAfter) {
		in.conn.Close()
		return
	}
	// Its peer reads all the time, so this blocks only if the network is gone.
	in.conn.SetWriteDeadline(time.Now().Add(in.t.options.KeepAlive))
	if _, err := in.conn.Write(aliveFrame); err != nil {
		in.conn.Close()
	}
}

var aliveFrame = appendFrame(nil, kindAlive)
