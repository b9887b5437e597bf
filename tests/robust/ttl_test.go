package robust

import (
	"fmt"
	"strconv"
	"sync"
	"time"
)

// Clients and nodes have one clock here, but count it differently: nodes in
// whole milliseconds of the calendar, which may be slewed. At a change of the
// leader log time loses what its last entry was on its way, which takes a while on
// a busy machine.
const (
	earlySlack = 5 * time.Millisecond
	lateSlack  = 500 * time.Millisecond
	// keepGone is how long a key is watched for coming back.
	keepGone = 8 * time.Second
)

// ttl writes keys that live for a moment. A key that was acknowledged lasts as
// long as it was told, is gone for whoever asks later, and does not come back;
// neither do fields of hashes. Log time never runs ahead, but a leader that has
// heard late of its predecessor's clock begins late; see run.drift.
type ttl struct {
	r *run
	w *tally

	mu      sync.Mutex
	next    int
	mortals []*mortal
	expired int
	latest  time.Duration // by how much one was outlived, at the most
}

// mortal is a key, or its field f, with a deadline: between set+life and
// acked+life.
type mortal struct {
	key        string
	field      bool
	life       time.Duration
	set, acked time.Duration // when it was sent, and answered
	drift      time.Duration // run.drift when it was sent
	gone       time.Duration // when a read was answered that did not see it; 0: never
}

// drifted is by how much log time may have fallen behind since the key was sent.
func (m *mortal) drifted(r *run) time.Duration {
	if r.adrift.Load() {
		return time.Hour // nobody knows yet
	}
	return time.Duration(r.drift.Load()) - m.drift
}

func newTTL(r *run, w *tally) workload { return &ttl{r: r, w: w} }

func (l *ttl) step(c *client) {
	l.mu.Lock()
	var m *mortal
	if n := len(l.mortals); n > 0 && c.rnd.IntN(4) > 0 {
		m = l.mortals[c.rnd.IntN(n)]
	}
	l.mu.Unlock()
	if m == nil {
		l.create(c)
		return
	}
	l.look(c, m)
	l.mu.Lock()
	defer l.mu.Unlock()
	if m.gone > 0 && l.r.now() > m.acked+m.life+keepGone {
		for i := range l.mortals {
			if l.mortals[i] == m {
				l.mortals = append(l.mortals[:i], l.mortals[i+1:]...)
				l.expired++
				break
			}
		}
	}
}

func (l *ttl) create(c *client) {
	l.mu.Lock()
	l.next++
	m := &mortal{key: fmt.Sprint("ttl:", l.next), life: time.Duration(200+c.rnd.IntN(2500)) * time.Millisecond}
	l.mu.Unlock()
	millis := strconv.FormatInt(m.life.Milliseconds(), 10)
	m.set, m.drift = l.r.now(), time.Duration(l.r.drift.Load())
	var o outcome
	switch c.rnd.IntN(4) {
	case 0:
		_, o = c.one("SET", m.key, "v", "PX", millis)
	case 1:
		_, o = c.one("PSETEX", m.key, millis, "v")
	case 2:
		_, o = c.tx([]string{"SET", m.key, "v"}, []string{"PEXPIRE", m.key, millis})
	case 3:
		m.field = true
		_, o = c.tx([]string{"HSET", m.key, "f", "v", "stays", "v"}, []string{"HPEXPIRE", m.key, millis, "FIELDS", "1", "f"})
	}
	m.acked = l.r.now()
	if o != done {
		return // whether and when it appears is not known
	}
	l.mu.Lock()
	l.mortals = append(l.mortals, m)
	l.mu.Unlock()
}

// look reads a key in one of several ways and holds the answer against the time.
func (l *ttl) look(c *client, m *mortal) outcome {
	begin := l.r.now()
	there, left := false, time.Duration(-1)
	var o outcome
	how := c.rnd.IntN(3)
	if m.field {
		how += 3
	}
	switch how {
	case 0:
		v, out := c.one("GET", m.key)
		there, o = !v.IsNil(), out
	case 1:
		v, out := c.one("EXISTS", m.key)
		there, o = v.Text == "1", out
	case 2:
		v, out := c.one("PTTL", m.key)
		there, o = number(v) >= 0, out
		left = time.Duration(number(v)) * time.Millisecond
	case 3:
		v, out := c.one("HGET", m.key, "f")
		there, o = !v.IsNil(), out
	case 4:
		v, out := c.one("HLEN", m.key)
		there, o = v.Text == "2", out
	case 5:
		v, out := c.one("HEXISTS", m.key, "f")
		there, o = v.Text == "1", out
	}
	if o != done {
		return o
	}
	end := l.r.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if !there {
		if end < m.set+m.life-earlySlack {
			l.w.violate("%s was gone %v after it was sent; it was to live for %v", m.key, end-m.set, m.life)
		}
		if m.gone == 0 || end < m.gone {
			m.gone = end
		}
		return o
	}
	if m.gone > 0 && begin > m.gone {
		l.w.violate("%s was gone at %v and is back at %v", m.key, m.gone, begin)
	}
	late := lateSlack + m.drifted(l.r)
	l.latest = max(l.latest, begin-m.acked-m.life)
	if begin > m.acked+m.life+late {
		l.w.violate("%s is there %v after it was acknowledged; it was to live for %v", m.key, begin-m.acked, m.life)
	}
	if left >= 0 && (left > m.acked+m.life-begin+late || left < m.set+m.life-end-lateSlack) {
		l.w.violate("%s: PTTL answers %v; it was sent %v and acknowledged %v ago, to live for %v", m.key, left, end-m.set, begin-m.acked, m.life)
	}
	return o
}

func (l *ttl) finish(c *client) {
	for _, m := range l.mortals {
		if !l.r.insist(m.key, func() outcome { return l.look(c, m) }) {
			return
		}
	}
	l.w.remark("%d keys and fields expired, none more than %v late", l.expired+len(l.mortals), l.latest.Round(time.Millisecond))
}
