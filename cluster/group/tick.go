package group

import (
	"time"

	"github.com/msredis/msredis/cluster/replica"
)

// minExpireGap keeps ticks for deadlines apart: a stream of keys that expire one
// by one must not become a stream of fsyncs.
const minExpireGap = 2 * time.Millisecond

// ticker gives the group its sense of time: raft ticks, clients whose patience
// is over, and, on the leader, log time for deadlines that pass.
func (g *Group) ticker() {
	defer g.wg.Done()
	tick := time.NewTicker(g.tickEvery)
	defer tick.Stop()
	expire := time.NewTimer(time.Hour)
	defer expire.Stop()
	for {
		select {
		case <-g.stop:
			return
		case <-tick.C:
			g.watchClock()
			// The goroutine that reads the messages may be waiting for the disk, for as
			// long as it takes. The others must not lose a leader or a vote by that.
			g.network.TryPoll()
			g.tick()
		case <-g.wakeTicker:
		case <-expire.C:
		}
		expire.Reset(g.expire())
	}
}

// tick is one raft tick.
func (g *Group) tick() {
	now := g.now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stopped != nil {
		return
	}
	g.ticks++
	g.giveUp()
	g.in.events = append(g.in.events, event{run: func(r *replica.Replica) { r.Tick(now) }})
	g.work(&visitor, nil)
}

// giveUp answers those who have waited for longer than request-timeout. A waiter that
// is at work, or whose unit is being worked on, is left alone: its answer is near. The
// caller holds g.mu; it is released meanwhile.
func (g *Group) giveUp() {
	var wakes []*waiter
	for w := g.readers.head; w != nil && g.ticks-w.since > g.requestTicks; {
		next := w.next
		if w.patient() && g.finish(w, errNoQuorum) {
			wakes = append(wakes, w)
		}
		w = next
	}
	for w := g.writers.head; w != nil && g.ticks-w.since > g.requestTicks; {
		next := w.next
		if w.patient() {
			if unknown, ok := w.Abandon(); ok {
				err := errNoQuorum
				if unknown {
					err = errUnknown
				}
				if g.finish(w, err) {
					wakes = append(wakes, w)
				}
			}
		}
		w = next
	}
	g.wakeAll(wakes)
}

// patient reports whether w waits for another goroutine to do its work.
func (w *waiter) patient() bool { return w.parked || w.owner != nil }

// arm makes sure that the ticker wakes at deadline, Unix ms. Any goroutine.
func (g *Group) arm(deadline int64) {
	if at := g.armed.Load(); at != 0 && at <= deadline {
		return
	}
	g.armed.Store(deadline)
	select {
	case g.wakeTicker <- struct{}{}:
	default:
	}
}

// expire proposes to move log time on if a deadline has passed, and returns how
// long to sleep until the next.
func (g *Group) expire() time.Duration {
	deadline := g.store.Load().NextDeadline()
	g.armed.Store(deadline)
	if deadline == 0 || !g.activeExpire.Load() {
		return time.Hour
	}
	now := g.logNow()
	if now < deadline {
		return min(time.Duration(deadline-now)*time.Millisecond, time.Hour)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.leads || g.stopped != nil {
		return g.tickEvery
	}
	if g.logBusy || g.applyBusy || len(g.logJobs)+len(g.applyJobs) > 0 {
		// An entry is on its way and reclaims some of what is due. Where that are
		// a million keys, an entry for each gap would be ahead of every client.
		return minExpireGap
	}
	g.in.events = append(g.in.events, event{run: func(r *replica.Replica) { r.ExpireTo(deadline, g.now()) }})
	g.work(&visitor, nil)
	return minExpireGap
}

// SetActiveExpire switches the entries that move log time for deadlines off or on.
func (g *Group) SetActiveExpire(on bool) {
	g.activeExpire.Store(on)
	g.arm(1)
}
