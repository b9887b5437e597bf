package transport

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"go.etcd.io/raft/v3/raftpb"
	"golang.org/x/sys/unix"

	"github.com/msredis/msredis/cluster/transport/secure"
	"github.com/msredis/msredis/internal/poller"
)

const (
	// maxTurn is how much is read of one stream before others get their turn.
	maxTurn = 1 << 20
	// maxStreamFrame is the longest frame among messages: what is longer comes in parts.
	maxStreamFrame = longMessage + partBytes
)

// stream is the way in from another member: a connection that carries its
// messages. All fields but mu and what it guards are the poller's, whoever that is
// at the moment: guarded by Transport.reading.
type stream struct {
	t       *Transport
	link    *link
	from    uint64
	self    uint64
	process Process // at the other end; does not change
	in      *frames
	conn    *secure.Conn // reads sock
	sock    *rawSocket

	heard  int64 // last time something came, by Transport.now
	hungUp bool  // the other side sends nothing more
	parts  parts // of the long message that is on its way

	mu     sync.Mutex
	fd     int
	closed bool
}

// rawSocket reads a socket that does not block; errAgain if there is nothing.
type rawSocket struct {
	fd      int
	drained bool // the last read has emptied the socket
}

var errAgain = unix.EAGAIN

func (r *rawSocket) Read(b []byte) (int, error) {
	n, err := poller.Read(r.fd, b)
	for err == unix.EINTR {
		n, err = poller.Read(r.fd, b)
	}
	r.drained = n < len(b)
	switch {
	case err != nil:
		return 0, err
	case n == 0 && len(b) > 0:
		return 0, io.EOF
	}
	return n, nil
}

// adopt begins to read messages from a connection that was let in. fr has what
// was read of it already.
func (t *Transport) adopt(in *inbound, h hello, fr *frames) error {
	fd, err := poller.Take(in.conn)
	if err != nil {
		return err
	}
	s := &stream{t: t, link: in.link, from: h.from, process: h.process, self: t.identity.Load().self, in: fr, conn: in.safe, sock: &rawSocket{fd: fd}, fd: fd}
	s.conn.From(s.sock)
	// A second connection of the same peer takes the place of the first, of which
	// nothing is delivered from now on.
	if old := in.link.stream.Swap(s); old != nil {
		old.shut()
	}
	t.reading.Lock()
	defer t.reading.Unlock()
	s.heard = t.now()
	if t.streams == nil { // closed meanwhile
		s.end(io.EOF)
		return nil
	}
	if err := t.poller.AddReader(fd); err != nil {
		s.end(io.EOF)
		return err
	}
	t.streams[fd] = s
	t.again = append(t.again, s) // what fr has, nobody will tell of
	t.poller.Ring()
	return nil
}

// replaced reports whether the member has another stream now: what this one still
// has would come behind what that one brings.
func (s *stream) replaced() bool { return s.link.stream.Load() != s }

// shut makes an end of the stream; whoever polls finds it. Any goroutine.
func (s *stream) shut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		unix.Shutdown(s.fd, unix.SHUT_RDWR)
	}
}

// live reports whether the process at the other end is there, as far as the
// socket tells. Any goroutine.
func (s *stream) live() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.t.now()-s.link.seen.Load() > int64(s.t.options.DeadAfter) {
		return false
	}
	gone := int16(unix.POLLHUP | unix.POLLERR | unix.POLLNVAL | poller.PeerGone)
	fds := []unix.PollFd{{Fd: int32(s.fd), Events: poller.PeerGone}}
	_, err := unix.Poll(fds, 0)
	return err == nil && fds[0].Revents&gone == 0
}

func (s *stream) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.closed = true
		unix.Close(s.fd)
	}
}

// end forgets the stream.
func (s *stream) end(err error) {
	s.close()
	delete(s.t.streams, s.fd)
	s.link.stream.CompareAndSwap(s, nil)
	if err != io.EOF && s.t.ctx.Err() == nil {
		s.t.log.Debug("lost the connection from peer", "peer", fmt.Sprintf("%x", s.from), "err", err)
	}
}

// Poll reads what has come from the other members, without waiting, and gives it to the
// handler. The caller sees to it that the handler works on it.
func (t *Transport) Poll() {
	t.reading.Lock()
	defer t.reading.Unlock()
	t.poll()
}

// TryPoll is Poll unless somebody is polling.
func (t *Transport) TryPoll() {
	if t.reading.TryLock() {
		t.poll()
		t.reading.Unlock()
	}
}

func (t *Transport) poll() {
	if t.streams == nil {
		return
	}
	again := t.again
	t.again = t.spare[:0]
	if err := t.poller.Look(t.found); err != nil {
		panic("transport: looking for messages: " + err.Error()) // a bug; see resp.loop
	}
	for i, s := range again {
		again[i] = nil
		if t.streams[s.fd] == s {
			s.read()
		}
	}
	t.spare = again
	if len(t.again) > 0 {
		t.poller.Ring()
	}
	if !t.gotAny {
		return
	}
	t.gotAny = false
	for group, ms := range t.got {
		if len(ms) > 0 {
			t.handler.Messages(group, ms)
			clear(ms)
			t.got[group] = ms[:0]
		}
	}
}

// found is called by the poller.
func (t *Transport) found(fd int, how poller.Readiness) {
	if s := t.streams[fd]; s != nil {
		s.hungUp = s.hungUp || how&poller.HungUp != 0
		s.read()
	}
}

// read takes the messages that have come into Transport.got.
func (s *stream) read() {
	if s.replaced() {
		s.end(io.EOF)
		return
	}
	s.sock.drained = false
	for budget := maxTurn; ; {
		more, err := s.take()
		if err != nil {
			s.end(err)
			return
		}
		switch {
		case more:
			continue
		case s.sock.drained && !s.hungUp && !s.conn.Buffered():
			return
		case budget <= 0:
			s.t.again = append(s.t.again, s)
			return
		}
		before := s.in.to - s.in.from
		if err := s.in.fill(); err != nil {
			if !errors.Is(err, errAgain) {
				s.end(err)
			}
			return
		}
		budget -= s.in.to - s.in.from - before
		s.heard = s.t.now()
		s.link.seen.Store(s.heard)
	}
}

// take takes one frame of those that were read, if there is one.
func (s *stream) take() (ok bool, err error) {
	k, body, ok, err := s.in.next()
	if err != nil || !ok {
		return false, err
	}
	group, m, err := s.message(k, body)
	if m != nil {
		s.t.got[group] = append(s.t.got[group], m)
		s.t.gotAny = true
	}
	return true, err
}

// message is what a frame brings, nil for a sign of life.
func (s *stream) message(k kind, body []byte) (group int, m *raftpb.Message, err error) {
	if k == kindAlive {
		return 0, nil, nil
	}
	s.link.recvBytes.Add(uint64(headBytes + len(body)))
	if k == kindPart {
		if body, err = s.parts.add(body, s.t.options.MaxFrame); body == nil {
			return 0, nil, err
		}
	} else if k != kindMessage {
		return 0, nil, fmt.Errorf("frame of kind %d among the messages", k)
	}
	if group, body, err = groupOf(body, s.t.options.Groups); err != nil {
		return 0, nil, err
	}
	if m, err = decodeMessage(body, s.from, s.self, k == kindPart); err != nil {
		return 0, nil, err
	}
	if m.GetType() == raftpb.MsgSnap {
		return 0, nil, errors.New("a snapshot among the messages")
	}
	s.link.recvMessages.Add(1)
	return group, m, nil
}

// sign sends a sign of life, whether this side reads at the moment or not: it may
// be waiting for its disk. Any goroutine.
func (s *stream) sign() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	// Its peer reads all the time, so the socket is full only if the network is gone.
	wire, err := s.conn.Seal(nil, aliveFrame)
	if err == nil {
		if n, _ := poller.Write(s.fd, wire); n == len(wire) {
			return
		}
	}
	unix.Shutdown(s.fd, unix.SHUT_RDWR)
}

// tendStreams sends signs of life, and ends the streams that have none.
func (t *Transport) tendStreams() {
	t.mu.Lock()
	for _, l := range t.links {
		if s := l.stream.Load(); s != nil {
			s.sign()
		}
	}
	t.mu.Unlock()
	// While somebody reads, or would read and is busy, silence means nothing.
	if !t.reading.TryLock() {
		return
	}
	defer t.reading.Unlock()
	for _, s := range t.streams {
		if t.now()-s.heard > int64(t.options.DeadAfter) && !s.unread() {
			s.end(errSilent)
		}
	}
}

// unread reports whether something has come that nobody has read yet: a process
// that was stopped for a while has been told much meanwhile.
func (s *stream) unread() bool {
	var b [1]byte
	n, _, err := unix.Recvfrom(s.fd, b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
	return err == nil && n > 0
}

// closeStreams ends all of them. Nothing is read any more.
func (t *Transport) closeStreams() {
	t.reading.Lock()
	defer t.reading.Unlock()
	for _, s := range t.streams {
		s.shut()
		s.close()
	}
	t.streams, t.again = nil, nil
	t.poller.Close()
}

// driver is a goroutine that polls while nobody else does.
type driver struct {
	poller *poller.Poller
	stop   atomic.Bool
	rung   chan struct{} // closed behind stop: nobody rings any more
}

func (t *Transport) newDriver() (*driver, error) {
	p, err := poller.New()
	if err == nil {
		err = p.AddReader(t.poller.FD())
	}
	if err != nil {
		return nil, err
	}
	d := &driver{poller: p, rung: make(chan struct{})}
	t.wg.Go(func() { d.run(t) })
	return d, nil
}

func (d *driver) run(t *Transport) {
	for !d.stop.Load() {
		if err := d.poller.Wait(-1, func(int, poller.Readiness) { t.Poll() }); err != nil {
			panic("transport: waiting for messages: " + err.Error()) // a bug; see resp.loop
		}
		t.handler.Received()
	}
	<-d.rung
	d.poller.Close()
}

// end makes the goroutine end; it may be in the handler still.
func (d *driver) end() {
	d.stop.Store(true)
	d.poller.Ring()
	close(d.rung)
}
