package front

import (
	"fmt"
	"strings"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// Clients find out by themselves whether they talk to a Redis Cluster. They look at
// INFO's cluster_enabled or at HELLO's mode, or send CLUSTER SLOTS, SHARDS or NODES and
// look for an answer. A client that takes a node for a cluster refuses commands over
// several slots, which work here. A client that takes a cluster for a single server
// connects to one node for good. So all three have to tell the same, and the operator
// says what: cluster-enabled.
//
// no: the node is one server to its clients, however many members it has. The commands
// about a Redis Cluster refuse in Redis's words. The commands of operators have names
// that no client sends by itself: MEMBERS, MEET, FORGET, FAILOVER.
//
// yes: the node shows the group as a Redis Cluster of one shard (view.go).
//
// Every node serves every command in both modes.

// mode is what HELLO and INFO call the server.
func (srv *Server) mode() string {
	if srv.clustered {
		return "cluster"
	}
	return "standalone"
}

// hideTopology makes the commands about a Redis Cluster refuse unless
// cluster-enabled says otherwise. Those that the store answers are among them.
func (srv *Server) hideTopology() {
	if srv.clustered {
		return
	}
	for _, cmd := range srv.table.All() {
		if cmd.Flags.Has(command.Topology) {
			srv.handlers[cmd.ID] = clusterDisabledCommand
		}
	}
}

func clusterDisabledCommand(_ *Session, _ [][]byte, w *reply.Writer) {
	w.Error(reply.ErrClusterDisabled)
}

// clusterMembersCommand tells what this node knows of the members, a line for
// each, in the form of CLIENT LIST.
func clusterMembersCommand(s *Session, _ [][]byte, w *reply.Writer) {
	v, info := s.srv.backend.View(), s.srv.backend.Info()
	var b strings.Builder
	for i := range v.Members {
		m := &v.Members[i]
		role, link := "follower", "up"
		switch {
		case m.Learner:
			role = "learner"
		case m.ID == v.Leader:
			role = "leader"
		}
		if !m.Alive {
			link = "down"
		}
		self := 0
		if m.ID == v.Self {
			self = 1
		}
		fmt.Fprintf(&b, "name=%s addr=%s peer=%s role=%s link=%s self=%d offset=%d id=%s\n",
			m.Name, m.ClientAddr, m.PeerAddr, role, link, self, v.offset(m, info), v.nodeID(m.ID))
	}
	w.Verbatim("txt", b.String())
}
