package cluster

import (
	"time"

	"github.com/msredis/msredis/cluster/group"
	"github.com/msredis/msredis/cluster/replica"
)

// Failover hands leadership over; see front.Backend. It is the leader's to do;
// another node asks it.
func (n *Node) Failover(name string) error {
	v, leader, err := n.viewOfLeader()
	if err != nil {
		return err
	}
	if v.Leads {
		return n.meta().Transfer(name, n.options.RequestTimeout)
	}
	var r callResult
	if err := n.call(leader.PeerAddr, n.cluster, methodFailover, name, &r); err != nil {
		return err
	}
	if err := r.err(); err != nil {
		return err
	}
	// The old leader knows of the new one; this node may be a moment behind.
	return n.meta().Await(time.After(n.options.RequestTimeout), func(v *group.View) bool {
		m, ok := v.Members.ByID(v.Leader)
		return ok && (name == "" || m.Name == name)
	})
}

// viewOfLeader returns a view with a leader, who may be this node. A moment without
// one, as at the start of a node or in a fail-over, is waited out.
func (n *Node) viewOfLeader() (v *group.View, leader replica.Member, err error) {
	err = n.meta().Await(time.After(n.options.RequestTimeout), func(now *group.View) (ok bool) {
		v = now
		leader, ok = v.Members.ByID(v.Leader)
		return ok
	})
	if err != nil && err != group.ErrClosed {
		err = errNoLeader
	}
	return v, leader, err
}
