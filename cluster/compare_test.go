package cluster

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/command/commandtest"
	"github.com/msredis/msredis/store"
)

// differ makes some nodes hold something else: behind the log's back, each of them
// and the others execute a write in the same place, not the same one.
func (l *lab) differ(wrong ...string) {
	l.t.Helper()
	l.differIn(0, wrong...)
}

// differIn is differ for a group.
func (l *lab) differIn(group int, wrong ...string) {
	l.t.Helper()
	for name, n := range l.nodes {
		value := "right"
		for i, w := range wrong {
			if w == name {
				value = fmt.Sprint("wrong", i)
			}
		}
		u := &command.Unit{}
		if err := commandtest.Fill(u, l.table, "SET differs "+value); err != nil {
			l.t.Fatal(err)
		}
		g := n.groups[group]
		g.Between(func(index uint64) {
			g.Store().Apply([]store.Entry{{Index: index, Units: []*command.Unit{u}}})
		})
	}
}

// TestDivergence: a node that has come to hold something else than the others is
// found, named in the log, and ends; whether it leads or not, at rest or under load.
func TestDivergence(t *testing.T) {
	for _, c := range []struct {
		name         string
		leader, load bool
	}{{"follower", false, false}, {"leader", true, false}, {"follower under load", false, true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, "a", "b", "c")
			end := l.endings()
			js := l.journals()
			l.start("a", "b", "c")
			for i := range 300 {
				l.want("a", fmt.Sprintf("SET k%d v", i), "+OK")
			}
			leader := l.leader()
			odd := leader
			for name := range l.nodes {
				if !c.leader && name != leader {
					odd = name
				}
			}
			var wg sync.WaitGroup
			stop := make(chan struct{})
			if c.load {
				wg.Go(func() {
					for {
						select {
						case <-stop:
							return
						default:
							l.try(leader, "INCR n")
						}
					}
				})
			}
			l.sameApplied()
			l.differ(odd)
			ends(t, end[odd], "the data of this node is not that of the others")
			close(stop)
			wg.Wait()
			l.await("the leader names it", func() error { return js[leader].has("node=" + odd) })
			l.stop(odd)
			for name := range l.nodes {
				l.want(name, "GET differs", "$5 right")
			}
			for name, ch := range end {
				if len(ch) > 0 {
					t.Errorf("%s has ended, too: %v", name, <-ch)
				}
			}
		})
	}
}

// sameApplied waits until all nodes have applied the same.
func (l *lab) sameApplied() {
	l.t.Helper()
	l.await("the same applied index", func() error {
		seen := map[uint64]bool{}
		for _, n := range l.nodes {
			seen[n.meta().Applied()] = true
		}
		if len(seen) != 1 {
			return fmt.Errorf("%v", seen)
		}
		return nil
	})
}

// TestNoMajority: where no majority agrees nobody ends, and the log says so.
func TestNoMajority(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b")
	end := l.endings()
	js := l.journals()
	l.start("a", "b")
	l.want("a", "SET k v", "+OK")
	leader := l.leader()
	l.sameApplied()
	l.differ("b")
	l.await("the leader says so", func() error { return js[leader].has("no majority of the voters agrees") })
	l.want("a", "SET k w", "+OK")
	for name, ch := range end {
		if len(ch) > 0 {
			t.Errorf("%s has ended: %v", name, <-ch)
		}
	}
}

// TestComparison: nodes that hold the same are never told otherwise, with writes,
// deadlines, snapshots, restarts and changes of the leader meanwhile; and the leader
// gets around.
func TestComparison(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a", "b", "c")
	end := l.endings()
	tune := l.tune
	l.tune = func(o *Options) {
		tune(o)
		o.SnapshotLogBytes, o.CompareEvery = 256<<10, 2e6
	}
	js := l.journals()
	l.start("a", "b", "c")
	var wg sync.WaitGroup
	var writes atomic.Int64
	stop := make(chan struct{})
	a := l.nodes["a"]
	for i := range 3 {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				l.runOn(a, fmt.Sprintf("SET k%d-%d v%d PX %d\nLPUSH list%d %d\nSADD s%d %d\nLEASE GRANT 50\nDEL k%d-%d", i, n%2000, n, 20+n%300, i, n, n%7, n, i, n%1500), &command.Unit{})
				writes.Add(1)
			}
		})
	}
	around := func() (sum uint64) {
		for _, n := range l.nodes {
			sum += n.metrics.passes.Load()
		}
		return sum
	}
	pass := func(what string) {
		before := around()
		l.await("two passes "+what, func() error {
			if now := around(); now < before+2 {
				return fmt.Errorf("%d passes", now-before)
			}
			return nil
		})
	}
	pass("at first")
	if err := l.nodes["b"].Failover("b"); err != nil {
		t.Error(err)
	}
	pass("with another leader")
	l.stop("c")
	pass("without one of the nodes")
	l.start("c")
	pass("with one that was away")
	close(stop)
	wg.Wait()
	pass("at rest")
	for name, ch := range end {
		if len(ch) > 0 {
			t.Errorf("%s has ended: %v", name, <-ch)
		}
		if js[name] != nil && js[name].has("the data of the nodes differs") == nil {
			t.Errorf("%s takes equal data for different", name)
		}
	}
	t.Logf("%d passes in %d writes", around(), writes.Load())
	l.sameDigest()
	if w := writes.Load(); w < 50 {
		t.Errorf("only %d writes", w)
	}
	if strings.Contains(l.do("a", "DBSIZE"), ":0") {
		t.Error("there was nothing to compare")
	}
}
