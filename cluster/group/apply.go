package group

import (
	"time"

	"github.com/msredis/msredis/cluster/replica"
	"github.com/msredis/msredis/cluster/shelf"
	"github.com/msredis/msredis/internal/failpoint"
	"github.com/msredis/msredis/store"
)

// applier is the state of the apply role: what a snapshot holds beside the
// store.
type applier struct {
	replica.Machine
	// logBytes is the size of the entries applied since the last snapshot.
	logBytes int64

	entries []store.Entry // scratch
}

// runApply does the apply role once: all jobs that wait, as one batch. The
// caller holds g.mu; it is released meanwhile.
func (g *Group) runApply() {
	g.applyBusy = true
	jobs := g.applyJobs
	g.applyJobs = nil
	g.mu.Unlock()

	answered, done, err := g.doApply(jobs)

	g.mu.Lock()
	g.applyBusy = false
	g.room.Broadcast()
	if err != nil {
		g.fail(err)
	}
	if g.stopped != nil {
		return
	}
	g.setApplied(g.apply.Index)
	g.in.applied = append(g.in.applied, done...)
	wakes := g.wakes[:0]
	for _, b := range answered {
		wakes = g.answer(wakes, b.Claimed, nil)
		wakes = g.answer(wakes, b.Refused, errNotUnderstood)
		wakes = g.answer(wakes, b.Strange, errUnknown)
	}
	g.wakeAll(g.readable(wakes))
}

// answer finishes proposals, and adds those that have to be woken to wakes. The caller
// holds g.mu.
func (g *Group) answer(wakes []*waiter, list []*replica.Proposal, err error) []*waiter {
	for _, p := range list {
		if w := p.Data.(*waiter); !w.done && g.finish(w, err) {
			wakes = append(wakes, w)
		}
	}
	return wakes
}

// setApplied moves the applied index on. The caller holds g.mu.
func (g *Group) setApplied(index uint64) {
	g.applied = max(g.applied, index)
	if g.aloneAt != 0 && g.applied >= g.aloneAt {
		g.alone.Store(true)
	}
}

// readable finishes the reads whose index is applied now, and adds those that
// have to be woken to wakes. The caller holds g.mu.
func (g *Group) readable(wakes []*waiter) []*waiter {
	if len(g.confirmed) == 0 {
		return wakes
	}
	rest := g.confirmed[:0]
	for _, w := range g.confirmed {
		switch {
		case w.done: // gave up
		case w.index > g.applied:
			rest = append(rest, w)
		case g.finish(w, nil):
			wakes = append(wakes, w)
		}
	}
	clear(g.confirmed[len(rest):])
	g.confirmed = rest
	return wakes
}

func (g *Group) doApply(jobs []*replica.ApplyJob) (answered []*replica.Bundle, done []replica.Applied, err error) {
	a := &g.apply
	entries := a.entries[:0]
	done = make([]replica.Applied, 0, len(jobs))
	for _, job := range jobs {
		if job.Members != nil {
			failpoint.Hit(failpoint.ChangeApplied)
		}
		var bundles []*replica.Bundle
		var applied replica.Applied
		if entries, bundles, applied, err = a.Open(entries, job, g.id, g.config.Incarnation); err != nil {
			return nil, nil, err
		}
		answered = append(answered, bundles...)
		done = append(done, applied)
		for _, e := range job.Entries {
			a.logBytes += int64(len(e.GetData())) + entryOverhead
		}
	}
	st := g.store.Load()
	start := time.Now()
	failpoint.Hit(failpoint.Apply)
	g.applyTo(st, entries)
	failpoint.Hit(failpoint.Applied)
	g.metrics.applied(entries, time.Since(start))
	clear(entries)
	a.entries = entries[:0]
	a.Ledger.Recycle()
	if d := st.NextDeadline(); d != 0 {
		g.arm(d)
	}
	if g.config.Applied != nil {
		g.config.Applied(st)
	}
	if a.logBytes >= g.config.SnapshotLogBytes {
		g.snapshot(nil)
	}
	return answered, done, nil
}

// entryOverhead is what an entry costs in the log beside its data, in bytes.
const entryOverhead = 32

// meta describes the state after the last applied entry. Apply role.
func (a *applier) meta(storeMeta []byte) (shelf.Meta, error) {
	state, err := a.Encode()
	if err != nil {
		return shelf.Meta{}, err
	}
	return shelf.Meta{Index: a.Index, Term: a.Term, Conf: a.Members.ConfState(), Group: state, Store: storeMeta}, nil
}

// load builds a store from the shelf and makes it the group's, together with
// the rest of the applier's state. The apply role is the caller's.
func (g *Group) load(m shelf.Meta) (replica.Members, error) {
	machine, err := replica.DecodeMachine(m.Group, m.Index, m.Term, g.config.Table)
	if err != nil {
		return replica.Members{}, err
	}
	st, err := g.loadStore(m)
	if err != nil {
		return replica.Members{}, err
	}
	g.apply.Machine, g.apply.logBytes = machine, 0
	g.store.Store(st)
	st.Announce() // clients here may wait for what it has
	if d := st.NextDeadline(); d != 0 {
		g.arm(d)
	}
	return machine.Members, nil
}

func (g *Group) loadStore(m shelf.Meta) (*store.Store, error) {
	st, err := g.config.NewStore()
	if err != nil {
		return nil, err
	}
	loader, err := st.NewLoader(m.Store)
	if err != nil {
		return nil, err
	}
	if err := g.shelf.Load(loader.Add); err != nil {
		return nil, err
	}
	return st, loader.Finish()
}
