package cluster

import (
	"errors"
	"fmt"
)

// A node that starts from a used directory may not be where it thinks it is: it
// was removed while it was down, or the directory belongs to another cluster
// than the one it is told to join. Neither does harm, as nobody listens to it;
// but nobody would tell its operator, either.

// errRemoved ends a node that is no member any more.
var errRemoved = errors.New("this node was removed from the cluster; to use it again, start it with an empty directory")

// removedText is what the members tell one that they have removed.
func removedText(id uint64) string { return fmt.Sprintf("node %d was removed from the cluster", id) }

// toldRemoved reports whether a member has refused this node because it was
// removed. IDs are not used again, so one that says so is right.
func (n *Node) toldRemoved() bool {
	for _, p := range n.transport.Stats() {
		if p.Refused == removedText(n.id) {
			return true
		}
	}
	return false
}

// checkJoin ends a node that has data of another cluster than the one it is told
// to join. A node that has joined goes on being started with --join, so that
// alone says nothing; and the member that it names may be gone.
func (n *Node) checkJoin() {
	defer n.wg.Done()
	addrs, err := n.seedsOf(n.options.Join)()
	if err != nil {
		return
	}
	for _, addr := range addrs {
		r, err := n.probe(addr, probeRequest{Name: n.options.Name})
		if err != nil || !r.Formed {
			continue
		}
		if r.Cluster != n.config.Cluster {
			go n.options.Fatal(fmt.Errorf("the data in %s belongs to another cluster than %s (--join): start the node with an empty directory",
				n.options.Dir, n.options.Join))
		}
		return
	}
}
