package failover

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// hostile are scripts that would end a server, or keep it from everybody else. They
// write before they are stopped, so their end has to be the same on all nodes.
var hostile = []struct{ name, body, want string }{
	{"endless", `while true do end`, "exceeded its budget"},
	{"endless in pcall", `while true do pcall(function() while true do redis.call('INCR', KEYS[1]) end end) end`, "exceeded its budget"},
	{"endless writes", `while true do redis.call('INCR', KEYS[1]) end`, "exceeded its budget"},
	{"chance", `while true do redis.call('INCRBY', KEYS[1], 1 + math.random(1)) local t = {} for i = 1, 9 do t[i] = tostring({}) .. i end end`, "exceeded its budget"},
	{"recursion", `redis.call('INCR', KEYS[1]) local function f() f() end f()`, "stack overflow"},
	{"huge string", `local s = 'x' while true do redis.call('INCR', KEYS[1]) s = s .. s end`, "exceeded its"},
	{"huge value", `local s = string.rep('x', 1e6) while true do redis.call('APPEND', KEYS[1] .. 'long', s) s = s .. s end`, "exceeded its"},
	{"huge table", `local t = {} for i = 1, 1e9 do t[i] = string.rep('x', 1e5) .. i redis.call('INCR', KEYS[1]) end`, "exceeded its"},
	{"huge index", `local t = {} for i = 1, 1e9 do t[i * 2^20] = {i} redis.call('INCR', KEYS[1]) end`, "exceeded its"},
	{"huge pattern", `redis.call('INCR', KEYS[1]) return string.find(string.rep('a', 1e5), string.rep('a*', 50) .. 'b')`, "exceeded its budget"},
	{"own table", `redis.call('INCR', KEYS[1]) local t = {} t[1] = t return t`, "reached lua stack limit"},
}

// TestHostileScripts sends what should not be sent to each of three nodes: the error
// and what was written are the same through each, the nodes live, their digests are
// equal, and the others are served.
func TestHostileScripts(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	if v := c.Nodes[0].Do("CONFIG", "SET", "script-budget", "300000", "script-memory", "8388608"); v.Text != "OK" {
		t.Fatalf("CONFIG SET: %s", v.Text)
	}
	for _, h := range hostile {
		var replies, left []string
		for i, n := range c.Nodes {
			key := h.name + strconv.Itoa(i)
			v := n.Do("EVAL", h.body, "1", key)
			if !strings.Contains(v.Text, h.want) {
				t.Errorf("%s on %s: %.300q, want %q", h.name, n.Name, v.Text, h.want)
			}
			replies = append(replies, v.Text)
			left = append(left, c.Nodes[(i+1)%3].Do("GET", key).Text+" "+n.Do("STRLEN", key+"long").Text)
		}
		for i := range replies {
			if replies[i] != replies[0] || left[i] != left[0] {
				t.Errorf("%s: the nodes answer %q and leave %q", h.name, replies, left)
				break
			}
		}
		set(t, c.Followers()[0], "after", h.name)
		for _, n := range c.Nodes {
			expect(t, n, "after", h.name)
		}
	}
	sameState(t, c)
	for _, n := range c.Nodes {
		n.Kill()
	}
	for _, n := range c.Nodes {
		n.WaitExit()
		n.Start()
	}
	c.WaitReady()
	expect(t, c.Nodes[1], "after", hostile[len(hostile)-1].name)
	sameState(t, c)
}

// TestEndlessRead: a script that only reads is the matter of one node. Its other
// clients are served meanwhile, and SCRIPT KILL ends it.
func TestEndlessRead(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	n := c.Followers()[0]
	sha := n.Do("SCRIPT", "LOAD", "while true do redis.call('GET', KEYS[1]) end").Text
	conn := n.Dial()
	conn.Timeout = patience(20 * time.Second)
	if err := conn.Send(wire.AppendCommand(nil, "EVALSHA_RO", sha, "1", "k")); err != nil {
		t.Fatal(err)
	}
	set(t, n, "other", "served")
	expect(t, n, "other", "served")
	testcluster.Eventually(t, patience(10*time.Second), "the script is there to be killed", func() error {
		if v := n.Do("SCRIPT", "KILL"); v.Text != "OK" {
			return errors.New(v.Text)
		}
		return nil
	})
	if v, err := conn.Recv(); err != nil || !strings.Contains(v.Text, "Script killed by user") {
		t.Fatalf("the killed script answers %q, %v", v.Text, err)
	}
	sameState(t, c)
}

// TestBusy: while a script in the log takes long, each node tells its clients so, new
// ones too, and nobody loses the leader.
func TestBusy(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	for _, n := range c.Nodes {
		if v := n.Do("CONFIG", "SET", "lua-time-limit", "50"); v.Text != "OK" {
			t.Fatalf("CONFIG SET: %s", v.Text)
		}
	}
	var others []*wire.Conn
	for _, n := range c.Nodes {
		others = append(others, n.Dial())
	}
	n := c.Followers()[0]
	term := n.Info("raft", "raft_term")
	conn := n.Dial()
	conn.Timeout = patience(60 * time.Second)
	if err := conn.Send(wire.AppendCommand(nil, "EVAL", "redis.call('SET', KEYS[1], 'v') while true do end", "1", "k")); err != nil {
		t.Fatal(err)
	}
	for i, n := range c.Nodes {
		other := others[i]
		testcluster.Eventually(t, patience(30*time.Second), n.Name+" is busy", func() error {
			if v, err := other.Do("PING"); err != nil || v.Code() != "BUSY" {
				return fmt.Errorf("PING answers %s, %v", v.Text, err)
			}
			return nil
		})
		for _, cmd := range []struct{ args, want string }{{"SCRIPT KILL", "UNKILLABLE"}, {"MULTI", ""}, {"GET k", "BUSY"}, {"EXEC", "EXECABORT"}} {
			if v, err := other.Do(strings.Fields(cmd.args)...); err != nil || v.Code() != cmd.want {
				t.Errorf("%s on %s answers %s, %v; want %s", cmd.args, n.Name, v.Text, err, cmd.want)
			}
		}
	}
	if v, err := conn.Recv(); err != nil || !strings.Contains(v.Text, "exceeded its budget") {
		t.Fatalf("the script answers %q, %v", v.Text, err)
	}
	for _, n := range c.Nodes {
		testcluster.Eventually(t, patience(30*time.Second), n.Name+" is not busy any more", func() error {
			if v := n.Do("PING"); v.IsError() {
				return errors.New(v.Text)
			}
			return nil
		})
		expect(t, n, "k", "v")
		if now := n.Info("raft", "raft_term"); now != term {
			t.Errorf("%s is in term %s, was in %s", n.Name, now, term)
		}
	}
	sameState(t, c)
}

const (
	countScript = "return redis.call('INCR', KEYS[1])"
	countSHA    = "61636018f4e6b5817b89791bbed242f93fa089e3"
	readScript  = "return redis.call('GET', KEYS[1])"
	readSHA     = "d3c21d0c2b9ca22f82737626a27bcaf5d288f99f"
)

// TestScriptsAreClusterState: what was loaded on one node is there on all of them,
// for a node that missed it, and after the power was gone everywhere.
func TestScriptsAreClusterState(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	calls := 0
	call := func(when string, nodes ...*testcluster.Node) {
		t.Helper()
		for _, n := range nodes {
			calls += 2
			if v := n.Do("EVALSHA", "35b7fd6a0b6d4ec2ac9a4b2ea5e0be1c5bb4c0a5", "0"); v.Code() != "NOSCRIPT" {
				t.Fatalf("%s, on %s: a script of which nobody has heard answers %s", when, n.Name, v.Text)
			}
			for i, cmd := range [][]string{{"EVALSHA", countSHA, "1", "n"}, {"FCALL", "count", "1", "n"}} {
				if v := n.Do(cmd...); v.Text != strconv.Itoa(calls-1+i) {
					t.Fatalf("%s, on %s: %s: %s, want %d", when, n.Name, cmd, v.Text, calls-1+i)
				}
			}
			if v := n.Do("EVALSHA_RO", readSHA, "1", "n"); v.Text != strconv.Itoa(calls) {
				t.Fatalf("%s, on %s: the script that reads: %s, want %d", when, n.Name, v.Text, calls)
			}
		}
	}
	missed := c.Followers()[0]
	missed.Kill()
	missed.WaitExit()
	by := c.Followers()[0]
	if v := by.Do("SCRIPT", "LOAD", countScript); v.Text != countSHA {
		t.Fatalf("SCRIPT LOAD: %s, want %s", v.Text, countSHA)
	}
	by.Do("SCRIPT", "LOAD", readScript)
	if v := by.Do("FUNCTION", "LOAD", "#!lua name=counts\nredis.register_function('count', function(KEYS) "+countScript+" end)"); v.Text != "counts" {
		t.Fatalf("FUNCTION LOAD: %s", v.Text)
	}
	call("at once", by, c.Leader())
	missed.Start()
	c.WaitReady()
	call("after it was down", missed)
	old := c.Leader()
	old.Kill()
	old.WaitExit()
	call("after the leader's death", c.Followers()...)
	old.Start()
	c.WaitReady()
	for _, n := range c.Nodes {
		n.Do("SAVE")
		n.Kill()
	}
	for _, n := range c.Nodes {
		n.WaitExit()
		n.Start()
	}
	c.WaitReady()
	call("after all were dead", c.Nodes...)
	sameState(t, c)
}
