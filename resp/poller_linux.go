package resp

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// poller tells which sockets are ready, by epoll. Events are edges: one comes
// when a socket becomes ready, and the next when it does so again after
// everything was read or written.
type poller struct {
	fd     int
	bell   int // an eventfd that ends a wait
	events []unix.EpollEvent
	busy   bool // the last look found several: the next one is likely to find some
}

func newPoller() (*poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	bell, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	p := &poller{fd: fd, bell: bell, events: make([]unix.EpollEvent, maxEvents)}
	err = unix.EpollCtl(fd, unix.EPOLL_CTL_ADD, bell, &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: int32(bell)})
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// add begins to watch a socket.
func (p *poller) add(fd int) error {
	const edges = unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET
	return unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: edges & 0xffffffff, Fd: int32(fd)})
}

// wait calls ready for each socket that has become so. It waits for the first
// until ring or the end of patience; forever if that is negative.
func (p *poller) wait(patience time.Duration, ready func(fd int, how readiness)) error {
	timeout := -1
	if patience >= 0 {
		timeout = int((patience + time.Millisecond - 1) / time.Millisecond)
	}
	n, err := 0, error(nil)
	if p.busy {
		n, err = p.look()
	}
	if n == 0 && err == nil {
		n, err = unix.EpollWait(p.fd, p.events, timeout)
	}
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
		var how readiness
		if e.Events&(unix.EPOLLIN|unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
			how |= readable
		}
		if e.Events&(unix.EPOLLOUT|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
			how |= writable
		}
		if e.Events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0 {
			how |= hungUp
		}
		ready(int(e.Fd), how)
	}
	return nil
}

// look is the same without waiting.
func (p *poller) look() (int, error) {
	n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events[0])), uintptr(len(p.events)), 0, 0, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(n), nil
}

// ring ends a wait, or the next one. Any goroutine may call it.
func (p *poller) ring() {
	unix.Write(p.bell, []byte{1, 0, 0, 0, 0, 0, 0, 0}) // full: it rings already
}

func (p *poller) close() {
	unix.Close(p.bell)
	unix.Close(p.fd)
}

// maxRaw is how much is read or written without a word to Go's scheduler.
const maxRaw = 64 << 10

// read reads a socket that does not block. So the processor need not be made
// ready for being taken away, as it is for a system call that may take long.
func read(fd int, b []byte) (int, error) {
	return raw(unix.SYS_READ, fd, b)
}

// write writes to a socket that does not block.
func write(fd int, b []byte) (int, error) {
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
