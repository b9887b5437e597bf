package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/cluster/transport"
)

func init() { twinPatience = 300 * time.Millisecond }

// endings returns a channel on which the lab's nodes tell why they end.
func (l *lab) endings() map[string]chan error {
	ends := map[string]chan error{}
	for _, name := range []string{"a", "b", "c", "d"} {
		ends[name] = make(chan error, 8)
	}
	l.tune = func(o *Options) {
		end := ends[o.Name]
		o.Fatal = func(err error) {
			if err != ErrMoves {
				end <- err
			}
		}
	}
	return ends
}

// ends waits until a node has ended, for a reason that has the words in one line.
func ends(t *testing.T, end chan error, words string) {
	t.Helper()
	select {
	case err := <-end:
		if !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "\n") {
			t.Errorf("the node ended: %v; want one line with %q", err, words)
		}
	case <-time.After(20 * time.Second):
		t.Errorf("the node does not end (%s)", words)
	}
}

// copyDir copies the directory of a node, which may run, to another name in the lab. The
// copy is of one moment: it is made again while the node writes.
func (l *lab) copyDir(from, to string) {
	l.t.Helper()
	src, dst := os.DirFS(filepath.Join(l.dir, from)), filepath.Join(l.dir, to)
	l.await("nothing is written during the copy", func() error {
		l.wipe(to)
		if err := os.CopyFS(dst, src); err != nil {
			return err
		}
		return fs.WalkDir(src, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			now, err := fs.ReadFile(src, path)
			copied, err2 := os.ReadFile(filepath.Join(dst, path))
			if err := errors.Join(err, err2); err != nil {
				return err
			}
			if !bytes.Equal(now, copied) {
				return fmt.Errorf("%s has changed", path)
			}
			return nil
		})
	})
}

// meets makes a new node a member, asked in by a member.
func (l *lab) meets(at, name string) {
	l.t.Helper()
	l.reserve(name)
	alone := func(o *Options) { o.Initial = nil }
	n := l.open(name, alone).opened(l.t)
	l.nodes[name] = n
	l.await(name+" leads itself", func() error { return l.nodes[at].Meet(l.addrs[name]) })
	l.stop(name)
	l.nodes[name] = l.open(name, alone).opened(l.t)
	l.await(name+" votes", func() error {
		if v := l.nodes[name].meta().View(); !v.Voter {
			return fmt.Errorf("%+v", v)
		}
		return nil
	})
}

// TestOtherCluster: nodes with the data of a cluster that most of its members have
// left for another one end, founders and others, and say so. They disturb nobody.
func TestOtherCluster(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b", "c")
	end := l.endings()
	l.start("a", "b", "c")
	l.want("a", "SET k old", "+OK")
	l.meets(l.leader(), "d")
	for _, name := range []string{"a", "b", "c", "d"} {
		l.stop(name)
	}
	l.wipe("b")
	l.wipe("c")
	without := func(o *Options) { o.Without = []string{"a"} }
	b, c := l.open("b", without), l.open("c", without)
	l.nodes["b"], l.nodes["c"] = b.opened(t), c.opened(t)
	l.want("b", "SET k new", "+OK")
	term := l.nodes["b"].meta().View().Term

	l.nodes["a"] = l.open("a").opened(t)
	l.nodes["d"] = l.open("d", func(o *Options) { o.Initial = nil }).opened(t)
	ends(t, end["a"], "belongs to another cluster")
	ends(t, end["d"], "belongs to another cluster")
	l.want("c", "GET k", "$3 new")
	if v := l.nodes["b"].meta().View(); v.Term != term {
		t.Errorf("term %d became %d", term, v.Term)
	}
}

// TestStrayAddress: a member whose address a node of another cluster has taken is
// one that is down. The others do not end because of it, even without a leader.
func TestStrayAddress(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b", "c")
	end := l.endings()
	l.start("a", "b", "c")
	for _, name := range []string{"a", "b", "c"} {
		l.stop(name)
	}
	l.wipe("c")
	l.nodes["c"] = l.open("c", func(o *Options) { o.Initial = nil }).opened(t)
	l.start("a")
	refused := func(what string, of string) {
		l.await(what, func() error {
			for _, p := range l.nodes[of].transport.Stats() {
				if p.ID == 3 && p.Why == transport.OtherCluster {
					return nil
				}
			}
			return errors.New("not refused")
		})
	}
	refused("a is refused", "a")
	l.start("b")
	l.want("a", "SET k v", "+OK")
	select {
	case err := <-end["a"]:
		t.Error(err)
	default:
	}
}

// TestOlderCopy: a member that comes back with a copy of its directory from before
// is refused, and ends with a line. Nothing that was acknowledged is lost.
func TestOlderCopy(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b", "c")
	end := l.endings()
	l.start("a", "b", "c")
	l.want("b", "SET k 1", "+OK")
	l.stop("b")
	l.copyDir("b", "copy")
	l.start("b")
	l.want("b", "SET k 2", "+OK")

	// The others run: they have met the process that the copy knows nothing of.
	l.stop("b")
	l.copyDir("b", "right")
	l.copyDir("copy", "b")
	l.nodes["b"] = l.open("b").opened(t)
	ends(t, end["b"], "older copy")
	l.stop("b")

	// The leader is down, and the one that runs lags behind.
	l.copyDir("right", "b")
	l.start("b")
	l.want("b", "GET k", "$1 2")
	l.stop("c")
	l.want("b", "SET k 3", "+OK")
	l.stop("a")
	l.stop("b")
	l.copyDir("copy", "b")
	l.nodes["b"] = l.open("b").opened(t)
	l.start("c")
	ends(t, end["b"], "older copy")
	l.stop("b")
	l.start("a")
	l.want("c", "GET k", "$1 3")
	l.wipe("b")
	l.nodes["b"] = l.open("b").opened(t)
	l.want("b", "GET k", "$1 3")
}

// TestCopyOfRunning: a copy that was taken while the member ran has the right
// number of starts. It is known by what the member acknowledged to the leader
// since, to all others, and also when they have been started again.
func TestCopyOfRunning(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b", "c")
	end := l.endings()
	l.start("a", "b", "c")
	// The leader is the one that knows.
	l.await("a leads", func() error { return l.nodes["a"].Failover("a") })
	l.want("b", "SET k 1", "+OK")
	l.copyDir("b", "copy")
	for i := range 20 {
		l.want("b", fmt.Sprintf("SET k %d", i), "+OK")
	}
	l.stop("b")
	l.copyDir("copy", "b")
	l.nodes["b"] = l.open("b").opened(t)
	ends(t, end["b"], "older copy")
	l.stop("b")

	// The other one has been told, and remembers.
	c := l.nodes["c"]
	known := func() error {
		c.meetings.mu.Lock()
		defer c.meetings.mu.Unlock()
		if last := c.meta().LastIndex(); c.meetings.file.Peers[2].Floor+5 < last {
			return fmt.Errorf("%+v, of %d", c.meetings.file.Peers, last)
		}
		return nil
	}
	l.await("c knows", known)
	l.stop("a")
	l.copyDir("copy", "b")
	l.nodes["b"] = l.open("b").opened(t)
	ends(t, end["b"], "older copy")
	l.stop("b")
	if err := c.meetings.flush(&c.meta().View().Members); err != nil {
		t.Fatal(err)
	}
	l.stop("c")
	l.copyDir("copy", "b")
	l.nodes["b"] = l.open("b").opened(t)
	l.start("c")
	ends(t, end["b"], "older copy")
}

// TestTwins: of two processes with one member's data the one that is connected
// stays, and the other ends.
func TestTwins(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b", "c")
	end := l.endings()
	l.start("a", "b", "c")
	l.want("b", "SET k 1", "+OK")
	connects := func() (sum uint64) {
		for _, name := range []string{"a", "c"} {
			for _, p := range l.nodes[name].transport.Stats() {
				sum += p.Connects
			}
		}
		return sum
	}
	before := connects()
	l.copyDir("b", "twin")
	b := l.addrs["b"]
	l.reserve("b")
	twin := l.open("b", func(o *Options) {
		o.Dir = filepath.Join(l.dir, "twin")
		o.PeerAddr = b
	})
	ends(t, end["b"], "another process has the data of this node")
	twin.crash()
	l.addrs["b"] = b
	l.want("b", "INCR k", ":2")
	if after := connects(); after != before {
		t.Errorf("%d connections became %d", before, after)
	}
	// A restart is no twin.
	l.stop("b")
	l.start("b")
	l.want("b", "INCR k", ":3")
}

// TestElectionTimeouts: options that should agree and need not are named.
func TestElectionTimeouts(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b")
	l.tune = func(o *Options) {
		if o.Name == "b" {
			o.ElectionTimeout *= 2
		}
	}
	js := l.journals()
	l.start("a", "b")
	l.await("a says so", func() error {
		return js["a"].has("election-timeout is not the same on all nodes: give them the same\" here=200 there=400")
	})
	l.await("b says so", func() error { return js["b"].has("here=400 there=200") })
}
