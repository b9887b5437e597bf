package cluster

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/cluster/group"
	"github.com/msredis/msredis/cluster/replica"
)

// TestJoinPastDeadSeed: a node that joins asks all members, not only the first,
// which may be dead, or its own former self.
func TestJoinPastDeadSeed(t *testing.T) {
	t.Parallel()
	l := newLab(t, "n1")
	l.start("n1")
	l.leader()
	dead := l.reserve("dead")
	l.reserve("n2")
	o := l.options("n2")
	n := &Node{options: o, log: o.Log}
	n.life, n.endLife = context.WithTimeout(context.Background(), 10*time.Second)
	defer n.endLife()
	id, err := n.join(func() ([]string, error) { return []string{dead, l.addrs["n1"]}, nil }, false)
	if err != nil {
		t.Fatal(err)
	}
	if id.Name != "n2" || id.ID != 2 {
		t.Errorf("joined as %q, member %d", id.Name, id.ID)
	}
}

// TestRemovedWhileDown: a node that was removed while it was down is told so by
// the others when it comes back, and ends.
func TestRemovedWhileDown(t *testing.T) {
	t.Parallel()
	l := newLab(t, "n1", "n2", "n3")
	ended := make(chan error, 3)
	l.tune = func(o *Options) {
		if o.Name == "n3" {
			o.Fatal = func(err error) { ended <- err }
		}
	}
	l.start("n1", "n2", "n3")
	l.leader()
	l.stop("n3")
	l.await("n3 is forgotten", func() error { return l.nodes["n1"].Forget("n3") })
	l.start("n3")
	select {
	case err := <-ended:
		if !errors.Is(err, errRemoved) {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("n3 does not notice")
	}
}

// TestMeet: CLUSTER MEET of a member is answered as Redis answers for a node
// that it knows; nobody need be asked. A node that cannot be reached is an error.
func TestMeet(t *testing.T) {
	t.Parallel()
	l := newLab(t, "n1", "n2")
	l.start("n1", "n2")
	l.leader()
	if err := l.nodes["n1"].Meet(l.addrs["n2"]); err != nil {
		t.Error(err)
	}
	if err := l.nodes["n1"].Meet("127.0.0.1:1"); err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Error(err)
	}
}

// TestForgetLeader: whoever is asked to remove the leader leads before it is
// gone, so nobody waits for an election.
func TestForgetLeader(t *testing.T) {
	t.Parallel()
	l := newLab(t, "n1", "n2", "n3")
	l.start("n1", "n2", "n3")
	leader := l.leader()
	asked := "n1"
	if leader == asked {
		asked = "n2"
	}
	if err := l.nodes[asked].Forget(leader); err != nil {
		t.Fatal(err)
	}
	if v := l.nodes[asked].meta().View(); !v.Leads || v.Members.Has(l.nodes[leader].id) {
		t.Errorf("leads: %v, members: %v", v.Leads, v.Members.List)
	}
}

// TestForgetKeepsMajority: with one of three down, a living one is not removed, whoever is
// asked. The one that is down may be, and the other one after it.
func TestForgetKeepsMajority(t *testing.T) {
	t.Parallel()
	l := newLab(t, "n1", "n2", "n3")
	l.start("n1", "n2", "n3")
	l.leader()
	l.stop("n3")
	leader := l.leader()
	other := "n1"
	if leader == other {
		other = "n2"
	}
	l.await("n3 is not heard of", func() error {
		if n := l.nodes[leader]; n.alive(3) {
			return errors.New("it is")
		}
		return nil
	})
	for _, asked := range []string{leader, other} {
		err := l.nodes[asked].Forget(other)
		if err == nil || !strings.Contains(err.Error(), "first forget or start n3") {
			t.Errorf("%s, asked to forget %s: %v", asked, other, err)
		}
	}
	l.want(leader, "SET k v", "+OK")
	if err := l.nodes[other].Forget("n3"); err != nil {
		t.Fatal(err)
	}
	if err := l.nodes[leader].Forget(other); err != nil {
		t.Fatal(err)
	}
	l.want(leader, "GET k", "$1 v")
}

// TestForgetOfTwo: a voter of two is removed while it runs. It stays until the other one
// has told it that the removal is on disk there. Then the other one goes on alone, also
// after a restart.
func TestForgetOfTwo(t *testing.T) {
	t.Parallel()
	l := newLab(t, "n1", "n2")
	ended := make(chan error, 1)
	l.tune = func(o *Options) {
		if o.Name == "n2" {
			o.Fatal = func(err error) { ended <- err }
		}
	}
	l.start("n1", "n2")
	l.leader()
	l.do("n1", "SET k v")
	if err := l.nodes["n1"].Forget("n2"); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, errRemoved) {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("n2 does not end")
	}
	safe := &l.nodes["n1"].safeRemovals
	safe.mu.Lock()
	if safe.count != 1 || safe.lastID != 2 {
		t.Errorf("n2 ended before n1 had the removal on disk: %d members, last %d", safe.count, safe.lastID)
	}
	safe.mu.Unlock()
	l.stop("n2")
	l.stop("n1")
	l.start("n1")
	l.want("n1", "GET k", "$1 v")
}

// TestOutcast: a node that was down while most voters that it knows were removed, too, is
// told by those that are left. It ends if for a while no voter takes it for a member.
func TestOutcast(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	n := &Node{id: 1, options: Options{ElectionTimeout: time.Millisecond}}
	v := &group.View{}
	for id := range uint64(5) {
		v.Members.List = append(v.Members.List, replica.Member{ID: id + 1})
	}
	if n.mayLeave(v, 2, false) || n.mayLeave(v, 0, false) {
		t.Error("two of four others are enough at once")
	}
	if !n.outcast.IsZero() {
		t.Error("it is an outcast though nobody says so")
	}
	l.await("it leaves", func() error {
		if !n.mayLeave(v, 1, false) {
			return errors.New("it stays")
		}
		return nil
	})
	if n.mayLeave(v, 2, true) || n.mayLeave(v, 2, false) {
		t.Error("it leaves though a voter takes it for a member")
	}
	if !n.mayLeave(v, 3, true) {
		t.Error("it stays though most of the others have told it")
	}
}
