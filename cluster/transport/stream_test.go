package transport

import (
	"net"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/raft/v3/raftpb"

	"github.com/msredis/msredis/internal/poller"
)

// eventLoop is one that serves somebody's streams.
type eventLoop struct {
	t      testing.TB
	poller *poller.Poller
	ready  func()
	stop   atomic.Bool
	done   chan struct{}
}

// attach has a loop read n's messages; it does not run yet.
func attach(t testing.TB, n *node) *eventLoop {
	t.Helper()
	p, err := poller.New()
	must(t, err)
	l := &eventLoop{t: t, poller: p, done: make(chan struct{})}
	must(t, n.Attach(func(fd int, ready func()) error {
		l.ready = ready
		return p.AddReader(fd)
	}))
	return l
}

func (l *eventLoop) run() {
	defer close(l.done)
	defer l.poller.Close()
	for !l.stop.Load() {
		if err := l.poller.Wait(-1, func(int, poller.Readiness) { l.ready() }); err != nil {
			l.t.Error(err)
			return
		}
	}
}

func (l *eventLoop) end() {
	l.stop.Store(true)
	l.poller.Ring()
	<-l.done
}

// talk sends n messages from the one with index next, some of them long, and waits
// until they have come.
func talk(t *testing.T, from, to *node, next, n int) {
	t.Helper()
	for i := next; i < next+n; i++ {
		size := 100
		if i%10 == 3 {
			size = longMessage + 1000*i // one that goes in parts
		}
		from.Send(0, []*raftpb.Message{msg(1, 2, uint64(i), make([]byte, size))})
	}
	eventually(t, "the messages", func() bool { return to.received() == next+n })
	inOrder(t, to, 0, next+n)
}

// Messages are read by the transport itself, then by a loop, then by itself again,
// and none is lost or overtaken.
func TestAttach(t *testing.T) {
	t.Parallel()
	a, b := pair(t, nil)
	talk(t, a, b, 0, 30)
	l := attach(t, b)
	go l.run()
	talk(t, a, b, 30, 30)
	l.end()
	must(t, b.Detach())
	talk(t, a, b, 60, 30)
	if s := a.Stats()[0]; s.Connects != 1 || s.Dropped != 0 {
		t.Errorf("%d connections, %d messages dropped", s.Connects, s.Dropped)
	}
}

// While the loop is busy with something else, somebody else reads in its place; the
// loop finds what comes later.
func TestBusyLoop(t *testing.T) {
	t.Parallel()
	a, b := pair(t, nil)
	l := attach(t, b)
	a.Send(0, []*raftpb.Message{msg(1, 2, 0)})
	eventually(t, "the message", func() bool {
		b.TryPoll()
		return b.received() == 1
	})
	go l.run()
	a.Send(0, []*raftpb.Message{msg(1, 2, 1)})
	eventually(t, "the next message", func() bool { return b.received() == 2 })
	l.end()
	inOrder(t, b, 0, 2)
}

// A long frame that comes slowly holds nobody up, is waited for as long as it goes
// on, and then its connection is read as before.
func TestSlowLongFrame(t *testing.T) {
	t.Parallel()
	b, third := start(t, 2, "", func(o *Options) { o.DeadAfter = 500 * time.Millisecond }), start(t, 3, "", nil)
	b.knows(third)
	third.knows(b)
	eventually(t, "the connection", func() bool { return third.connected(2) })
	conn, err := net.Dial("tcp", b.addr)
	must(t, err)
	defer conn.Close()
	_, _, _, err = greet(nil, conn, hello{version, forMessages, testCluster, 1, 2, Process{}}, 5*time.Second)
	must(t, err)
	wire := appendFrame(nil, kindAlive)
	for _, m := range []*raftpb.Message{msg(1, 2, 0, make([]byte, 3*longMessage)), msg(1, 2, 1)} {
		p := &peer{t: &Transport{options: Options{MaxFrame: 1 << 30, QueueBytes: 1 << 30}}}
		for p.encode(0, m); !p.idle(); {
			wire = append(wire, p.next()...)
		}
	}
	for i := 0; len(wire) > 0; i++ {
		n := min(len(wire), longMessage/2)
		conn.Write(wire[:n])
		wire = wire[n:]
		third.Send(0, []*raftpb.Message{msg(3, 2, uint64(i))})
		eventually(t, "the others' message", func() bool { return b.heardOf(3) == i+1 })
		from := time.Now()
		eventually(t, "time", func() bool { return time.Since(from) > 200*time.Millisecond })
	}
	eventually(t, "the long message and the next", func() bool { return b.heardOf(1) == 2 })
}

// heardOf is how many messages of a member there were.
func (n *node) heardOf(id uint64) (count int) {
	got, _ := n.heard()
	for _, m := range got {
		if m.GetFrom() == id {
			count++
		}
	}
	return count
}
