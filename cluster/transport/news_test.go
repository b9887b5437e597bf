package transport

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"go.etcd.io/raft/v3/raftpb"
)

// listener is what a node hears of one other member.
type listener struct {
	mu     sync.Mutex
	wire   *Wire
	got    []string
	rested int // how many had come when nothing more had
	opened int
	closed int
	hold   chan struct{} // if set, Take waits for it
}

func (l *listener) Take(frame []byte) error {
	l.mu.Lock()
	hold := l.hold
	l.got = append(l.got, string(frame))
	l.mu.Unlock()
	if hold != nil {
		<-hold
	}
	if string(frame) == "nonsense" {
		return errors.New("nonsense")
	}
	return nil
}

func (l *listener) Rest() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rested = len(l.got)
}

func (l *listener) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed++
	l.wire = nil
}

func (l *listener) open(_ uint64, w *Wire) NewsPeer {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.opened++
	l.wire = w
	return l
}

func (l *listener) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rested
}

// lines returns how many connections there were, and how many have ended.
func (l *listener) lines() (opened, closed int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.opened, l.closed
}

func (l *listener) line() *Wire {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.wire
}

// newsPair starts two nodes that exchange news.
func newsPair(t *testing.T) (a, b *node, la, lb *listener) {
	la, lb = &listener{}, &listener{}
	a = start(t, 1, "", func(o *Options) { o.News = la.open })
	b = start(t, 2, "", func(o *Options) { o.News = lb.open })
	a.knows(b)
	b.knows(a)
	eventually(t, "the connection for news", func() bool { return la.line() != nil && lb.line() != nil })
	return a, b, la, lb
}

func TestNews(t *testing.T) {
	t.Parallel()
	a, b, la, lb := newsPair(t)
	const count = 1000
	for i := range count {
		if !la.line().Send(fmt.Append(nil, i), false) || !lb.line().Send(fmt.Append(nil, -i), true) {
			t.Fatal("no room")
		}
	}
	eventually(t, "all news", func() bool { return la.count() == count && lb.count() == count })
	for i := range count {
		if la.got[i] != fmt.Sprint(-i) || lb.got[i] != fmt.Sprint(i) {
			t.Fatalf("number %d is %q and %q", i, la.got[i], lb.got[i])
		}
	}
	if a.NewsPending() || b.NewsPending() {
		t.Error("connected, and said not to be")
	}

	// A frame that cannot be understood ends the connection; there is a new one.
	la.line().Send([]byte("nonsense"), true)
	eventually(t, "another connection", func() bool {
		openedA, _ := la.lines()
		openedB, _ := lb.lines()
		return la.line() != nil && lb.line() != nil && openedA == 2 && openedB == 2
	})
	la.line().Send([]byte("again"), true)
	eventually(t, "news again", func() bool { return lb.count() == count+2 })

	// A member that is gone is told of, and takes nothing.
	wire := la.line()
	b.Close()
	eventually(t, "the end", func() bool { return la.line() == nil })
	if wire.Send([]byte("x"), true) {
		t.Error("a connection that has ended takes news")
	}
	for _, l := range []*listener{la, lb} {
		if opened, closed := l.lines(); opened != closed {
			t.Errorf("%d ends of %d connections", closed, opened)
		}
	}
}

// TestNewsToTheSlow has a member that takes nothing: messages are dropped, and when
// that does not help the connection; raft's messages do not notice.
func TestNewsToTheSlow(t *testing.T) {
	t.Parallel()
	a, b, la, lb := newsPair(t)
	eventually(t, "connections", func() bool { return a.connected(2) && b.connected(1) })
	lb.mu.Lock()
	lb.hold = make(chan struct{})
	lb.mu.Unlock()
	defer close(lb.hold)
	wire := la.line()
	piece := make([]byte, 1<<20)
	for wire.Send(piece, false) {
		if wire.dropped.Load() > 0 {
			break
		}
	}
	if a.NewsDropped() == 0 {
		t.Error("a message that was dropped is not counted")
	}
	if !wire.Send([]byte("small"), true) {
		t.Error("there is no room for what has to arrive")
	}
	a.Send(0, []*raftpb.Message{msg(1, 2, 1)})
	eventually(t, "the raft message", func() bool { return b.received() == 1 })
	for n := 0; wire.Send(piece, true); n++ {
		if n > 2*newsBytes>>20 {
			t.Fatal("what waits has no bound")
		}
	}
}

// TestSilentNews is a member that stays connected and says nothing.
func TestSilentNews(t *testing.T) {
	t.Parallel()
	l := &listener{}
	b := start(t, 2, "", func(o *Options) { o.News, o.DeadAfter = l.open, 200*time.Millisecond })
	b.SetPeers(nil)
	conn, err := net.Dial("tcp", b.addr)
	must(t, err)
	defer conn.Close()
	_, _, _, err = greet(nil, conn, hello{version, forNews, testCluster, 1, 2, Process{}}, 5*time.Second)
	must(t, err)
	must(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	if _, err := io.Copy(io.Discard, conn); err != nil && errors.As(err, new(net.Error)) && err.(net.Error).Timeout() {
		t.Error("the connection stays open")
	}
	eventually(t, "the end", func() bool { return l.line() == nil })

	// Without anybody to tell there are no such connections.
	deaf := start(t, 3, "", nil)
	deaf.SetPeers(nil)
	conn, err = net.Dial("tcp", deaf.addr)
	must(t, err)
	defer conn.Close()
	_, _, _, err = greet(nil, conn, hello{version, forNews, testCluster, 1, 3, Process{}}, 5*time.Second)
	if r := (*RefusedError)(nil); !errors.As(err, &r) || r.Text != "connection of unknown purpose 4" {
		t.Errorf("%v", err)
	}
}
