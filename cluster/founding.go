package cluster

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/msredis/msredis/cluster/group"
	"github.com/msredis/msredis/internal/failpoint"
)

// How the nodes of initial-cluster found a cluster.
//
// Wanted: one cluster with an id that no other cluster has, founded only when every
// founder is there and empty. A node that lost its disk must never help to found
// another cluster beside the one that still has its data.
//
// The difficulty: each founder may die, or die and lose its disk, between any two
// steps, and answers may be late. Two founders must never write down two different
// clusters, and nobody may wait for what cannot come.
//
// The steps:
//
//  1. Every empty directory has a nonce, a random number, so a founder that lost its
//     disk is not taken for its former self. All founders ask each other.
//  2. The first founder by name proposes, once all others have answered that they are
//     empty. The proposal has a random id, and the names, addresses and nonces of all.
//  3. Each of the others promises: it is empty, has that nonce, and forgets every
//     answer to a question that it has asked before (founding.promises).
//  4. When all have promised, the first founder writes its identity. With this step the
//     cluster is founded. The others ask on, find a founder that has an identity with
//     their nonce in it, and write down the same.
//
// Why it holds: an identity spreads from a founder that has it to one that has none and
// has the right nonce. Say that another one is founded after the disk of the first
// founder was lost. Each of the others has promised, so it was empty then, and it knows
// nothing from before. So the older identity was on no disk but the lost one, and
// nobody can get it any more.
//
// A promise need not be on disk: a founder that dies forgets its answers as well. A
// founder that dies before step 4 comes back with its nonce and asks again. One that
// comes back behind step 4 with an empty disk joins as a new member.
//
// Tried first: a majority of empty founders founds after a while, with a hash of the
// list as the id. Two nodes of three that had lost their disks then founded a cluster
// beside the third, with the same id.

// founding is what a node is asked about while it has no identity.
type founding struct {
	mu       sync.Mutex // held while an identity is written, and while one is promised not to be
	promises uint64     // number of promises made
	said     []string   // whom the last log line said that it waits for
	because  string     // … and why
	saidAt   time.Time
}

// sayAgain is how long a founder waits silently.
const sayAgain = time.Minute

// proposal is a cluster that is to be founded.
type proposal struct {
	Cluster  uint64        `json:"cluster"`
	Founders []founderNode `json:"founders"` // ordered by name; the first has ID 1
	Agreed   Agreed        `json:"settings"`
}

// founders returns those who found the cluster, ordered by name, and the place of
// this node among them.
func (o *Options) founders() (list []founderNode, self int, err error) {
	for name, addr := range o.Initial {
		if !slices.Contains(o.Without, name) {
			list = append(list, founderNode{Name: name, PeerAddr: addr})
		}
	}
	slices.SortFunc(list, func(a, b founderNode) int { return strings.Compare(a.Name, b.Name) })
	for _, name := range o.Without {
		if _, ok := o.Initial[name]; !ok || name == o.Name {
			return nil, 0, fmt.Errorf("--found-without: %q is no other node of --initial-cluster", name)
		}
	}
	self = slices.IndexFunc(list, func(m founderNode) bool { return m.Name == o.Name })
	if self < 0 {
		return nil, 0, fmt.Errorf("--initial-cluster does not name this node, %q", o.Name)
	}
	return list, self, nil
}

// foundOrJoin makes an empty node a founder, or a new member of a cluster that its
// founders have founded already.
func (n *Node) foundOrJoin() (*identity, error) {
	founders, self, err := n.options.founders()
	if err != nil {
		return nil, err
	}
	for pause := minProbeInterval; ; pause = min(2*pause, probeInterval) {
		id, err := n.foundingRound(founders, self)
		if id != nil || err != nil {
			return id, err
		}
		select {
		case <-n.life.Done():
			return nil, group.ErrClosed
		case <-time.After(pause):
		}
	}
}

// foundingRound asks every founder once. It returns nothing if it has to be done
// again.
func (n *Node) foundingRound(founders []founderNode, self int) (*identity, error) {
	n.founding.mu.Lock()
	promises := n.founding.promises
	n.founding.mu.Unlock()
	p := proposal{Cluster: randomSeed() | 1, Founders: slices.Clone(founders), Agreed: n.options.Agreed}
	p.Founders[self].Nonce = n.nonce
	var missing []absent
	for i, m := range founders {
		if i == self {
			continue
		}
		r, err := n.probe(m.PeerAddr, probeRequest{Name: n.options.Name, Nonce: n.nonce})
		switch {
		case err != nil:
			missing = append(missing, absent{m.Name, err})
		case r.Founder:
			return n.adopt(promises, r)
		case r.Formed:
			n.log.Info("the cluster exists already; joining it", "through", m.Name)
			return n.join(n.otherFounders, true)
		case r.Name != m.Name:
			return nil, fmt.Errorf("--initial-cluster: the node at %s is %q, not %q", m.PeerAddr, r.Name, m.Name)
		default:
			p.Founders[i].Nonce = r.Nonce
			err := n.options.Agreed.differ(r.Agreed, m.Name)
			if err != nil && i == 0 {
				return nil, err
			} else if err != nil {
				missing = append(missing, absent{m.Name, err})
			}
		}
	}
	for _, name := range n.options.Without {
		if _, err := n.probe(n.options.Initial[name], probeRequest{Name: n.options.Name}); err == nil {
			missing = append(missing, absent{name, errors.New("it answers, so it is not gone, as --found-without says")})
		}
	}
	switch {
	case len(missing) > 0:
	case self > 0:
		missing = []absent{{founders[0].Name, errors.New("all are there; it founds the cluster")}}
	default:
		if missing = n.propose(p); len(missing) == 0 {
			return n.settle(p)
		}
	}
	n.sayMissing(missing)
	return nil, nil
}

// otherFounders are where a cluster that the founders have made may be asked.
func (n *Node) otherFounders() (addrs []string, err error) {
	for name, addr := range n.options.Initial {
		if name != n.options.Name && !slices.Contains(n.options.Without, name) {
			addrs = append(addrs, addr)
		}
	}
	slices.Sort(addrs)
	return addrs, nil
}

// absent is a founder that is waited for.
type absent struct {
	name string
	why  error
}

// sayMissing logs for whom a founder waits and why, when that changes and now and then.
// Reasons may change with each attempt, so they are logged once a second at most.
func (n *Node) sayMissing(missing []absent) {
	var names, reasons []string
	for _, m := range missing {
		names = append(names, m.name)
		reasons = append(reasons, strings.TrimSpace(fmt.Sprintf("%s: %v", m.name, m.why)))
	}
	f, because := &n.founding, strings.Join(reasons, "; ")
	since := time.Since(f.saidAt)
	if !slices.Equal(names, f.said) || because != f.because && since > time.Second || since > sayAgain {
		f.said, f.because, f.saidAt = names, because, time.Now()
		n.log.Info("waiting for the other founders of the cluster", "for", strings.Join(names, ", "), "because", because)
	}
}

// propose gets the promises of all other founders. It returns who has made none,
// and why.
func (n *Node) propose(p proposal) (missing []absent) {
	for _, m := range p.Founders[1:] {
		var r callResult
		err := n.call(m.PeerAddr, 0, methodFound, p, &r)
		if err = errors.Join(err, r.err()); err != nil {
			missing = append(missing, absent{m.Name, err})
		}
	}
	return missing
}

// settle founds a cluster that all have promised to found.
func (n *Node) settle(p proposal) (*identity, error) {
	failpoint.Hit(failpoint.FoundAgreed)
	n.founding.mu.Lock()
	defer n.founding.mu.Unlock()
	id := &identity{Cluster: p.Cluster, ID: 1, Name: n.options.Name, Founder: true, Founders: p.Founders, Agreed: p.Agreed}
	return id, id.save(n.options.Dir)
}

// promise answers a proposal: nil if this node is empty and will found no other
// cluster than one that it hears of from now on.
func (n *Node) promise(p proposal) error {
	n.founding.mu.Lock()
	defer n.founding.mu.Unlock()
	id, err := loadIdentity(n.options.Dir)
	if err != nil {
		return err
	}
	founders, self, err := n.options.founders()
	switch {
	case id != nil:
		return errors.New("it belongs to a cluster already")
	case n.options.Join != "" || n.move != nil || len(n.options.Initial) < 2:
		return errors.New("it is not told to found a cluster")
	case err != nil:
		return err
	case self == 0:
		return errors.New("it founds the cluster itself, by its list of nodes")
	case !slices.EqualFunc(founders, p.Founders, func(a, b founderNode) bool { return a.Name == b.Name && a.PeerAddr == b.PeerAddr }):
		return fmt.Errorf("its list of nodes is %s, not %s", listOf(founders), listOf(p.Founders))
	case p.Founders[self].Nonce != n.nonce:
		return errors.New("its directory is another one by now")
	}
	if err := n.options.Agreed.differ(p.Agreed, p.Founders[0].Name); err != nil {
		return err
	}
	failpoint.Hit(failpoint.FoundPromised)
	n.founding.promises++
	return nil
}

func listOf(founders []founderNode) string {
	words := make([]string, 0, len(founders))
	for _, m := range founders {
		words = append(words, m.Name+"="+m.PeerAddr)
	}
	return strings.Join(words, ",")
}

// adopt writes down what another founder has written down, unless this node has
// promised to forget what it heard since it asked.
func (n *Node) adopt(promises uint64, r probeReply) (*identity, error) {
	if err := n.options.Agreed.differ(r.Agreed, r.Name); err != nil {
		return nil, err
	}
	n.founding.mu.Lock()
	defer n.founding.mu.Unlock()
	self := slices.IndexFunc(r.Founders, func(m founderNode) bool { return m.Name == n.options.Name })
	if promises != n.founding.promises || self < 0 {
		return nil, nil
	}
	id := &identity{Cluster: r.Cluster, ID: uint64(self + 1), Name: n.options.Name, Founder: true, Founders: r.Founders, Agreed: r.Agreed}
	return id, id.save(n.options.Dir)
}
