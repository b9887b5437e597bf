package group

import (
	"slices"

	"github.com/msredis/msredis/cluster/replica"
)

// View is what everybody may know of the group. It does not change.
type View struct {
	Leader, Term uint64 // Leader is 0 if none is known
	Leads        bool   // this member does
	Settled      bool   // and knows all that is committed
	Voter        bool   // this member votes
	Members      replica.Members
	Commit       uint64
}

// View returns the latest view.
func (g *Group) View() *View { return g.view.Load() }

// newView looks at the replica. Core role.
func (g *Group) newView() *View {
	v := &View{Leads: g.replica.Leads(), Settled: g.replica.Settled(), Members: g.replica.Members().Clone()}
	v.Leader, v.Term = g.replica.Leader()
	v.Commit = g.replica.Status().GetCommit()
	self, ok := v.Members.ByID(g.id)
	v.Voter = ok && !self.Learner
	return v
}

// setView makes v the view. The caller holds g.mu.
func (g *Group) setView(v *View) {
	old := g.view.Swap(v)
	g.leads = v.Leads
	switch {
	case v.Leader != 0:
		g.leaderless = -1
	case g.leaderless < 0:
		g.leaderless = g.ticks
	}
	g.aloneAt = 0
	if v.Settled && v.Voter && v.Members.Voters() == 1 {
		g.aloneAt = max(v.Commit, 1)
	} else {
		g.alone.Store(false)
	}
	g.setApplied(g.applied)
	if old == nil || !slices.Equal(old.Members.List, v.Members.List) {
		g.network.SetMembers(v.Members.List)
	}
	if old == nil || old.Leader != v.Leader || old.Term != v.Term {
		name := "none"
		if m, ok := v.Members.ByID(v.Leader); ok {
			name = m.Name
		}
		g.log.Info("leader", "name", name, "term", v.Term)
		g.metrics.leader()
	}
	if v.Leads {
		g.armed.Store(0) // the new leader looks after deadlines at once
		select {
		case g.wakeTicker <- struct{}{}:
		default:
		}
	}
	close(g.changed)
	g.changed = make(chan struct{})
}

// Watch returns the view and a channel that is closed when it is another.
func (g *Group) Watch() (*View, <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stopped != nil {
		closed := make(chan struct{})
		close(closed)
		return g.view.Load(), closed
	}
	return g.view.Load(), g.changed
}
