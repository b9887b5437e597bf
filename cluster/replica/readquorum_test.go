package replica

import (
	"fmt"
	"slices"
	"testing"

	"go.etcd.io/raft/v3/quorum"
	"go.etcd.io/raft/v3/raftpb"
	"go.etcd.io/raft/v3/tracker"
)

// calm returns a network that has a leader and nothing under way, and in which
// all members have answered the leader's last heartbeat, in the order of their IDs.
func calm(t *testing.T, voters, learners int) (*network, *testNode) {
	net := newMixedNetwork(t, voters, learners, 1)
	return net, net.calm()
}

func (net *network) calm() *testNode {
	for range 1000 {
		was := net.leader()
		net.tick()
		net.settle()
		if leader := net.leader(); leader != nil && leader == was {
			return leader
		}
	}
	net.t.Fatal("nobody leads")
	return nil
}

// tick is one tick on all nodes.
func (net *network) tick() {
	net.now += 100
	for _, n := range net.nodes {
		if !n.down {
			n.replica.Tick(net.now)
			n.poll()
		}
	}
}

// settle delivers messages and writes logs until there are none left and nobody
// holds any back.
func (net *network) settle() {
	for busy := true; busy; {
		net.deliver()
		busy = false
		for _, n := range net.nodes {
			busy = !n.down && n.idle() || busy
		}
	}
}

// deliver delivers messages and writes logs until there are none left.
func (net *network) deliver() {
	for busy := true; busy; {
		busy = len(net.wires) > 0
		wires := net.wires
		net.wires = nil
		for _, m := range wires {
			if to := net.nodes[m.GetTo()-1]; !to.down {
				to.replica.Step(m, net.now)
				to.poll()
			}
		}
		for _, n := range net.nodes {
			for !n.down && len(n.appends) > 0 {
				n.flush()
				busy = true
			}
		}
	}
}

// read asks n for a read.
func (n *testNode) read() {
	n.granted = nil
	n.replica.Read(0, n.net.now)
	n.poll()
}

// asked returns whom the messages on their way ask for a round.
func (net *network) asked() (ids []uint64) {
	for _, m := range net.wires {
		if m.GetType() == raftpb.MsgHeartbeat && len(m.GetContext()) > 0 {
			ids = append(ids, m.GetTo())
		}
	}
	return ids
}

// others are the voters that do not lead.
func (net *network) others(leader *testNode) (list []*testNode) {
	for _, n := range net.nodes {
		if m, ok := leader.replica.members.ByID(n.id); ok && n != leader && !m.Learner {
			list = append(list, n)
		}
	}
	return list
}

// A round asks as many voters as have to answer, and no learner.
func TestRoundAsksAMajority(t *testing.T) {
	for _, test := range []struct{ voters, learners, want int }{
		{2, 0, 1}, {3, 0, 1}, {3, 2, 1}, {4, 0, 2}, {5, 0, 2}, {5, 1, 2}, {7, 0, 3},
	} {
		t.Run(fmt.Sprintf("voters=%d/learners=%d", test.voters, test.learners), func(t *testing.T) {
			net, leader := calm(t, test.voters, test.learners)
			for range 3 {
				leader.read()
				if ids := net.asked(); len(ids) != test.want {
					t.Fatalf("a round asks %v, want %d of them", ids, test.want)
				}
				net.settle()
				if len(leader.granted) != 1 {
					t.Fatal("the read is not confirmed")
				}
			}
		})
	}
}

// question has a reader ask the leader, in term or in its own, and returns whom the
// leader asks for it.
func (net *network) question(leader, reader *testNode, term *uint64) (asked []uint64) {
	reader.read()
	questions := net.wires
	net.wires = nil
	for _, m := range questions {
		if term != nil {
			m.Term = term
		}
		leader.replica.Step(m, net.now)
	}
	leader.poll()
	return net.asked()
}

// A read that a follower asks for costs no heartbeat if the follower and its leader
// are a majority, and those that the leader would need itself if they are none, or
// the follower has no vote.
func TestFollowersReadAsksAMajority(t *testing.T) {
	for _, test := range []struct {
		voters, learners, reader, want int
	}{
		{2, 0, 0, 0}, {3, 0, 0, 0}, {3, 0, 1, 0}, {3, 1, 2, 1}, {4, 0, 0, 2}, {5, 0, 0, 2},
	} {
		t.Run(fmt.Sprintf("voters=%d/learners=%d/reader=%d", test.voters, test.learners, test.reader), func(t *testing.T) {
			net, leader := calm(t, test.voters, test.learners)
			reader := slices.DeleteFunc(slices.Clone(net.nodes), func(n *testNode) bool { return n == leader })[test.reader]
			if ids := net.question(leader, reader, nil); len(ids) != test.want {
				t.Fatalf("a round asks %v, want %d of them", ids, test.want)
			}
			net.settle()
			if len(reader.granted) != 1 {
				t.Fatal("the read is not confirmed")
			}
		})
	}
}

// The word of a follower counts only in the term that it is about.
func TestFollowerOfAnotherTermDoesNotVouch(t *testing.T) {
	for _, term := range []uint64{0, 1, 99} {
		net, leader := calm(t, 3, 0)
		reader := net.others(leader)[0]
		if term == leader.replica.term {
			t.Fatalf("term %d is the leader's", term)
		}
		if ids := net.question(leader, reader, &term); len(ids) == 0 {
			t.Errorf("the leader of term %d grants a read of term %d without asking anybody", leader.replica.term, term)
		}
	}
}

// What a follower says is about its own reads: those of the leader may have come
// after it was said.
func TestFollowerVouchesForItself(t *testing.T) {
	net, leader := calm(t, 3, 0)
	reader := net.others(leader)[0]
	leader.replica.Read(0, net.now)
	leader.granted = nil
	if ids := net.question(leader, reader, nil); len(ids) != 1 || len(leader.granted) > 0 {
		t.Errorf("for its own read the leader asks %v, and has granted %v", ids, leader.granted)
	}
}

// If the member that is asked dies, the round is confirmed with the next tick, and
// the rounds from then on without one.
func TestSilentMember(t *testing.T) {
	for _, voters := range []int{3, 5} {
		t.Run(fmt.Sprint("voters=", voters), func(t *testing.T) {
			net, leader := calm(t, voters, 0)
			leader.read()
			dead := net.asked()[0]
			net.nodes[dead-1].down = true
			net.settle()
			if len(leader.granted) != 0 {
				t.Fatal("the read is confirmed, and nobody has said so")
			}
			net.tick()
			for _, n := range net.others(leader) {
				if !slices.Contains(net.asked(), n.id) {
					t.Errorf("the tick does not ask node %d", n.id)
				}
			}
			net.settle()
			if len(leader.granted) != 1 {
				t.Fatal("a tick has passed and the read is not confirmed")
			}
			for tick := range 5 {
				for i := range 5 {
					leader.read()
					if ids := net.asked(); slices.Contains(ids, dead) {
						t.Fatalf("round %d after tick %d asks %v; node %d is dead", i, tick, ids, dead)
					}
					net.settle()
					if len(leader.granted) != 1 {
						t.Fatalf("round %d after tick %d is not confirmed", i, tick)
					}
				}
				net.tick()
				net.settle()
			}
		})
	}
}

// Between a tick and the answers to it nobody knows who is quick: all are asked.
func TestRoundBehindATickAsksAll(t *testing.T) {
	net, leader := calm(t, 3, 1)
	net.tick()
	net.wires = nil
	leader.read()
	if ids := net.asked(); len(ids) != 2 {
		t.Errorf("the round asks %v, want the two other voters", ids)
	}
}

// The first to answer a tick are asked until the next one.
func TestQuickestIsAsked(t *testing.T) {
	net, leader := calm(t, 3, 0)
	for i := range 4 {
		quick := net.others(leader)[i%2]
		net.tick()
		for _, m := range net.wires { // the heartbeats
			if n := net.nodes[m.GetTo()-1]; n == quick {
				n.replica.Step(m, net.now)
				n.poll()
			}
		}
		late := net.wires
		net.wires = slices.DeleteFunc(slices.Clone(late), func(m *raftpb.Message) bool { return m.GetTo() != leader.id })
		late = slices.DeleteFunc(late, func(m *raftpb.Message) bool { return m.GetTo() == leader.id || m.GetTo() == quick.id })
		net.settle()
		net.wires = late
		net.settle()
		for range 3 {
			leader.read()
			if ids := net.asked(); !slices.Equal(ids, []uint64{quick.id}) {
				t.Fatalf("the round asks %v, want node %d, which was first", ids, quick.id)
			}
			net.settle()
		}
	}
}

// Messages to the member that is asked are lost, and that is known: the others
// are asked at once.
func TestUnreachableMember(t *testing.T) {
	net, leader := calm(t, 3, 0)
	leader.read()
	dead := net.asked()[0]
	net.nodes[dead-1].down = true
	net.settle()
	leader.replica.Unreachable(dead)
	leader.poll()
	if ids := net.asked(); len(ids) != 1 || ids[0] == dead {
		t.Errorf("now the round asks %v, want the other one", ids)
	}
	net.settle()
	if len(leader.granted) != 1 {
		t.Fatal("the read is not confirmed")
	}
	leader.read()
	if ids := net.asked(); len(ids) != 1 || ids[0] == dead {
		t.Errorf("the next round asks %v, want the other one", ids)
	}
	net.settle()
	leader.replica.Unreachable(dead) // nothing waits
	leader.poll()
	if ids := net.asked(); len(ids) != 0 {
		t.Errorf("no round is under way, and %v are asked", ids)
	}
}

// Who has to write something first is asked only if there are not enough others.
func TestBusyMember(t *testing.T) {
	for _, busy := range [][]int{{0}, {1}, {0, 1}} {
		net, leader := calm(t, 3, 0)
		others := net.others(leader)
		var want []uint64
		for i, n := range others {
			if n.down = slices.Contains(busy, i); !n.down || len(busy) == 2 {
				want = append(want, n.id)
			}
		}
		leader.submit(net.proposal("x", false))
		net.settle()
		leader.read()
		if ids := net.asked(); !slices.Equal(ids, want) {
			t.Errorf("%v of the others have not written all, and the round asks %v, want %v", busy, ids, want)
		}
	}
}

// The rounds after a change of the membership go by the new one.
func TestRoundAfterAChange(t *testing.T) {
	net, leader := calm(t, 3, 1)
	change := func(c Change) {
		must(t, leader.replica.Change(c))
		leader.poll()
		for i := 0; ; i++ {
			net.settle()
			if leader.replica.members.Reflects(c) {
				break
			}
			if i == 20 {
				t.Fatalf("%v did not happen", c)
			}
			net.tick()
		}
		leader.read()
		if ids := net.asked(); len(ids) != len(net.others(leader)) {
			t.Errorf("the first round after %v asks %v, want all other voters", c, ids)
		}
		net.settle()
		if len(leader.granted) != 1 {
			t.Errorf("the first round after %v is not confirmed", c)
		}
	}
	learner := leader.replica.members.List[3]
	change(Change{Op: Promote, Member: learner})
	leader.read()
	if ids := net.asked(); len(ids) != 2 {
		t.Errorf("with four voters a round asks %v, want two", ids)
	}
	net.settle()
	change(Change{Op: Remove, Member: learner})
	leader.read()
	if ids := net.asked(); len(ids) != 1 {
		t.Errorf("with three voters a round asks %v, want one", ids)
	}
}

// Before the configuration is known, and while there are two, nobody is left out.
func TestAllAreAskedIfInDoubt(t *testing.T) {
	_, leader := calm(t, 3, 0)
	joint := tracker.Config{Voters: quorum.JointConfig{{1: {}, 2: {}, 3: {}}, {1: {}, 4: {}, 5: {}}}}
	for name, configure := range map[string]func(v *readQuorum){
		"not configured": func(*readQuorum) {},
		"joint":          func(v *readQuorum) { v.configure(1, joint) },
		"left again": func(v *readQuorum) {
			v.configure(1, tracker.Config{Voters: quorum.JointConfig{joint.Voters[0]}})
			v.noteAnswer(2)
			v.choose(leader.replica.raft)
			v.configure(1, joint)
		},
	} {
		var v readQuorum
		configure(&v)
		for id := uint64(2); id <= 5; id++ {
			v.noteAnswer(id)
		}
		for range 2 {
			for id := uint64(2); id <= 5; id++ {
				if v.hold(&raftpb.Message{Type: raftpb.MsgHeartbeat.Enum(), To: new(id)}) {
					t.Errorf("%s: node %d is not asked", name, id)
				}
			}
			v.choose(leader.replica.raft)
		}
	}
}
