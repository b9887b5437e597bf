package crash

import (
	"testing"

	"github.com/msredis/msredis/internal/failpoint"
	"github.com/msredis/msredis/internal/testcluster"
)

// firstStart are the points that a node passes when its directory is empty. The
// small files are its nonce, its identity and the number of its starts.
var firstStart = []failpoint.Point{
	"file-written:1", "file-renamed:1", "file-written:2", "file-renamed:2", "file-written:3", "file-renamed:3",
	failpoint.Found, failpoint.ShelfCreate, failpoint.ShelfWrite, failpoint.ShelfSync, failpoint.ShelfLink,
	failpoint.ShelfBuilt, failpoint.ShelfIngested, failpoint.ShelfRename,
	failpoint.WALCreate, failpoint.WALCreated, failpoint.WALAppend, failpoint.WALMark, failpoint.WALMarked,
	failpoint.WALSynced, failpoint.WALNoted,
}

// TestFirstStart dies while a node makes its directory. It is never a node with
// half a directory.
func TestFirstStart(t *testing.T) {
	t.Parallel()
	c := start(t, 1)
	n := c.Nodes[0]
	n.Kill()
	for _, p := range firstStart {
		t.Log(p)
		n.LoseDisk()
		n.Env = env(p, "exit")
		before := count(n, "dies", p)
		n.Start()
		dies(t, n, before, p)
		n.Env = nil
		n.Start()
		n.WaitReady()
		if v := n.Do("INCR", "k"); v.Text != "1" {
			t.Fatalf("%s: INCR: %s", p, v.Text)
		}
		n.Kill()
	}
}

// underLoad are the points that a node passes while it serves.
var underLoad = []failpoint.Point{
	failpoint.WALAppend, failpoint.WALSynced, failpoint.WALNoted, failpoint.WALSegment, failpoint.WALSpare, failpoint.WALSpared,
	failpoint.WALMark, failpoint.WALMarked, failpoint.WALPurge, failpoint.WALPurging,
	failpoint.Apply, failpoint.Applied,
	failpoint.SnapshotCut, failpoint.ShelfCreate, failpoint.ShelfWrite, "shelf-write:9", failpoint.ShelfSync, "shelf-sync:2", "shelf-sync:3",
	"shelf-sync:4", "shelf-sync:5", failpoint.ShelfLink, failpoint.ShelfBuilt, failpoint.ShelfIngested, failpoint.ShelfRename, failpoint.SnapshotWritten,
}

// TestUnderLoad lets one node die at all of them, one after the other, and keep
// its data through all.
func TestUnderLoad(t *testing.T) {
	t.Parallel()
	c := start(t, 1)
	n := c.Nodes[0]
	n.Kill()
	l := newWriters(t, 3)
	for _, p := range underLoad {
		t.Log(p)
		n.Env = envWait(p, "exit")
		n.Start()
		n.WaitReady()
		l.check(n)
		before := count(n, "dies", p)
		arm(t, n, p)
		l.start(n, n)
		dies(t, n, before, p)
		l.end()
	}
	again(t, n, l)
}

// again starts a node that is down twice: both times it has the same data.
func again(t *testing.T, n *testcluster.Node, l *writers) {
	t.Helper()
	n.Env = nil
	n.Start()
	n.WaitReady()
	l.check(n)
	digest := n.Do("DEBUG", "DIGEST").Text
	n.Kill()
	n.Start()
	n.WaitReady()
	if v := n.Do("DEBUG", "DIGEST"); v.Text != digest {
		t.Fatalf("digest %s, before the restart %s", v.Text, digest)
	}
}

// repair are the points of a start that finds the last record torn.
var repair = []failpoint.Point{failpoint.WALRepair, failpoint.WALRepairCopy, failpoint.WALRepairCut}

// TestTornAndRepair tears the last record, and dies while it is cut off.
func TestTornAndRepair(t *testing.T) {
	t.Parallel()
	c := start(t, 1)
	n := c.Nodes[0]
	n.Kill()
	l := newWriters(t, 2)
	for _, p := range repair {
		t.Log(p)
		n.Env = envWait(failpoint.WALSynced, "torn")
		n.Start()
		n.WaitReady()
		l.start(n, n)
		l.progress(20)
		before := count(n, "dies", failpoint.WALSynced)
		arm(t, n, failpoint.WALSynced)
		dies(t, n, before, failpoint.WALSynced)
		l.end()

		n.Env = env(p, "exit")
		before = count(n, "dies", p)
		n.Start()
		dies(t, n, before, p)
		again(t, n, l)
		n.Kill()
	}
}
