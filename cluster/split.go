package cluster

import "github.com/msredis/msredis/resp/command"

// The way of the clients to the groups.

// Write runs a unit through the log; see front.Backend.
func (n *Node) Write(u *command.Unit) error { return n.meta().Write(u) }

// Read runs a unit that writes nothing; see front.Backend.
func (n *Node) Read(u *command.Unit) error { return n.meta().Read(u) }

// StartWrite begins to run a unit through the log; see front.Backend.
func (n *Node) StartWrite(u *command.Unit, c command.Completer) (done bool, err error) {
	return n.meta().StartWrite(u, c)
}

// StartRead begins to run a unit that writes nothing; see front.Backend.
func (n *Node) StartRead(u *command.Unit, c command.Completer) (done bool, err error) {
	return n.meta().StartRead(u, c)
}

// Versions reads the versions of keys; see front.Backend.
func (n *Node) Versions(db int, keys [][]byte) ([]uint64, error) {
	return n.meta().Versions(db, keys)
}
