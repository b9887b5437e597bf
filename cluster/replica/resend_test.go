package replica

import (
	"slices"
	"strings"
	"testing"

	"go.etcd.io/raft/v3/raftpb"
)

// A large unit takes its time on the way to the leader and to a majority. It is
// not sent again meanwhile, as it would be if it were small and had been lost.
func TestLargeUnitTakesItsTime(t *testing.T) {
	t.Parallel()
	const size = 20 << 20
	for _, test := range []struct {
		name   string
		leader bool
		ticks  int
		sent   int
	}{
		{"follower, on its way", false, resendTicks + size/MaxEntryBytes - 2, 1},
		{"follower, lost", false, resendTicks + size/MaxEntryBytes + 2, 2},
		{"leader", true, 3 * resendTicks, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			net := newNetwork(t, 3, 1)
			net.until("a leader", func() bool { return net.leader() != nil })
			leader := net.leader()
			net.until("all know it", func() bool {
				return !slices.ContainsFunc(net.nodes, func(n *testNode) bool { return n.replica.leader != leader.id })
			})
			n := leader
			for i := 0; !test.leader && n == leader; i++ {
				n = net.nodes[i]
			}
			n.submit(net.proposal(strings.Repeat("x", size), false))
			sent := 0
			for range test.ticks {
				net.now += 10
				for _, n := range net.nodes {
					n.replica.Tick(net.now)
					n.poll()
				}
				sent += net.withoutLarge(size)
			}
			if test.leader {
				sent = 0
				last, _ := n.storage.LastIndex()
				first, _ := n.storage.FirstIndex()
				entries, err := n.storage.Entries(first, last+1, 1<<40)
				must(t, err)
				for _, e := range entries {
					if len(e.GetData()) >= size {
						sent++
					}
				}
			}
			if sent != test.sent {
				t.Errorf("it was sent %d times in %d ticks, want %d", sent, test.ticks, test.sent)
			}
		})
	}
}

// withoutLarge delivers all messages but those of size bytes, which stay on
// their way. It returns how many of them were proposals.
func (net *network) withoutLarge(size int) (proposals int) {
	for len(net.wires) > 0 {
		wires := net.wires
		net.wires = nil
		for _, m := range wires {
			large := slices.ContainsFunc(m.GetEntries(), func(e *raftpb.Entry) bool { return len(e.GetData()) >= size })
			if large && m.GetType() == raftpb.MsgProp {
				proposals++
			}
			if !large {
				net.nodes[m.GetTo()-1].replica.Step(m, net.now)
			}
		}
		for _, n := range net.nodes {
			n.poll()
			for len(n.appends) > 0 {
				n.flush()
			}
			n.idle()
		}
	}
	return proposals
}
