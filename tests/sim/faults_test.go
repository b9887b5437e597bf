package sim

import "fmt"

// profile is what a simulation is like. It is drawn from the seed.
type profile struct {
	nodes, clients int
	length         int64 // of the time with faults
	think          int64 // of clients between pipelines, at most

	loss, double, late         float64
	delay, applyTime, syncTime int64
	snapshotEntries            int
	keepEntries                int
	rest                       int64 // after what time nodes have nothing else to do, at most; never: they always have

	faults []fault
	every  int64 // between faults, on average

	// honest: the clocks of all machines but astray ones differ by 40 ms at
	// the most when a process starts, and those are a minority. Otherwise all
	// clocks are hours off, and only a minority of the nodes is ever restarted.
	honest bool
	astray int
	// evicts: the leaders evict keys of their own.
	evicts bool
}

const never = int64(-1)

type fault struct {
	name string
	run  func(w *world)
}

// faults is everything that can go wrong.
var faults = []fault{
	{"partition", func(w *world) { w.partition() }},
	{"one way", func(w *world) { w.oneWay() }},
	{"cut leader off", func(w *world) { w.cutOff(w.leader()) }},
	{"power", func(w *world) { w.crash(w.crashable(), true) }},
	{"kill", func(w *world) { w.crash(w.crashable(), false) }},
	{"kill leader", func(w *world) {
		if l := w.leader(); l != nil && w.mayCrash(l) {
			w.crash(l, w.chance(0.5))
		}
	}},
	{"blackout", func(w *world) {
		for _, n := range w.up() {
			if w.mayCrash(n) {
				w.crash(n, w.chance(0.7))
			}
		}
	}},
	{"pause", func(w *world) { w.pause(w.someone()) }},
	{"pause leader", func(w *world) { w.pause(w.leader()) }},
	{"slow disk", func(w *world) {
		if n := w.someone(); n != nil {
			n.disk.slow = true
			w.after(w.between(50*ms, 800*ms), func() { n.disk.slow = false })
		}
	}},
	{"clock", func(w *world) { pick(w, w.machines).wall = w.hours() }},
	{"snapshot", func(w *world) {
		if n := w.someone(); n != nil {
			n.do(n.snapshot)
		}
	}},
	{"transfer", func(w *world) {
		if l, to := w.leader(), w.someone(); l != nil && to != nil {
			l.post(transfer(to.id))
		}
	}},
	{"bad network", func(w *world) {
		w.network.loss, w.network.late, w.network.double = 0.3, 0.5, 0.2
		w.after(w.between(50*ms, 500*ms), func() {
			if p := &w.profile; !w.quiet {
				w.network.loss, w.network.late, w.network.double = p.loss, p.late, p.double
			}
		})
	}},
	{"add", func(w *world) { w.add() }},
	{"remove", func(w *world) { w.remove() }},
	{"replace", func(w *world) { w.replace() }},
}

var memberFaults = map[string]bool{"add": true, "remove": true, "replace": true}

// draw makes up a profile.
func draw(w *world) profile {
	p := profile{
		nodes: pick(w, []int{1, 3, 3, 3, 3, 5}), clients: 3 + w.rng.IntN(4), length: w.between(1500*ms, 3500*ms),
		think: pick(w, []int64{2 * ms, 10 * ms, 40 * ms}),
		loss:  pick(w, []float64{0, 0, 0.01, 0.05}), double: pick(w, []float64{0, 0.01, 0.1}), late: pick(w, []float64{0, 0.02, 0.2}),
		delay: pick(w, []int64{300, 2 * ms, 10 * ms}), applyTime: pick(w, []int64{20, 300, 20 * ms}), syncTime: pick(w, []int64{200, 2 * ms, 10 * ms}),
		snapshotEntries: pick(w, []int{10, 40, 1000}), keepEntries: pick(w, []int{1, 10, 100}),
		rest:   pick(w, []int64{0, 500, 2 * tick, never}),
		every:  pick(w, []int64{60 * ms, 150 * ms, 400 * ms}),
		honest: w.chance(0.7),
	}
	members := p.nodes > 1 && p.honest && w.chance(0.4)
	for _, f := range faults {
		if memberFaults[f.name] && !members {
			continue
		}
		if w.chance(0.5) {
			p.faults = append(p.faults, f)
		}
	}
	switch {
	case !p.honest:
		p.astray = p.nodes
	case members:
		p.astray = p.nodes / 5
	default:
		p.astray = w.rng.IntN((p.nodes + 1) / 2)
	}
	return p
}

// skew is what an honest clock is off by, ms.
func (w *world) skew() int64 { return w.between(-maxSkew, maxSkew) }

const maxSkew = int64(20)

// hours is what another clock is off by, ms.
func (w *world) hours() int64 { return w.between(-5*3600_000, 5*3600_000) }

// someone draws a node that runs.
func (w *world) someone() *node {
	if up := w.up(); len(up) > 0 {
		return pick(w, up)
	}
	return nil
}

// mayCrash keeps most of the nodes running if the clocks are no help.
func (w *world) mayCrash(n *node) bool {
	for i, m := range w.machines {
		if m == n.machine {
			return w.profile.honest || i < (w.profile.nodes-1)/2
		}
	}
	return false
}

func (w *world) crashable() *node {
	if n := w.someone(); n != nil && w.mayCrash(n) {
		return n
	}
	return nil
}

// crash kills a node and starts it again after a while.
func (w *world) crash(n *node, power bool) {
	if n == nil {
		return
	}
	m, d := n.machine, n.disk
	n.crash(power)
	w.after(w.between(5*ms, 600*ms), func() {
		if m.node == nil && m.disk == d {
			m.start()
		}
	})
}

func (w *world) pause(n *node) {
	if n == nil || n.paused {
		return
	}
	w.note("pause", n.id)
	n.paused = true
	w.after(w.between(10*ms, 700*ms), func() {
		if !n.dead {
			w.note("resume", n.id)
			n.resume()
		}
	})
}

// partition splits the machines into two groups for a while.
func (w *world) partition() {
	side := map[string]bool{}
	for _, m := range w.machines {
		side[m.name] = w.chance(0.5)
	}
	w.cutWhere(func(a, b string) bool { return side[a] != side[b] })
}

// oneWay cuts some links in one direction.
func (w *world) oneWay() {
	p := 0.2 + 0.4*w.rng.Float64()
	w.cutWhere(func(_, _ string) bool { return w.chance(p) })
}

func (w *world) cutOff(n *node) {
	if n != nil {
		name := n.machine.name
		w.cutWhere(func(a, b string) bool { return a == name || b == name })
	}
}

func (w *world) cutWhere(cut func(a, b string) bool) {
	links := map[[2]string]bool{}
	for _, a := range w.machines {
		for _, b := range w.machines {
			if a != b && cut(a.name, b.name) {
				links[[2]string{a.name, b.name}] = true
			}
		}
	}
	w.network.cut = links
	w.note("cut", uint64(len(links)))
	w.after(w.between(30*ms, 900*ms), func() {
		if len(w.network.cut) == len(links) {
			w.heal()
		}
	})
}

func (w *world) heal() { w.network.cut = nil }

// add lets a new machine join.
func (w *world) add() {
	if len(w.machines) > w.profile.nodes+2 {
		return
	}
	m := &machine{w: w, name: fmt.Sprint("m", len(w.machines)+1)}
	w.machines = append(w.machines, m)
	w.join(m)
}

// remove takes a member out, down to two or, if a clock is astray, three.
func (w *world) remove() {
	if l := w.leader(); l != nil && !w.replacing && l.replica.Members().Voters() > 2+w.profile.astray {
		w.forget(pick(w, l.replica.Members().List).ID)
	}
}

// replace destroys a disk; its machine joins again. One at a time, and not if
// the others could be too few to remember all.
func (w *world) replace() {
	l, n := w.leader(), w.someone()
	if l == nil || n == nil || l.replica.Members().Voters() < 3 || len(l.changes) > 0 || !w.settled() || w.replacing {
		return
	}
	if !l.replica.Members().Has(n.id) {
		return // it was removed and is about to end: it would not be let in again
	}
	w.replacing = true
	w.note("replace", n.id)
	m := n.machine
	n.crash(true)
	m.disk = nil
	w.after(w.between(5*ms, 200*ms), func() { w.comeBack(m) })
}

// misfortune lets faults happen until the time for it is over.
func (w *world) misfortune() {
	if len(w.profile.faults) == 0 {
		return
	}
	w.after(w.between(0, 2*w.profile.every), func() {
		if w.quiet {
			return
		}
		f := pick(w, w.profile.faults)
		w.say("fault: %s", f.name)
		f.run(w)
		w.misfortune()
	})
}
