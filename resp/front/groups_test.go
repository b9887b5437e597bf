package front

import "testing"

// TestCrossSlot: what no group has all keys of is refused as Redis Cluster refuses keys of
// different slots.
func TestCrossSlot(t *testing.T) {
	const apart = "-CROSSSLOT Keys in request don't hash to the same slot|"
	ts := newTestServer(t)
	ts.groups = 2 // a is in the second, b in the first
	c := ts.connect(t)
	c.want(apart+":0|", "DEL a b", "DEL a {a}b")
	c.want("+OK|"+apart+"-EXECABORT Transaction discarded because of previous errors.|", "MULTI", "DEL a b", "EXEC")
	c.want("+OK|+QUEUED|+QUEUED|"+apart+"-ERR DISCARD without MULTI|", "MULTI", "SET a 1", "SET b 1", "EXEC", "DISCARD")
	c.want("+OK|+QUEUED|+QUEUED|*2|+OK|+PONG|", "MULTI", "SET a 1", "PING", "EXEC")
	c.want(apart, "WATCH a b")
	c.want("+OK|"+apart, "WATCH a", "WATCH b")
	c.want("+OK|+QUEUED|"+apart, "MULTI", "SET b 1", "EXEC")
	c.want("+OK|+OK|+QUEUED|*1|+OK|", "WATCH a", "MULTI", "SET {a}b 1", "EXEC")
	ts.groups = 1
	c.want(":1|+OK|+QUEUED|+QUEUED|*2|+OK|+OK|", "DEL a b", "MULTI", "SET a 1", "SET b 1", "EXEC")
}
