package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/msredis/msredis/cluster/group"
	"github.com/msredis/msredis/cluster/transport"
	"github.com/msredis/msredis/internal/failpoint"
)

// How an empty data directory becomes a node.
//
// A founder starts from the empty snapshot that lists all of them; founding.go has how
// they agree on it. A founder may do so only if it never took part before. A node that
// lost its disk has forgotten its votes and must not use its old ID. So a member of a
// cluster that exists confirms a founder by its nonce, a random number in each empty
// directory. An unknown founder joins as a new member, in the place of the one of that
// name.

const (
	probeInterval    = 200 * time.Millisecond
	minProbeInterval = 20 * time.Millisecond // of founders that have just started
	callTimeout      = 2 * time.Second
	// refusalPatience is the time for which a node that is refused goes on asking. Its
	// predecessor of the same name may have died a moment ago, and is missed only after
	// an election timeout.
	refusalPatience = 10 * time.Second
)

type probeRequest struct {
	Name  string `json:"name"`
	Nonce uint64 `json:"nonce"`
}

type probeReply struct {
	Name    string `json:"name"`
	Nonce   uint64 `json:"nonce"`   // of an empty directory
	Formed  bool   `json:"formed"`  // the node belongs to a cluster
	Cluster uint64 `json:"cluster"` // if formed
	Founder bool   `json:"founder"` // if formed: the asker is one, with this very directory
	// Founders are then the first members, as the node knows them.
	Founders []founderNode `json:"founders,omitempty"`
	Agreed   Agreed        `json:"settings"`
}

// findCluster decides what an empty directory becomes and writes it down.
func (n *Node) findCluster() (*identity, error) {
	o := n.options
	switch {
	case n.move != nil:
		id, err := n.join(func() ([]string, error) { return slices.Clone(n.move.Peers), nil }, false)
		if err == nil {
			err = endMove(o.Dir)
		}
		return id, err
	case o.Join != "":
		return n.join(n.seeds, false)
	case len(o.Initial) <= 1:
		id := &identity{Cluster: randomSeed() | 1, ID: 1, Name: o.Name, Founder: true,
			Founders: []founderNode{{Name: o.Name, PeerAddr: o.PeerAddr}}, Agreed: o.Agreed}
		return id, id.save(o.Dir)
	}
	return n.foundOrJoin()
}

func (n *Node) probe(addr string, req probeRequest) (probeReply, error) {
	var r probeReply
	who, err := n.ask(addr, 0, methodProbe, req, &r)
	if err == nil {
		err = who.Named(r.Name)
	}
	return r, err
}

// call sends a request to a node's peer port. Close ends it.
func (n *Node) call(addr string, cluster uint64, method string, req, answer any) error {
	who, err := n.ask(addr, cluster, method, req, answer)
	if err == nil {
		err = n.answered(who, addr)
	}
	return err
}

// ask is call that leaves it to the caller to check who has answered.
func (n *Node) ask(addr string, cluster uint64, method string, req, answer any) (transport.Caller, error) {
	data, err := json.Marshal(req)
	if err != nil {
		return nil, err
	}
	timeout := callTimeout
	switch method {
	case methodChange, methodJoin:
		timeout = 2 * group.ChangeTimeout // a join may replace a member: two changes
	case methodCheck:
		timeout += checkPatience * n.options.CompareEvery
	}
	ctx, cancel := context.WithTimeout(n.life, timeout)
	defer cancel()
	out, who, err := transport.Call(ctx, n.options.Guard, addr, cluster, method, data)
	if err != nil {
		return nil, err
	}
	return who, json.Unmarshal(out, answer)
}

// join asks a running cluster to take this node in, and goes on asking until it
// does or says no for good. uninvited: nobody but an old list of founders says
// that it is to be a member.
func (n *Node) join(seeds func() ([]string, error), uninvited bool) (*identity, error) {
	o := n.options
	req := joinRequest{Name: o.Name, PeerAddr: o.PeerAddr, ClientAddr: o.ClientAddr, TLSPort: o.TLSPort, Uninvited: uninvited, Agreed: o.Agreed}
	start := time.Now()
	for last := ""; ; {
		var why []string // it was nothing yet
		addrs, err := seeds()
		if err != nil {
			why = append(why, err.Error())
		}
		for i := 0; i < len(addrs); i++ {
			var r joinReply
			who, err := n.ask(addrs[i], 0, methodJoin, req, &r)
			if err == nil && r.Members != nil {
				err = fromMember(who, r.Members)
			}
			if err != nil {
				why = append(why, err.Error())
				continue
			}
			switch {
			case r.Refused != "" && (r.Final || time.Since(start) > refusalPatience):
				return nil, errors.New(r.Refused)
			case r.Refused != "":
				why = append(why, r.Refused)
			case r.Leader != "":
				if !slices.Contains(addrs, r.Leader) {
					addrs = append(addrs, r.Leader)
				}
			case r.ID != 0 && r.Members != nil:
				failpoint.Hit(failpoint.JoinAccepted)
				id := &identity{Cluster: r.Cluster, ID: r.ID, Name: o.Name, Joined: r.Members, Agreed: r.Agreed}
				return id, id.save(o.Dir)
			}
		}
		if text := strings.ReplaceAll(strings.Join(why, "; "), "\n", " "); text != last {
			last = text
			n.log.Warn("cannot join yet; trying again", "err", text)
		}
		select {
		case <-n.life.Done():
			return nil, group.ErrClosed
		case <-time.After(probeInterval):
		}
	}
}
