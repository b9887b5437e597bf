package crash

import (
	"testing"

	"github.com/msredis/msredis/internal/failpoint"
	"github.com/msredis/msredis/internal/testcluster"
)

// The points that the leader, or a follower, of three nodes passes while they
// serve.
var (
	leaderUnderLoad = []failpoint.Point{
		failpoint.Send, failpoint.Sent, failpoint.WALAppend, failpoint.WALSynced, failpoint.WALNoted,
		failpoint.Apply, failpoint.Applied, failpoint.ShelfIngested, failpoint.WALPurging,
	}
	followerUnderLoad = []failpoint.Point{
		failpoint.Receive, failpoint.Send, failpoint.WALAppend, failpoint.WALSynced, failpoint.WALNoted, failpoint.WALSegment,
		failpoint.Apply, failpoint.Applied, failpoint.SnapshotWritten, failpoint.WALMark,
	}
)

func TestLeaderUnderLoad(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	threeUnderLoad(t, c, leaderUnderLoad, true)
}

func TestFollowerUnderLoad(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	threeUnderLoad(t, c, followerUnderLoad, false)
}

// threeUnderLoad lets the first node die at the points, one after the other. The
// clients of the others see no error.
func threeUnderLoad(t *testing.T, c *testcluster.Cluster, points []failpoint.Point, leads bool) {
	t.Helper()
	n, others := c.Nodes[0], c.Nodes[1:]
	n.Kill()
	l := newWriters(t, 3)
	for _, p := range points {
		t.Log(p)
		n.Env = envWait(p, "exit")
		n.Start()
		n.WaitReady()
		if leads {
			lead(t, n)
		} else if c.Leader() == n {
			lead(t, others[0])
		}
		before := count(n, "dies", p)
		arm(t, n, p)
		l.start(n, c.Nodes...)
		dies(t, n, before, p)
		l.progress(5)
		l.end()
		l.check(others[1])
	}
	n.Env = nil
	n.Start()
	c.WaitReady()
	l.check(n)
	sameState(t, c)
}

// install are the points at which a node that is too far behind for the log
// takes over the leader's snapshot.
var install = []failpoint.Point{
	failpoint.SnapshotChunk, "snapshot-chunk:30", failpoint.SnapshotReceived, failpoint.InstallBegin, failpoint.InstallMoved, failpoint.InstallAway,
	failpoint.InstallPlaced, failpoint.SnapshotInstalled, failpoint.InstallMarked, failpoint.InstallLogged,
}

// TestInstall dies at all of them, each time with an older state on its shelf,
// and then kills the leader while it sends.
func TestInstall(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	n, leader := c.Nodes[0], c.Nodes[1]
	lead(t, leader)
	n.Kill()
	l := newWriters(t, 2)
	leaveBehind := func() {
		l.start(nil, c.Nodes[1:]...)
		l.progress(40)
		l.end()
		save(t, leader)
	}
	for _, p := range install {
		t.Log(p)
		leaveBehind()
		n.Env = env(p, "exit")
		before := count(n, "dies", p)
		n.Start()
		dies(t, n, before, p)
	}
	n.Env = nil
	n.Start()
	n.WaitReady()
	l.check(n)
	sameState(t, c)

	p := failpoint.SnapshotSend
	leader.Kill()
	leader.Env = envWait(p, "exit")
	leader.Start()
	leader.WaitReady()
	lead(t, leader)
	n.Kill()
	leaveBehind()
	arm(t, leader, p)
	n.Start()
	dies(t, leader, 0, p)
	leader.Env = nil
	leader.Start()
	c.WaitReady()
	l.check(n)
	sameState(t, c)
}
