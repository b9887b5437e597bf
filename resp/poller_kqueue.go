//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package resp

import (
	"time"

	"golang.org/x/sys/unix"
)

// poller tells which sockets are ready, by kqueue. Events are edges: one comes
// when a socket becomes ready, and the next when it does so again after
// everything was read or written.
type poller struct {
	fd     int
	bell   [2]int // a pipe that ends a wait
	events []unix.Kevent_t
}

func newPoller() (*poller, error) {
	fd, err := unix.Kqueue()
	if err != nil {
		return nil, err
	}
	unix.CloseOnExec(fd)
	p := &poller{fd: fd, events: make([]unix.Kevent_t, maxEvents)}
	if err := unix.Pipe(p.bell[:]); err != nil {
		unix.Close(fd)
		return nil, err
	}
	for _, end := range p.bell {
		unix.CloseOnExec(end)
		unix.SetNonblock(end, true)
	}
	if err := p.watch(p.bell[0], unix.EVFILT_READ); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// add begins to watch a socket.
func (p *poller) add(fd int) error {
	return p.watch(fd, unix.EVFILT_READ, unix.EVFILT_WRITE)
}

func (p *poller) watch(fd int, filters ...int) error {
	changes := make([]unix.Kevent_t, len(filters))
	for i, filter := range filters {
		unix.SetKevent(&changes[i], fd, filter, unix.EV_ADD|unix.EV_CLEAR)
	}
	_, err := unix.Kevent(p.fd, changes, nil, nil)
	return err
}

// wait calls ready for each socket that has become so. It waits for the first
// until ring or the end of patience; forever if that is negative.
func (p *poller) wait(patience time.Duration, ready func(fd int, how readiness)) error {
	var timeout *unix.Timespec
	if patience >= 0 {
		t := unix.NsecToTimespec(int64(patience))
		timeout = &t
	}
	n, err := unix.Kevent(p.fd, nil, p.events, timeout)
	if err == unix.EINTR {
		return nil
	}
	if err != nil {
		return err
	}
	for i := range p.events[:n] {
		e := &p.events[i]
		if int(e.Ident) == p.bell[0] {
			var drained [64]byte
			unix.Read(p.bell[0], drained[:])
			continue
		}
		how := readable
		if e.Filter == unix.EVFILT_WRITE {
			how = writable
		}
		if e.Flags&unix.EV_EOF != 0 {
			how |= readable | hungUp
		}
		ready(int(e.Ident), how)
	}
	return nil
}

// ring ends a wait, or the next one. Any goroutine may call it.
func (p *poller) ring() {
	unix.Write(p.bell[1], []byte{1}) // full: it rings already
}

func (p *poller) close() {
	unix.Close(p.bell[0])
	unix.Close(p.bell[1])
	unix.Close(p.fd)
}

// read reads a socket that does not block.
func read(fd int, b []byte) (int, error) { return unix.Read(fd, b) }

// write writes to a socket that does not block.
func write(fd int, b []byte) (int, error) { return unix.Write(fd, b) }
