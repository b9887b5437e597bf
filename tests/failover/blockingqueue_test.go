package failover

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// queueLoad is producers and consumers of two queues on all nodes of a cluster.
// They go on when their node dies, and are back when it is.
//
// Elements of "q" are popped (BLPOP): one may get lost, as in Redis, with a
// connection that breaks while a pop is under way. Those of "m" are moved
// (BLMOVE) to "done": nothing may get lost there.
type queueLoad struct {
	t        *testing.T
	produce  atomic.Bool
	consume  atomic.Bool
	wg       sync.WaitGroup
	mu       sync.Mutex
	pushed   map[string]bool // acknowledged, in both queues
	popped   map[string]int
	broken   int // pops of which the end is not known
	moved    int
	surprise []string // errors that nobody should see
}

func startQueues(t *testing.T, addrs []string) *queueLoad {
	l := &queueLoad{t: t, pushed: map[string]bool{}, popped: map[string]int{}}
	l.produce.Store(true)
	l.consume.Store(true)
	for i, addr := range addrs {
		l.wg.Go(func() { reconnecting(addr, &l.produce, l.producer(i)) })
		for range 3 {
			l.wg.Go(func() { reconnecting(addr, &l.consume, l.popper) })
		}
		l.wg.Go(func() { reconnecting(addr, &l.consume, l.mover) })
	}
	return l
}

// reconnecting repeats a step on connections to a node, as long as goOn says so.
func reconnecting(addr string, goOn *atomic.Bool, step func(c *wire.Conn) error) {
	for goOn.Load() {
		c, err := wire.Dial(addr)
		if err != nil {
			time.Sleep(20 * time.Millisecond) // the node is down
			continue
		}
		c.Timeout = patience(20 * time.Second)
		for err == nil && goOn.Load() {
			err = step(c)
		}
		c.Close()
	}
}

// definite reports whether an error reply says that nothing has happened.
func definite(v wire.Value) bool { return v.Code() == "CLUSTERDOWN" }

func (l *queueLoad) producer(id int) func(c *wire.Conn) error {
	n := 0
	return func(c *wire.Conn) error {
		n++
		elem := fmt.Sprintf("%d:%d", id, n)
		replies, err := c.Pipeline([][]string{{"MULTI"}, {"RPUSH", "q", elem}, {"RPUSH", "m", elem}, {"EXEC"}})
		if err != nil {
			return err
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		switch exec := replies[3]; {
		case len(exec.Elems) == 2:
			l.pushed[elem] = true
		case !definite(exec) && exec.Code() != "UNKNOWN":
			l.surprise = append(l.surprise, "EXEC: "+exec.Text)
		}
		return nil
	}
}

func (l *queueLoad) popper(c *wire.Conn) error {
	v, err := c.Do("BLPOP", "q", "1")
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err != nil:
		l.broken++
		return err
	case len(v.Elems) == 2:
		l.popped[v.Elems[1].Text]++
	case v.Code() == "UNKNOWN":
		l.broken++
	case !v.IsNil() && !definite(v):
		l.surprise = append(l.surprise, "BLPOP: "+v.Text)
	}
	return nil
}

func (l *queueLoad) mover(c *wire.Conn) error {
	v, err := c.Do("BLMOVE", "m", "done", "LEFT", "RIGHT", "1")
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err != nil:
		return err
	case v.IsError() && !definite(v) && v.Code() != "UNKNOWN":
		l.surprise = append(l.surprise, "BLMOVE: "+v.Text)
	case !v.IsError() && !v.IsNil():
		l.moved++
	}
	return nil
}

// progress waits until so many more elements were popped and moved.
func (l *queueLoad) progress(n int) {
	l.t.Helper()
	count := func() (int, int) {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.popped), l.moved
	}
	popped, moved := count()
	testcluster.Eventually(l.t, patience(30*time.Second), "the queues move on", func() error {
		if p, m := count(); p < popped+n || m < moved+n {
			return errorf("%d popped, %d moved", p-popped, m-moved)
		}
		return nil
	})
}

// TestBlockedQueueThroughFailover kills the leader again and again while clients
// of all nodes wait for elements: none is popped twice, and none is lost.
func TestBlockedQueueThroughFailover(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	l := startQueues(t, c.Addrs())
	for range 4 {
		l.progress(50)
		leader := c.Leader()
		leader.Kill()
		l.progress(50)
		leader.Start()
		leader.WaitReady()
	}
	l.produce.Store(false)
	n := c.Nodes[0]
	testcluster.Eventually(t, patience(30*time.Second), "the queues are empty", func() error {
		if q, m := n.Do("LLEN", "q").Text, n.Do("LLEN", "m").Text; q != "0" || m != "0" {
			return errorf("%s and %s elements are left, though clients wait", q, m)
		}
		return nil
	})
	l.consume.Store(false)
	l.wg.Wait()
	if len(l.surprise) > 0 {
		t.Errorf("clients saw errors: %q", l.surprise)
	}
	lost := 0
	for elem := range l.pushed {
		if l.popped[elem] == 0 {
			lost++
		}
	}
	for elem, times := range l.popped {
		if times != 1 {
			t.Errorf("%s was popped %d times", elem, times)
		}
	}
	if lost > l.broken {
		t.Errorf("%d elements are lost, but only %d pops broke off", lost, l.broken)
	}
	done := map[string]int{}
	for _, elem := range n.Do("LRANGE", "done", "0", "-1").Strings() {
		if done[elem]++; done[elem] > 1 {
			t.Errorf("%s was moved twice", elem)
		}
	}
	for elem := range l.pushed {
		if done[elem] == 0 {
			t.Errorf("%s was not moved", elem)
		}
	}
	t.Logf("%d elements pushed, %d popped, %d moved; %d pops broke off, which lost %d", len(l.pushed), len(l.popped), len(done), l.broken, lost)
	sameState(t, c)
}
