package cluster

import (
	"errors"
	"fmt"
	"time"

	"github.com/msredis/msredis/cluster/replica"
)

// Failover hands leadership over; see front.Backend. It is the leader's to do;
// another node asks it.
func (n *Node) Failover(name string) error {
	v, leader, err := n.viewOfLeader()
	if err != nil {
		return err
	}
	if v.leads {
		return n.failoverHere(name, n.options.RequestTimeout)
	}
	var r outcome
	if err := n.call(leader.PeerAddr, n.config.Cluster, methodFailover, name, &r); err != nil {
		return err
	}
	if err := r.err(); err != nil {
		return err
	}
	// The old leader knows of the new one; this node may be a moment behind.
	return n.awaitLeader(time.After(n.options.RequestTimeout), func(v *view) bool {
		m, ok := v.members.ByID(v.leader)
		return ok && (name == "" || m.Name == name)
	})
}

// failoverHere transfers leadership from this node, again if need be, until patience
// is over: raft gives up after an election timeout.
func (n *Node) failoverHere(name string, patience time.Duration) error {
	deadline := time.Now().Add(patience)
	for {
		v := n.Group.view.Load()
		if name == "" && !v.leads && v.leader != 0 {
			return nil
		}
		target, err := n.failoverTarget(v, name)
		switch {
		case err != nil:
			return err
		case v.leader == target:
			return nil
		case !v.leads && v.leader != 0:
			return errNotLeader
		case v.leads:
			n.post(event{run: func(r *replica.Replica) { r.Transfer(target) }})
		}
		try := time.NewTimer(min(n.options.ElectionTimeout, time.Until(deadline)))
		err = n.awaitLeader(try.C, func(v *view) bool { return v.leader != 0 && v.leader != n.id })
		try.Stop()
		if err == nil {
			continue
		}
		if err == errClosed || time.Until(deadline) <= 0 {
			return err
		}
	}
}

// viewOfLeader returns a view with a leader, who may be this node. A moment without
// one, as at the start of a node or in a fail-over, is waited out.
func (n *Node) viewOfLeader() (v *view, leader replica.Member, err error) {
	err = n.awaitLeader(time.After(n.options.RequestTimeout), func(now *view) (ok bool) {
		v = now
		leader, ok = v.members.ByID(v.leader)
		return ok
	})
	if err != nil && err != errClosed {
		err = errNoLeader
	}
	return v, leader, err
}

// awaitLeader waits until a view satisfies ok.
func (n *Node) awaitLeader(timeout <-chan time.Time, ok func(v *view) bool) error {
	for {
		v, changed := n.watch()
		if ok(v) {
			return nil
		}
		select {
		case <-changed:
		case <-n.stop:
			return errClosed
		case <-timeout:
			return errors.New("the fail-over did not happen in time")
		}
	}
}

// failoverTarget returns the member that is to lead: the named one or the one
// that has most of the log.
func (n *Node) failoverTarget(v *view, name string) (uint64, error) {
	if name != "" {
		m, ok := v.members.ByName(name)
		if !ok || m.Learner {
			return 0, fmt.Errorf("Unknown node %s", name)
		}
		return m.ID, nil
	}
	match := n.matches()
	var best uint64
	for _, m := range v.members.List {
		if m.ID != n.id && !m.Learner && n.alive(m.ID) && (best == 0 || match[m.ID] > match[best]) {
			best = m.ID
		}
	}
	if best == 0 {
		return 0, errors.New("there is no other voter to lead")
	}
	return best, nil
}
