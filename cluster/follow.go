package cluster

import (
	"fmt"
	"time"

	"github.com/msredis/msredis/cluster/group"
	"github.com/msredis/msredis/cluster/replica"
)

// The members of all groups are those of the meta group.
//
// A change of the membership is agreed on in the meta group. The leader of each other group
// compares its members with those of the meta group, as its node knows them. It makes one
// change after the other until they are the same. Nothing has to be remembered: a leader
// that dies in between leaves the rest to the next one.
//
// The leader's node may be behind in the meta group. So it asks for what was committed
// before each change. It removes no member that the meta group is yet to hear of. The
// numbers of members only grow, so none that was removed is added again.
//
// A member that was removed from the meta group hears no more of it, and may lead another
// group. Any other member asks it to hand over.
//
// A node is a stranger to the others when no group has it (Node.removed). Until then the
// groups that still count on its vote can talk to it.

// follow is the goroutine that keeps the members of a group those of the meta group.
func (n *Node) follow(i int) {
	defer n.wg.Done()
	g := n.groups[i]
	tick := time.NewTicker(n.options.ElectionTimeout / 2)
	defer tick.Stop()
	for {
		_, changed := n.meta().Watch()
		_, changedHere := g.Watch()
		if err := n.followOnce(i); err != nil {
			n.log.Warn("the members of a group cannot follow those of the cluster yet", "group", i, "err", err)
		}
		select {
		case <-n.stop:
			return
		case <-changed:
		case <-changedHere:
		case <-tick.C:
		}
	}
}

// followOnce makes one change in a group, if there is one to make.
func (n *Node) followOnce(i int) error {
	g := n.groups[i]
	v, all := g.View(), n.meta().View()
	if !v.Leads {
		leader, ok := v.Members.ByID(v.Leader)
		if ok && v.Voter && all.Members.Has(n.id) && all.Members.Removed(leader.ID) {
			return n.askFailover(i, leader, n.options.Name)
		}
		return nil
	}
	if !v.Settled || !all.Members.Has(n.id) {
		return nil
	}
	if _, ok := nextChange(&all.Members, &v.Members); !ok {
		n.promoteIn(g, v, &all.Members)
		return nil
	}
	if _, err := n.meta().Versions(0, nil); err != nil { // what is committed
		return err
	}
	all = n.meta().View()
	c, ok := nextChange(&all.Members, &v.Members)
	if !ok {
		return nil
	}
	if err := g.Change(c); err != nil {
		return err
	}
	n.log.Info("the members of a group follow those of the cluster", "group", i, "change", c.Op, "name", c.Member.Name)
	return nil
}

// nextChange is what has to be changed in the members of a group, so that they become those
// of the meta group. Learners are promoted when they have caught up.
func nextChange(all, have *replica.Members) (c replica.Change, ok bool) {
	for _, m := range have.List {
		if !all.Removed(m.ID) {
			continue
		}
		c = replica.Change{Op: replica.Remove, Member: m}
		if have.Refuses(c) == nil { // else it is the last voter, and others have to become some
			return c, true
		}
	}
	if next := have.LastID + 1; next <= all.LastID {
		m, ok := all.ByID(next)
		if !ok {
			// It has come and gone meanwhile. A group has the numbers without gaps.
			m = replica.Member{ID: next, Name: fmt.Sprintf("removed/%d", next)}
		}
		return replica.Change{Op: replica.AddLearner, Member: m}, true
	}
	for _, m := range all.List {
		if x, ok := have.ByID(m.ID); ok && !x.At(m) {
			return replica.Change{Op: replica.Update, Member: m}, true
		}
	}
	return c, false
}

// promoteIn makes the learners of a group that have caught up voters, if the meta group has
// them as voters.
func (n *Node) promoteIn(g *group.Group, v *group.View, all *replica.Members) {
	for _, m := range v.Members.List {
		if x, ok := all.ByID(m.ID); m.Learner && ok && !x.Learner {
			n.promote(g, v, func(m replica.Member) bool { x, ok := all.ByID(m.ID); return ok && !x.Learner })
			return
		}
	}
}

// removed reports whether a member was removed from all groups.
func (n *Node) removed(id uint64) bool {
	all := n.meta().View()
	if len(all.Members.List) == 0 || !all.Members.Removed(id) {
		return false
	}
	for _, g := range n.groups[1:] {
		if v := g.View(); v == nil || v.Members.Has(id) { // nil: it is about to start
			return false
		}
	}
	return true
}

// awaitRemoval returns when no group has a member, as far as most members know.
func (n *Node) awaitRemoval(id uint64) error {
	late := time.After(group.ChangeTimeout)
	for _, g := range n.groups {
		if err := g.Await(late, func(v *group.View) bool { return !v.Members.Has(id) }); err != nil {
			return err
		}
		if err := g.Barrier(); err != nil {
			return err
		}
	}
	return nil
}
