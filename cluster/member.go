package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/internal/failpoint"
	"go.etcd.io/raft/v3/raftpb"
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
	// Uninvited: nobody has asked this node in now; it comes back.
	Uninvited bool     `json:"uninvited,omitempty"`
	Settings  Settings `json:"settings,omitempty"`
}

type joinReply struct {
	Cluster  uint64   `json:"cluster"`
	ID       uint64   `json:"id"`
	Settings Settings `json:"settings,omitempty"`
	// Members is the membership with the new one in it: it needs to know whom
	// to answer before it has the snapshot that says so.
	Members *replica.Members `json:"members,omitempty"`

	Leader  string `json:"leader,omitempty"`  // ask there: the peer address
	Refused string `json:"refused,omitempty"` // not as things are
	Final   bool   `json:"final,omitempty"`   // and they will not change by themselves
}

// outcome is the answer to a request that only succeeds or fails.
type outcome struct {
	Error string `json:"error,omitempty"`
}

func outcomeOf(err error) outcome {
	if err != nil {
		return outcome{err.Error()}
	}
	return outcome{}
}

func (o outcome) err() error {
	if o.Error != "" {
		return errors.New(o.Error)
	}
	return nil
}

// changeTimeout is how long a change of the membership may take.
const changeTimeout = 10 * time.Second

var (
	errStarting   = errors.New("this node is still starting")
	errNoLeader   = errors.New("there is no leader")
	errNotAsked   = errors.New("other nodes do not ask for such a change of the membership")
	errNotLeader  = errors.New("this node is not the leader")
	errChangeLate = errors.New("the change of the membership was not agreed on in time; it may be yet")
)

// runs reports whether the group is there.
func (n *Node) runs() bool {
	select {
	case <-n.running:
		return true
	default:
		return false
	}
}

// Messages and Snapshot reach the group only when it runs.
func (n *Node) Messages(ms []*raftpb.Message) {
	select {
	case <-n.running:
		n.Group.Messages(ms)
	default: // still joining; raft sends again
	}
}

// Received is the transport's; see Group.
func (n *Node) Received() {
	if n.runs() {
		n.Group.Received()
	}
}

// Snapshot is the transport's; see Group.
func (n *Node) Snapshot(from uint64, m *raftpb.Message, body io.Reader) error {
	select {
	case <-n.running:
		return n.Group.Snapshot(from, m, body)
	default:
		return errors.New("still starting")
	}
}

// Unreachable is the transport's; see Group.
func (n *Node) Unreachable(id uint64) {
	select {
	case <-n.running:
		n.Group.Unreachable(id)
	default:
	}
}

// Name is the transport's: the name of a member.
func (n *Node) Name(id uint64) string {
	if !n.runs() {
		return ""
	}
	m, _ := n.Group.view.Load().members.ByID(id)
	return m.Name
}

// Call answers requests of other nodes.
func (n *Node) Call(method string, req []byte) ([]byte, error) {
	switch method {
	case methodChange, methodFailover, methodMeet, methodCheck, methodVerdict:
		if !n.runs() {
			return json.Marshal(outcomeOf(errStarting))
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
		return json.Marshal(outcomeOf(n.promise(p)))
	case methodJoin:
		var q joinRequest
		if err := json.Unmarshal(req, &q); err != nil {
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
			return json.Marshal(outcomeOf(errNotAsked))
		}
		return json.Marshal(outcomeOf(n.changeHere(c)))
	case methodFailover:
		var name string
		if err := json.Unmarshal(req, &name); err != nil {
			return nil, err
		}
		return json.Marshal(outcomeOf(n.failoverHere(name, n.options.RequestTimeout)))
	case methodMeet:
		var q meetRequest
		if err := json.Unmarshal(req, &q); err != nil {
			return nil, err
		}
		return json.Marshal(outcomeOf(n.moveTo(q)))
	}
	return nil, fmt.Errorf("unknown request %q", method)
}

func (n *Node) probed(q probeRequest) (probeReply, error) {
	r := probeReply{Name: n.options.Name, Settings: n.options.Settings}
	id, err := loadIdentity(n.options.Dir)
	if err != nil {
		return r, err
	}
	if id == nil {
		r.Nonce = n.nonce
		return r, nil
	}
	r.Formed, r.Cluster, r.Settings = true, id.Cluster, id.Settings
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
	v := n.Group.view.Load()
	if !v.leads {
		leader, ok := v.members.ByID(v.leader)
		if !ok {
			return joinReply{}, errNoLeader
		}
		return joinReply{Leader: leader.PeerAddr}, nil
	}
	if !v.settled { // what was decided before may be news here
		return joinReply{}, errNoLeader
	}
	if err := q.Settings.differ(n.settings, n.options.Name); err != nil {
		return joinReply{Refused: err.Error(), Final: true}, nil
	}
	if q.Uninvited && !v.members.MayReturn(q.Name) {
		return joinReply{Refused: fmt.Sprintf("%q is no member of the cluster (any more), and --initial-cluster does not make it one: "+
			"start it with --join, or by itself and tell a member CLUSTER MEET", q.Name), Final: true}, nil
	}
	if old, ok := v.members.ByName(q.Name); ok {
		if old.ID == n.id || n.alive(old.ID) {
			return joinReply{Refused: fmt.Sprintf("a node named %q is a running member of the cluster already", q.Name)}, nil
		}
		n.log.Info("replacing a member that comes back with an empty directory", "name", q.Name, "id", old.ID)
		if err := n.changeHere(replica.Change{Op: replica.Replace, Member: old}); err != nil {
			return joinReply{}, err
		}
		failpoint.Hit(failpoint.JoinReplaced)
		v = n.Group.view.Load()
	}
	m := replica.Member{ID: v.members.LastID + 1, Name: q.Name, PeerAddr: q.PeerAddr, ClientAddr: q.ClientAddr}
	if err := n.changeHere(replica.Change{Op: replica.AddLearner, Member: m}); err != nil {
		return joinReply{}, err
	}
	failpoint.Hit(failpoint.JoinAdmitted)
	return joinReply{Cluster: n.config.Cluster, ID: m.ID, Settings: n.settings, Members: &n.Group.view.Load().members}, nil
}

// change sees to a change of the membership, wherever the leader is.
func (n *Node) change(c replica.Change) error {
	v, leader, err := n.viewOfLeader()
	if err != nil {
		return err
	}
	if v.leads {
		return n.changeHere(c)
	}
	var r outcome
	if err := n.call(leader.PeerAddr, n.config.Cluster, methodChange, c, &r); err != nil {
		return err
	}
	return r.err()
}

// changeHere proposes a change, again and again while another is under way, and
// returns when it has happened. Leader only.
func (n *Node) changeHere(c replica.Change) error {
	deadline := time.After(changeTimeout)
	retry := time.NewTicker(n.config.Tick)
	defer retry.Stop()
	for {
		v, changed := n.watch()
		switch {
		case v.members.Reflects(c):
			return nil
		case !v.leads:
			return errNotLeader
		}
		if err := v.members.Refuses(c); err != nil {
			return err
		}
		failpoint.Hit(failpoint.ChangePropose)
		n.post(event{run: func(r *replica.Replica) { _ = r.Change(c) }}) // refused: tried again
		select {
		case <-changed:
		case <-retry.C:
		case <-n.stop:
			return errClosed
		case <-deadline:
			return errChangeLate
		}
	}
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
		v, changed := n.watch()
		self, ok := v.members.ByID(n.id)
		if err := n.mustEnd(v); err != nil {
			n.log.Error("this node cannot go on", "err", err)
			go n.options.Fatal(err)
			return
		}
		if ok && v.leader != 0 && (self.ClientAddr != n.options.ClientAddr || self.PeerAddr != n.options.PeerAddr) {
			self.ClientAddr, self.PeerAddr = n.options.ClientAddr, n.options.PeerAddr
			if err := n.change(replica.Change{Op: replica.Update, Member: self}); err != nil {
				n.log.Warn("cannot publish this node's addresses yet", "err", err)
			}
		}
		if v.leads {
			n.promote(v)
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

func (n *Node) promote(v *view) {
	match := n.matches()
	commit := match[n.id]
	for _, m := range v.members.List {
		if at := match[m.ID]; m.Learner && at > 0 && at+promoteLag >= commit && n.alive(m.ID) {
			if err := n.changeHere(replica.Change{Op: replica.Promote, Member: m}); err != nil {
				n.log.Warn("cannot promote a learner yet", "name", m.Name, "err", err)
				return
			}
			n.log.Info("promoted a learner", "name", m.Name)
		}
	}
}

// matches returns how much of the log each member is known to have. Empty
// unless this node leads.
func (n *Node) matches() map[uint64]uint64 {
	match := map[uint64]uint64{}
	n.ask(func(r *replica.Replica) {
		if r.Leads() {
			r.Progress(func(id, at uint64, _ bool) { match[id] = at })
		}
	})
	return match
}

// ask runs fn in the core role and waits for it. It reports false if the group
// has ended. Either way fn does not run any more when it returns.
func (g *Group) ask(fn func(r *replica.Replica)) bool {
	done := make(chan struct{})
	var mu sync.Mutex // held by fn
	over := false
	g.post(event{run: func(r *replica.Replica) {
		mu.Lock()
		defer mu.Unlock()
		if !over {
			fn(r)
		}
		close(done)
	}})
	select {
	case <-done:
		return true
	case <-g.stop:
		mu.Lock()
		defer mu.Unlock()
		over = true
		return false
	}
}

// Forget removes a member; see front.Backend.
func (n *Node) Forget(name string) error {
	v, _, err := n.viewOfLeader()
	if err != nil {
		return err
	}
	m, ok := v.members.ByName(name)
	switch {
	case ok:
	case v.members.IsVacant(name): // its successor is not to come
		m = replica.Member{Name: name}
	default:
		return fmt.Errorf("Unknown node %s", name)
	}
	if ok && v.leader == m.ID && v.voter {
		// A leader that removes itself leaves the others to notice it.
		if err := n.Failover(n.options.Name); err != nil {
			n.log.Warn("removing the leader, which did not hand over first", "err", err)
		}
	}
	return n.change(replica.Change{Op: replica.Remove, Member: m})
}
