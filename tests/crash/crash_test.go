// Package crash kills a node at every moment of internal/failpoint: the process
// dies there as by kill -9, is started again, and everything that was
// acknowledged has to be there, once. It also lets the disk of a node fail, and
// flips bits in its files.
//
// The server is built with the tag "failpoints". A node whose environment arms a
// point counts its hits from SIGUSR1 on, so each scene first brings the cluster
// to where the point matters.
package crash

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/failpoint"
	"github.com/msredis/msredis/internal/race"
	"github.com/msredis/msredis/internal/testcluster"
)

func TestMain(m *testing.M) {
	testcluster.BuildTags = "failpoints"
	testcluster.Main(m)
}

// options for all clusters: quick elections, a snapshot for every megabyte.
var options = []string{"--election-timeout", "300", "--snapshot-log-bytes", "1mb", "--enable-debug-command", "yes"}

func start(t *testing.T, n int) *testcluster.Cluster {
	t.Helper()
	if race.Enabled {
		t.Skip("the servers die here by the dozen; .ci/run does it without the race detector")
	}
	return testcluster.Start(t, n, options...)
}

// TestEveryPoint fails if a point has no scene: each scene fails unless its node
// dies at its point.
func TestEveryPoint(t *testing.T) {
	t.Parallel()
	tried := map[failpoint.Point]bool{}
	for _, points := range [][]failpoint.Point{
		firstStart, repair, underLoad, leaderUnderLoad, followerUnderLoad, install, admission, moving, founding,
		{failpoint.SnapshotSend}, {failpoint.ChangeApplied}, resetting,
	} {
		for _, p := range points {
			tried[bare(p)] = true
		}
	}
	for _, row := range failpoint.Table {
		if !tried[row.Point] {
			t.Errorf("%s: no node dies when %s", row.Point, row.What)
		}
		delete(tried, row.Point)
	}
	for p := range tried {
		t.Errorf("%s is no point", p)
	}
}

// bare is a point without the number of its hit.
func bare(p failpoint.Point) failpoint.Point {
	name, _, _ := strings.Cut(string(p), ":")
	return failpoint.Point(name)
}

// env arms a point from the start of a process.
func env(p failpoint.Point, action string) []string {
	return []string{failpoint.Env + "=" + string(p) + "=" + action}
}

// envWait arms a point for arm.
func envWait(p failpoint.Point, action string) []string {
	return append(env(p, action), failpoint.EnvWait+"=1")
}

// said waits until a node has said something once more than before.
func said(t *testing.T, n *testcluster.Node, before int, what string, p failpoint.Point) {
	t.Helper()
	line := fmt.Sprintf("failpoint %s: %s", bare(p), what)
	testcluster.Eventually(t, testcluster.ReadyTimeout, line, func() error {
		if strings.Count(n.Log(), line) <= before {
			return errors.New("not said")
		}
		return nil
	})
}

func count(n *testcluster.Node, what string, p failpoint.Point) int {
	return strings.Count(n.Log(), fmt.Sprintf("failpoint %s: %s", bare(p), what))
}

// arm lets the hits of a point count, which the node was started with.
func arm(t *testing.T, n *testcluster.Node, p failpoint.Point) {
	t.Helper()
	before := count(n, "armed", p)
	n.Signal(syscall.SIGUSR1)
	said(t, n, before, "armed", p)
}

// dies waits until a node has died at a point, which was armed when it had died
// there before times.
func dies(t *testing.T, n *testcluster.Node, before int, p failpoint.Point) {
	t.Helper()
	if code := n.WaitExit(); code != -1 {
		t.Fatalf("%s ended with code %d", n.Name, code)
	}
	if count(n, "dies", p) != before+1 {
		t.Fatalf("%s did not die at %s", n.Name, p)
	}
}

// sameState waits until all running nodes have the same data.
func sameState(t *testing.T, c *testcluster.Cluster) {
	t.Helper()
	testcluster.Eventually(t, testcluster.ReadyTimeout, "all nodes have the same digest", func() error {
		first := ""
		for _, n := range c.Nodes {
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

// lead makes a node the leader.
func lead(t *testing.T, n *testcluster.Node) {
	t.Helper()
	testcluster.Eventually(t, testcluster.ReadyTimeout, n.Name+" leads", func() error {
		v, err := n.TryDo("ROLE")
		if err != nil {
			return err
		}
		if len(v.Elems) > 0 && v.Elems[0].Text == "master" {
			return nil
		}
		v, err = n.TryDo("CLUSTER", "FAILOVER")
		return errors.Join(err, errors.New("not yet: "+v.Text))
	})
}

// save writes a snapshot on a node, waiting for one that is under way.
func save(t *testing.T, n *testcluster.Node) {
	t.Helper()
	testcluster.Eventually(t, 5*time.Second, "a snapshot is saved", func() error {
		if v := n.Do("SAVE"); v.Text != "OK" {
			return errors.New(v.Text)
		}
		return nil
	})
}
