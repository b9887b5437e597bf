package crash

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/failpoint"
	"github.com/msredis/msredis/internal/testcluster"
)

// admission are the points between a node that comes back with an empty
// directory and its place among the members; all but the last one are the
// leader's.
var admission = []failpoint.Point{
	failpoint.ChangePropose, failpoint.JoinReplaced, failpoint.JoinAdmitted, failpoint.JoinAccepted,
}

// TestAdmission lets a node lose its disk and the leader, or the node itself, die
// while it is taken in again.
func TestAdmission(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	lost, leader := c.Nodes[0], c.Nodes[1]
	l := newWriters(t, 2)
	for _, p := range admission {
		t.Log(p)
		victim := leader
		if p == failpoint.JoinAccepted {
			victim = lost
		}
		lost.Kill()
		lost.LoseDisk()
		if victim == leader {
			leader.Kill()
			leader.Env = envWait(p, "exit")
			leader.Start()
			leader.WaitReady()
			lead(t, leader)
		} else {
			lost.Env = env(p, "exit")
		}
		l.start(nil, leader)
		l.progress(10)
		l.end()
		before := count(victim, "dies", p)
		if victim == leader {
			arm(t, victim, p)
		}
		lost.Start()
		dies(t, victim, before, p)
		victim.Env = nil
		victim.Start()
		takenIn(t, c, lost)
		l.check(lost)
		sameState(t, c)
	}
}

// takenIn waits until a node serves, as a supervisor would: it is started again
// if it is refused because its former self is not known to be dead yet, and the
// cluster has three voters.
func takenIn(t *testing.T, c *testcluster.Cluster, n *testcluster.Node) {
	t.Helper()
	testcluster.Eventually(t, testcluster.ReadyTimeout, n.Name+" is a member", func() error {
		if !n.Running() {
			n.Start()
		}
		v, err := n.TryDo("DBSIZE")
		if err != nil || v.IsError() {
			return errors.Join(err, errors.New(v.Text))
		}
		v, err = n.TryDo("CLUSTER", "MEMBERS")
		if err != nil || strings.Contains(v.Text, "role=learner") {
			return errors.Join(err, errors.New("still a learner"))
		}
		if members := strings.Count(v.Text, "\n"); members != len(c.Nodes) {
			return fmt.Errorf("%d members", members)
		}
		return nil
	})
}

// TestChangeApplied lets a node die when it is told of a new member.
func TestChangeApplied(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	n := c.Nodes[0]
	n.Kill()
	n.Env = envWait(failpoint.ChangeApplied, "exit")
	n.Start()
	n.WaitReady()
	lead(t, n)
	l := newWriters(t, 3)
	l.start(n, c.Nodes...)
	l.progress(10)
	arm(t, n, failpoint.ChangeApplied)
	joined := c.StartJoin("n4", c.Nodes[1])
	dies(t, n, 0, failpoint.ChangeApplied)
	l.progress(10)
	n.Env = nil
	n.Start()
	takenIn(t, c, joined)
	n.WaitReady()
	l.end()
	l.check(joined)
	sameState(t, c)
}

// moving are the points at which a node dies on its way from its own cluster to
// one that has met it.
var moving = []failpoint.Point{
	failpoint.MoveAgreed, failpoint.MoveRemoved, failpoint.MoveRemoved + ":4", failpoint.JoinAccepted, "file-renamed:1", "file-renamed:2", "file-renamed:3",
}

// TestMove lets a node die while it moves to another cluster.
func TestMove(t *testing.T) {
	t.Parallel()
	c := start(t, 1)
	first := c.Nodes[0]
	if v := first.Do("SET", "k", "v"); v.IsError() {
		t.Fatal(v.Text)
	}
	for i, p := range moving {
		t.Log(p)
		n := c.StartAlone(fmt.Sprint("m", i))
		n.Kill()
		n.Env = envWait(p, "exit")
		n.Start()
		n.WaitReady()
		arm(t, n, p)
		v, err := first.TryDo("CLUSTER", "MEET", "127.0.0.1", strconv.Itoa(n.Port), strconv.Itoa(n.PeerPort))
		if told := p != failpoint.MoveAgreed && p != "file-renamed:1"; told && (err != nil || v.Text != "OK") {
			t.Errorf("%s: CLUSTER MEET: %v %v", p, v, err)
		}
		dies(t, n, 0, p)
		n.Env = nil
		n.Start()
		takenIn(t, c, n)
		if v := n.Do("GET", "k"); v.Text != "v" {
			t.Errorf("%s: GET: %v", p, v)
		}
		if v := first.Do("CLUSTER", "FORGET", n.Name); v.Text != "OK" {
			t.Fatalf("%s: CLUSTER FORGET: %v", p, v)
		}
		c.Drop(n)
	}
	sameState(t, c)
}

// founding are the points at which one of three founders dies: the first, which
// proposes, or another one.
var founding = []failpoint.Point{
	"file-renamed:1", "file-written:2", "file-renamed:2", failpoint.FoundAgreed, failpoint.FoundPromised, failpoint.Found, failpoint.WALCreate,
}

// TestFounding lets one of three nodes die while they found a cluster, with its
// disk or without.
func TestFounding(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	for i, p := range append(founding, founding...) {
		n := c.Nodes[i%2]
		switch p {
		case failpoint.FoundAgreed:
			n = c.Nodes[0]
		case failpoint.FoundPromised:
			n = c.Nodes[1]
		}
		lost := i >= len(founding)
		t.Log(p, n.Name, lost)
		for _, n := range c.Nodes {
			n.Kill()
			n.LoseDisk()
		}
		n.Env = env(p, "exit")
		before := count(n, "dies", p)
		for _, n := range c.Nodes {
			n.Start()
		}
		dies(t, n, before, p)
		if n.Env = nil; lost {
			n.LoseDisk()
		}
		n.Start()
		takenIn(t, c, n)
		c.WaitReady()
		if v := n.Do("INCR", "k"); v.Text != "1" {
			t.Fatalf("%s: INCR: %s", p, v.Text)
		}
		sameState(t, c)
	}
}
