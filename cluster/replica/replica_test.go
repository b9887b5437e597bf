package replica

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Whatever gets lost, doubled or late, and whoever leads: every proposal of a
// node that lives is applied exactly once, in its node's order, and all nodes
// apply the same.
func TestExactlyOnce(t *testing.T) {
	for _, nodes := range []int{1, 3, 5} {
		for seed := range int64(16) {
			t.Run(fmt.Sprintf("nodes=%d/seed=%d", nodes, seed), func(t *testing.T) {
				t.Parallel()
				net := newNetwork(t, nodes, seed)
				net.loss = float64(seed%4) * 0.05
				const each = 30
				sent := make([][]*Proposal, nodes)
				total := 0
				net.until("all proposals answered", func() bool {
					if total < each*nodes && net.rand.Intn(20) == 0 {
						i := total % nodes
						p := net.proposal(fmt.Sprintf("%d.%d", i, len(sent[i])), total%3 == 0)
						sent[i] = append(sent[i], p)
						net.nodes[i].submit(p)
						total++
					}
					if l := net.leader(); l != nil && nodes > 1 && net.rand.Intn(400) == 0 {
						l.replica.Transfer(uint64(net.rand.Intn(nodes) + 1))
						l.poll()
					}
					answered := 0
					for _, n := range net.nodes {
						answered += len(n.answered)
					}
					return answered == each*nodes
				})
				net.until("all nodes applied everything", func() bool {
					return !slices.ContainsFunc(net.nodes, func(n *testNode) bool { return len(n.history) < each*nodes })
				})
				for _, n := range net.nodes {
					if !slices.Equal(n.history, net.nodes[0].history) {
						t.Fatalf("node %d applied\n%v\nnode 1\n%v", n.id, n.history, net.nodes[0].history)
					}
				}
				checkOnce(t, net.nodes[0].history, nodes)
			})
		}
	}
}

// checkOnce wants every value once, those of one node in order.
func checkOnce(t *testing.T, history []string, nodes int) {
	t.Helper()
	next := make([]int, nodes)
	for _, value := range history {
		var node, k int
		if _, err := fmt.Sscanf(value, "%d.%d", &node, &k); err != nil {
			t.Fatal(err)
		}
		if k != next[node] {
			t.Fatalf("node %d: value %d where %d was due, in %v", node, k, next[node], history)
		}
		next[node]++
	}
}

// A node that crashes loses its clients, but what it had proposed is applied at
// most once, and nothing of its next incarnation is mistaken for it.
func TestCrash(t *testing.T) {
	for seed := range int64(8) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			t.Parallel()
			net := newNetwork(t, 3, seed)
			net.loss = 0.05
			survivor, victim := net.nodes[0], net.nodes[1]
			next := make([]int, 2)
			submit := func(i int) *Proposal {
				p := net.proposal(fmt.Sprintf("%d.%d", i, next[i]), false)
				next[i]++
				net.nodes[i].submit(p)
				return p
			}
			var mine []*Proposal
			for round := range 6 {
				for range 5 {
					mine = append(mine, submit(0))
					submit(1)
				}
				for range net.rand.Intn(3000) {
					net.step()
				}
				victim.crash()
				for range net.rand.Intn(2000) {
					net.step()
				}
				victim.start()
				if round%2 == 0 {
					last := submit(1)
					net.until("the new incarnation is served", func() bool { return victim.answered[last] })
				}
			}
			net.until("the survivor's clients are answered", func() bool { return len(survivor.answered) == len(mine) })
			seen := map[string]bool{}
			for _, v := range survivor.history {
				if seen[v] {
					t.Fatalf("%s applied twice: %v", v, survivor.history)
				}
				seen[v] = true
			}
			ours := slices.DeleteFunc(slices.Clone(survivor.history), func(v string) bool { return strings.HasPrefix(v, "1.") })
			checkOnce(t, ours, 1)
		})
	}
}

// A read that was confirmed sees everything that was answered before it was
// asked, on every node.
func TestReadsSeeAnsweredWrites(t *testing.T) {
	for seed := range int64(8) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			t.Parallel()
			net := newNetwork(t, 3, seed)
			net.loss = 0.05
			for i := range 20 {
				writer, reader := net.nodes[i%3], net.nodes[(i+1)%3]
				p := net.proposal(fmt.Sprint(i), false)
				writer.submit(p)
				net.until("the write is answered", func() bool { return writer.answered[p] })
				at := writer.applied // at least the write's entry
				if l := net.leader(); l != nil && i%4 == 3 {
					l.replica.Transfer(reader.id)
					l.poll()
				}
				reader.granted = nil
				reader.replica.Read(i, net.now)
				reader.poll()
				net.until("the read is confirmed", func() bool { return len(reader.granted) > 0 })
				// The entry of the write is the last one with a command.
				if g := reader.granted[0]; g.Index < lastCommand(writer, at) {
					t.Fatalf("read %d is allowed at index %d, but %d was answered", i, g.Index, at)
				}
			}
		})
	}
}

// lastCommand returns the index of the last entry up to at that holds a bundle.
func lastCommand(n *testNode, at uint64) uint64 {
	for ; at > 1; at-- {
		ents, err := n.storage.Entries(at, at+1, 1<<30)
		if err == nil && len(ents[0].GetData()) > entryHeaderSize {
			break
		}
	}
	return at
}

// Who gives up before its proposal was cut into a bundle hears that it was not
// executed, and it is not.
func TestAbandon(t *testing.T) {
	net := newNetwork(t, 3, 1)
	n := net.nodes[0]
	p, q := net.proposal("0.0", false), net.proposal("0.0", false)
	n.submit(p) // no leader yet
	if unknown, ok := p.Abandon(); !ok || unknown {
		t.Fatalf("Abandon of a queued proposal: unknown %v, ok %v", unknown, ok)
	}
	n.submit(q)
	net.until("the other is answered", func() bool { return n.answered[q] })
	if len(n.history) != 1 {
		t.Fatalf("applied %v", n.history)
	}
	if _, ok := q.Abandon(); ok {
		t.Fatal("an answered proposal was abandoned")
	}
}
