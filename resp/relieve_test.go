package resp

import (
	"sync"
	"sync/atomic"
	"testing"
)

// sticky is a handler that gets stuck in Work once.
type sticky struct {
	*testServer
	armed   atomic.Bool
	stuck   chan struct{} // closed when it is
	release chan struct{}
	left    atomic.Int32 // calls of Work behind the one that was stuck and said that there is more
	freed   atomic.Bool
}

func (s *sticky) Work() bool {
	if s.armed.Swap(false) {
		close(s.stuck)
		<-s.release
		s.freed.Store(true)
		return true
	}
	if s.freed.Load() {
		s.left.Add(1)
	}
	return false
}

// TestRelieve: a loop that is stuck in the handler's work is run by another goroutine,
// which serves its clients. What the first one leaves is done.
func TestRelieve(t *testing.T) {
	t.Parallel()
	h := &sticky{testServer: &testServer{limits: NewLimits(), sessions: make(chan *testSession, 100)}, stuck: make(chan struct{}), release: make(chan struct{})}
	h.start(t, Options{Handler: h, Loops: 1})
	release := sync.OnceFunc(func() { close(h.release) })
	t.Cleanup(release)
	nc, _ := h.dial(t)
	send(t, nc, "PING 1\r\n")
	expect(t, nc, "$1\r\n1\r\n")
	h.Relieve() // nobody is stuck
	h.armed.Store(true)
	send(t, nc, "PING 2\r\n")
	<-h.stuck   // before or behind the reply
	h.Relieve() // it might have been another cycle
	h.Relieve()
	expect(t, nc, "$1\r\n2\r\n")
	send(t, nc, "PING 3\r\n")
	expect(t, nc, "$1\r\n3\r\n")
	release()
	for h.left.Load() == 0 { // by itself: no client sends anything
		<-yielded()
	}
}

// yielded lets others run.
func yielded() <-chan struct{} {
	c := make(chan struct{})
	go close(c)
	return c
}
