//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package poller

import (
	"time"

	"golang.org/x/sys/unix"
)

// PeerGone is the event of poll(2) for a socket whose other side sends no more. There
// is none here but POLLHUP, which need not be asked for.
const PeerGone = 0

// Poller tells which sockets are ready, by kqueue. Events are edges: one comes
// when a socket becomes ready, and the next when it does so again after
// everything was read or written. One goroutine at a time may wait.
type Poller struct {
	fd     int
	bell   [2]int // a pipe that ends a wait
	events []unix.Kevent_t
	rests  rests
}

// API is what the operating system calls it.
const API = "kqueue"

// New makes a Poller that watches nothing yet.
func New() (*Poller, error) {
	fd, err := unix.Kqueue()
	if err != nil {
		return nil, err
	}
	unix.CloseOnExec(fd)
	p := &Poller{fd: fd, events: make([]unix.Kevent_t, maxEvents)}
	if err := unix.Pipe(p.bell[:]); err != nil {
		unix.Close(fd)
		return nil, err
	}
	for _, end := range p.bell {
		unix.CloseOnExec(end)
		unix.SetNonblock(end, true)
	}
	if err := p.watch(p.bell[0], unix.EVFILT_READ); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// FD is a descriptor that is readable while there may be something to find here,
// for another Poller's AddReader.
func (p *Poller) FD() int { return p.fd }

// Add begins to watch a socket. It is forgotten when it is closed.
func (p *Poller) Add(fd int) error {
	return p.watch(fd, unix.EVFILT_READ, unix.EVFILT_WRITE)
}

// AddReader begins to watch a socket for what can be read only.
func (p *Poller) AddReader(fd int) error { return p.watch(fd, unix.EVFILT_READ) }

func (p *Poller) watch(fd int, filters ...int) error {
	changes := make([]unix.Kevent_t, len(filters))
	for i, filter := range filters {
		unix.SetKevent(&changes[i], fd, filter, unix.EV_ADD|unix.EV_CLEAR)
	}
	_, err := unix.Kevent(p.fd, changes, nil, nil)
	return err
}

// Wait calls ready for each socket that has become so. It waits for the first
// until Ring or the end of patience; forever if that is negative.
func (p *Poller) Wait(patience time.Duration, ready func(fd int, how Readiness)) error {
	p.rests.rest()
	return p.look(patience, ready)
}

// Look is Wait without patience, for who is not the loop of its goroutine.
func (p *Poller) Look(ready func(fd int, how Readiness)) error { return p.look(0, ready) }

func (p *Poller) look(patience time.Duration, ready func(fd int, how Readiness)) error {
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
		how := Readable
		if e.Filter == unix.EVFILT_WRITE {
			how = Writable
		}
		if e.Flags&unix.EV_EOF != 0 {
			how |= Readable | HungUp
			if e.Filter == unix.EVFILT_WRITE {
				how |= Broken
			}
		}
		ready(int(e.Ident), how)
	}
	return nil
}

// Ring ends a wait, or the next one. Any goroutine may call it.
func (p *Poller) Ring() {
	unix.Write(p.bell[1], []byte{1}) // full: it rings already
}

// Close ends the watch. The sockets stay open.
func (p *Poller) Close() {
	unix.Close(p.bell[0])
	unix.Close(p.bell[1])
	unix.Close(p.fd)
}

// Read reads a socket that does not block.
func Read(fd int, b []byte) (int, error) { return unix.Read(fd, b) }

// Write writes to a socket that does not block.
func Write(fd int, b []byte) (int, error) { return unix.Write(fd, b) }
