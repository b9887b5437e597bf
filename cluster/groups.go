package cluster

import (
	"errors"
	"io"

	"github.com/msredis/msredis/cluster/group"
	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/transport"
	"github.com/msredis/msredis/resp/command"
	"go.etcd.io/raft/v3/raftpb"
)

// The groups of a node, and the way to them: of its clients and of the other members.
// There is one for now, which has all keys. These are the functions that change when
// there are more.

// meta returns the group that has the members and the state of the cluster.
func (n *Node) meta() *group.Group { return n.groups[0] }

// groupOf returns the group that a unit goes to. With several groups it is the one that has
// the slots in the footprints of the unit's calls.
func (n *Node) groupOf(*command.Unit) *group.Group { return n.groups[0] }

// Write runs a unit through the log; see front.Backend.
func (n *Node) Write(u *command.Unit) error { return n.groupOf(u).Write(u) }

// Read runs a unit that writes nothing; see front.Backend.
func (n *Node) Read(u *command.Unit) error { return n.groupOf(u).Read(u) }

// StartWrite begins to run a unit through the log; see front.Backend.
func (n *Node) StartWrite(u *command.Unit, c command.Completer) (done bool, err error) {
	return n.groupOf(u).StartWrite(u, c)
}

// StartRead begins to run a unit that writes nothing; see front.Backend.
func (n *Node) StartRead(u *command.Unit, c command.Completer) (done bool, err error) {
	return n.groupOf(u).StartRead(u, c)
}

// Work does what was started; see front.Backend.
func (n *Node) Work() (more bool) {
	for _, g := range n.groups {
		if g.Work() {
			more = true
		}
	}
	return more
}

// Versions reads the versions of keys; see front.Backend.
func (n *Node) Versions(db int, keys [][]byte) ([]uint64, error) {
	return n.meta().Versions(db, keys)
}

// runs reports whether the groups are there.
func (n *Node) runs() bool {
	select {
	case <-n.running:
		return true
	default:
		return false
	}
}

// Messages is the transport's. While the node is still joining they are dropped: raft
// sends again.
func (n *Node) Messages(ms []*raftpb.Message) {
	if n.runs() {
		n.meta().Messages(ms)
	}
}

// Received is the transport's; see group.Group.
func (n *Node) Received() {
	if n.runs() {
		n.meta().Received()
	}
}

// Snapshot is the transport's; see group.Group.
func (n *Node) Snapshot(from uint64, m *raftpb.Message, body io.Reader) error {
	if !n.runs() {
		return errors.New("still starting")
	}
	return n.meta().Snapshot(from, m, body)
}

// Unreachable is the transport's; see group.Group.
func (n *Node) Unreachable(id uint64) {
	if n.runs() {
		n.meta().Unreachable(id)
	}
}

// network is the transport as a group sees it.
type network struct {
	*transport.Transport
	node *Node
}

// SetMembers connects the node to the members of a group.
func (w network) SetMembers(members []replica.Member) {
	var peers []transport.Peer
	for _, m := range members {
		if m.ID != w.node.id {
			peers = append(peers, transport.Peer{ID: m.ID, Addr: m.PeerAddr})
		}
	}
	w.SetPeers(peers)
}

// Alive reports whether this node heard of a member a short while ago.
func (w network) Alive(id uint64) bool { return w.node.alive(id) }
