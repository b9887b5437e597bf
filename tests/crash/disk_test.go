package crash

import (
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/failpoint"
)

// TestDiskFails lets the disk of a single node fail. It stops at once, says
// where, and has acknowledged nothing since: what it acknowledged is there when
// the disk works again.
func TestDiskFails(t *testing.T) {
	t.Parallel()
	c := start(t, 1)
	n := c.Nodes[0]
	n.Kill()
	l := newWriters(t, 3)
	for _, tc := range []struct {
		point  failpoint.Point
		action string
		names  string // in the one line that says why
	}{
		{failpoint.WALAppend, "error", "wal"},
		{failpoint.WALAppend, "enospc", "wal"},
		{failpoint.WALSynced, "error", "wal"}, // of the sync: all is written
		{failpoint.WALMark, "error", "wal"},
		{failpoint.ShelfWrite, "error", ".sst"},
		{failpoint.ShelfSync, "error", "/snapshots"},
		{"shelf-sync:2", "error", "/snapshots"},
		{"shelf-sync:3", "error", "/snapshots"}, // inside Pebble, which ends the process
		{"shelf-sync:4", "error", "/snapshots"},
	} {
		p := tc.point
		t.Log(p, tc.action)
		n.Env = envWait(p, tc.action)
		n.Start()
		n.WaitReady()
		l.check(n)
		from := len(n.Log())
		arm(t, n, p)
		l.start(n, n)
		if code := n.WaitExit(); code != 1 {
			t.Fatalf("exit code %d", code)
		}
		l.end()
		if log := n.Log()[from:]; !strings.Contains(log, "injected at") || !strings.Contains(log, tc.names) {
			t.Errorf("the log does not say where: %s", log)
		}
	}
	again(t, n, l)
}

// TestNoRoomForSnapshots: a disk that is too full for a snapshot is no reason to
// stop; the log is kept.
func TestNoRoomForSnapshots(t *testing.T) {
	t.Parallel()
	c := start(t, 1)
	n := c.Nodes[0]
	n.Kill()
	n.Env = envWait(failpoint.ShelfWrite, "enospc")
	n.Start()
	n.WaitReady()
	arm(t, n, failpoint.ShelfWrite)
	l := newWriters(t, 2)
	l.start(nil, n)
	l.progress(300)
	l.end()
	if v := n.Do("SAVE"); !v.IsError() {
		t.Errorf("SAVE: %s", v.Text)
	}
	if status := n.Info("persistence", "rdb_last_bgsave_status"); status != "err" {
		t.Errorf("rdb_last_bgsave_status:%s", status)
	}
	n.Kill()
	again(t, n, l)
	save(t, n)
}

// TestBrokenDiskIsReplaced is what docs/OPERATING.md says of a node with a broken
// disk: it stops, the others go on, and with an empty directory it comes back.
func TestBrokenDiskIsReplaced(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	n := c.Nodes[0]
	l := newWriters(t, 3)
	for _, p := range []failpoint.Point{failpoint.WALSynced, failpoint.ShelfSync} {
		n.Kill()
		n.Env = envWait(p, "error")
		n.Start()
		n.WaitReady()
		lead(t, n)
		arm(t, n, p)
		l.start(n, c.Nodes...)
		if code := n.WaitExit(); code != 1 {
			t.Fatalf("exit code %d", code)
		}
		l.progress(20)
		l.end()
		n.Env = nil
		n.LoseDisk()
		n.Start()
		takenIn(t, c, n)
		l.check(n)
		sameState(t, c)
	}
}
