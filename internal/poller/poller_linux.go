package poller

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// PeerGone is the event of poll(2) for a socket whose other side sends no more.
const PeerGone = unix.POLLRDHUP

// Poller tells which sockets are ready, by epoll. Events are edges: one comes
// when a socket becomes ready, and the next when it does so again after
// everything was read or written. One goroutine at a time may wait.
type Poller struct {
	fd     int
	bell   int // an eventfd that ends a wait
	events []unix.EpollEvent
	busy   bool // the last look found several: the next one is likely to find some
	rests  rests
}

// API is what the operating system calls it.
const API = "epoll"

// New makes a Poller that watches nothing yet.
func New() (*Poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	bell, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	p := &Poller{fd: fd, bell: bell, events: make([]unix.EpollEvent, maxEvents)}
	if err := p.AddReader(bell); err != nil {
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
	return p.watch(fd, unix.EPOLLIN|unix.EPOLLOUT|unix.EPOLLRDHUP)
}

// AddReader begins to watch a socket for what can be read only.
func (p *Poller) AddReader(fd int) error { return p.watch(fd, unix.EPOLLIN|unix.EPOLLRDHUP) }

func (p *Poller) watch(fd int, events uint32) error {
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: events | unix.EPOLLET&0xffffffff, Fd: int32(fd)})
}

// Wait calls ready for each socket that has become so. It waits for the first
// until Ring or the end of patience; forever if that is negative.
func (p *Poller) Wait(patience time.Duration, ready func(fd int, how Readiness)) error {
	p.rests.rest()
	n, err := 0, error(nil)
	if p.busy || patience == 0 {
		n, err = p.look()
	}
	if n == 0 && err == nil && patience != 0 {
		timeout := -1
		if patience > 0 {
			timeout = int((patience + time.Millisecond - 1) / time.Millisecond)
		}
		n, err = unix.EpollWait(p.fd, p.events, timeout)
	}
	return p.tell(n, err, ready)
}

// Look is Wait without patience, for who is not the loop of its goroutine.
func (p *Poller) Look(ready func(fd int, how Readiness)) error {
	n, err := p.look()
	return p.tell(n, err, ready)
}

func (p *Poller) tell(n int, err error, ready func(fd int, how Readiness)) error {
	if err == unix.EINTR {
		return nil
	}
	if err != nil {
		return err
	}
	p.busy = n > 1
	for i := range p.events[:n] {
		e := &p.events[i]
		if int(e.Fd) == p.bell {
			var drained [8]byte
			unix.Read(p.bell, drained[:])
			continue
		}
		var how Readiness
		if e.Events&(unix.EPOLLIN|unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
			how |= Readable
		}
		if e.Events&(unix.EPOLLOUT|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
			how |= Writable
		}
		if e.Events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
			how |= HungUp
		}
		if e.Events&(unix.EPOLLHUP|unix.EPOLLERR) != 0 {
			how |= Broken
		}
		ready(int(e.Fd), how)
	}
	return nil
}

func (p *Poller) look() (int, error) {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events)), 0, 0, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(n), nil
}

// Ring ends a wait, or the next one. Any goroutine may call it.
func (p *Poller) Ring() {
	unix.Write(p.bell, []byte{1, 0, 0, 0, 0, 0, 0, 0}) // full: it rings already
}

// Close ends the watch. The sockets stay open.
func (p *Poller) Close() {
	unix.Close(p.bell)
	unix.Close(p.fd)
}

// maxRaw is how much is read or written without a word to Go's scheduler.
const maxRaw = 64 << 10

// Read reads a socket that does not block. So the processor need not be made
// ready for being taken away, as it is for a system call that may take long.
func Read(fd int, b []byte) (int, error) {
	return raw(unix.SYS_READ, fd, b)
}

// Write writes to a socket that does not block.
func Write(fd int, b []byte) (int, error) {
	if len(b) > maxRaw {
		return unix.Write(fd, b)
	}
	return raw(unix.SYS_WRITE, fd, b)
}

func raw(call uintptr, fd int, b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	n, _, errno := unix.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
	if errno != 0 {
		return -1, errno
	}
	return int(n), nil
}
