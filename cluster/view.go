package cluster

import (
	"slices"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/transport"
)

// view is what everybody may know of the group. It does not change.
type view struct {
	leader, term uint64
	leads        bool
	settled      bool
	voter        bool // this node votes
	members      replica.Members
	commit       uint64
}

// newView looks at the replica. Core role.
func (g *Group) newView() *view {
	v := &view{leads: g.replica.Leads(), settled: g.replica.Settled(), members: g.replica.Members().Clone()}
	v.leader, v.term = g.replica.Leader()
	v.commit = g.replica.Status().GetCommit()
	self, ok := v.members.ByID(g.id)
	v.voter = ok && !self.Learner
	return v
}

// publish makes v the view. The caller holds g.mu.
func (g *Group) publish(v *view) {
	old := g.view.Swap(v)
	g.leads = v.leads
	switch {
	case v.leader != 0:
		g.leaderless = -1
	case g.leaderless < 0:
		g.leaderless = g.ticks
	}
	g.fastAt = 0
	if v.settled && v.voter && v.members.Voters() == 1 {
		g.fastAt = max(v.commit, 1)
	} else {
		g.fast.Store(false)
	}
	g.setApplied(g.applied)
	if old == nil || !slices.Equal(old.members.List, v.members.List) {
		var peers []transport.Peer
		for _, m := range v.members.List {
			if m.ID != g.id {
				peers = append(peers, transport.Peer{ID: m.ID, Addr: m.PeerAddr})
			}
		}
		g.transport.SetPeers(peers)
	}
	if old == nil || old.leader != v.leader || old.term != v.term {
		name := "none"
		if m, ok := v.members.ByID(v.leader); ok {
			name = m.Name
		}
		g.log.Info("leader", "name", name, "term", v.term)
		g.metrics.leader()
	}
	if v.leads {
		g.armed.Store(0) // the new leader looks after deadlines at once
		select {
		case g.wakeTicker <- struct{}{}:
		default:
		}
	}
	close(g.changed)
	g.changed = make(chan struct{})
}

// watch returns the view and a channel that is closed when it is another.
func (g *Group) watch() (*view, <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stopped != nil {
		closed := make(chan struct{})
		close(closed)
		return g.view.Load(), closed
	}
	return g.view.Load(), g.changed
}
