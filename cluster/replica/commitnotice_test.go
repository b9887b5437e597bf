package replica

import (
	"slices"
	"strings"
	"testing"

	"go.etcd.io/raft/v3/raftpb"
)

// to takes the messages to a node off the wires, in order.
func (net *network) to(n *testNode) (list []*raftpb.Message) {
	net.wires = slices.DeleteFunc(net.wires, func(m *raftpb.Message) bool {
		if m.GetTo() == n.id {
			list = append(list, m)
			return true
		}
		return false
	})
	return list
}

// step hands messages to a node and lets it write its log.
func (n *testNode) step(ms []*raftpb.Message) {
	for _, m := range ms {
		n.replica.Step(m, n.net.now)
	}
	n.poll()
	for len(n.appends) > 0 {
		n.flush()
	}
}

// commits are those that say what is committed and bring nothing.
func commits(ms []*raftpb.Message) (list []*raftpb.Message) {
	for _, m := range ms {
		if m.GetType() == raftpb.MsgApp && len(m.GetEntries()) == 0 {
			list = append(list, m)
		}
	}
	return list
}

// heldFor returns what a node holds for another; nil: nothing.
func (n *testNode) heldFor(to *testNode) *raftpb.Message {
	if i := n.replica.notices.find(to.id); i >= 0 {
		return n.replica.notices.held[i]
	}
	return nil
}

// holding returns a network whose leader has committed an entry that the others
// have, and not told them.
func holding(t *testing.T) (net *network, leader, a, b *testNode) {
	net, leader = calm(t, 3, 0)
	a, b = net.others(leader)[0], net.others(leader)[1]
	leader.submit(net.proposal("x", false))
	net.deliver()
	if len(leader.history) != 1 || len(a.history) != 0 || len(b.history) != 0 {
		t.Fatalf("the leader has executed %v, the others %v and %v; it was to say nothing", leader.history, a.history, b.history)
	}
	if !leader.replica.HasHeld() || leader.heldFor(a) == nil || leader.heldFor(b) == nil {
		t.Fatal("it holds nothing for them")
	}
	return net, leader, a, b
}

// executed wants the nodes to have executed so many commands.
func executed(t *testing.T, want int, nodes ...*testNode) {
	t.Helper()
	for _, n := range nodes {
		if len(n.history) != want {
			t.Errorf("node %d has executed %v, want %d", n.id, n.history, want)
		}
	}
}

// Under load the next entry says what is committed, and nothing else does.
func TestNextEntrySaysIt(t *testing.T) {
	net, leader, a, b := holding(t)
	for i := range 3 {
		leader.submit(net.proposal("y", false))
		if len(net.wires) != 2 || len(commits(net.wires)) != 0 {
			t.Fatalf("on their way are %v, want two messages with an entry", net.wires)
		}
		if leader.replica.HasHeld() {
			t.Fatal("what they say is still held")
		}
		net.deliver()
		executed(t, i+2, leader)
		executed(t, i+1, a, b)
	}
}

// If the driver has nothing else to do, the others hear of it at once.
func TestLate(t *testing.T) {
	net, leader, a, b := holding(t)
	late := slices.Clone(leader.replica.TakeHeld())
	if len(late) != 2 || late[0].GetTo() == late[1].GetTo() || len(commits(late)) != 2 {
		t.Fatalf("TakeHeld returns %v, want a message for each of the others", late)
	}
	if leader.replica.HasHeld() || leader.replica.TakeHeld() != nil {
		t.Error("it returns them again")
	}
	leader.send(late)
	net.deliver()
	executed(t, 1, leader, a, b)
}

// Of two that are held for a member the newer is left.
func TestNewestIsHeld(t *testing.T) {
	net, leader := calm(t, 3, 0)
	a := net.others(leader)[0]
	leader.submit(net.proposal("x", false))
	leader.flush()
	leader.submit(net.proposal("y", false))
	leader.flush()
	for i, m := range net.to(a) {
		a.step([]*raftpb.Message{m})
		leader.step(net.to(leader))
		executed(t, i+1, leader)
	}
	late := leader.replica.TakeHeld()
	if len(late) != 2 {
		t.Fatalf("TakeHeld returns %v, want a message for each of the others", late)
	}
	for _, m := range late {
		if m.GetCommit() != leader.applied {
			t.Errorf("%v is held, and %d is committed", m, leader.applied)
		}
	}
}

// A member whose client waits for it hears of it at once, and nobody else.
func TestOwnBundleIsAwaited(t *testing.T) {
	net, leader, a, b := holding(t)
	p := net.proposal("y", false)
	b.submit(p)
	net.deliver()
	if !b.answered[p] {
		t.Error("its client is not answered")
	}
	executed(t, 2, leader, b)
	executed(t, 1, a)
	if leader.heldFor(b) != nil || leader.heldFor(a) == nil {
		t.Errorf("held are %v, want one message, to node %d", leader.replica.notices.held, a.id)
	}
	// That was it: of the next entry no client of b waits for an answer.
	leader.submit(net.proposal("z", false))
	net.deliver()
	executed(t, 3, leader)
	executed(t, 2, a, b)
}

// A member whose read is granted hears first what the read has to see.
func TestReadIsGrantedBehindIt(t *testing.T) {
	net, leader, _, b := holding(t)
	b.read()
	leader.step(net.to(leader)) // its question; it and the leader are a majority
	list := net.to(b)
	if len(list) != 2 || len(commits(list[:1])) != 1 || list[1].GetType() != raftpb.MsgReadIndexResp {
		t.Fatalf("it is sent %v, want what is committed and a grant", list)
	}
	if leader.heldFor(b) != nil {
		t.Error("it is held, too")
	}
	b.step(list)
	if len(b.granted) != 1 || b.applied < b.granted[0].Index {
		t.Errorf("it has applied %d, and is granted %v", b.applied, b.granted)
	}
}

// A heartbeat says it as well, to who has all that is committed.
func TestHeartbeatSaysIt(t *testing.T) {
	net, leader, a, b := holding(t)
	leader.read()
	if list := net.to(a); len(list) != 1 || list[0].GetType() != raftpb.MsgHeartbeat {
		t.Errorf("it is sent %v, want a heartbeat", list)
	} else {
		a.step(list)
	}
	executed(t, 1, a)
	executed(t, 0, b)
	if leader.heldFor(a) != nil || leader.heldFor(b) == nil {
		t.Errorf("held are %v, want one message, to node %d", leader.replica.notices.held, b.id)
	}
}

// To who has not confirmed that it has all, it does not, and does not replace it.
func TestHeartbeatSaysLess(t *testing.T) {
	net, leader := calm(t, 3, 0)
	a, b := net.others(leader)[0], net.others(leader)[1]
	net.tick()
	net.wires = nil // nobody knows who is quick: the round will ask all
	leader.submit(net.proposal("x", false))
	leader.flush()
	a.step(net.to(a))
	leader.step(net.to(leader))
	executed(t, 1, leader)
	entry := net.to(b)
	leader.read()
	list := net.to(b)
	if len(list) != 2 || len(commits(list[:1])) != 1 || list[1].GetType() != raftpb.MsgHeartbeat {
		t.Fatalf("it is sent %v, want what is committed and a heartbeat", list)
	}
	b.step(append(entry, list...))
	executed(t, 1, b)
}

// A driver that never asks has it sent by the next tick, heartbeat or not.
func TestTickSendsIt(t *testing.T) {
	net := newNetwork(t, 3, 1)
	net.heartbeat = 5
	for _, n := range net.nodes {
		n.start()
	}
	leader := net.calm()
	for range net.heartbeat {
		leader.submit(net.proposal("x", false))
		net.deliver()
		if !leader.replica.HasHeld() {
			t.Fatal("nothing is held")
		}
		net.now += 100
		leader.replica.Tick(net.now)
		leader.poll()
		net.deliver()
		if leader.replica.HasHeld() {
			t.Error("it is still held")
		}
		executed(t, len(leader.history), net.nodes...)
	}
}

// Who leads no more has nothing to say.
func TestHeldIsDropped(t *testing.T) {
	net, leader, a, _ := holding(t)
	_, term := leader.replica.Leader()
	leader.step([]*raftpb.Message{{
		Type: raftpb.MsgHeartbeat.Enum(), From: new(a.id), To: new(leader.id), Term: new(term + 1), Commit: new(uint64(1)),
	}})
	if leader.replica.Leads() || leader.replica.HasHeld() {
		t.Errorf("it leads: %v; it holds %v", leader.replica.Leads(), leader.replica.notices.held)
	}
	if list := commits(net.wires); len(list) != 0 {
		t.Errorf("it sends %v", list)
	}
}

// Raft waits for the answer to a probe: it is not held. A member is probed when
// messages to it were lost.
func TestProbeIsNotHeld(t *testing.T) {
	net, leader := calm(t, 3, 0)
	a, b := net.others(leader)[0], net.others(leader)[1]
	leader.submit(net.proposal("x", false))
	a.step(net.to(a))
	for _, m := range net.to(leader) {
		leader.replica.Step(m, net.now)
	}
	leader.replica.Unreachable(a.id) // it has all that the log has
	leader.poll()
	leader.flush()
	executed(t, 1, leader)
	if list := net.to(a); len(commits(list)) != 1 {
		t.Errorf("node %d is sent %v, want a probe", a.id, list)
	}
	if leader.heldFor(a) != nil || leader.heldFor(b) == nil {
		t.Errorf("held are %v, want one message, to node %d", leader.replica.notices.held, b.id)
	}
}

// As long as a member may be sent no more entries, it is probed as well.
func TestProbeOfAFullPipeIsNotHeld(t *testing.T) {
	net, leader := calm(t, 3, 0)
	b := net.others(leader)[1]
	for range maxInflightBytes / MaxEntryBytes {
		leader.submit(net.proposal(strings.Repeat("x", MaxEntryBytes), false))
		leader.flush()
	}
	net.to(b) // lost
	net.deliver()
	leader.replica.TakeHeld()
	net.tick()
	b.step(net.to(b)) // the heartbeat
	leader.step(net.to(leader))
	if list := net.to(b); len(commits(list)) != 1 || leader.heldFor(b) != nil {
		t.Errorf("it is sent %v, want a probe; held is %v", list, leader.heldFor(b))
	}
}

// A member that is removed hears of it: nobody will tell it later.
func TestRemovedMemberHearsOfIt(t *testing.T) {
	for _, behind := range []bool{false, true} {
		net, leader := calm(t, 3, 0)
		b := net.others(leader)[1]
		leader.stuck = behind
		if behind { // raft hands out no more until this is applied
			leader.submit(net.proposal(strings.Repeat("x", 5*MaxEntryBytes), false))
			net.settle()
		}
		must(t, leader.replica.Change(Change{Op: Remove, Member: leader.replica.members.List[b.id-1]}))
		leader.poll()
		net.deliver()
		if behind {
			if len(leader.jobs) != 1 || leader.heldFor(b) == nil {
				t.Fatalf("%d jobs wait, and %v is held; the change was to wait for another", len(leader.jobs), leader.heldFor(b))
			}
			leader.stuck = false
			leader.apply(leader.jobs[0])
			net.deliver()
		}
		for _, n := range []*testNode{leader, b} {
			if !n.replica.members.Removed(b.id) {
				t.Errorf("behind another entry: %v; node %d does not know that node %d is removed", behind, n.id, b.id)
			}
		}
	}
}

// A leader that removes itself leads no more when its output is taken, and nobody
// will ask it again.
func TestLeaderThatRemovesItselfSaysIt(t *testing.T) {
	net, leader := calm(t, 3, 0)
	others := net.others(leader)
	must(t, leader.replica.Change(Change{Op: Remove, Member: leader.replica.members.List[leader.id-1]}))
	leader.poll()
	net.deliver()
	for _, n := range append(others, leader) {
		if !n.replica.members.Removed(leader.id) {
			t.Errorf("node %d does not know that node %d is removed", n.id, leader.id)
		}
	}
	if leader.replica.Leads() || leader.replica.HasHeld() {
		t.Errorf("it leads: %v; it holds %v", leader.replica.Leads(), leader.replica.notices.held)
	}
}

// Who is alone has nobody to tell.
func TestAloneHoldsNothing(t *testing.T) {
	net, leader := calm(t, 1, 0)
	leader.submit(net.proposal("x", false))
	net.deliver()
	executed(t, 1, leader)
	if l := &leader.replica.notices; leader.replica.HasHeld() || len(l.recipients)+len(l.out) > 0 {
		t.Errorf("it keeps %v", l)
	}
}
