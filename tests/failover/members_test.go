package failover

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
)

// members are the lines of CLUSTER MEMBERS on a node.
func members(n *testcluster.Node) []string {
	return strings.Split(strings.TrimSpace(n.Do("CLUSTER", "MEMBERS").Text), "\n")
}

// TestJoinAndForget adds a fourth node under load, lets it serve, and removes it.
func TestJoinAndForget(t *testing.T) {
	t.Parallel()
	c := start(t, 3, "--snapshot-log-bytes", "1mb")
	fill(t, c.Nodes[0], "k", 300, 10_000)
	l := startLoad(t, 2, c.Nodes...)
	joined := c.Join("n4", c.Followers()[0])
	l.waitProgress(10)
	expect(t, joined, "k:299", strings.Repeat("k", 10_000))
	set(t, joined, "through", "the new node")
	testcluster.Eventually(t, patience(10*time.Second), "all nodes know four members", func() error {
		for _, n := range c.Nodes {
			if m := members(n); len(m) != 4 {
				return errorf("%s knows %d", n.Name, len(m))
			}
		}
		return nil
	})
	l.end(joined)
	sameState(t, c)

	if v := c.Nodes[0].Do("CLUSTER", "FORGET", "n4"); v.Text != "OK" {
		t.Fatalf("CLUSTER FORGET: %s", v.Text)
	}
	testcluster.Eventually(t, patience(10*time.Second), "three members are left", func() error {
		for _, n := range c.Nodes[:3] {
			if m := members(n); len(m) != 3 {
				return errorf("%s knows %d", n.Name, len(m))
			}
		}
		return nil
	})
	// The one that was removed neither serves nor harms the others.
	testcluster.Eventually(t, patience(10*time.Second), "the removed node serves no more", func() error {
		if v, err := joined.TryDo("SET", "k", "v"); err == nil && !v.IsError() {
			return errorf("SET on it answers %s", v.Text)
		}
		return nil
	})
	joined.Kill()
	survivors := c.Followers()
	c.Leader().Kill()
	set(t, survivors[0], "majority", "of three again")
}

// TestForgetRefused: what is no member cannot be forgotten.
func TestForgetRefused(t *testing.T) {
	t.Parallel()
	c := start(t, 1)
	if v := c.Nodes[0].Do("CLUSTER", "FORGET", "nobody"); !v.IsError() {
		t.Errorf("FORGET of a stranger: %s", v.Text)
	}
	set(t, c.Nodes[0], "k", "v")
}

// TestSingleNodeGrows: a cluster of one becomes one of three by joining.
func TestSingleNodeGrows(t *testing.T) {
	t.Parallel()
	c := start(t, 1)
	first := c.Nodes[0]
	fill(t, first, "k", 100, 100)
	l := startLoad(t, 2, first)
	second := c.Join("n2", first)
	third := c.Join("n3", second)
	l.waitProgress(10)
	l.end(third)
	sameState(t, c)
	allVote(t, c)
	survivor := third
	if c.Leader() == third {
		survivor = second
	}
	c.Leader().Kill()
	set(t, survivor, "k:0", "after the leader")
}

// meet tells a node to meet another one.
func meet(n, stranger *testcluster.Node) string {
	return n.Do("CLUSTER", "MEET", "127.0.0.1", strconv.Itoa(stranger.Port), strconv.Itoa(stranger.PeerPort)).Text
}

// TestMeet: nodes that were started by themselves become members, by a command to
// any node of the cluster, unless they hold something that would be lost.
func TestMeet(t *testing.T) {
	t.Parallel()
	c := start(t, 1)
	first := c.Nodes[0]
	fill(t, first, "k", 100, 100)
	l := startLoad(t, 2, first)
	second, third, namesake := c.StartAlone("n2"), c.StartAlone("n3"), c.StartAlone("n1")
	set(t, second, "k", "v")
	for _, stranger := range []struct {
		n    *testcluster.Node
		want string
	}{{second, "is not empty"}, {namesake, "called n1"}} {
		if text := meet(first, stranger.n); !strings.HasPrefix(text, "ERR ") || !strings.Contains(text, stranger.want) {
			t.Errorf("CLUSTER MEET: %s, want one with %q", text, stranger.want)
		}
	}
	expect(t, second, "k", "v")
	second.Do("FLUSHALL")
	if text := meet(second, first); !strings.Contains(text, "is not empty") {
		t.Errorf("CLUSTER MEET of a node with data: %s", text)
	}
	c.Drop(namesake)

	for i, stranger := range []*testcluster.Node{second, third} {
		at := c.Nodes[i]
		if text := meet(at, stranger); text != "OK" {
			t.Fatalf("CLUSTER MEET: %s", text)
		}
		testcluster.Eventually(t, patience(20*time.Second), stranger.Name+" is a member", func() error {
			if v, err := stranger.TryDo("GET", "k:99"); err != nil || v.Text != strings.Repeat("k", 100) {
				return errorf("GET: %v %v", v, err)
			}
			return nil
		})
		if text := meet(at, stranger); text != "OK" {
			t.Errorf("CLUSTER MEET of a member: %s", text)
		}
	}
	l.waitProgress(10)
	l.end(third)
	allVote(t, c)
	sameState(t, c)
	if text := meet(first, third); text != "OK" {
		t.Errorf("CLUSTER MEET of a member: %s", text)
	}
	// With the command line that they always had.
	for _, n := range []*testcluster.Node{third, second} {
		n.Kill()
		n.Start()
		n.WaitReady()
	}
	c.Leader().Kill()
	survivor := second
	if !second.Running() {
		survivor = third
	}
	set(t, survivor, "k:0", "after the leader")
}
