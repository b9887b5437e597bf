package front

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/resp"
)

// largeReads is a pipeline of n reads of a value of size bytes, and the replies.
func largeReads(c *testClient, n, size int) (lines []string, want string) {
	value := strings.Repeat("v", size)
	c.want("+OK|", "SET k "+value)
	for range n {
		lines = append(lines, "GET k")
	}
	return lines, strings.Repeat(fmt.Sprintf("$%d|%s|", size, value), n)
}

// A client that asks for large values in one pipeline gets them in portions:
// the node never holds all of the replies.
func TestPortions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ n, size, most int }{
		{500, 100 << 10, portionBytes + spillBytes},
		{2, 100 << 10, loopBytes},
		{8, 6 << 20, 6<<20 + portionBytes/2}, // each is more than a portion
	} {
		ts := newTestServer(t)
		c := ts.connect(t)
		lines, want := largeReads(c, test.n, test.size)
		c.want(want, lines...)
		if c.conn.most > test.most+test.size {
			t.Errorf("%d of %d bytes: %d bytes were sent at once", test.n, test.size, c.conn.most)
		}
		get, _ := ts.Server.table.Resolve(words(t, "GET k"))
		if got := ts.Server.stats.of(get).calls.Load(); got != uint64(test.n) {
			t.Errorf("%d calls were counted, of %d", got, test.n)
		}
	}
}

// An event loop makes a megabyte of replies, and leaves the rest to a goroutine.
// What is no read of data keeps its place.
func TestPortionsLeaveTheLoop(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	c := ts.connect(t)
	lines, want := largeReads(c, 20, 100<<10)
	lines, want = append(lines, "PING", "GET none", "ECHO a"), want+"+PONG|$-1|$1|a|"
	var cmds [][][]byte
	for _, line := range lines {
		cmds = append(cmds, words(t, line))
	}
	replies, _, progress := c.session.Start(cmds, time.Now())
	if progress != resp.Blocks || replies != nil || len(c.session.unit.W.Buf) > loopBytes {
		t.Fatalf("progress %d, %d bytes", progress, len(c.session.unit.W.Buf))
	}
	c.conn.sent = nil
	replies, _ = c.session.Serve(cmds, time.Now())
	if got := strings.ReplaceAll(string(append(c.conn.sent, replies...)), "\r\n", "|"); got != want {
		t.Errorf("%d bytes of replies, want %d; the last are %q", len(got), len(want), got[max(len(got)-60, 0):])
	}
}

// Reads of large values do not stand between writes, whose unit cannot be broken
// off.
func TestLargeReadsDoNotRide(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ pipeline, units string }{
		{"GET k;GET k;SET a 1", "r2 r1 w1"},
		{"SET a 1;GET k;GET k;SET a 1", "w1 r2 r1 w1"},
		{"SET a 1;GET k;SET a 1;GET k;SET a 1", "w1 r1 w1 r1 w1"},
		{"SET a 1;GET a;SET a 1;GET a", "w4"},
		{"MULTI;GET k;EXEC;SET a 1", "r1 w1"},
	} {
		ts := newTestServer(t)
		c := ts.connect(t)
		c.want("+OK|", "SET k "+strings.Repeat("v", portionBytes+1))
		ts.backend.units = nil
		c.pipeline(strings.Split(test.pipeline, ";")...)
		if got := ts.backend.shape(); got != test.units {
			t.Errorf("%s: ran as %s, want %s", test.pipeline, got, test.units)
		}
	}
}

// What nobody will read is not made.
func TestGone(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	c := ts.connect(t)
	lines, _ := largeReads(c, 100, 100<<10)
	ts.backend.units = nil
	c.conn.onSend = func() { c.conn.gone.Store(true) }
	c.pipeline(append(lines, "SET a 1")...)
	if !c.conn.closed() || len(ts.backend.units) > 2 {
		t.Errorf("ran as %s, closed: %t", ts.backend.shape(), c.conn.closed())
	}
}

// Replies of more than the hard limit end the client, and are not made to the end.
func TestHardLimit(t *testing.T) {
	t.Parallel()
	for _, lines := range [][]string{
		{"GET k"},
		{"MULTI", "GET k", "EXEC"},
		{"MULTI", "PING", "GET k", "GET k", "EXEC"},
		{"MULTI", "SET a 1", "GET k", "EXEC"},
	} {
		ts := newTestServer(t)
		c := ts.connect(t)
		c.want("+OK|", "SET k "+strings.Repeat("v", 2<<20))
		c.conn.limit = 1 << 20
		if got := c.pipeline(lines...); len(got) > 1<<20 || !c.conn.closed() {
			t.Errorf("%q: %d bytes, closed: %t", lines, len(got), c.conn.closed())
		}
	}
}
