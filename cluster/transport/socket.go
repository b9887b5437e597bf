package transport

import (
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/msredis/msredis/cluster/transport/secure"
	"github.com/msredis/msredis/internal/poller"
)

// socket is a connection that can be written to without blocking. One goroutine
// at a time writes: either through Write, which seals, or what seal has returned.
type socket struct {
	*secure.Conn
	gone   chan struct{} // closed when the connection is given up
	wake   chan struct{} // 1 slot: there is something for the write goroutine
	heard  atomic.Int64  // last sign of life, by Transport.now
	silent atomic.Bool   // given up for the lack of one

	raw  syscall.RawConn // nil: not a socket of the system
	try  func(fd uintptr) bool
	buf  []byte // argument and results of try
	n    int
	fail error
	out  []byte // memory for seal
}

// seal returns what has to go over the wire for frames: themselves if nothing is
// sealed. It is good until the next call.
func (s *socket) seal(frames []byte) ([]byte, error) {
	if !s.Sealed() {
		return frames, nil
	}
	if cap(s.out) > idleBytes {
		s.out = nil
	}
	var err error
	s.out, err = s.Seal(s.out[:0], frames)
	return s.out, err
}

func newSocket(c *secure.Conn) *socket {
	s := &socket{Conn: c, gone: make(chan struct{}), wake: make(chan struct{}, 1)}
	if sc, ok := c.Conn.(syscall.Conn); ok {
		s.raw, _ = sc.SyscallConn()
	}
	s.try = func(fd uintptr) bool {
		s.n, s.fail = writeNow(fd, s.buf)
		return true // never wait for the socket
	}
	return s
}

// ring wakes the write goroutine.
func (s *socket) ring() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// writeNow writes to a socket that does not block. A full one takes nothing.
func writeNow(fd uintptr, b []byte) (int, error) {
	for {
		n, err := poller.Write(int(fd), b)
		switch err {
		case nil:
			return n, nil
		case unix.EINTR:
		case unix.EAGAIN:
			return 0, nil
		default:
			return 0, err
		}
	}
}

// tryWrite writes what the socket takes at once.
func (s *socket) tryWrite(b []byte) (int, error) {
	if s.raw == nil {
		return 0, nil
	}
	s.buf, s.n, s.fail = b, 0, nil
	err := s.raw.Write(s.try)
	s.buf = nil
	if err == nil {
		err = s.fail
	}
	return s.n, err
}
