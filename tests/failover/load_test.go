package failover

import (
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// load is a number of clients that count. Each has a counter of its own and
// all share one, so that a lost and a doubled increment both show.
type load struct {
	t       *testing.T
	prefix  string
	stop    chan struct{}
	wg      sync.WaitGroup
	mu      sync.Mutex
	acked   []int // per client, of its own counter
	total   int   // of the shared counter
	errors  []string
	pause   time.Duration // the longest time that any client waited for a reply
	started time.Time
}

var loads struct {
	sync.Mutex
	n int
}

// startLoad lets clients count through each of the nodes until end is called.
func startLoad(t *testing.T, perNode int, nodes ...*testcluster.Node) *load {
	t.Helper()
	loads.Lock()
	loads.n++
	l := &load{t: t, prefix: fmt.Sprint("load", loads.n), stop: make(chan struct{}), started: time.Now()}
	l.acked = make([]int, perNode*len(nodes))
	loads.Unlock()
	for id := range l.acked {
		n := nodes[id%len(nodes)]
		c := n.Dial()
		c.Timeout = patience(15 * time.Second)
		l.wg.Add(1)
		go l.count(id, n.Name, c)
	}
	l.waitProgress(10)
	return l
}

// count sends, in turn, one command, a pipeline and a transaction.
func (l *load) count(id int, node string, c *wire.Conn) {
	defer l.wg.Done()
	own, shared := fmt.Sprint(l.prefix, ":", id), l.prefix+":total"
	batches := [][][]string{
		{{"INCR", own}},
		{{"INCR", shared}, {"INCR", own}, {"GET", own}},
		{{"MULTI"}, {"INCR", own}, {"INCR", shared}, {"EXEC"}},
	}
	for i := 0; ; i++ {
		select {
		case <-l.stop:
			return
		default:
		}
		cmds := batches[i%len(batches)]
		begin := time.Now()
		replies, err := c.Pipeline(cmds)
		took := time.Since(begin)
		l.mu.Lock()
		l.pause = max(l.pause, took)
		if err != nil {
			l.errors = append(l.errors, fmt.Sprintf("client of %s, after %v: %v", node, took, err))
			l.mu.Unlock()
			return
		}
		for j, v := range replies {
			if v.IsError() {
				l.errors = append(l.errors, fmt.Sprintf("client of %s, after %v: %s: %s", node, took, cmds[j], v.Text))
				l.mu.Unlock()
				return
			}
		}
		l.acked[id]++
		if len(cmds) > 1 {
			l.total++
		}
		l.mu.Unlock()
	}
}

// waitProgress waits until every client has n more acknowledgements.
func (l *load) waitProgress(n int) {
	l.t.Helper()
	l.mu.Lock()
	before := append([]int(nil), l.acked...)
	l.mu.Unlock()
	testcluster.Eventually(l.t, patience(20*time.Second), "the clients make progress", func() error {
		l.mu.Lock()
		defer l.mu.Unlock()
		if len(l.errors) > 0 {
			l.t.Fatalf("clients saw errors: %q", l.errors)
		}
		for id := range l.acked {
			if l.acked[id] < before[id]+n {
				return fmt.Errorf("client %d: %d acknowledgements since", id, l.acked[id]-before[id])
			}
		}
		return nil
	})
}

// end stops the clients and checks on a node that every acknowledged increment
// was counted, once. It returns the longest time a client has waited.
func (l *load) end(n *testcluster.Node) time.Duration {
	l.t.Helper()
	close(l.stop)
	l.wg.Wait()
	if len(l.errors) > 0 {
		l.t.Fatalf("clients saw errors: %q", l.errors)
	}
	sum := 0
	for id, want := range l.acked {
		sum += want
		expect(l.t, n, fmt.Sprint(l.prefix, ":", id), strconv.Itoa(want))
	}
	expect(l.t, n, l.prefix+":total", strconv.Itoa(l.total))
	l.t.Logf("%d acknowledged increments in %v, longest wait %v", sum+l.total,
		time.Since(l.started).Round(time.Millisecond), l.pause.Round(time.Millisecond))
	return l.pause
}
