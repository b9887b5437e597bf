package cluster

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/cluster/replica"
)

// allFollow waits until all groups have members as the meta group has them.
func (l *lab) allFollow(voters ...string) {
	l.t.Helper()
	slices.Sort(voters)
	l.await("all groups have the members", func() error {
		for name, node := range l.nodes {
			for i, g := range node.groups {
				var have []string
				for _, m := range g.View().Members.List {
					if !m.Learner {
						have = append(have, m.Name)
					}
				}
				if slices.Sort(have); !slices.Equal(have, voters) {
					return fmt.Errorf("group %d at %s has the voters %v", i, name, have)
				}
			}
		}
		return nil
	})
}

// TestGroupsReplace: a node that lost its disk comes back as a new member, of all groups,
// and has the data of all. A member that is removed leaves all groups, also those that it
// leads, and ends.
func TestGroupsReplace(t *testing.T) {
	t.Parallel()
	l := newGroupsLab(t, "n1", "n2", "n3")
	tune, ended := l.tune, make(chan error, 1)
	l.tune = func(o *Options) {
		tune(o)
		if o.Name == "n1" {
			o.Fatal = func(err error) { ended <- err }
		}
	}
	l.start("n1", "n2", "n3")
	l.settled()
	var lines []string
	for _, list := range keysOf(20) {
		for _, k := range list {
			lines = append(lines, "set "+k+" x")
		}
	}
	l.do("n1", strings.Join(lines, "\n"))
	l.stop("n3")
	if err := os.RemoveAll(filepath.Join(l.dir, "n3")); err != nil {
		t.Fatal(err)
	}
	l.start("n3")
	l.allFollow("n1", "n2", "n3")
	if got, want := l.do("n3", "dbsize"), fmt.Sprint(":", len(lines)); got != want {
		t.Errorf("DBSIZE is %s at the new node, want %s", got, want)
	}
	if err := l.nodes["n1"].Failover("n1"); err != nil {
		t.Fatal(err)
	}
	l.await("n1 is removed", func() error { return l.nodes["n2"].Forget("n1") })
	select {
	case err := <-ended:
		if !errors.Is(err, errRemoved) {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("n1 does not end")
	}
	l.stop("n1")
	l.allFollow("n2", "n3")
	l.settled()
	if got, want := l.do("n2", lines[0]+"\ndbsize"), fmt.Sprint("+OK :", len(lines)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	var digests [2]string
	for i, name := range []string{"n2", "n3"} {
		var err error
		if digests[i], _, err = l.nodes[name].Digest(); err != nil {
			t.Fatal(err)
		}
	}
	if digests[0] != digests[1] {
		t.Errorf("digests %v", digests)
	}
}

// TestGroupsForgetOfTwo: of two members one is removed while it runs. It votes in each
// group until the group has removed it.
func TestGroupsForgetOfTwo(t *testing.T) {
	t.Parallel()
	l := newGroupsLab(t, "n1", "n2")
	tune, ended := l.tune, make(chan error, 1)
	l.tune = func(o *Options) {
		tune(o)
		if o.Name == "n2" {
			o.Fatal = func(err error) { ended <- err }
		}
	}
	l.start("n1", "n2")
	l.settled()
	if err := l.nodes["n2"].Failover("n2"); err != nil {
		t.Fatal(err)
	}
	if err := l.nodes["n1"].Forget("n2"); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, errRemoved) {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("n2 does not end")
	}
	l.stop("n2")
	l.allFollow("n1")
	keys := keysOf(1)
	for g := range testGroups {
		if got := l.do("n1", "set "+keys[g][0]+" 1"); got != "+OK" {
			t.Errorf("group %d: %s", g, got)
		}
	}
}

// TestNextChange: whatever happens to the members of the meta group meanwhile, a group comes
// to the same members, and is never without a voter.
func TestNextChange(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		all := replica.Members{LastID: 3}
		for id := range uint64(3) {
			all.List = append(all.List, replica.Member{ID: id + 1, Name: fmt.Sprint("n", id+1)})
		}
		have := all.Clone()
		step := func() bool {
			c, ok := nextChange(&all, &have)
			for _, m := range have.List {
				if x, in := all.ByID(m.ID); !ok && m.Learner && in && !x.Learner {
					c, ok = replica.Change{Op: replica.Promote, Member: m}, true
				}
			}
			if ok && !have.Do(c) {
				t.Fatalf("seed %d: %v does not fit %v", seed, c, have.List)
			}
			if have.Voters() == 0 {
				t.Fatalf("seed %d: no voter is left", seed)
			}
			return ok
		}
		for range 30 {
			switch rng.IntN(4) {
			case 0:
				all.Do(replica.Change{Op: replica.AddLearner, Member: replica.Member{ID: all.LastID + 1, Name: fmt.Sprint("n", all.LastID+1)}})
			case 1:
				all.Do(replica.Change{Op: replica.Promote, Member: all.List[rng.IntN(len(all.List))]})
			case 2:
				all.Do(replica.Change{Op: replica.Remove, Member: all.List[rng.IntN(len(all.List))]})
			default:
				m := all.List[rng.IntN(len(all.List))]
				m.PeerAddr = fmt.Sprint(rng.Uint32())
				all.Do(replica.Change{Op: replica.Update, Member: m})
			}
			for range rng.IntN(3) {
				step()
			}
		}
		for n := 0; step(); n++ {
			if n > 100 {
				t.Fatalf("seed %d: no end of changes", seed)
			}
		}
		if !slices.Equal(all.List, have.List) || all.LastID != have.LastID {
			t.Fatalf("seed %d: %v became %v", seed, all.List, have.List)
		}
	}
}
