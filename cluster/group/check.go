package group

import (
	"errors"
	"fmt"
	"time"

	"github.com/msredis/msredis/store"
)

// check asks for the digest of a part of the state at an index of the log.
type check struct {
	index uint64
	part  store.Part
	done  chan checked
}

// checked is what came of a check.
type checked struct {
	sum string
	err error
}

// answer gives c its result, if it has none.
func (c *check) answer(sum string, err error) {
	select {
	case c.done <- checked{sum, err}:
	default:
	}
}

// SumPart returns the digest of a part of the state as it is behind an entry. If that
// is yet to come, the batch that has it is cut there. It fails for an entry that was
// passed, or does not come before patience is over.
func (g *Group) SumPart(index uint64, part store.Part, patience time.Duration) (sum string, err error) {
	c := &check{index: index, part: part, done: make(chan checked, 1)}
	g.expect(c)
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case r := <-c.done:
		return r.sum, r.err
	case <-late.C:
		g.check.CompareAndSwap(c, nil)
		return "", errors.New("it did not come to the index in time")
	case <-g.stop:
		return "", ErrClosed
	}
}

// expect has the node look at a part when it comes to an index, or at once if it is
// there.
func (g *Group) expect(c *check) {
	g.inApply(func() {
		switch {
		case c.index < g.apply.Index:
			c.answer("", fmt.Errorf("at %d already", g.apply.Index))
		case c.index == g.apply.Index:
			c.answer(g.store.Load().SumPart(c.part), nil)
		default:
			if old := g.check.Swap(c); old != nil {
				old.answer("", errors.New("another check took its place"))
			}
		}
	})
}

// applyTo applies entries to the store, and does the check that is due among them.
// Apply role.
func (g *Group) applyTo(st *store.Store, entries []store.Entry) {
	if c := g.check.Load(); c != nil && len(entries) > 0 && c.index <= entries[len(entries)-1].Index {
		g.check.CompareAndSwap(c, nil)
		if first := entries[0].Index; c.index < first { // a snapshot led past it
			c.answer("", fmt.Errorf("went on at %d", first))
		} else {
			n := c.index - first + 1
			st.Apply(entries[:n])
			c.answer(st.SumPart(c.part), nil)
			entries = entries[n:]
		}
	}
	st.Apply(entries)
}
