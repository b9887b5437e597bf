package robust

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
)

// recovery is how long a cluster that is left alone may take until all its
// nodes serve, on a machine that has better things to do.
const recovery = 90 * time.Second

// faults does things to a cluster. It is used by the goroutine of the test.
type faults struct {
	t        *testing.T
	c        *testcluster.Cluster
	net      *testcluster.Net // nil: the nodes are in network namespaces
	r        *run
	rnd      *rand.Rand
	founders int
	next     int // number of the next node that joins
	all      []faultKind
}

// faultKind is a thing to do. It returns what it did, for the report.
type faultKind struct {
	name string
	late bool // it makes messages late
	do   func(f *faults) string
}

func newFaults(t *testing.T, c *testcluster.Cluster, net *testcluster.Net, r *run, seed uint64) *faults {
	f := &faults{t: t, c: c, net: net, r: r, rnd: rand.New(rand.NewPCG(seed, 1<<32)), founders: len(c.Nodes), next: len(c.Nodes) + 1}
	f.all = []faultKind{
		{"kill the leader", false, (*faults).killLeader},
		{"partition", true, (*faults).partition},
		{"freeze", true, (*faults).freeze},
		{"fail-over", false, (*faults).failover},
		{"one-way", true, (*faults).oneWay},
		{"kill", false, (*faults).kill},
		{"join and forget", false, (*faults).joinAndForget},
		{"restart", false, (*faults).restart},
		{"kill all", false, (*faults).killAll},
		{"lost disk", false, (*faults).lostDisk},
		{"bridge", true, (*faults).bridge},
	}
	if net != nil {
		f.all = append(f.all, faultKind{"slow", true, (*faults).slow}, faultKind{"cut", false, (*faults).cut},
			faultKind{"kill a slow leader", true, (*faults).killSlowLeader})
	}
	if *duration > time.Minute {
		f.all = append(f.all, faultKind{"full disk", false, (*faults).fullDisk})
	}
	return f
}

// inject does one thing after the other until the time is up: all kinds in some
// order, then all again in another.
func (f *faults) inject(d time.Duration, only string) {
	end := f.r.now() + d
	for {
		deck := f.rnd.Perm(len(f.all))
		hits := 0
		for _, i := range deck {
			kind := f.all[i]
			if !strings.Contains(kind.name, only) {
				continue
			}
			hits++
			if f.r.now() >= end || f.t.Failed() {
				return
			}
			f.settle()
			begin := f.r.now()
			if kind.late {
				f.r.adrift.Store(true)
			}
			what := kind.do(f)
			lasted := f.r.now() - begin
			if kind.late {
				f.r.drift.Add(int64(lasted))
				f.r.adrift.Store(false)
			}
			f.r.report.fault(fault{at: begin, lasted: lasted, what: what})
			f.r.serve(f.c)
		}
		if hits == 0 {
			f.t.Fatalf("no fault is called %q", only)
		}
		if f.r.report.violations() > 0 {
			return // what follows would only hide it
		}
	}
}

// settle ends what is going on and waits until all nodes serve and vote.
func (f *faults) settle() { f.settleWith(nil) }

// settleWith is settle with more options for one of the nodes.
func (f *faults) settleWith(special *testcluster.Node, more ...string) {
	f.t.Helper()
	f.c.Net.Heal()
	for _, n := range f.c.Nodes {
		if n.Stopped() {
			n.Cont()
		}
		switch {
		case n.Running():
		case n == special:
			n.Start(more...)
		default:
			n.Start()
		}
	}
	f.eventually("all nodes serve and vote", func() error {
		for _, n := range f.c.Nodes {
			if !n.Running() {
				return fmt.Errorf("%s has ended", n.Name)
			}
			if v, err := n.TryDo("DBSIZE"); err != nil || v.IsError() {
				return fmt.Errorf("%s: %s %v", n.Name, v.Text, err)
			}
		}
		v, err := f.c.Nodes[0].TryDo("CLUSTER", "MEMBERS")
		if err != nil || v.IsError() || strings.Contains(v.Text, "role=learner") {
			return fmt.Errorf("CLUSTER MEMBERS: %v %v", v, err)
		}
		return nil
	})
}

func (f *faults) eventually(what string, check func() error) {
	f.t.Helper()
	testcluster.Eventually(f.t, recovery, what, check)
}

// hold lets a fault last for a while: mostly around the timeouts of the
// cluster, where it matters.
func (f *faults) hold(least, most time.Duration) {
	d := least + time.Duration(f.rnd.Int64N(int64(most-least)))
	<-time.After(d)
}

// leader is the leader if there is one at the moment, or else any node.
func (f *faults) leader() *testcluster.Node {
	for _, n := range f.c.Nodes {
		if n.Running() && !n.Stopped() {
			if v, err := n.TryDo("ROLE"); err == nil && len(v.Elems) > 0 && v.Elems[0].Text == "master" {
				return n
			}
		}
	}
	return f.anyNode()
}

func (f *faults) anyNode() *testcluster.Node { return f.c.Nodes[f.rnd.IntN(len(f.c.Nodes))] }

// victim is the leader, as often as not.
func (f *faults) victim() *testcluster.Node {
	if f.rnd.IntN(2) == 0 {
		return f.leader()
	}
	return f.anyNode()
}

func (f *faults) other(n *testcluster.Node) *testcluster.Node {
	for {
		if o := f.anyNode(); o != n {
			return o
		}
	}
}

func (f *faults) killLeader() string {
	n := f.leader()
	n.Kill()
	f.hold(100*time.Millisecond, 2*time.Second)
	n.Start()
	return "kill -9 of the leader, " + n.Name
}

func (f *faults) kill() string {
	n := f.anyNode()
	n.Kill()
	f.hold(10*time.Millisecond, time.Second)
	n.Start()
	return "kill -9 of " + n.Name
}

func (f *faults) killAll() string {
	for _, i := range f.rnd.Perm(len(f.c.Nodes)) {
		f.c.Nodes[i].Kill()
	}
	for _, i := range f.rnd.Perm(len(f.c.Nodes)) {
		f.c.Nodes[i].Start()
	}
	return "kill -9 of all"
}

func (f *faults) restart() string {
	n := f.victim()
	if code := n.Terminate(); code != 0 {
		f.t.Errorf("%s ends with code %d on SIGTERM", n.Name, code)
	}
	n.Start()
	return "SIGTERM and start of " + n.Name
}

func (f *faults) freeze() string {
	n := f.victim()
	n.Stop()
	f.hold(100*time.Millisecond, 2500*time.Millisecond)
	n.Cont()
	return "SIGSTOP of " + n.Name
}

func (f *faults) failover() string {
	times := 1 + f.rnd.IntN(4)
	for range times {
		n := f.anyNode()
		if v, err := n.TryDo("CLUSTER", "FAILOVER"); err == nil && v.IsError() {
			f.r.report.noted("CLUSTER FAILOVER on %s: %s", n.Name, v.Text)
		}
	}
	return fmt.Sprintf("CLUSTER FAILOVER, %d times", times)
}

// split holds what the nodes of one side say to those of the other, and back.
func (f *faults) split(side []*testcluster.Node) {
	in := map[*testcluster.Node]bool{}
	for _, n := range side {
		in[n] = true
		f.c.Net.Block(testcluster.Outsider, n.Name)
	}
	for _, a := range f.c.Nodes {
		for _, b := range f.c.Nodes {
			if in[a] != in[b] {
				f.c.Net.Block(a.Name, b.Name)
			}
		}
	}
}

func (f *faults) partition() string {
	side := []*testcluster.Node{f.victim()}
	if len(f.c.Nodes) > 3 && f.rnd.IntN(2) == 0 {
		side = append(side, f.other(side[0]))
	}
	f.split(side)
	f.hold(300*time.Millisecond, 4*time.Second)
	names := make([]string, len(side))
	for i, n := range side {
		names[i] = n.Name
	}
	return "partition: " + strings.Join(names, ", ") + " alone"
}

// oneWay makes a node deaf or mute to all others, or to one of them.
func (f *faults) oneWay() string {
	n := f.victim()
	deaf := f.rnd.IntN(2) == 0
	among, of := f.c.Nodes, "all"
	if f.rnd.IntN(2) == 0 {
		among = []*testcluster.Node{f.other(n)}
		of = among[0].Name
	}
	for _, o := range among {
		if deaf {
			f.c.Net.Block(o.Name, n.Name)
		} else {
			f.c.Net.Block(n.Name, o.Name)
		}
	}
	f.hold(300*time.Millisecond, 4*time.Second)
	if deaf {
		return fmt.Sprintf("one-way: %s does not hear %s", n.Name, of)
	}
	return fmt.Sprintf("one-way: %s is not heard by %s", n.Name, of)
}

// bridge leaves every node in touch with some, and two without each other.
func (f *faults) bridge() string {
	a := f.victim()
	b := f.other(a)
	f.c.Net.Block(a.Name, b.Name)
	f.c.Net.Block(b.Name, a.Name)
	f.hold(300*time.Millisecond, 4*time.Second)
	return fmt.Sprintf("no way between %s and %s", a.Name, b.Name)
}

func (f *faults) delayAll(n *testcluster.Node, d time.Duration) {
	for _, o := range f.c.Nodes {
		f.net.Delay(n.Name, o.Name, d)
		f.net.Delay(o.Name, n.Name, d)
	}
}

func (f *faults) slow() string {
	n := f.victim()
	d := time.Duration(1+f.rnd.IntN(250)) * time.Millisecond
	f.delayAll(n, d)
	f.hold(300*time.Millisecond, 3*time.Second)
	return fmt.Sprintf("slow: %v to and from %s", d, n.Name)
}

// killSlowLeader kills a leader whose last words are still on their way.
func (f *faults) killSlowLeader() string {
	n := f.leader()
	d := time.Duration(50+f.rnd.IntN(400)) * time.Millisecond
	f.delayAll(n, d)
	f.hold(200*time.Millisecond, time.Second)
	n.Kill()
	f.hold(100*time.Millisecond, time.Second)
	n.Start()
	return fmt.Sprintf("kill -9 of the leader, %s, at a distance of %v", n.Name, d)
}

func (f *faults) cut() string {
	times := 1 + f.rnd.IntN(20)
	for range times {
		a := f.anyNode()
		f.net.Cut(a.Name, f.other(a).Name)
		f.hold(time.Millisecond, 50*time.Millisecond)
	}
	return fmt.Sprintf("cut %d connections", times)
}

// joinAndForget adds a node, lets it serve, and removes it or another one, which
// may be the leader and learns of it while it runs.
func (f *faults) joinAndForget() string {
	n := f.c.StartJoin(fmt.Sprint("n", f.next), f.anyNode())
	f.next++
	f.settle()
	f.r.serve(f.c)
	f.hold(100*time.Millisecond, time.Second)
	gone := f.anyNode()
	at := f.other(gone)
	f.eventually("CLUSTER FORGET "+gone.Name, func() error {
		v, err := at.TryDo("CLUSTER", "FORGET", gone.Name)
		if err == nil && v.IsError() && !strings.Contains(v.Text, "Unknown node") {
			err = errors.New(v.Text)
		}
		return err
	})
	f.c.Drop(gone)
	return fmt.Sprintf("%s joined, %s was forgotten", n.Name, gone.Name)
}

// lostDisk brings a node back without its data, as its supervisor would.
func (f *faults) lostDisk() string {
	n := f.anyNode()
	n.Kill()
	f.rejoin(n)
	return n.Name + " lost its disk"
}

// sameState checks that all nodes have the same data.
func sameState(t *testing.T, c *testcluster.Cluster) {
	t.Helper()
	testcluster.Eventually(t, recovery, "all nodes have the same digest", func() error {
		first := ""
		for _, n := range c.Nodes {
			v, err := n.TryDo("DEBUG", "DIGEST")
			if err != nil {
				return err
			}
			if v.IsError() || first != "" && v.Text != first {
				return fmt.Errorf("%s answers %s, another node %s", n.Name, v.Text, first)
			}
			first = v.Text
		}
		return nil
	})
}

func writeFile(path, text string) error { return os.WriteFile(path, []byte(text), 0o644) }
