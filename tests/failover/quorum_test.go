package failover

import (
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
)

// TestNoQuorum takes two of three nodes away. What is under way then has an
// unknown outcome, and says so in time; what comes later certainly does not
// run. Nothing hangs.
func TestNoQuorum(t *testing.T) {
	t.Parallel()
	const requestTimeout = 1500 * time.Millisecond
	c := start(t, 3, "--request-timeout", "1500")
	leader := c.Leader()
	others := c.Followers()
	set(t, leader, "k", "before")
	inFlight, reads := leader.Dial(), leader.Dial()
	for _, n := range others {
		n.Kill()
	}
	begin := time.Now()
	v, err := inFlight.Do("SET", "k", "in flight")
	if err != nil || v.Code() != "UNKNOWN" {
		t.Errorf("a write under way: %q %v", v.Text, err)
	}
	if took := time.Since(begin); took > patience(requestTimeout+time.Second) {
		t.Errorf("it was answered after %v", took)
	}
	v, err = reads.Do("GET", "k")
	if err != nil || v.Code() != "CLUSTERDOWN" {
		t.Errorf("a read: %q %v", v.Text, err)
	}

	testcluster.Eventually(t, patience(10*time.Second), "new commands are refused at once", func() error {
		for _, cmd := range [][]string{{"SET", "late", "v"}, {"GET", "k"}, {"INCR", "n"}, {"DBSIZE"}} {
			begin := time.Now()
			v := leader.Do(cmd...)
			if took := time.Since(begin); v.Code() != "CLUSTERDOWN" || took > 200*time.Millisecond {
				return errorf("%s after %v: %s", cmd, took, v.Text)
			}
		}
		return nil
	})
	for _, cmd := range [][]string{{"PING"}, {"INFO"}, {"CLUSTER", "MEMBERS"}, {"CLIENT", "ID"}} {
		if v := leader.Do(cmd...); v.IsError() {
			t.Errorf("%s without a majority: %s", cmd, v.Text)
		}
	}
	// READONLY clients read what the node has, but not when it may be any age.
	readonly := leader.Dial()
	readonly.Do("READONLY")
	if v, err := readonly.Do("GET", "k"); err != nil || v.Code() != "CLUSTERDOWN" {
		t.Errorf("a READONLY read: %q %v", v.Text, err)
	}

	// One of the two comes back: so does the service, and nobody disagrees on
	// what became of the write.
	others[0].Start()
	leader.WaitReady()
	others[0].WaitReady()
	got := leader.Do("GET", "k").Text
	if got != "before" && got != "in flight" {
		t.Errorf("k is %q", got)
	}
	expect(t, others[0], "k", got)
	if v := leader.Do("EXISTS", "late", "n"); v.Text != "0" {
		t.Error("a refused write was executed")
	}
	others[1].Start()
	others[1].WaitReady()
	sameState(t, c)
}

// TestIsolatedFollower: a follower that is alone refuses, too, and so do the
// writes that it had accepted end with a definite word.
func TestIsolatedFollower(t *testing.T) {
	t.Parallel()
	c := start(t, 3, "--request-timeout", "1500")
	leader := c.Leader()
	followers := c.Followers()
	alone := followers[0]
	set(t, alone, "k", "v")
	conn := alone.Dial()
	leader.Stop()
	followers[1].Stop()
	v, err := conn.Do("SET", "k", "w")
	if err != nil || v.Code() != "UNKNOWN" && v.Code() != "CLUSTERDOWN" {
		t.Errorf("a write under way: %q %v", v.Text, err)
	}
	testcluster.Eventually(t, patience(10*time.Second), "new commands are refused", func() error {
		if v := alone.Do("SET", "late", "v"); v.Code() != "CLUSTERDOWN" {
			return errorf("SET: %s", v.Text)
		}
		return nil
	})
	leader.Cont()
	followers[1].Cont()
	c.WaitReady()
	set(t, alone, "k", "again")
	sameState(t, c)
}
