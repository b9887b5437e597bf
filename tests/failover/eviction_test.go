package failover

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
)

// dataBytes is what maxmemory is held against on a node.
func dataBytes(t *testing.T, n *testcluster.Node) (int, error) {
	v, err := n.TryDo("INFO", "memory")
	if err != nil {
		return 0, err
	}
	used, uncounted := 0, 0
	for line := range strings.SplitSeq(v.Text, "\r\n") {
		fmt.Sscanf(line, "used_memory:%d", &used)
		fmt.Sscanf(line, "mem_not_counted_for_evict:%d", &uncounted)
	}
	return used - uncounted, nil
}

// Clients of all nodes write several times what maxmemory allows, and the leader is
// killed meanwhile: no write is refused, the data stays near the limit, and all nodes
// have evicted the same keys.
func TestEvictionThroughFailover(t *testing.T) {
	t.Parallel()
	const limit = 16 << 20
	c := start(t, 3, "--maxmemory", strconv.Itoa(limit), "--maxmemory-policy", "allkeys-lru")
	value := strings.Repeat("x", 4<<10)
	var stop atomic.Bool
	var written, most atomic.Int64
	var wg sync.WaitGroup
	var mu sync.Mutex // for the processes of the nodes
	running := func(n *testcluster.Node) bool {
		mu.Lock()
		defer mu.Unlock()
		return n.Running()
	}
	for i := range 6 {
		wg.Go(func() {
			n := c.Nodes[i%3]
			for k := 0; !stop.Load(); k++ {
				if !running(n) {
					n = c.Nodes[(i+1)%3]
				}
				v, err := n.TryDo("SET", fmt.Sprint("key:", i, ":", k), value)
				switch {
				case err != nil: // its node was killed
				case v.Text == "OK":
					written.Add(int64(len(value)))
				case strings.HasPrefix(v.Text, "OOM"):
					t.Errorf("a write was refused: %s", v.Text)
					return
				}
			}
		})
	}
	wg.Go(func() { // looks at the nodes that live
		for !stop.Load() {
			for _, n := range c.Nodes {
				if !running(n) {
					continue
				}
				if bytes, err := dataBytes(t, n); err == nil && int64(bytes) > most.Load() {
					most.Store(int64(bytes))
				}
			}
		}
	})
	reach := func(what string, bytes int64) {
		t.Helper()
		testcluster.Eventually(t, patience(60*time.Second), what, func() error {
			if n := written.Load(); n < bytes {
				return fmt.Errorf("%d bytes written", n)
			}
			return nil
		})
	}
	reach("twice the limit is written", 2*limit)
	leader := c.Leader()
	mu.Lock()
	leader.Kill()
	mu.Unlock()
	reach("as much again is written under another leader", written.Load()+2*limit)
	mu.Lock()
	leader.Start()
	mu.Unlock()
	reach("and with all nodes", written.Load()+limit)
	stop.Store(true)
	wg.Wait()
	if most.Load() > limit*5/4 {
		t.Errorf("the data took %d bytes, the limit is %d", most.Load(), limit)
	}
	testcluster.Eventually(t, patience(60*time.Second), "the data is below the limit", func() error {
		for _, n := range c.Nodes {
			if bytes, err := dataBytes(t, n); err != nil || bytes > limit {
				return fmt.Errorf("%s has %d bytes, %v", n.Name, bytes, err)
			}
		}
		return nil
	})
	sameState(t, c)
	for _, n := range c.Nodes {
		if n != leader && n.Info("stats", "evicted_keys") == "0" {
			t.Errorf("%s has evicted nothing", n.Name)
		}
	}
	t.Logf("%d MB written, at most %d MB at once", written.Load()>>20, most.Load()>>20)

	// With a policy that finds nothing, writes are refused; with another, taken again.
	n := c.Leader()
	n.Do("CONFIG", "SET", "maxmemory-policy", "volatile-lru")
	large := strings.Repeat("x", limit/16) // few of them fill what eviction has left free
	testcluster.Eventually(t, patience(60*time.Second), "a write is refused", func() error {
		v, err := n.TryDo("SET", fmt.Sprint("more:", time.Now().UnixNano()), large)
		if err != nil || strings.HasPrefix(v.Text, "OOM") {
			return err
		}
		return fmt.Errorf("it is taken: %s", v.Text)
	})
	c.Followers()[0].Do("CONFIG", "SET", "maxmemory-policy", "allkeys-random")
	testcluster.Eventually(t, patience(60*time.Second), "a write is taken", func() error {
		v, err := n.TryDo("SET", "more", value)
		if err == nil && v.IsError() {
			return fmt.Errorf("%s", v.Text)
		}
		return err
	})
}
