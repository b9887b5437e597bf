package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/shelf"
	"github.com/msredis/msredis/cluster/transport"
	"github.com/msredis/msredis/internal/failpoint"
	"github.com/msredis/msredis/store"
	"github.com/zeebo/xxh3"
)

// How an empty data directory becomes a node.
//
// The founders of a cluster all start from the same empty snapshot, which lists
// them. A founder may do so only if it never took part before: a node that lost
// its disk has forgotten its votes and must not use its old ID. So it asks the
// others first. If all are as empty as itself, they found the cluster together
// and write down each other's nonce, a random number in each empty directory. A
// member of a cluster that exists already confirms a founder by its nonce;
// whoever it does not know joins as a new member, in the place of the one of
// that name.

const (
	probeInterval = 200 * time.Millisecond
	// probePatience is how long founders wait for all; then a majority will do
	// and the rest join when they come.
	probePatience = 10 * time.Second
	callTimeout   = 2 * time.Second
	// refusalPatience is how long a node that is refused goes on asking: its
	// predecessor of the same name may have died a moment ago, and is missed
	// only after an election timeout.
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
}

// findCluster decides what an empty directory becomes and writes it down.
func (n *Node) findCluster() (*identity, error) {
	o := n.options
	switch {
	case n.move != nil:
		id, err := n.join(func() ([]string, error) { return slices.Clone(n.move.Peers), nil })
		if err == nil {
			err = endMove(o.Dir)
		}
		return id, err
	case o.Join != "":
		return n.join(n.seedsOf(o.Join))
	case len(o.Initial) <= 1:
		id := &identity{Cluster: randomSeed() | 1, ID: 1, Name: o.Name, Founder: true,
			Founders: []founderNode{{Name: o.Name, PeerAddr: o.PeerAddr}}}
		return id, id.save(o.Dir)
	}
	if _, ok := o.Initial[o.Name]; !ok {
		return nil, fmt.Errorf("--initial-cluster does not name this node, %q", o.Name)
	}
	return n.foundOrJoin()
}

func (n *Node) foundOrJoin() (*identity, error) {
	o := n.options
	names := make([]string, 0, len(o.Initial))
	for name := range o.Initial {
		names = append(names, name)
	}
	slices.Sort(names)
	id := &identity{Name: o.Name, Founder: true}
	key := ""
	for i, name := range names {
		key += name + "=" + o.Initial[name] + ","
		id.Founders = append(id.Founders, founderNode{Name: name, PeerAddr: o.Initial[name]})
		if name == o.Name {
			id.ID = uint64(i + 1)
		}
	}
	id.Cluster = xxh3.HashString(key) | 1
	for start, said := time.Now(), false; ; time.Sleep(probeInterval) {
		empty := 1
		for i, m := range id.Founders {
			if m.Name == o.Name {
				id.Founders[i].Nonce = n.nonce
				continue
			}
			r, err := n.probe(m.PeerAddr, probeRequest{Name: o.Name, Nonce: n.nonce})
			switch {
			case err != nil:
				id.Founders[i].Nonce = 0
			case r.Formed && r.Cluster == id.Cluster && r.Founder:
				id.Founders = r.Founders
				return id, id.save(o.Dir)
			case r.Formed:
				n.log.Info("the cluster exists already; joining it", "through", m.Name)
				return n.join(func() ([]string, error) { return []string{m.PeerAddr}, nil })
			case r.Name != m.Name:
				return nil, fmt.Errorf("--initial-cluster: the node at %s is %q, not %q", m.PeerAddr, r.Name, m.Name)
			default:
				id.Founders[i].Nonce = r.Nonce
				empty++
			}
		}
		patient := time.Since(start) < probePatience
		if empty == len(id.Founders) || !patient && empty > len(id.Founders)/2 {
			return id, id.save(o.Dir)
		}
		if !said {
			n.log.Info("waiting for the other founders of the cluster", "here", empty, "of", len(id.Founders))
			said = true
		}
		select {
		case <-n.life.Done():
			return nil, errClosed
		default:
		}
	}
}

func (n *Node) probe(addr string, req probeRequest) (probeReply, error) {
	var r probeReply
	err := n.call(addr, 0, methodProbe, req, &r)
	return r, err
}

// call sends a request to a node's peer port. Close ends it.
func (n *Node) call(addr string, cluster uint64, method string, req, answer any) error {
	data, err := json.Marshal(req)
	if err != nil {
		return err
	}
	timeout := callTimeout
	if method == methodChange || method == methodJoin {
		timeout = 2 * changeTimeout // a join may replace a member: two changes
	}
	ctx, cancel := context.WithTimeout(n.life, timeout)
	defer cancel()
	out, err := transport.Call(ctx, addr, cluster, method, data)
	if err != nil {
		return err
	}
	return json.Unmarshal(out, answer)
}

// found writes the empty snapshot that a cluster starts from.
func (g *Group) found(id identity) (shelf.Meta, error) {
	members := replica.Members{Cluster: id.Cluster, LastID: uint64(len(id.Founders))}
	for i, m := range id.Founders {
		members.List = append(members.List, replica.Member{ID: uint64(i + 1), Name: m.Name, PeerAddr: m.PeerAddr, ClientAddr: ""})
	}
	st, err := g.config.NewStore()
	if err != nil {
		return shelf.Meta{}, err
	}
	delta := st.Cut()
	defer delta.Done(true)
	first := applier{Machine: replica.Machine{Ledger: replica.NewLedger(g.config.Table), Members: members, Index: 1, Term: 1}}
	meta, err := first.meta(delta.Meta())
	if err != nil {
		return meta, err
	}
	failpoint.Hit(failpoint.Found)
	return meta, g.shelf.Write(meta, nothing{})
}

type nothing struct{}

func (nothing) Write(store.Sink) error { return nil }

// join asks a running cluster to take this node in, and goes on asking until it
// does or says no for good.
func (n *Node) join(seeds func() ([]string, error)) (*identity, error) {
	o := n.options
	req := joinRequest{Name: o.Name, PeerAddr: o.PeerAddr, ClientAddr: o.ClientAddr}
	start := time.Now()
	for last := ""; ; {
		addrs, err := seeds() // err: the last reason why it was nothing yet
		for i := 0; i < len(addrs); i++ {
			var r joinReply
			if err = n.call(addrs[i], 0, methodJoin, req, &r); err != nil {
				continue
			}
			switch {
			case r.Refused != "" && time.Since(start) > refusalPatience:
				return nil, errors.New(r.Refused)
			case r.Refused != "":
				err = errors.New(r.Refused)
			case r.Leader != "":
				if !slices.Contains(addrs, r.Leader) {
					addrs = append(addrs, r.Leader)
				}
			case r.ID != 0 && r.Members != nil:
				failpoint.Hit(failpoint.JoinAccepted)
				id := &identity{Cluster: r.Cluster, ID: r.ID, Name: o.Name, Joined: r.Members}
				return id, id.save(o.Dir)
			}
		}
		if err != nil && err.Error() != last {
			last = err.Error()
			n.log.Warn("cannot join yet; trying again", "err", strings.TrimSpace(last))
		}
		select {
		case <-n.life.Done():
			return nil, errClosed
		case <-time.After(probeInterval):
		}
	}
}
