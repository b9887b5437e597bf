package cluster

import (
	"time"

	"github.com/msredis/msredis/cluster/group"
	"github.com/msredis/msredis/cluster/replica"
)

// failoverRequest asks the leader of a group to hand over.
type failoverRequest struct {
	Group int    `json:"group"`
	Name  string `json:"name"` // to that member; "": to the best
}

// Failover hands leadership over, that of each group; see front.Backend. It is the
// leaders' to do; another node asks them.
func (n *Node) Failover(name string) error {
	for i := range n.groups {
		if err := n.failover(i, name); err != nil {
			return err
		}
	}
	return nil
}

// failover hands leadership of a group over.
func (n *Node) failover(i int, name string) error {
	g := n.groups[i]
	v, leader, err := n.viewOfLeader(i)
	if err != nil {
		return err
	}
	if v.Leads {
		return g.Transfer(name, n.options.RequestTimeout)
	}
	if err := n.askFailover(i, leader, name); err != nil {
		return err
	}
	// The old leader knows of the new one; this node may be a moment behind.
	return g.Await(time.After(n.options.RequestTimeout), func(v *group.View) bool {
		m, ok := v.Members.ByID(v.Leader)
		return ok && (name == "" || m.Name == name)
	})
}

// askFailover asks the leader of a group to hand over.
func (n *Node) askFailover(i int, leader replica.Member, name string) error {
	var r callResult
	if err := n.call(leader.PeerAddr, n.cluster, methodFailover, failoverRequest{i, name}, &r); err != nil {
		return err
	}
	return r.err()
}

// viewOfLeader returns a view of a group with a leader, who may be this node. A moment
// without one, as at the start of a node or in a fail-over, is waited out.
func (n *Node) viewOfLeader(i int) (v *group.View, leader replica.Member, err error) {
	err = n.groups[i].Await(time.After(n.options.RequestTimeout), func(now *group.View) (ok bool) {
		v = now
		leader, ok = v.Members.ByID(v.Leader)
		return ok
	})
	if err != nil && err != group.ErrClosed {
		err = errNoLeader
	}
	return v, leader, err
}
