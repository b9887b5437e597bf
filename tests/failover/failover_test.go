// Package failover does to a cluster of real processes what bad days do: kills,
// pauses, lost disks, damaged files, missing majorities, rude clients. What was
// acknowledged has to be there afterwards, exactly once, and clients of the
// surviving nodes must not have seen an error.
package failover

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/race"
	"github.com/msredis/msredis/internal/testcluster"
)

func TestMain(m *testing.M) { testcluster.Main(m) }

// Options for all clusters here. The election timeout is shorter than its
// default so that the tests are quick, and long enough for two busy cores.
var options = []string{"--election-timeout", "500", "--enable-debug-command", "yes"}

func start(t *testing.T, n int, more ...string) *testcluster.Cluster {
	t.Helper()
	return testcluster.Start(t, n, append(append([]string(nil), options...), more...)...)
}

// patience is d, or more where the race detector slows the servers down.
func patience(d time.Duration) time.Duration {
	if race.Enabled {
		return 4 * d
	}
	return d
}

// maxPause is how long clients of the surviving nodes may have to wait when the
// leader disappears without a word: detection, election, and some scheduling.
var maxPause = patience(3 * time.Second)

// set writes key on a node; the write has to be acknowledged.
func set(t *testing.T, n *testcluster.Node, key, value string) {
	t.Helper()
	if v := n.Do("SET", key, value); v.Text != "OK" {
		t.Fatalf("SET %s on %s: %s", key, n.Name, v.Text)
	}
}

// expect reads key on a node.
func expect(t *testing.T, n *testcluster.Node, key, value string) {
	t.Helper()
	if v := n.Do("GET", key); v.Text != value {
		t.Fatalf("GET %s on %s: %.60q, want %.60q", key, n.Name, v.Text, value)
	}
}

// sameState checks that all running nodes have the same data.
func sameState(t *testing.T, c *testcluster.Cluster) {
	t.Helper()
	testcluster.Eventually(t, patience(10*time.Second), "all nodes have the same digest", func() error {
		first := ""
		for _, n := range c.Nodes {
			if !n.Running() {
				continue
			}
			v, err := n.TryDo("DEBUG", "DIGEST")
			if err != nil {
				return err
			}
			if v.IsError() || first != "" && v.Text != first {
				return fmt.Errorf("%s answers %s, another node %s", n.Name, v.Text, first)
			}
			first = v.Text
		}
		return nil
	})
}

// allVote waits until no member is still catching up as a learner, so that each
// of them counts for the majority.
func allVote(t *testing.T, c *testcluster.Cluster) {
	t.Helper()
	testcluster.Eventually(t, patience(10*time.Second), "all members vote", func() error {
		v, err := c.Leader().TryDo("CLUSTER", "MEMBERS")
		if err != nil || v.IsError() {
			return fmt.Errorf("CLUSTER MEMBERS: %s %v", v.Text, err)
		}
		if strings.Contains(v.Text, "role=learner") {
			return errors.New("one is a learner")
		}
		return nil
	})
}

// startEmpty starts a node that has lost its disk, as a supervisor would: again
// if it is refused because its former self is not known to be dead yet.
func startEmpty(t *testing.T, n *testcluster.Node, more ...string) {
	t.Helper()
	n.LoseDisk()
	n.Start(more...)
	testcluster.Eventually(t, patience(15*time.Second), n.Name+" serves", func() error {
		if !n.Running() {
			n.Start(more...)
		}
		v, err := n.TryDo("DBSIZE")
		if err == nil && v.IsError() {
			err = errors.New(v.Text)
		}
		return err
	})
}

// fill writes n keys with values of the given size through a node.
func fill(t *testing.T, n *testcluster.Node, prefix string, count, size int) {
	t.Helper()
	value := strings.Repeat(prefix[:1], size)
	c := n.Dial()
	for done := 0; done < count; {
		var cmds [][]string
		for len(cmds) < 50 && done < count {
			cmds = append(cmds, []string{"SET", fmt.Sprint(prefix, ":", done), value})
			done++
		}
		replies, err := c.Pipeline(cmds)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range replies {
			if v.Text != "OK" {
				t.Fatalf("SET on %s: %s", n.Name, v.Text)
			}
		}
	}
}
