package front

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// tot returns what CLIENT LIST says of a client's memory, -1 if it is not there.
func (ts *testServer) tot(t *testing.T, c *testClient) (n int64) {
	t.Helper()
	for _, line := range strings.Split(ts.connect(t).pipeline("CLIENT LIST"), "\n") {
		if i := strings.Index(line, fmt.Sprintf("id=%d ", c.conn.id)); i >= 0 {
			fmt.Sscanf(line[strings.Index(line, "tot-mem="):], "tot-mem=%d", &n)
			return n
		}
	}
	return -1
}

// What a session keeps is counted, and counted no more when it goes.
func TestClientMemory(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	name := strings.Repeat("n", 1000)
	for _, step := range []struct {
		keeps, drops string
		least        int64
	}{
		{"WATCH a " + name, "UNWATCH", 1000},
		{"WATCH a|MULTI", "DISCARD", 1},
		{"MULTI|SET a " + name, "DISCARD", 1000},
		{"MULTI|SET a " + name, "EXEC", 1000},
		{"SUBSCRIBE a " + name, "UNSUBSCRIBE", 1000},
		{"PSUBSCRIBE " + name, "PUNSUBSCRIBE " + name, 1000},
		{"SSUBSCRIBE " + name, "SUNSUBSCRIBE", 1000},
		{"CLIENT TRACKING ON BCAST PREFIX " + name, "CLIENT TRACKING OFF", 1000},
		{"CLIENT TRACKING ON BCAST PREFIX a|CLIENT TRACKING ON BCAST PREFIX b", "RESET", 1},
	} {
		c := ts.connect(t)
		for _, line := range strings.Split(step.keeps, "|") {
			c.pipeline(line)
		}
		if n := ts.tot(t, c); n < step.least {
			t.Errorf("%.40s: %d bytes, want at least %d", step.keeps, n, step.least)
		}
		c.pipeline(step.drops)
		if n := ts.tot(t, c); n != 0 {
			t.Errorf("%.40s, %.40s: %d bytes are left", step.keeps, step.drops, n)
		}
	}
}

// The largest clients go first, and no more than must.
func TestEvictClients(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	watch := func(bytes int) *testClient {
		c := ts.connect(t)
		c.pipeline("WATCH " + strings.Repeat("k", bytes))
		return c
	}
	small, kept, large, medium := watch(1000), watch(40_000), watch(30_000), watch(20_000)
	kept.pipeline("CLIENT NO-EVICT ON")
	control := ts.connect(t)
	control.pipeline("CONFIG SET maxmemory-clients 70000")
	for _, c := range []struct {
		*testClient
		name string
		stay bool
	}{{small, "small", true}, {kept, "with NO-EVICT", true}, {large, "large", false}, {medium, "medium", true}} {
		if c.conn.closed() == c.stay || (ts.tot(t, c.testClient) >= 0) != c.stay {
			t.Errorf("the client %s is closed: %v", c.name, c.conn.closed())
		}
	}
	if got := control.pipeline("INFO stats"); !strings.Contains(got, "|evicted_clients:1|") {
		t.Errorf("INFO: %q", got)
	}
	// A share of maxmemory.
	control.pipeline("CONFIG SET maxmemory-clients 1%")
	if medium.conn.closed() {
		t.Error("1% of no limit is a limit")
	}
	control.pipeline("CONFIG SET maxmemory 5000000")
	if !medium.conn.closed() || small.conn.closed() {
		t.Errorf("1%% of 5 MB: the medium client is closed: %v, the small one: %v", medium.conn.closed(), small.conn.closed())
	}
	// With nothing but the clock to look at it.
	kept.pipeline("CLIENT NO-EVICT OFF")
	watch(20_000)
	select {
	case <-kept.conn.done:
	case <-time.After(10 * time.Second):
		t.Error("nobody looks at the clients")
	}
}
