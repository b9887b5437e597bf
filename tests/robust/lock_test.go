package robust

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/msredis/msredis/resp/reply"
)

// lock is a lock that hangs on a lease. A client holds it from the answer to SET
// NX to the end of the lease by its own clock, counted from when it asked for
// the lease, so no two hold it at once; and while it does, the lock says so.
type lock struct {
	r *run
	w *tally

	mu    sync.Mutex
	held  []holding // of late
	times int
	kept  int
}

// holding is a time for which a client believed that it held the lock.
type holding struct {
	key, who    string
	since, till time.Duration
}

const (
	lockNames = 2
	keepHeld  = 64
)

func newLock(r *run, w *tally) workload { return &lock{r: r, w: w} }

func (l *lock) step(c *client) {
	c.allow = reply.ErrNoSuchLease // faults make leases end
	h := holding{key: fmt.Sprint("lock:", c.rnd.IntN(lockNames)), who: fmt.Sprintf("p%d.%d", c.process, c.rnd.Uint32())}
	life := time.Duration(200+c.rnd.IntN(1500)) * time.Millisecond
	asked := l.r.now()
	id, o := c.one("LEASE", "GRANT", strconv.FormatInt(life.Milliseconds(), 10))
	if o != done {
		return
	}
	v, o := c.one("SET", h.key, h.who, "NX", "LEASE", id.Text)
	h.since, h.till = l.r.now(), asked+life-earlySlack
	if o != done || v.Text != "OK" || h.since >= h.till {
		if o == done {
			c.one("LEASE", "REVOKE", id.Text)
		}
		return
	}
	l.work(c, &h, id.Text, life)
	h.till = min(h.till, l.r.now())
	c.one("LEASE", "REVOKE", id.Text)
	l.note(h)
}

// work is what a client does while it has the lock: it looks at it, and keeps
// it now and then.
func (l *lock) work(c *client, h *holding, id string, life time.Duration) {
	enough := h.since + time.Duration(c.rnd.Int64N(int64(2*life)))
	pause := time.NewTicker(20 * time.Millisecond)
	defer pause.Stop()
	for l.r.now() < min(enough, h.till) {
		if c.rnd.IntN(4) == 0 {
			asked := l.r.now()
			if v, o := c.one("LEASE", "KEEPALIVE", id); o == done && !v.IsError() {
				h.till = asked + life - earlySlack
				l.count(&l.kept)
			}
		}
		v, o := c.one("GET", h.key)
		if o == done && l.r.now() < h.till && v.Text != h.who {
			l.w.violate("%s belongs to %q while %s holds it since %v, till %v, now %v", h.key, v.Text, h.who, h.since, h.till, l.r.now())
		}
		select {
		case <-pause.C:
		case <-l.r.stop:
			return
		}
	}
}

func (l *lock) count(n *int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*n++
}

// note checks that nobody else held the lock meanwhile.
func (l *lock) note(h holding) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.times++
	for _, o := range l.held {
		if o.key == h.key && o.since < h.till && h.since < o.till {
			l.w.violate("%s was held by %s from %v to %v, and by %s from %v to %v", h.key, o.who, o.since, o.till, h.who, h.since, h.till)
		}
	}
	if l.held = append(l.held, h); len(l.held) > keepHeld {
		l.held = l.held[1:]
	}
}

func (l *lock) finish(c *client) {
	l.w.remark("held %d times, kept %d times", l.times, l.kept)
	for i := range lockNames {
		key := fmt.Sprint("lock:", i)
		l.r.insist(key+" is free in the end", func() outcome {
			v, o := c.one("SET", key, "last", "NX")
			if o == done && v.IsNil() {
				return refused // its lease has yet to end
			}
			return o
		})
	}
}
