package cluster

import (
	"errors"
	"fmt"
	"time"

	"github.com/msredis/msredis/cluster/group"
	"github.com/msredis/msredis/cluster/transport"
)

// A node that starts from a used directory may not belong there. It was removed while
// it was down, or the directory belongs to another cluster than the one that it is told
// to join. Neither does harm, as nobody listens to it; but nobody would tell its
// operator, either.

// errRemoved ends a node that is no member any more.
var errRemoved = errors.New("this node was removed from the cluster; to use it again, start it with an empty directory")

// removedText is what the members tell one that they have removed.
func removedText(id uint64) string { return fmt.Sprintf("node %d was removed from the cluster", id) }

// twinPatience is the time for which a node is told that another process of it is
// connected, until it believes that. The other process may be its own former
// connection.
var twinPatience = 5 * time.Second

// mustEnd returns why this node has no place in its cluster, nil if it has one.
func (n *Node) mustEnd(v *group.View) error {
	strangers, where, told, connected := 0, "", 0, false
	for _, p := range n.transport.Stats() {
		m, ok := v.Members.ByID(p.ID)
		connected = connected || p.Connected && ok && !m.Learner
		switch {
		case p.Why == transport.Outdated:
			return fmt.Errorf("the data in %s is an older copy of what this node had (%s; says %s): writes that it acknowledged may be missing. "+
				"Move the directory away and start the node with an empty one: the others have the data", n.options.Dir, p.Refused, m.Name)
		case p.Why == transport.Removed && p.Refused == removedText(n.id):
			if ok && !m.Learner {
				told++
			}
		case v.Leader != 0: // the others are refused by them just so
		case p.Why == transport.Twin && p.RefusedFor > twinPatience:
			return fmt.Errorf("another process has the data of this node and is connected to the others (says %s): end one of the two", m.Name)
		case p.Why == transport.OtherCluster && !m.Learner:
			strangers, where = strangers+1, fmt.Sprintf("%s at %s: %s", m.Name, p.Addr, p.Refused)
		}
	}
	if n.mayLeave(v, told, connected) {
		return errRemoved
	}
	// One stray address must not end a node whose cluster may yet have a majority.
	if voters := v.Members.Voters(); strangers > 0 && voters-strangers < voters/2+1 {
		return fmt.Errorf("the data in %s belongs to another cluster than the nodes that are there (%s): "+
			"to have this node join them, start it with an empty directory", n.options.Dir, where)
	}
	return nil
}

// mayLeave reports whether this node may end. told is how many of the other voters have
// said that it was removed. A member says that when it has the removal on disk as
// committed; see Admit. connected: one of them takes this node for a member.
//
// The removed node does not go by its own log. There may be voters that have the removal
// and do not know that it is committed. They still need this node's vote to elect a
// leader, and without it they would never have one. When most of the others know, they
// can do without.
//
// A node that was down for long may know voters that are gone as well. So one that has
// said so is enough if for ten election timeouts no voter takes this node for a member.
// In this time a voter that needs a vote asks for it.
func (n *Node) mayLeave(v *group.View, told int, connected bool) bool {
	others := v.Members.Voters()
	if self, ok := v.Members.ByID(n.id); ok && !self.Learner {
		others--
	}
	switch {
	case told > others/2:
		return true
	case told == 0 || connected:
		n.outcast = time.Time{}
	case n.outcast.IsZero():
		n.outcast = time.Now()
	}
	return !n.outcast.IsZero() && time.Since(n.outcast) > 10*n.options.ElectionTimeout
}

// checkJoin ends a node that has data of another cluster than the one it is told
// to join. A node that has joined goes on being started with --join, so that
// alone says nothing; and the member that it names may be gone.
func (n *Node) checkJoin() {
	defer n.wg.Done()
	addrs, err := n.seeds()
	if err != nil {
		return
	}
	for _, addr := range addrs {
		r, err := n.probe(addr, probeRequest{Name: n.options.Name})
		if err != nil || !r.Formed {
			continue
		}
		if r.Cluster != n.cluster {
			go n.options.Fatal(fmt.Errorf("the data in %s belongs to another cluster than %s (--join): start the node with an empty directory",
				n.options.Dir, n.options.Join))
		}
		return
	}
}
