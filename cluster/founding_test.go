package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/msredis/msredis/cluster/replica"
)

// journal keeps the log lines of nodes, so that a test can wait for one.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(b)
}

func (j *journal) has(words string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !strings.Contains(j.text.String(), words) {
		return fmt.Errorf("%q is not in the log:\n%s", words, j.text.String())
	}
	return nil
}

// journals gives every node of a lab a log that the test can read.
func (l *lab) journals() map[string]*journal {
	js := map[string]*journal{}
	tune := l.tune
	l.tune = func(o *Options) {
		if tune != nil {
			tune(o)
		}
		if js[o.Name] == nil {
			js[o.Name] = &journal{}
		}
		o.Log = slog.New(slog.NewTextHandler(js[o.Name], nil))
	}
	return js
}

// opening is a node that is being opened.
type opening struct {
	node *Node
	err  error
	done chan struct{}
	end  context.CancelFunc
}

func (l *lab) open(name string, tune ...func(*Options)) *opening {
	o := l.options(name)
	for _, fn := range tune {
		fn(&o)
	}
	ctx, end := context.WithCancel(l.t.Context())
	p := &opening{done: make(chan struct{}), end: end}
	go func() {
		defer close(p.done)
		p.node, p.err = Open(ctx, o)
	}()
	l.t.Cleanup(func() { p.crash() })
	return p
}

// crash ends the node, wherever it is.
func (p *opening) crash() {
	p.end()
	<-p.done
	if p.node != nil {
		p.node.Close()
	}
}

// opened waits until the node runs.
func (p *opening) opened(t *testing.T) *Node {
	t.Helper()
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		t.Fatal("the node does not open")
	}
	if p.err != nil {
		t.Fatal(p.err)
	}
	return p.node
}

// refused waits until the node has ended with an error that has the words.
func (p *opening) refused(t *testing.T, words ...string) {
	t.Helper()
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		t.Fatal("the node does not end")
	}
	for _, w := range words {
		if p.err == nil || !strings.Contains(p.err.Error(), w) {
			t.Errorf("the node ended with %v, want one with %q", p.err, w)
		}
	}
}

func (l *lab) wipe(name string) {
	l.t.Helper()
	if err := os.RemoveAll(filepath.Join(l.dir, name)); err != nil {
		l.t.Fatal(err)
	}
}

// TestWipedMajority: two of three nodes lose their disks while all are down. They
// must not found a cluster beside the third, which has the data; they say for whom
// they wait. When the third is back there is no majority, and still no new cluster.
func TestWipedMajority(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b", "c")
	js := l.journals()
	l.start("a", "b", "c")
	l.want("a", "SET k0 v", "+OK")
	old := l.nodes["a"].cluster
	for name := range l.initial {
		l.stop(name)
	}
	l.wipe("b")
	l.wipe("c")
	b, c := l.open("b"), l.open("c")
	for _, name := range []string{"b", "c"} {
		l.await(name+" waits", func() error { return js[name].has("for=a ") })
	}
	l.start("a")
	l.await("b knows of the cluster", func() error { return js["b"].has("the cluster exists already") })
	l.await("b cannot join", func() error { return js["b"].has(errNoLeader.Error()) })
	for _, p := range []*opening{b, c} {
		select {
		case <-p.done:
			t.Errorf("a node with an empty disk runs: %v", p.err)
		default:
		}
	}
	// The operator knows that the old cluster is gone, but it is not.
	b.crash()
	c.crash()
	without := func(o *Options) { o.Without = []string{"a"} }
	b, c = l.open("b", without), l.open("c", without)
	l.await("b waits", func() error { return js["b"].has("--found-without says") })
	l.stop("a")
	nb, nc := b.opened(t), c.opened(t)
	if id := nb.cluster; id != nc.cluster || id == old {
		t.Errorf("clusters %x and %x; the old one is %x", id, nc.cluster, old)
	}
	if m := nb.meta().View().Members.List; len(m) != 2 {
		t.Errorf("members of the new cluster: %v", m)
	}
	l.nodes["b"], l.nodes["c"] = nb, nc
	l.want("c", "SET x new", "+OK")
	l.want("b", "GET k0", "$-1")
}

// TestFoundWithoutNobody: an option that cannot be meant ends the start.
func TestFoundWithoutNobody(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b")
	for _, name := range []string{"a", "z"} {
		l.open("a", func(o *Options) { o.Without = []string{name} }).refused(t, "--found-without", name)
	}
}

// TestSameText: two clusters that were founded with the same list have different
// ids; the nodes of one have the same.
func TestSameText(t *testing.T) {
	t.Parallel()
	seen := map[uint64]bool{}
	l := newLab(t, "a", "b", "c")
	for range 3 {
		l.start("a", "b", "c")
		id := l.nodes["a"].cluster
		for name, n := range l.nodes {
			if n.cluster != id {
				t.Errorf("%s belongs to cluster %x, a to %x", name, n.cluster, id)
			}
		}
		if seen[id] {
			t.Errorf("two clusters have id %x", id)
		}
		seen[id] = true
		for name := range l.initial {
			l.stop(name)
			l.wipe(name)
		}
	}
}

// TestFoundingFaults lets founders die, with their disks or without, at any moment.
// No two disks ever belong to different clusters; and when the faults end all
// nodes run, unless most of the founders lost their disks behind the founding.
// Not in parallel: other tests would get the ports of nodes that are down.
func TestFoundingFaults(t *testing.T) {
	names := []string{"a", "b", "c"}
	founded, faults := 0, 0
	for seed := range uint64(12) {
		l := newLab(t, names...)
		r := rand.New(rand.NewPCG(seed, 0))
		up := map[string]*opening{}
		one := func() (id uint64, on int) {
			for _, name := range names {
				i, err := loadIdentity(filepath.Join(l.dir, name))
				if err != nil || i == nil {
					continue
				}
				if on++; id != 0 && i.Cluster != id {
					t.Fatalf("seed %d: %s belongs to cluster %x, another to %x", seed, name, i.Cluster, id)
				}
				id = i.Cluster
			}
			return id, on
		}
		for range 12 {
			name := names[r.IntN(len(names))]
			if p := up[name]; p == nil {
				up[name] = l.open(name)
			} else {
				faults++
				p.crash()
				delete(up, name)
				if _, on := one(); on < 2 && r.IntN(2) == 0 {
					l.wipe(name)
				}
			}
			for end := time.Now().Add(time.Duration(r.IntN(40)) * time.Millisecond); time.Now().Before(end); {
				one()
			}
		}
		_, on := one()
		for _, name := range names {
			if up[name] == nil {
				up[name] = l.open(name)
			}
		}
		if on != 1 { // else its founders may be gone
			for _, name := range names {
				up[name].opened(t)
			}
			founded++
		}
		one()
		for _, p := range up {
			p.crash()
		}
	}
	if founded < 4 || faults < 20 {
		t.Errorf("only %d clusters after %d faults", founded, faults)
	}
}

// answers reports why nobody can connect to an address.
func answers(addr string) error {
	conn, err := net.Dial("tcp", addr)
	if err == nil {
		conn.Close()
	}
	return err
}

// TestFounderListsDiffer: founders with different lists found nothing.
func TestFounderListsDiffer(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b")
	js := l.journals()
	b := l.open("b", func(o *Options) {
		o.Initial = map[string]string{"a": l.addrs["a"], "b": l.addrs["b"], "c": "127.0.0.1:1"}
	})
	l.await("b listens", func() error { return answers(l.addrs["b"]) })
	l.open("a")
	l.await("a says why", func() error { return js["a"].has("its list of nodes is a=") })
	b.crash()
	l.open("b").opened(t)
}

// TestForgottenStaysAway: a node that was removed, and then emptied, does not come
// back because of the list that it was started with. One that made room for its
// successor does, also when nobody was there to take its place at once.
func TestForgottenStaysAway(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b", "c", "d")
	l.start("a", "b", "c", "d")
	l.stop("d")
	if err := l.nodes[l.leader()].Forget("d"); err != nil {
		t.Fatal(err)
	}
	l.wipe("d")
	l.open("d").refused(t, `"d" is no member`, "--join")

	// The leader dies between the two changes that replace a member.
	l.stop("c")
	leader := l.nodes[l.leader()]
	old, _ := leader.meta().View().Members.ByName("c")
	if err := leader.meta().Change(replica.Change{Op: replica.Replace, Member: old}); err != nil {
		t.Fatal(err)
	}
	l.wipe("c")
	l.nodes["c"] = l.open("c").opened(t)
	l.want("c", "GET k", "$-1")

	// Unless the operator says that nobody is to come.
	l.await("c votes", func() error {
		if m, ok := leader.meta().View().Members.ByName("c"); !ok || m.Learner {
			return fmt.Errorf("%+v", m)
		}
		return nil
	})
	l.stop("c")
	leader = l.nodes[l.leader()]
	if old, _ = leader.meta().View().Members.ByName("c"); old.ID <= 4 {
		t.Errorf("c has come back as member %d", old.ID)
	}
	if err := leader.meta().Change(replica.Change{Op: replica.Replace, Member: old}); err != nil {
		t.Fatal(err)
	}
	if err := leader.Forget("c"); err != nil {
		t.Fatal(err)
	}
	l.wipe("c")
	l.open("c").refused(t, `"c" is no member`)
}

// TestSettingsAgree: an option that must be the same on all nodes is compared when
// they found a cluster, join it and start again.
func TestSettingsAgree(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b")
	l.tune = func(o *Options) { o.Agreed = Agreed{"databases": "16"} }
	four := func(o *Options) { o.Agreed = Agreed{"databases": "4"} }
	both := []string{"databases is 4 on this node and 16 on", "must be the same"}
	js := l.journals()
	a := l.open("a")
	l.open("b", four).refused(t, both...)
	l.await("a says for whom it waits", func() error { return js["a"].has("for=b ") })
	b := l.open("b")
	l.nodes["a"], l.nodes["b"] = a.opened(t), b.opened(t)
	l.leader()
	l.stop("b")
	l.open("b", four).refused(t, both...)

	l.reserve("c")
	join := func(tune func(*Options)) error {
		o := l.options("c")
		if tune != nil {
			tune(&o)
		}
		n := &Node{options: o, log: o.Log}
		n.life, n.endLife = context.WithTimeout(context.Background(), 10*time.Second)
		defer n.endLife()
		id, err := n.join(func() ([]string, error) { return []string{l.addrs["a"], l.addrs["b"]}, nil }, false)
		if err == nil && id.Agreed["databases"] != "16" {
			t.Errorf("joined with %v", id.Agreed)
		}
		return err
	}
	l.start("b")
	l.leader()
	if err := join(four); err == nil || !strings.Contains(err.Error(), both[0]) {
		t.Errorf("joining with another number of databases: %v", err)
	}
	if err := join(nil); err != nil {
		t.Error(err)
	}
}
