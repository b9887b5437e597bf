package failover

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// groupLoad is producers of a stream and consumers of one of its groups, on all
// nodes of a cluster. A consumer reads new entries and acknowledges them; when
// its connection breaks, it begins with those it was given and had not
// acknowledged, as the manual of XREADGROUP says.
type groupLoad struct {
	t        *testing.T
	produce  atomic.Bool
	consume  atomic.Bool
	wg       sync.WaitGroup
	mu       sync.Mutex
	added    map[string]bool // entries that were acknowledged, by ID
	given    map[string]int  // how often an entry was given out as a new one
	seen     map[string]bool // given out, as a new one or again
	done     map[string]bool // the XACK was acknowledged
	back     []string        // given out again after that
	broken   int             // reads of which the end is not known
	surprise []string        // errors that nobody should see
}

func startGroup(t *testing.T, addrs []string) *groupLoad {
	l := &groupLoad{t: t, added: map[string]bool{}, given: map[string]int{}, seen: map[string]bool{}, done: map[string]bool{}}
	l.produce.Store(true)
	l.consume.Store(true)
	for i, addr := range addrs {
		l.wg.Go(func() { reconnecting(addr, &l.produce, l.producer(i)) })
		for j := range 2 {
			l.wg.Go(func() { l.consumer(addr, fmt.Sprintf("c%d-%d", i, j)) })
		}
	}
	return l
}

// failed notes an error reply, and reports whether it is one.
func (l *groupLoad) failed(v wire.Value, cmd string) bool {
	if v.IsError() && !definite(v) && v.Code() != "UNKNOWN" {
		l.surprise = append(l.surprise, cmd+": "+v.Text)
	}
	return v.IsError()
}

func (l *groupLoad) producer(id int) func(c *wire.Conn) error {
	n := 0
	return func(c *wire.Conn) error {
		n++
		v, err := c.Do("XADD", "s", "*", "producer", strconv.Itoa(id), "n", strconv.Itoa(n))
		if err != nil {
			return err
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if !l.failed(v, "XADD") {
			if l.added[v.Text] {
				l.surprise = append(l.surprise, "XADD gave "+v.Text+" twice")
			}
			l.added[v.Text] = true
		}
		return nil
	}
}

// consumer is one consumer with a name of its own.
func (l *groupLoad) consumer(addr, name string) {
	reconnecting(addr, &l.consume, func() func(c *wire.Conn) error {
		var on *wire.Conn
		own := true // look at what it was given before
		return func(c *wire.Conn) error {
			if c != on {
				on, own = c, true
			}
			from := ">"
			if own {
				from = "0"
			}
			v, err := c.Do("XREADGROUP", "GROUP", "g", name, "COUNT", "5", "BLOCK", "1000", "STREAMS", "s", from)
			ids, unknown := l.taken(v, err, from == ">")
			if err != nil {
				return err
			}
			own = unknown || own && (len(ids) > 0 || v.IsError())
			if len(ids) == 0 {
				return nil
			}
			v, err = c.Do(append([]string{"XACK", "s", "g"}, ids...)...)
			l.mu.Lock()
			defer l.mu.Unlock()
			if err != nil {
				return err
			}
			if own = own || v.IsError(); !l.failed(v, "XACK") {
				for _, id := range ids {
					l.done[id] = true
				}
			}
			return nil
		}
	}())
}

// taken notes what a read has brought.
func (l *groupLoad) taken(v wire.Value, err error, fresh bool) (ids []string, unknown bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil || v.Code() == "UNKNOWN" {
		l.broken++
		return nil, true
	}
	if l.failed(v, "XREADGROUP") || v.IsNil() {
		return nil, false
	}
	for _, entry := range v.Elems[0].Elems[1].Elems {
		id := entry.Elems[0].Text
		ids = append(ids, id)
		l.seen[id] = true
		if fresh {
			l.given[id]++
		}
		if l.done[id] {
			l.back = append(l.back, id)
		}
	}
	return ids, false
}

// progress waits until so many more entries are acknowledged.
func (l *groupLoad) progress(n int) {
	l.t.Helper()
	count := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.done)
	}
	before := count()
	testcluster.Eventually(l.t, patience(30*time.Second), "the group moves on", func() error {
		if now := count(); now < before+n {
			return errorf("%d entries", now-before)
		}
		return nil
	})
}

// TestConsumerGroupThroughFailover kills the leader again and again while the
// consumers of a group on all nodes wait for entries: each entry is given out as
// a new one once, stays with its consumer until it is acknowledged, and never
// comes back then.
func TestConsumerGroupThroughFailover(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	n := c.Nodes[0]
	if v := n.Do("XGROUP", "CREATE", "s", "g", "$", "MKSTREAM"); v.IsError() {
		t.Fatal(v.Text)
	}
	l := startGroup(t, c.Addrs())
	for range 4 {
		l.progress(50)
		leader := c.Leader()
		leader.Kill()
		l.progress(50)
		leader.Start()
		leader.WaitReady()
	}
	l.produce.Store(false)
	testcluster.Eventually(t, patience(30*time.Second), "nothing is left to read", func() error {
		groups := n.Do("XINFO", "GROUPS", "s").Elems[0].Elems // name, consumers, pending, last-delivered-id, entries-read, lag
		if lag := groups[11].Text; lag != "0" {
			return errorf("lag %s", lag)
		}
		return nil
	})
	l.consume.Store(false)
	l.wg.Wait()
	l.verdict(n)
	sameState(t, c)
}

// verdict looks at the stream and its group when all clients have ended.
func (l *groupLoad) verdict(n *testcluster.Node) {
	t := l.t
	if len(l.surprise) > 0 {
		t.Errorf("clients saw errors: %q", l.surprise)
	}
	if len(l.back) > 0 {
		t.Errorf("entries came back after they were acknowledged: %q", l.back)
	}
	inStream := map[string]bool{}
	for _, entry := range n.Do("XRANGE", "s", "-", "+").Elems {
		inStream[entry.Elems[0].Text] = true
	}
	for id := range l.added {
		if !inStream[id] {
			t.Errorf("%s is lost", id)
		}
	}
	pending := map[string]bool{}
	for _, entry := range n.Do("XPENDING", "s", "g", "-", "+", "1000000").Elems {
		pending[entry.Elems[0].Text] = true
	}
	for id := range inStream {
		if times := l.given[id]; times > 1 {
			t.Errorf("%s was given out %d times", id, times)
		}
		if l.done[id] && pending[id] {
			t.Errorf("%s is pending, though it was acknowledged", id)
		}
		if !l.seen[id] && !pending[id] {
			t.Errorf("%s is lost to the group: nobody has seen it, and it is not pending", id)
		}
	}
	t.Logf("%d entries added, %d in the stream, %d seen, %d acknowledged, %d pending; %d reads broke off",
		len(l.added), len(inStream), len(l.seen), len(l.done), len(pending), l.broken)
}
