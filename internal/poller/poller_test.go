package poller

import (
	"net"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newPoller(t *testing.T) *Poller {
	t.Helper()
	p, err := New()
	must(t, err)
	t.Cleanup(p.Close)
	return p
}

// pair returns a socket to be watched and its other end.
func pair(t *testing.T) (fd, other int) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	must(t, err)
	for _, fd := range fds {
		must(t, unix.SetNonblock(fd, true))
		t.Cleanup(func() { unix.Close(fd) })
	}
	return fds[0], fds[1]
}

// found returns the sockets that one look finds.
func found(t *testing.T, p *Poller) map[int]Readiness {
	t.Helper()
	all := map[int]Readiness{}
	must(t, p.Look(func(fd int, how Readiness) { all[fd] = how }))
	return all
}

func send(t *testing.T, fd int) {
	t.Helper()
	n, err := Write(fd, []byte("x"))
	if n != 1 || err != nil {
		t.Fatal(n, err)
	}
}

// What is ready is told once, and again when more has come.
func TestEdges(t *testing.T) {
	p := newPoller(t)
	a, toA := pair(t)
	b, _ := pair(t)
	must(t, p.Add(a))
	must(t, p.AddReader(b))
	if all := found(t, p); len(all) != 1 || all[a] != Writable {
		t.Errorf("two sockets without anything to read, of which one may be written: %v", all)
	}
	if all := found(t, p); len(all) != 0 {
		t.Errorf("nothing has changed: %v", all)
	}
	for range 2 {
		send(t, toA)
		if all := found(t, p); len(all) != 1 || all[a]&Readable == 0 {
			t.Errorf("something has come: %v", all)
		}
	}
	unix.Shutdown(toA, unix.SHUT_WR)
	if all := found(t, p); all[a]&HungUp == 0 || all[a]&Readable == 0 {
		t.Errorf("the other side has ended: %v", all)
	}
}

// A wait ends with a socket, with the bell, or with its patience.
func TestWait(t *testing.T) {
	p := newPoller(t)
	a, toA := pair(t)
	must(t, p.AddReader(a))
	var told []int
	wait := func(patience time.Duration) {
		t.Helper()
		told = nil
		must(t, p.Wait(patience, func(fd int, _ Readiness) { told = append(told, fd) }))
	}
	if wait(time.Millisecond); len(told) != 0 {
		t.Errorf("told %v", told)
	}
	go p.Ring()
	if wait(-1); len(told) != 0 {
		t.Errorf("the bell: told %v", told)
	}
	p.Ring()
	p.Ring()
	if wait(-1); len(told) != 0 {
		t.Errorf("the bell before the wait: told %v", told)
	}
	go func() { Write(toA, []byte("x")) }()
	if wait(-1); !slices.Equal(told, []int{a}) {
		t.Errorf("told %v, want %d", told, a)
	}
}

// A poller that watches another one hears of what there is to be found there.
func TestWatched(t *testing.T) {
	inner, outer := newPoller(t), newPoller(t)
	must(t, outer.AddReader(inner.FD()))
	a, toA := pair(t)
	must(t, inner.AddReader(a))
	if all := found(t, outer); len(all) != 0 {
		t.Errorf("nothing has happened: %v", all)
	}
	for range 3 {
		send(t, toA)
		if all := found(t, outer); len(all) != 1 || all[inner.FD()]&Readable == 0 {
			t.Fatalf("something has come: %v", all)
		}
		if all := found(t, inner); len(all) != 1 || all[a] != Readable {
			t.Fatalf("something has come: %v", all)
		}
		if all := found(t, outer); len(all) != 0 {
			t.Errorf("it was found: %v", all)
		}
	}
	inner.Ring()
	if all := found(t, outer); len(all) != 1 {
		t.Errorf("the bell of the inner one: %v", all)
	}
}

// A socket that was taken outlives its connection, and is in non-blocking mode.
func TestTake(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer ln.Close()
	other, err := net.Dial("tcp", ln.Addr().String())
	must(t, err)
	defer other.Close()
	c, err := ln.Accept()
	must(t, err)
	fd, err := Take(c)
	must(t, err)
	defer unix.Close(fd)
	c.Close()
	b := make([]byte, 10)
	if n, err := Read(fd, b); err != unix.EAGAIN {
		t.Errorf("nothing has come: %d, %v", n, err)
	}
	p := newPoller(t)
	must(t, p.AddReader(fd))
	other.Write([]byte("hello"))
	must(t, p.Wait(10*time.Second, func(int, Readiness) {}))
	if n, err := Read(fd, b); err != nil || string(b[:n]) != "hello" {
		t.Errorf("read %q, %v", b[:n], err)
	}
	pipe, _ := net.Pipe()
	if _, err := Take(pipe); err == nil {
		t.Error("took a socket of what has none")
	}
}
