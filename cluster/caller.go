package cluster

import (
	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/transport"
)

// With tls-cluster-name-check a certificate of the cluster's CA is not enough: it has to be
// that of the node for which its owner speaks. A request says who makes it, as far as it
// does: who asks to be let in, who founds, who looks around. A request that only
// members make has to come from one of them.

// fromMember returns an error if nobody of the members can have shown the certificate.
func fromMember(who transport.Caller, members *replica.Members) error {
	err := who.Named("") // what is said if there are none
	for _, m := range members.List {
		if err = who.Named(m.Name); err == nil {
			return nil
		}
	}
	return err
}

// vouch checks who makes a request that only members make.
func (n *Node) vouch(who transport.Caller) error { return fromMember(who, &n.meta().View().Members) }

// answered checks who has answered a request to a peer address, if that is a member's.
func (n *Node) answered(who transport.Caller, addr string) error {
	if !n.runs() {
		return nil
	}
	for _, m := range n.meta().View().Members.List {
		if m.PeerAddr == addr {
			return who.Named(m.Name)
		}
	}
	return nil
}
