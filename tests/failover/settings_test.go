package failover

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
)

// setting reads a setting of the cluster on a node.
func setting(t *testing.T, n *testcluster.Node, name, want string) {
	t.Helper()
	if v := n.Do("CONFIG", "GET", name); len(v.Elems) != 2 || v.Elems[1].Text != want {
		t.Fatalf("CONFIG GET %s on %s: %v, want %s", name, n.Name, v.Elems, want)
	}
}

// encoding writes a sorted set of two members on a node and expects its encoding
// there and on the others.
func encoding(t *testing.T, c *testcluster.Cluster, key, want string) {
	t.Helper()
	for i, n := range c.Nodes {
		key := fmt.Sprint(key, i)
		n.Do("ZADD", key, "1", "a", "2", "b")
		for _, other := range c.Nodes {
			if v := other.Do("OBJECT", "ENCODING", key); v.Text != want {
				t.Fatalf("%s of %s is %s on %s, want %s", key, n.Name, v.Text, other.Name, want)
			}
		}
	}
}

// What a founder's file says is what the cluster starts with. A change on one node
// holds on all, over a fail-over, a restart, snapshots, and for those who join
// later, whatever their files say.
func TestSettingsBelongToTheCluster(t *testing.T) {
	t.Parallel()
	const name = "zset-max-listpack-entries"
	c := start(t, 3, "--zset-max-ziplist-entries", "1")
	for _, n := range c.Nodes {
		setting(t, n, name, "1")
	}
	encoding(t, c, "founded", "skiplist")

	if v := c.Nodes[1].Do("CONFIG", "SET", name, "2", "slowlog-max-len", "7"); v.Text != "OK" {
		t.Fatalf("CONFIG SET: %s", v.Text)
	}
	for i, n := range c.Nodes {
		setting(t, n, name, "2")
		setting(t, n, "slowlog-max-len", []string{"128", "7", "128"}[i]) // that one is a node's
	}
	encoding(t, c, "changed", "listpack")
	sameState(t, c)

	leader := c.Leader()
	leader.Do("SAVE")
	leader.Kill()
	leader.WaitExit()
	leader.Start()
	c.WaitReady()
	for _, n := range c.Nodes {
		setting(t, n, name, "2")
	}
	testcluster.Eventually(t, patience(10*time.Second), "the node says that its command line asks for another value", func() error {
		if !strings.Contains(leader.Log(), "option "+name+" is 2 in the cluster, and not 1 as for this node") {
			return errors.New("no such line")
		}
		return nil
	})
	joined := c.Join("n4", c.Nodes[0])
	setting(t, joined, name, "2")
	encoding(t, c, "joined", "listpack")
	sameState(t, c)
}

// CONFIG SET of a setting needs a majority, as any write; then nothing is changed,
// what belongs to the node included. CONFIG GET answers what the node knows.
func TestSettingsNeedAMajority(t *testing.T) {
	t.Parallel()
	const name = "hash-max-listpack-entries"
	c := start(t, 3, "--request-timeout", "1000")
	n := c.Nodes[0]
	for _, other := range c.Nodes[1:] {
		other.Stop()
	}
	if v := n.Do("CONFIG", "SET", name, "7", "slowlog-max-len", "7"); !v.IsError() {
		t.Errorf("CONFIG SET alone: %s", v.Text)
	}
	setting(t, n, "slowlog-max-len", "128")
	setting(t, n, name, "512")
	for _, other := range c.Nodes[1:] {
		other.Cont()
	}
	c.WaitReady()
	sameState(t, c)
}
