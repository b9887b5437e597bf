package robust

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

var (
	rounds = flag.Int("robust.rounds", 0, "rounds of each kind of fail-over to measure; 0: none")
	plotTo = flag.String("robust.plot", "", "file for a plot of the pauses, SVG")
)

// What clients are promised of a fail-over with default options.
const (
	killTarget    = 2 * time.Second
	plannedTarget = 100 * time.Millisecond
)

// TestPause measures the pause that clients see when the leader of three nodes
// is killed, terminated, or asked to hand over, with default options and under
// load. A pause is the longest that any client waited for one reply. Clients of
// the surviving nodes must not see an error; how long they wait is reported, and
// judged by who reads it.
func TestPause(t *testing.T) {
	if *rounds == 0 {
		t.Skip("measures only when asked to: make failover-plot")
	}
	c := testcluster.Start(t, 3)
	kinds := []*pauses{
		{name: "kill -9 of the leader", target: killTarget, widest: 2500 * time.Millisecond},
		{name: "SIGTERM of the leader", target: plannedTarget, widest: 125 * time.Millisecond},
		{name: "CLUSTER FAILOVER", target: plannedTarget, widest: 125 * time.Millisecond},
	}
	for range *rounds {
		kinds[0].add(pauseOf(t, c, c.Followers(), func(leader *testcluster.Node) { leader.Kill() }))
		back(t, c)
		kinds[1].add(pauseOf(t, c, c.Followers(), func(leader *testcluster.Node) { leader.Terminate() }))
		back(t, c)
		kinds[2].add(pauseOf(t, c, c.Nodes, func(*testcluster.Node) {
			if v := c.Followers()[0].Do("CLUSTER", "FAILOVER"); v.IsError() {
				t.Fatal(v.Text)
			}
		}))
	}
	for _, p := range kinds {
		t.Logf("\n%s", p)
	}
	if *plotTo != "" {
		if err := os.WriteFile(*plotTo, []byte(plot(kinds)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// back starts the node that is down and waits until all is as before.
func back(t *testing.T, c *testcluster.Cluster) {
	t.Helper()
	for _, n := range c.Nodes {
		if !n.Running() {
			n.Start()
		}
	}
	c.WaitReady()
	c.Leader()
}

// pauseOf lets clients of nodes count, does something to the leader, and
// returns the longest time that one of them waited for a reply.
func pauseOf(t *testing.T, c *testcluster.Cluster, nodes []*testcluster.Node, do func(leader *testcluster.Node)) time.Duration {
	t.Helper()
	const perNode, enough = 4, 30
	var wg sync.WaitGroup
	stop := make(chan struct{})
	acked := make([]atomic.Int64, perNode*len(nodes))
	var longest atomic.Int64
	var failed atomic.Pointer[string]
	for i := range acked {
		conn := nodes[i%len(nodes)].Dial()
		wg.Go(func() {
			defer conn.Close()
			if err := countOn(conn, fmt.Sprint("pause:", i), stop, &acked[i], &longest); err != nil {
				text := err.Error()
				failed.Store(&text)
			}
		})
	}
	progress := func() {
		t.Helper()
		var before []int64
		for i := range acked {
			before = append(before, acked[i].Load())
		}
		testcluster.Eventually(t, recovery, "all clients make progress", func() error {
			if text := failed.Load(); text != nil {
				t.Fatalf("a client of a node that lives: %s", *text)
			}
			for i := range acked {
				if acked[i].Load() < before[i]+enough {
					return errors.New("one does not")
				}
			}
			return nil
		})
	}
	progress()
	leader := c.Leader()
	longest.Store(0)
	do(leader)
	progress()
	close(stop)
	wg.Wait()
	return time.Duration(longest.Load())
}

// countOn increments a counter until it is told to stop.
func countOn(conn *wire.Conn, key string, stop chan struct{}, acked, longest *atomic.Int64) error {
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		begin := time.Now()
		v, err := conn.Do("INCR", key)
		took := int64(time.Since(begin))
		if err == nil && v.IsError() {
			err = errors.New(v.Text)
		}
		if err != nil {
			return err
		}
		for old := longest.Load(); took > old && !longest.CompareAndSwap(old, took); old = longest.Load() {
		}
		acked.Add(1)
		time.Sleep(time.Millisecond) // a load, and time for others on the machine
	}
}
