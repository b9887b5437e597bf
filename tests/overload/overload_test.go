// Package overload runs real nodes under more work than they can do at once, and
// looks at everybody else: raft keeps its leader and its term, processes keep to
// their memory, other clients get their answers in time, and what is refused is
// refused for certain. docs/OPERATING.md, "Under load", has the bounds.
package overload

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/race"
	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

var (
	manyKeys     = flag.Int("overload.keys", 1_000_000, "keys for KEYS, SCAN and FLUSHALL")
	manyElements = flag.Int("overload.elements", 1_000_000, "elements of the large values")
	expiring     = flag.Int("overload.expiring", 50_000, "keys that expire in one second")
	length       = flag.Duration("overload.duration", 1500*time.Millisecond, "how long a load without an end lasts")
)

func TestMain(m *testing.M) { testcluster.Main(m) }

// notWithRace skips a test whose nodes would be loaded by the race detector more
// than by the test.
func notWithRace(t *testing.T) {
	t.Helper()
	if race.Enabled {
		t.Skip("it is about time and memory, and the race detector takes ten times of both")
	}
}

// maxP99 is what 99 of 100 commands of other clients stay below, whatever is
// done to the nodes; it is for two processors that three nodes and the test
// share.
const maxP99 = 500 * time.Millisecond

// maxWait is what no command of theirs exceeds: 99 of 100 do not see a node that
// stands still for a second.
const maxWait = 5 * time.Second

// bystanders are clients that want little and look how long it takes, and what
// else must not change while the nodes are under load.
type bystanders struct {
	t     *testing.T
	nodes []*testcluster.Node
	stop  chan struct{}
	wg    sync.WaitGroup

	terms   []string // before the load
	leaders []string
	before  []int // memory in MiB
	maxP99  time.Duration
	maxWait time.Duration
	most    []atomic.Int64

	mu   sync.Mutex
	took []time.Duration
}

// watch lets two clients of each node write, read and ping until end.
func watch(t *testing.T, nodes ...*testcluster.Node) *bystanders {
	t.Helper()
	b := &bystanders{t: t, nodes: nodes, maxP99: maxP99, maxWait: maxWait, stop: make(chan struct{}), most: make([]atomic.Int64, len(nodes))}
	for i, n := range nodes {
		b.terms = append(b.terms, n.Info("raft", "raft_term"))
		b.leaders = append(b.leaders, n.Info("raft", "raft_leader"))
		b.before = append(b.before, n.ResidentMB())
		for k := range 2 {
			c := n.Dial()
			b.wg.Go(func() { b.work(c, fmt.Sprint("bystander:", i, ":", k)) })
		}
		b.wg.Go(func() { b.weigh(i) })
	}
	return b
}

// work sends one command after the other, with a pause: it is no load itself.
func (b *bystanders) work(c *wire.Conn, key string) {
	random := rand.New(rand.NewPCG(1, uint64(len(key))))
	for n := 0; ; n++ {
		select {
		case <-b.stop:
			return
		case <-time.After(time.Duration(1+random.IntN(4)) * time.Millisecond):
		}
		name := key + ":" + strconv.Itoa(n%97)
		args := [][]string{{"SET", name, "v"}, {"GET", name}, {"PING"}}[n%3]
		began := time.Now()
		v, err := c.Do(args...)
		took := time.Since(began)
		if err != nil || v.IsError() {
			b.t.Errorf("a bystander's %v: %v, %v after %v", args, v.Text, err, took)
			return
		}
		b.mu.Lock()
		b.took = append(b.took, took)
		b.mu.Unlock()
	}
}

// weigh notes how much memory a node takes at the most.
func (b *bystanders) weigh(i int) {
	for {
		b.most[i].Store(max(b.most[i].Load(), int64(b.nodes[i].ResidentMB())))
		select {
		case <-b.stop:
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// end stops the clients and says what must hold: no election, answers in time,
// and no node grew by more than growth MiB.
func (b *bystanders) end(growth int) {
	b.t.Helper()
	close(b.stop)
	b.wg.Wait()
	for i, n := range b.nodes {
		term, leader := n.Info("raft", "raft_term"), n.Info("raft", "raft_leader")
		if term != b.terms[i] || leader != b.leaders[i] {
			b.t.Errorf("%s: an election: leader %s in term %s, before %s in %s", n.Name, leader, term, b.leaders[i], b.terms[i])
		}
		if grown := int(b.most[i].Load()) - b.before[i]; grown > growth {
			b.t.Errorf("%s grew by %d MiB, from %d; %d are allowed", n.Name, grown, b.before[i], growth)
		}
	}
	slices.Sort(b.took)
	if len(b.took) == 0 {
		b.t.Error("no bystander got an answer")
		return
	}
	p99, last := b.took[len(b.took)*99/100], b.took[len(b.took)-1]
	var grown []int64
	for i := range b.most {
		grown = append(grown, b.most[i].Load()-int64(b.before[i]))
	}
	b.t.Logf("%d commands of others: median %v, p99 %v, longest %v; nodes grew by %d MiB", len(b.took),
		b.took[len(b.took)/2].Round(time.Microsecond), p99.Round(time.Microsecond), last.Round(time.Microsecond), grown)
	if p99 > b.maxP99 || last > b.maxWait {
		b.t.Errorf("the p99 of others is %v, the longest %v; %v and %v are allowed", p99, last, b.maxP99, b.maxWait)
	}
}

// patient is n.Dial for commands that may take long.
func patient(n *testcluster.Node) *wire.Conn {
	c := n.Dial()
	c.Timeout = time.Minute
	return c
}

// want runs a command and compares its reply.
func want(t *testing.T, c *wire.Conn, reply string, args ...string) {
	t.Helper()
	v, err := c.Do(args...)
	if err != nil || v.Text != reply {
		t.Fatalf("%.60q: %.60q, %v; want %.60q", args, v.Text, err, reply)
	}
}

// fill sends head with the arguments of n elements, thousands at a time, in
// pipelines.
func fill(t *testing.T, c *wire.Conn, n int, head []string, element func(i int) []string) {
	t.Helper()
	const each, depth = 1000, 8
	for i := 0; i < n; {
		var cmds [][]string
		for len(cmds) < depth && i < n {
			cmd := slices.Clone(head)
			for k := 0; k < each && i < n; k, i = k+1, i+1 {
				cmd = append(cmd, element(i)...)
			}
			cmds = append(cmds, cmd)
		}
		replies, err := c.Pipeline(cmds)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range replies {
			if v.IsError() {
				t.Fatalf("%s: %s", head, v.Text)
			}
		}
	}
}
