package cluster

import (
	"errors"
	"io"
	"path/filepath"
	"strconv"

	"github.com/msredis/msredis/cluster/group"
	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/transport"
	"go.etcd.io/raft/v3/raftpb"
)

// The groups of a node, and the way to them of the other members. split.go has the way of
// the clients.

// MaxGroups bounds Options.Groups.
const MaxGroups = 64

// groupsOption is the name in Agreed of the option that Options.Groups is.
const groupsOption = "groups"

// groupsDir has, in a data directory, a directory for the snapshots of each group but the
// meta group, whose are in the data directory itself. The log is one for all.
const groupsDir = "groups"

// groupDir is the directory of a group.
func groupDir(dir string, i int) string {
	if i == 0 {
		return dir
	}
	return filepath.Join(dir, groupsDir, strconv.Itoa(i))
}

// meta returns the group that has the members and the state of the cluster.
func (n *Node) meta() *group.Group { return n.groups[0] }

// Work does what was started; see front.Backend.
func (n *Node) Work() (more bool) {
	for _, g := range n.groups {
		if g.Work() {
			more = true
		}
	}
	return more
}

// forGroups calls fn for each group, in order, and returns the errors.
func (n *Node) forGroups(fn func(g *group.Group) error) error {
	errs := make([]error, 0, len(n.groups))
	for _, g := range n.groups {
		errs = append(errs, fn(g))
	}
	return errors.Join(errs...)
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
func (n *Node) Messages(i int, ms []*raftpb.Message) {
	if n.runs() {
		n.groups[i].Messages(ms)
	}
}

// Received is the transport's; see group.Group.
func (n *Node) Received() {
	if n.runs() {
		for _, g := range n.groups {
			g.Received()
		}
	}
}

// Snapshot is the transport's; see group.Group.
func (n *Node) Snapshot(i int, from uint64, m *raftpb.Message, body io.Reader) error {
	if !n.runs() {
		return errors.New("still starting")
	}
	return n.groups[i].Snapshot(from, m, body)
}

// Unreachable is the transport's; see group.Group.
func (n *Node) Unreachable(id uint64) {
	if n.runs() {
		for _, g := range n.groups {
			g.Unreachable(id)
		}
	}
}

// network is the transport as a group sees it.
type network struct {
	*transport.Transport
	node  *Node
	group int
}

// Send sends messages of the group.
func (w network) Send(ms []*raftpb.Message) { w.Transport.Send(w.group, ms) }

// SendSnapshot streams a snapshot of the group.
func (w network) SendSnapshot(m *raftpb.Message, body io.ReadCloser, done func(error)) {
	w.Transport.SendSnapshot(w.group, m, body, done)
}

// SetMembers connects the node to the members of a group. The node is connected to the
// members of all of its groups. The addresses are those that the first of the groups
// knows: the meta group hears of a new one before the others.
func (w network) SetMembers(members []replica.Member) {
	n := w.node
	n.peering.Lock()
	defer n.peering.Unlock()
	n.peers[w.group] = members
	var peers []transport.Peer
	known := map[uint64]bool{n.id: true}
	for _, list := range n.peers {
		for _, m := range list {
			if !known[m.ID] {
				known[m.ID] = true
				peers = append(peers, transport.Peer{ID: m.ID, Addr: m.PeerAddr})
			}
		}
	}
	w.SetPeers(peers)
}

// Alive reports whether this node heard of a member a short while ago.
func (w network) Alive(id uint64) bool { return w.node.alive(id) }
