package keyspace

import (
	"github.com/msredis/msredis/internal/mishap"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// Inner runs a call of a script as a part of the call that runs the script. It has the
// same place in the log, the same number, the same random numbers and the same lane.
// The caller has checked that the call is allowed, and that the locks of its keys are
// held.
func (c *Ctx) Inner(run Handler, call *command.Call, w *reply.Writer) {
	in := c.inner
	if in == nil {
		in = &Ctx{ks: c.ks, lane: c.lane, scripted: true}
		in.touched = in.few[:0]
		c.inner = in
	}
	in.views = c.views
	leavesNone := c.noTouch
	if c.views != nil {
		leavesNone = c.views.noTouch
	}
	seq := c.seq
	if call.Cmd.Flags&(command.Write|command.Logged) == 0 {
		seq = 0 // it leaves no trace, though all nodes run it
	}
	in.begin(call, w, seq)
	in.Now, in.Clock, in.late = c.Now, c.Clock, false
	if in.views != nil {
		in.views.noTouch = leavesNone
	} else {
		in.noTouch = leavesNone
	}
	if c.seq != 0 && c.seed == 0 {
		c.seed = c.firstSeed()
	}
	in.seed = c.seed
	mark, errors, done := len(w.Buf), w.Errors, false
	defer func() {
		// The call follows from the entry alone. Its replies go to the script, in the
		// same form on all nodes.
		if !done && c.ks.broken != nil && (c.seq == 0 || !in.asked && !mishap.Passed(mishap.Between(laneWrite), local...)) {
			in.breakOff(recover(), mark, errors)
		}
	}()
	run(in)
	in.end()
	done = true
	c.seed, c.late = in.seed, c.late || in.late
	in.Cmd, in.Args, in.W, in.footprint = nil, nil, nil, nil
}

// Logged reports whether the call is in the log: all nodes run it.
func (c *Ctx) Logged() bool { return c.seq != 0 }

// MemoryExceeded reports whether the client's node was over its memory limit. It is
// the same on all nodes.
func (c *Ctx) MemoryExceeded() bool { return c.over }

// Seq is the number of a call in the log, 0 for a read.
func (c *Ctx) Seq() uint64 { return c.seq }

// HoldsAll reports whether the locks of all shards are held, as far as a script is
// concerned: those of the applier are.
func (c *Ctx) HoldsAll() bool { return c.held == nil }

// Holds reports whether a script that reads holds the locks that a call needs.
func (c *Ctx) Holds(call *command.Call) bool {
	f := call.Footprint()
	if f.AnyKey() || f.Tables()&(command.TableLeases|command.TableLeaseIDs) != 0 {
		return false
	}
	for i := range f.Len() {
		if c.views != nil {
			if c.views.at(call.DB, call.Args[f.Key(i).Pos]) == nil {
				return false
			}
		} else if !c.held.Has(ShardOfSlot(f.Key(i).Slot)) {
			return false
		}
	}
	return true
}

// Retry tells that a script that reads needs the locks of all shards. It has
// answered nothing.
func (c *Ctx) Retry() { c.retry = true }

// Script is Call for a script that reads. held are the locks that the caller has,
// nil for those of all shards. It reports whether the script has to run again with
// all of them, and like Call whether it is late.
func (r *Reader) Script(run Handler, call *command.Call, w *reply.Writer, now, clock int64, held *ShardSet) (again, late bool) {
	c := &r.ctx
	c.seen = 0
	if held == nil && c.retry {
		c.seen = c.told
	}
	c.held, c.retry, c.told = held, false, 0
	late = r.Call(run, call, w, now, clock, false)
	c.held, c.seen = nil, 0
	return r.ctx.retry, late
}
