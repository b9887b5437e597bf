package front

import "testing"

// TestCrowd: while keys have to be evicted first, what may add to the data waits for its
// turn; everything else is served.
func TestCrowd(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t)
	crowded := ts.opt.Audience.Crowded
	a, b, c := ts.connect(t), ts.connect(t), ts.connect(t)
	b.want("+OK|+QUEUED|", "MULTI", "SET b 1")
	crowded(true)
	a.want("$-1|:0|+PONG|", "GET a", "DEL a", "PING")
	wrote := paused(t, c, "GET a", "SET a 1", "GET a")
	b.want("+QUEUED|", "SET b 2")
	executed := paused(t, b, "EXEC")
	crowded(true) // again: they wait on
	a.want("$-1|", "GET a")
	crowded(false)
	await(t, wrote, "$-1|+OK|$1|1|")
	await(t, executed, "*2|+OK|+OK|")
	a.want("+OK|", "SET a 2")
	// One that goes is waited for no more.
	crowded(true)
	gone := paused(t, c, "SET c 1")
	c.conn.Close()
	<-gone
}
