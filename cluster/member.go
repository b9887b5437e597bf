package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/msredis/msredis/cluster/group"
	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/transport"
	"github.com/msredis/msredis/internal/failpoint"
)

// The requests that nodes make of each other outside of raft.
const (
	methodProbe    = "probe"
	methodFound    = "found"
	methodJoin     = "join"
	methodChange   = "change"
	methodFailover = "failover"
	methodMeet     = "meet"
	methodCheck    = "check"
	methodVerdict  = "verdict"
)

type joinRequest struct {
	Name       string `json:"name"`
	PeerAddr   string `json:"peer"`
	ClientAddr string `json:"client"`
	TLSPort    int    `json:"tls,omitempty"`
	// Uninvited: nobody has asked this node in now; it comes back.
	Uninvited bool   `json:"uninvited,omitempty"`
	Agreed    Agreed `json:"settings,omitempty"`
}

type joinReply struct {
	Cluster uint64 `json:"cluster"`
	ID      uint64 `json:"id"`
	Agreed  Agreed `json:"settings,omitempty"`
	// Members is the membership with the new one in it: it needs to know whom
	// to answer before it has the snapshot that says so.
	Members *replica.Members `json:"members,omitempty"`

	Leader  string `json:"leader,omitempty"`  // ask there: the peer address
	Refused string `json:"refused,omitempty"` // not as things are
	Final   bool   `json:"final,omitempty"`   // and they will not change by themselves
}

// callResult is the answer to a request that only succeeds or fails.
type callResult struct {
	Error string `json:"error,omitempty"`
}

func resultOf(err error) callResult {
	if err != nil {
		return callResult{err.Error()}
	}
	return callResult{}
}

func (r callResult) err() error {
	if r.Error != "" {
		return errors.New(r.Error)
	}
	return nil
}

var (
	errStarting = errors.New("this node is still starting")
	errNoLeader = errors.New("there is no leader")
	errNotAsked = errors.New("other nodes do not ask for such a change of the membership")
)

// Name is the transport's: the name of a member.
func (n *Node) Name(id uint64) string {
	if !n.runs() {
		return ""
	}
	m, _ := n.meta().View().Members.ByID(id)
	return m.Name
}

// Call answers requests of other nodes.
func (n *Node) Call(who transport.Caller, method string, req []byte) ([]byte, error) {
	switch method {
	case methodChange, methodFailover, methodMeet, methodCheck, methodVerdict:
		if !n.runs() {
			return json.Marshal(resultOf(errStarting))
		}
	}
	switch method {
	case methodChange, methodFailover, methodCheck, methodVerdict:
		if err := n.vouch(who); err != nil {
			return nil, err
		}
	}
	switch method {
	case methodCheck, methodVerdict:
		return n.answerCheck(method, req)
	case methodProbe:
		var q probeRequest
		if err := json.Unmarshal(req, &q); err != nil {
			return nil, err
		}
		if err := who.Named(q.Name); err != nil {
			return nil, err
		}
		r, err := n.probed(q)
		if err != nil {
			return nil, err
		}
		return json.Marshal(r)
	case methodFound:
		var p proposal
		if err := json.Unmarshal(req, &p); err != nil {
			return nil, err
		}
		if len(p.Founders) == 0 {
			return nil, errors.New("nobody founds that cluster")
		}
		if err := who.Named(p.Founders[0].Name); err != nil {
			return nil, err
		}
		return json.Marshal(resultOf(n.promise(p)))
	case methodJoin:
		var q joinRequest
		if err := json.Unmarshal(req, &q); err != nil {
			return nil, err
		}
		if err := who.Named(q.Name); err != nil {
			return nil, err
		}
		r, err := n.admitNew(q)
		if err != nil {
			return nil, err
		}
		return json.Marshal(r)
	case methodChange:
		var c replica.Change
		if err := json.Unmarshal(req, &c); err != nil {
			return nil, err
		}
		if c.Op != replica.Update && c.Op != replica.Remove { // the others are the leader's own
			return json.Marshal(resultOf(errNotAsked))
		}
		return json.Marshal(resultOf(n.changeAsked(c)))
	case methodFailover:
		var q failoverRequest
		if err := json.Unmarshal(req, &q); err != nil {
			return nil, err
		}
		if q.Group < 0 || q.Group >= len(n.groups) {
			return nil, fmt.Errorf("there is no group %d", q.Group)
		}
		return json.Marshal(resultOf(n.groups[q.Group].Transfer(q.Name, n.options.RequestTimeout)))
	case methodMeet:
		var q meetRequest
		if err := json.Unmarshal(req, &q); err != nil {
			return nil, err
		}
		if err := who.Named(q.Asked); err != nil {
			return nil, err
		}
		return json.Marshal(resultOf(n.moveTo(q)))
	}
	return nil, fmt.Errorf("unknown request %q", method)
}

func (n *Node) probed(q probeRequest) (probeReply, error) {
	r := probeReply{Name: n.options.Name, Agreed: n.options.Agreed}
	id, err := loadIdentity(n.options.Dir)
	if err != nil {
		return r, err
	}
	if id == nil {
		r.Nonce = n.nonce
		return r, nil
	}
	r.Formed, r.Cluster, r.Agreed = true, id.Cluster, id.Agreed
	for _, m := range id.Founders {
		if m.Name == q.Name && m.Nonce == q.Nonce && q.Nonce != 0 {
			r.Founder, r.Founders = true, id.Founders
		}
	}
	return r, nil
}

// admitNew takes a node in as a learner. A dead member of the same name makes
// room for it.
func (n *Node) admitNew(q joinRequest) (joinReply, error) {
	if !n.runs() {
		return joinReply{}, errStarting
	}
	v := n.meta().View()
	if !v.Leads {
		leader, ok := v.Members.ByID(v.Leader)
		if !ok {
			return joinReply{}, errNoLeader
		}
		return joinReply{Leader: leader.PeerAddr}, nil
	}
	if !v.Settled { // what was decided before may be news here
		return joinReply{}, errNoLeader
	}
	if err := q.Agreed.differ(n.agreed, n.options.Name); err != nil {
		return joinReply{Refused: err.Error(), Final: true}, nil
	}
	if q.Uninvited && !v.Members.MayReturn(q.Name) {
		return joinReply{Refused: fmt.Sprintf("%q is no member of the cluster (any more), and --initial-cluster does not make it one: "+
			"start it with --join, or by itself and tell a member CLUSTER MEET", q.Name), Final: true}, nil
	}
	if old, ok := v.Members.ByName(q.Name); ok {
		if old.ID == n.id || n.alive(old.ID) {
			return joinReply{Refused: fmt.Sprintf("a node named %q is a running member of the cluster already", q.Name)}, nil
		}
		n.log.Info("replacing a member that comes back with an empty directory", "name", q.Name, "id", old.ID)
		if err := n.meta().Change(replica.Change{Op: replica.Replace, Member: old}); err != nil {
			return joinReply{}, err
		}
		failpoint.Hit(failpoint.JoinReplaced)
		v = n.meta().View()
	}
	m := replica.Member{ID: v.Members.LastID + 1, Name: q.Name, PeerAddr: q.PeerAddr, ClientAddr: q.ClientAddr, TLSPort: q.TLSPort}
	if err := n.meta().Change(replica.Change{Op: replica.AddLearner, Member: m}); err != nil {
		return joinReply{}, err
	}
	failpoint.Hit(failpoint.JoinAdmitted)
	return joinReply{Cluster: n.cluster, ID: m.ID, Agreed: n.agreed, Members: &n.meta().View().Members}, nil
}

// change sees to a change of the membership, wherever the leader is.
func (n *Node) change(c replica.Change) error {
	v, leader, err := n.viewOfLeader(0)
	if err != nil {
		return err
	}
	if v.Leads {
		return n.changeAsked(c)
	}
	var r callResult
	if err := n.call(leader.PeerAddr, n.cluster, methodChange, c, &r); err != nil {
		return err
	}
	return r.err()
}

// changeAsked makes a change that a client or another node has asked this leader for. A
// removal is refused if the living voters that stay are no majority. The cluster could
// do nothing more, not even take the removal back.
func (n *Node) changeAsked(c replica.Change) error {
	if c.Op == replica.Remove {
		if err := n.awaitOutlives(c.Member); err != nil {
			return err
		}
	}
	return n.meta().Change(c)
}

// awaitOutlives is outlives for a leader that may be new. It has not heard of the other
// followers before, and hears of those that are alive within an election timeout.
func (n *Node) awaitOutlives(m replica.Member) error {
	late := time.After(n.options.ElectionTimeout)
	again := time.NewTicker(max(n.options.ElectionTimeout/20, time.Millisecond))
	defer again.Stop()
	for {
		err := n.outlives(m)
		if err == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-n.stop:
			return err
		case <-late:
			return err
		}
	}
}

// outlives returns an error unless a majority of the voters without m are alive.
func (n *Node) outlives(m replica.Member) error {
	var down []string
	voters := 0
	members := n.meta().View().Members
	if gone, ok := members.ByID(m.ID); !ok || gone.Learner {
		return nil // it has no vote
	}
	for _, other := range members.List {
		if other.Learner || other.ID == m.ID {
			continue
		}
		voters++
		if !n.alive(other.ID) {
			down = append(down, other.Name)
		}
	}
	if alive := voters - len(down); voters > 0 && alive <= voters/2 {
		return fmt.Errorf("without %s only %d of %d voters would be up, which is no majority: first forget or start %s",
			m.Name, alive, voters, strings.Join(down, ", "))
	}
	return nil
}

// alive reports whether this node heard of a member a short while ago.
func (n *Node) alive(id uint64) bool {
	return id == n.id || time.Since(n.transport.LastSeen(id)) < n.options.ElectionTimeout
}

// maintain keeps the membership in order: addresses that changed, learners that
// have caught up, this node's own removal.
func (n *Node) maintain() {
	defer n.wg.Done()
	tick := time.NewTicker(n.options.ElectionTimeout / 2)
	defer tick.Stop()
	for {
		v, changed := n.meta().Watch()
		self, ok := v.Members.ByID(n.id)
		if err := n.mustEnd(v); err != nil {
			n.log.Error("this node cannot go on", "err", err)
			go n.options.Fatal(err)
			return
		}
		now := self
		now.ClientAddr, now.TLSPort, now.PeerAddr = n.options.ClientAddr, n.options.TLSPort, n.options.PeerAddr
		if ok && v.Leader != 0 && !self.At(now) {
			if err := n.change(replica.Change{Op: replica.Update, Member: now}); err != nil {
				n.log.Warn("cannot publish this node's addresses yet", "err", err)
			}
		}
		if len(v.Members.List) > 1 {
			if err := n.listen(); err != nil {
				n.log.Error("the other members cannot connect to this node", "err", err)
			}
		}
		if v.Leads {
			n.promote(n.meta(), v, func(replica.Member) bool { return true })
		}
		select {
		case <-n.stop:
			return
		case <-changed:
		case <-tick.C:
		}
	}
}

// promoteLag is how many entries a learner may be behind to become a voter.
const promoteLag = 1024

// promote makes those learners of a group voters that are to be some and have caught up.
func (n *Node) promote(g *group.Group, v *group.View, may func(replica.Member) bool) {
	match, _ := g.Progress()
	last := match[n.id]
	for _, m := range v.Members.List {
		if at := match[m.ID]; m.Learner && may(m) && at > 0 && at+promoteLag >= last && n.alive(m.ID) {
			if err := g.Change(replica.Change{Op: replica.Promote, Member: m}); err != nil {
				n.log.Warn("cannot promote a learner yet", "name", m.Name, "err", err)
				return
			}
			n.log.Info("promoted a learner", "name", m.Name)
		}
	}
}

// Forget removes a member; see front.Backend.
func (n *Node) Forget(name string) error {
	v, _, err := n.viewOfLeader(0)
	if err != nil {
		return err
	}
	m, ok := v.Members.ByName(name)
	switch {
	case ok:
	case v.Members.IsVacant(name): // its successor is not to come
		m = replica.Member{Name: name}
	default:
		return fmt.Errorf("Unknown node %s", name)
	}
	for i, g := range n.groups {
		if v := g.View(); !ok || v.Leader != m.ID || !v.Voter {
			continue
		}
		// A leader that removes itself leaves the others to notice it.
		if err := n.failover(i, n.options.Name); err != nil {
			n.log.Warn("removing the leader, which did not hand over first", "group", i, "err", err)
		}
	}
	if err := n.change(replica.Change{Op: replica.Remove, Member: m}); err != nil || !ok {
		return err
	}
	// The operator stops the node now. So most members have to know that it is no voter.
	if err := n.awaitRemoval(m.ID); err != nil {
		return fmt.Errorf("%s is removed, but it may have to vote until most members have heard of that: %w", name, err)
	}
	return nil
}
