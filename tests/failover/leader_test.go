package failover

import (
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
)

// TestKillLeader kills the leader under load, twice: the clients of the
// survivors wait, and see no error.
func TestKillLeader(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	for range 2 {
		leader := c.Leader()
		survivors := c.Followers()
		l := startLoad(t, 4, survivors...)
		leader.Kill()
		l.waitProgress(50)
		if pause := l.end(survivors[0]); pause > maxPause {
			t.Errorf("a client waited %v", pause)
		}
		leader.Start()
		leader.WaitReady()
		sameState(t, c)
	}
}

// TestFrozenLeader stops the leader as a debugger would: another one is
// elected, and the old one must not answer from its old state when it wakes up.
func TestFrozenLeader(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	leader := c.Leader()
	survivors := c.Followers()
	set(t, leader, "k", "old")
	reader := leader.Dial()
	reader.Timeout = patience(15 * time.Second)

	l := startLoad(t, 4, survivors...)
	leader.Stop()
	l.waitProgress(20)
	set(t, survivors[0], "k", "new")
	// The question is in the socket before the process goes on.
	if err := reader.Send([]byte("GET k\r\n")); err != nil {
		t.Fatal(err)
	}
	leader.Cont()
	v, err := reader.Recv()
	if err != nil || !v.IsError() && v.Text != "new" {
		t.Errorf("the woken leader answers %q %v", v.Text, err)
	}
	l.waitProgress(20)
	if pause := l.end(leader); pause > maxPause {
		t.Errorf("a client waited %v", pause)
	}
	sameState(t, c)
}

// TestTerminateLeader: SIGTERM hands the leadership over, so the pause is
// shorter than a detection, and the exit is clean.
func TestTerminateLeader(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	leader := c.Leader()
	survivors := c.Followers()
	l := startLoad(t, 4, survivors...)
	if code := leader.Terminate(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	l.waitProgress(20)
	if pause := l.end(survivors[1]); pause > patience(500*time.Millisecond) {
		t.Errorf("a client waited %v although the leadership was handed over", pause)
	}
	leader.Start()
	leader.WaitReady()
	sameState(t, c)
}

// TestShutdownCommand: SHUTDOWN ends the node as SIGTERM does; the clients of
// the others notice little.
func TestShutdownCommand(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	leader := c.Leader()
	survivors := c.Followers()
	l := startLoad(t, 2, survivors...)
	if v, err := leader.TryDo("SHUTDOWN"); err == nil {
		t.Errorf("SHUTDOWN answers %s", v.Text)
	}
	if code := leader.WaitExit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	l.waitProgress(10)
	l.end(survivors[0])
}

// TestClusterFailover moves the leadership on demand, to the node that is asked
// and back again, under load through all nodes.
func TestClusterFailover(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	l := startLoad(t, 2, c.Nodes...)
	for range 3 {
		next := c.Followers()[0]
		if v := next.Do("CLUSTER", "FAILOVER"); v.Text != "OK" {
			t.Fatalf("CLUSTER FAILOVER: %s", v.Text)
		}
		testcluster.Eventually(t, patience(5*time.Second), next.Name+" leads", func() error {
			if leader := c.Leader(); leader != next {
				return errorf("%s leads", leader.Name)
			}
			return nil
		})
		l.waitProgress(10)
	}
	if pause := l.end(c.Nodes[0]); pause > patience(time.Second) {
		t.Errorf("a client waited %v", pause)
	}
	sameState(t, c)
}

// TestLostFollower: nobody notices.
func TestLostFollower(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	leader := c.Leader()
	followers := c.Followers()
	l := startLoad(t, 4, leader, followers[1])
	followers[0].Kill()
	l.waitProgress(50)
	followers[0].Start()
	followers[0].WaitReady()
	l.waitProgress(20)
	if pause := l.end(leader); pause > patience(500*time.Millisecond) {
		t.Errorf("a client waited %v for a node that is not needed", pause)
	}
	sameState(t, c)
}
