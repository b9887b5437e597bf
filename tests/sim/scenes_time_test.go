package sim

// The leader is stopped until a key has expired, and asked before its clock has
// moved log time. The key is gone for whoever asks. (Reads by the time of the last
// entry.)
func expiredWhileStopped(w *world) {
	for range 5 {
		l := w.lead()
		w.must(l, "OK", call("SET", "k", "v", "PX", "150"))
		l.paused = true
		w.run(160 * ms)
		var asked []*reply
		for _, n := range w.up() {
			asked = append(asked, w.ask(n, call("GET", "k")))
		}
		l.resume()
		for _, r := range asked {
			if w.await(r); r.err != nil || text(r.list[0]) != "" {
				w.fail("a key is read 10 ms after its end: %v %v", r.list, r.err)
			}
		}
	}
}

// All nodes were down, and a key has expired meanwhile. The first read finds it gone,
// before anything is written. (A leader that confirms reads before it knows what
// time it is.)
func expiredWhileDown(w *world) {
	for range 5 {
		w.must(w.lead(), "OK", call("SET", "k", "v", "PX", "300"))
		for _, n := range w.up() {
			n.crash(true)
		}
		w.run(300*ms + 2*maxSkew*ms)
		for _, m := range w.machines {
			m.start()
		}
		var asked []*reply
		for _, n := range w.up() {
			asked = append(asked, w.ask(n, call("GET", "k")))
		}
		for _, r := range asked {
			if w.await(r); r.err == nil && text(r.list[0]) != "" {
				w.fail("a key that has expired while all were down is read: %v", r.list)
			}
		}
	}
}

// served is a key that a client has found, and when it was to end.
type served struct {
	begin, end  int64 // of the read, true time
	sent, acked int64 // of the write
	life        int64 // ms
}

// lateSlack is by how much a key may outlive its time beside what log time has
// lost, ms: times are counted in whole ones.
const lateSlack = 2

// serves takes note of a key that was found. How late that was can be told when
// there is an entry that was made behind it.
func (c *checker) serves(s served) {
	if s.begin > s.acked+s.life*ms {
		c.served = append(c.served, s)
	}
}

// upper holds what was found against its time. A key is there no longer than it was
// to live, and what log time has lost meanwhile: a change of the leader costs what
// the last entry was on its way.
func (c *checker) upper(e *entry) {
	rest := c.served[:0]
	for _, s := range c.served {
		switch {
		case s.end >= e.at:
			rest = append(rest, s)
		case c.silent(s.sent, e.at): // it may have confirmed the read, and its clock is not known
		default:
			lost := int64(0)
			for _, x := range c.losses {
				if x.at >= s.sent {
					lost += x.by
				}
			}
			if late := s.begin - s.acked - s.life*ms; late > lost+lateSlack*ms {
				c.w.fail("a key that was to live for %d ms is read %d µs after that; log time has lost %d", s.life, late, lost)
			}
		}
	}
	c.served = rest
}

// silent reports whether there was a leader between two times of which no entry
// with a stamp was committed.
func (c *checker) silent(from, to int64) bool {
	for term, at := range c.settled {
		if at >= from && at <= to && !c.stamped[term] {
			return true
		}
	}
	return false
}

// loses takes note of what log time has not counted of the time between two entries,
// in microseconds. Those of one leader may make up for what was rounded.
func (c *checker) loses(last, e *entry) {
	if by := e.at - last.at - (e.stamp-last.stamp)*ms; by > 0 || e.term == last.term {
		c.losses = append(c.losses, jump{e.at, by})
	}
}
