package group

import (
	"errors"
	"sync"
	"time"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/internal/failpoint"
)

// ChangeTimeout is how long a change of the membership may take.
const ChangeTimeout = 10 * time.Second

var errChangeLate = errors.New("the change of the membership was not agreed on in time; it may be yet")

// Change proposes a change of the membership, again and again while another is under
// way, and returns when it has happened. Leader only.
func (g *Group) Change(c replica.Change) error {
	deadline := time.After(ChangeTimeout)
	retry := time.NewTicker(g.tickEvery)
	defer retry.Stop()
	for {
		v, changed := g.Watch()
		switch {
		case v.Members.Reflects(c):
			return nil
		case !v.Leads:
			return ErrNotLeader
		}
		if err := v.Members.Refuses(c); err != nil {
			return err
		}
		failpoint.Hit(failpoint.ChangePropose)
		g.post(event{run: func(r *replica.Replica) { _ = r.Change(c) }}) // refused: tried again
		select {
		case <-changed:
		case <-retry.C:
		case <-g.stop:
			return ErrClosed
		case <-deadline:
			return errChangeLate
		}
	}
}

// Progress returns how much of the log each member is known to have, and how much is
// committed. Both are empty unless this member leads.
func (g *Group) Progress() (match map[uint64]uint64, commit uint64) {
	match = map[uint64]uint64{}
	g.ask(func(r *replica.Replica) {
		if r.Leads() {
			commit = r.Status().GetCommit()
			r.Progress(func(id, at uint64, _ bool) { match[id] = at })
		}
	})
	return match, commit
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
