package sim

import (
	"github.com/msredis/msredis/cluster/replica"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// network carries messages between nodes, by their ids. Every message takes its
// own time, so they overtake each other.
type network struct {
	loss, double float64
	delay        int64 // at most, in the middle of most
	late         float64
	// cut links, by machine names: from, to.
	cut map[[2]string]bool
	// drop, if set, decides on a message before chance does; for scenes.
	drop func(m *raftpb.Message) bool
}

// machineOf returns the machine on whose disk id is.
func (w *world) machineOf(id uint64) *machine {
	for _, m := range w.machines {
		if m.disk != nil && m.disk.id == id {
			return m
		}
	}
	return nil
}

func (x *network) open(w *world, from, to uint64) bool {
	a, b := w.machineOf(from), w.machineOf(to)
	return a != nil && b != nil && !x.cut[[2]string{a.name, b.name}]
}

func (x *network) latency(w *world) int64 {
	d := w.between(50, x.delay)
	if w.chance(x.late) {
		d += w.between(0, 40*x.delay)
	}
	return d
}

func (x *network) send(w *world, m *raftpb.Message) {
	if x.drop != nil && x.drop(m) {
		return
	}
	if !x.open(w, m.GetFrom(), m.GetTo()) || w.chance(x.loss) {
		w.note("lost", m.GetFrom(), m.GetTo(), uint64(m.GetType()))
		if from := w.machineOf(m.GetFrom()); from != nil && from.node != nil && w.chance(0.2) {
			n := from.node
			n.after(ms, func() { n.post(func(r *replica.Replica) { r.Unreachable(m.GetTo()) }) })
		}
		return
	}
	sender := w.process(m.GetFrom())
	if there := w.process(m.GetTo()); sender == nil || there != nil && !sender.disk.meets(there) {
		return // the sender takes the one there for an older copy
	}
	copies := 1
	if w.chance(x.double) {
		copies = 2
	}
	for range copies {
		c := proto.Clone(m).(*raftpb.Message)
		w.after(x.latency(w), func() { x.deliver(w, c, sender) })
	}
}

// process returns the node that is a member now, nil if it is down.
func (w *world) process(id uint64) *node {
	if m := w.machineOf(id); m != nil {
		return m.node
	}
	return nil
}

// meets is cluster.Node.Admit's second question: whether a process of another
// member may be what the member was last.
func (d *disk) meets(n *node) bool {
	last, _ := n.storage.LastIndex()
	x := d.met[n.id]
	if x.Outdated(n.inc, n.run(), last) != "" {
		return false
	}
	if x.Meet(n.inc, n.run()) {
		d.met[n.id] = x
	}
	return true
}

// greet is what connections bring about, with messages or without: members meet.
func (x *network) greet(w *world, n *node) {
	for _, m := range n.replica.Members().List {
		if there := w.process(m.ID); there != nil && there != n && !there.paused && x.open(w, m.ID, n.id) && x.open(w, n.id, m.ID) {
			n.disk.meets(there)
		}
	}
}

// run names the process among all starts of the member, of its copies too.
func (n *node) run() uint64 { return uint64(n.started) }

func (x *network) deliver(w *world, m *raftpb.Message, sender *node) {
	to := w.machineOf(m.GetTo())
	if to == nil || to.node == nil || !x.open(w, m.GetFrom(), m.GetTo()) {
		return
	}
	n := to.node
	n.do(func() {
		if n.replica.Members().Removed(m.GetFrom()) {
			return // cluster.Node.Admit
		}
		if !n.disk.meets(sender) {
			return
		}
		n.in.messages = append(n.in.messages, m)
		n.wakeCore()
	})
}

// stream carries a snapshot: arrive is called with the node at the other end, or
// nil if it did not get there.
func (x *network) stream(w *world, from, to uint64, arrive func(there *node)) {
	w.after(w.between(2*ms, 60*ms), func() {
		m := w.machineOf(to)
		if m == nil || m.node == nil || m.node.paused || !x.open(w, from, to) || w.chance(x.loss) {
			arrive(nil)
			return
		}
		arrive(m.node)
	})
}
