package crash

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// writer is a client that counts: each of its pipelines increments its counter,
// appends the same number to its list and overwrites a large value. It has at
// most one under way, so after the death of its node the counter is what was
// acknowledged, or one more.
type writer struct {
	id     int
	acked  int
	unsure bool // one more may have been executed
}

// writers are clients that live longer than the nodes they are connected to.
type writers struct {
	t    *testing.T
	list []*writer
	stop chan struct{}
	wg   sync.WaitGroup
	mu   sync.Mutex
	errs []string // seen by clients of nodes that were to live
}

func newWriters(t *testing.T, n int) *writers {
	l := &writers{t: t}
	for id := range n {
		l.list = append(l.list, &writer{id: id})
	}
	return l
}

func (w *writer) counter() string { return fmt.Sprint("counter:", w.id) }
func (w *writer) numbers() string { return fmt.Sprint("list:", w.id) }

// padding makes the log grow, by snapshots every few dozen writes.
var padding = strings.Repeat("x", 10_000)

// start lets the writers write, each to one of the nodes in turn. mayDie is the
// one whose clients may see an error, which ends them.
func (l *writers) start(mayDie *testcluster.Node, nodes ...*testcluster.Node) {
	l.stop = make(chan struct{})
	for i, w := range l.list {
		n := nodes[i%len(nodes)]
		c, err := wire.Dial(n.Addr())
		if err != nil {
			if n != mayDie {
				l.errs = append(l.errs, err.Error())
			}
			continue
		}
		l.wg.Go(func() {
			defer c.Close()
			if err := l.write(w, c); err != nil && n != mayDie {
				l.mu.Lock()
				l.errs = append(l.errs, fmt.Sprintf("client of %s: %v", n.Name, err))
				l.mu.Unlock()
			}
		})
	}
}

func (l *writers) write(w *writer, c *wire.Conn) error {
	for {
		select {
		case <-l.stop:
			return nil
		default:
		}
		l.mu.Lock()
		next := w.acked + 1
		w.unsure = true
		l.mu.Unlock()
		replies, err := c.Pipeline([][]string{
			{"INCR", w.counter()},
			{"RPUSH", w.numbers(), strconv.Itoa(next)},
			{"SET", fmt.Sprintf("padding:%d:%d", w.id, next%20), padding},
		})
		if err != nil {
			return err
		}
		if replies[2].IsError() || replies[0].Text != strconv.Itoa(next) {
			return fmt.Errorf("write %d: %s %s", next, replies[0].Text, replies[2].Text)
		}
		l.mu.Lock()
		w.acked, w.unsure = next, false
		l.mu.Unlock()
	}
}

// progress waits until n more writes are acknowledged, in total.
func (l *writers) progress(n int) {
	l.t.Helper()
	total := func() (sum int) {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, w := range l.list {
			sum += w.acked
		}
		return sum
	}
	want := total() + n
	testcluster.Eventually(l.t, testcluster.ReadyTimeout, "the writers make progress", func() error {
		if now := total(); now < want {
			return fmt.Errorf("%d writes, want %d", now, want)
		}
		return nil
	})
}

// end stops the writers. Only clients of the node that died may have failed.
func (l *writers) end() {
	l.t.Helper()
	close(l.stop)
	l.wg.Wait()
	if len(l.errs) > 0 {
		l.t.Fatalf("clients saw errors: %q", l.errs)
	}
}

// check reads everything back from a node. What was unsure is known from then on.
func (l *writers) check(n *testcluster.Node) {
	l.t.Helper()
	if err := l.verify(n); err != nil {
		l.t.Fatalf("%s: %v", n.Name, err)
	}
}

// verify fails unless all that was acknowledged is there, once and in order.
func (l *writers) verify(n *testcluster.Node) error {
	c := n.Dial()
	defer c.Close()
	for _, w := range l.list {
		replies, err := c.Pipeline([][]string{{"GET", w.counter()}, {"LRANGE", w.numbers(), "0", "-1"}})
		if err != nil {
			return err
		}
		got, _ := strconv.Atoi(replies[0].Text)
		most := w.acked
		if w.unsure {
			most++
		}
		if got < w.acked || got > most {
			return fmt.Errorf("%s is %d; %d were acknowledged, %d sent", w.counter(), got, w.acked, most)
		}
		if len(replies[1].Elems) != got {
			return fmt.Errorf("%s has %d elements and was appended to %d times", w.numbers(), len(replies[1].Elems), got)
		}
		for i, e := range replies[1].Elems {
			if e.Text != strconv.Itoa(i+1) {
				return fmt.Errorf("element %d of %s is %s", i, w.numbers(), e.Text)
			}
		}
		w.acked, w.unsure = got, false
	}
	return nil
}

// TestCheckSees: what a crash could do to the data is found.
func TestCheckSees(t *testing.T) {
	t.Parallel()
	c := start(t, 1)
	n := c.Nodes[0]
	l := newWriters(t, 2)
	l.start(nil, n)
	l.progress(20)
	l.end()
	l.check(n)
	counter, list := l.list[1].counter(), l.list[1].numbers()
	last := strconv.Itoa(l.list[1].acked)
	for _, flaw := range []struct {
		name       string
		do, mended []string
	}{
		{"a lost INCR", []string{"DECR", counter}, []string{"INCR", counter}},
		{"a doubled INCR", []string{"INCR", counter}, []string{"DECR", counter}},
		{"a lost RPUSH", []string{"RPOP", list}, []string{"RPUSH", list, last}},
		{"a doubled RPUSH", []string{"RPUSH", list, last}, []string{"RPOP", list}},
		{"another order", []string{"LSET", list, "0", last}, []string{"LSET", list, "0", "1"}},
		{"a lost key", []string{"RENAME", list, "away"}, []string{"RENAME", "away", list}},
	} {
		n.Do(flaw.do...)
		if l.verify(n) == nil {
			t.Errorf("%s was not found", flaw.name)
		}
		n.Do(flaw.mended...)
		l.check(n)
	}
}
