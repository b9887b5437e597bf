// Package poller tells which of many sockets are ready, for the event loops of package
// resp and for the connections between the nodes. It is a thin layer over epoll and
// kqueue. The network of package net gives every connection a goroutine. A goroutine
// that has to be woken for each message costs more than most messages.
//
// A Poller can be watched by another one (FD), so that whoever has a loop of its own
// can serve another's sockets without knowing them.
package poller

import (
	"net"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Readiness is what a socket has become ready for.
type Readiness uint8

// The kinds of readiness of a socket.
const (
	Readable Readiness = 1 << iota // or there is an end or an error to be read
	Writable
	HungUp // the other side sends nothing more
	Broken // nor does it take anything
)

// maxEvents is how many sockets one look can find.
const maxEvents = 512

// yieldEvery is how often a goroutine that waits for sockets lets go of its place in
// Go's scheduler. The runtime takes a goroutine that holds it for 10 ms for one that
// hogs it, even if it sleeps in system calls. Its monitor then wakes every 20 µs to
// take the place away, and wakes other threads to find a use for it. The monitor took a
// fifth of the processor time of a follower.
const yieldEvery = 2 * time.Millisecond

// rests is the part of a Poller that sees to yieldEvery.
type rests struct{ last time.Time }

func (r *rests) rest() {
	if now := time.Now(); now.Sub(r.last) > yieldEvery {
		r.last = now
		runtime.Gosched()
	}
}

// Take returns a descriptor of a connection's socket that the Go runtime does not
// watch, in non-blocking mode. It is the caller's to close; the connection itself
// is of no use any more and may be closed.
func Take(c net.Conn) (fd int, err error) {
	sc, ok := c.(syscall.Conn)
	if !ok {
		return -1, syscall.ENOTSOCK
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return -1, err
	}
	if ctlErr := raw.Control(func(s uintptr) { fd, err = unix.FcntlInt(s, unix.F_DUPFD_CLOEXEC, 0) }); ctlErr != nil {
		return -1, ctlErr
	}
	return fd, err
}
