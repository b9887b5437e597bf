package group

import (
	"errors"
	"fmt"
	"time"

	"github.com/msredis/msredis/cluster/replica"
)

// ErrNotLeader is returned by what only a leader can do.
var ErrNotLeader = errors.New("this node is not the leader")

// Transfer hands leadership from this member to another voter: the named one, or the
// one that has most of the log. It tries again, since raft gives up after an election
// timeout, until patience is over.
func (g *Group) Transfer(name string, patience time.Duration) error {
	deadline := time.Now().Add(patience)
	for {
		v := g.View()
		if name == "" && !v.Leads && v.Leader != 0 {
			return nil
		}
		target, err := g.transferTarget(v, name)
		switch {
		case err != nil:
			return err
		case v.Leader == target:
			return nil
		case !v.Leads && v.Leader != 0:
			return ErrNotLeader
		case v.Leads:
			g.post(event{run: func(r *replica.Replica) { r.Transfer(target) }})
		}
		try := time.NewTimer(min(g.config.ElectionTimeout, time.Until(deadline)))
		err = g.Await(try.C, func(v *View) bool { return v.Leader != 0 && v.Leader != g.id })
		try.Stop()
		if err == nil {
			continue
		}
		if err == ErrClosed || time.Until(deadline) <= 0 {
			return err
		}
	}
}

// transferTarget returns the member that is to lead: the named one or the one
// that has most of the log.
func (g *Group) transferTarget(v *View, name string) (uint64, error) {
	if name != "" {
		m, ok := v.Members.ByName(name)
		if !ok || m.Learner {
			return 0, fmt.Errorf("Unknown node %s", name)
		}
		return m.ID, nil
	}
	match, _ := g.Progress()
	var best uint64
	for _, m := range v.Members.List {
		if m.ID != g.id && !m.Learner && g.network.Alive(m.ID) && (best == 0 || match[m.ID] > match[best]) {
			best = m.ID
		}
	}
	if best == 0 {
		return 0, errors.New("there is no other voter to lead")
	}
	return best, nil
}

// Await waits until a view satisfies ok.
func (g *Group) Await(timeout <-chan time.Time, ok func(v *View) bool) error {
	for {
		v, changed := g.Watch()
		if ok(v) {
			return nil
		}
		select {
		case <-changed:
		case <-g.stop:
			return ErrClosed
		case <-timeout:
			return errors.New("the fail-over did not happen in time")
		}
	}
}
