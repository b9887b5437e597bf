package cluster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/msredis/msredis/cluster/transport"
)

// TestResetMembers: of three nodes two have lost their disks. The third one becomes the only
// member of a new cluster with all that was acknowledged, and others join it. A former
// member that comes back is refused. A reset that was cut off anywhere is run again.
func TestResetMembers(t *testing.T) {
	t.Parallel()
	for _, cutOff := range []string{"", "begun", "written", "nearly done"} {
		t.Run(cutOff, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, "a", "b", "c")
			l.start("a", "b", "c")
			for i := range 50 {
				l.want("a", fmt.Sprintf("SET k%d v%d", i, i), "+OK")
			}
			want := l.nodes["c"].id
			for _, name := range []string{"a", "b", "c"} {
				l.stop(name)
			}
			l.copyDir("b", "old")
			l.wipe("a")
			l.wipe("b")

			o := l.options("c")
			id, err := loadIdentity(o.Dir)
			if err != nil {
				t.Fatal(err)
			}
			put := func(r reset) {
				t.Helper()
				if err := saveSealed(filepath.Join(o.Dir, resetFile), &r, ""); err != nil {
					t.Fatal(err)
				}
			}
			const to = 0xfeed
			switch cutOff {
			case "begun":
				put(reset{From: id.Cluster, To: to})
			case "written":
				put(reset{From: id.Cluster, To: to})
				if _, err := alone(o, id, to); err != nil {
					t.Fatal(err)
				}
				if err := id.save(o.Dir); err != nil { // as before
					t.Fatal(err)
				}
			case "nearly done":
				put(reset{From: id.Cluster, To: to})
				if _, err := alone(o, id, to); err != nil {
					t.Fatal(err)
				}
			}
			if cutOff != "" {
				l.open("c").refused(t, "run it again")
			}
			done, err := ResetMembers(o)
			if err != nil || done.Name != "c" || done.Cluster == id.Cluster || cutOff != "" && done.Cluster != to {
				t.Fatalf("%+v, %v", done, err)
			}
			if _, err := os.Stat(filepath.Join(o.Dir, resetFile)); err == nil {
				t.Error("the file is still there")
			}

			l.start("c")
			if got := l.nodes["c"].id; got != want {
				t.Errorf("member %d became %d", want, got)
			}
			for i := range 50 {
				l.want("c", fmt.Sprintf("GET k%d", i), fmt.Sprintf("$%d v%d", len(fmt.Sprint(i))+1, i))
			}
			l.meets("c", "d")
			l.want("d", "INCR n", ":1")
			l.want("d", "GET k7", "$2 v7")

			// A former member that was not lost after all.
			l.copyDir("old", "b")
			l.nodes["b"] = l.open("b").opened(t)
			l.await("b is refused", func() error {
				for _, p := range l.nodes["b"].transport.Stats() {
					if p.ID == want && p.Why == transport.OtherCluster {
						return nil
					}
				}
				return errors.New("not refused")
			})
			if v := l.nodes["b"].View(); v.Quorum {
				t.Error("it has a majority")
			}
			l.want("c", "INCR n", ":2")
		})
	}
}

// TestResetRefused: what is no member's directory is left alone.
func TestResetRefused(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a")
	l.reserve("b")
	if _, err := ResetMembers(l.options("b")); err == nil || !strings.Contains(err.Error(), "holds no member") {
		t.Errorf("an empty directory: %v", err)
	}
	l.start("a")
	l.stop("a")
	o := l.options("a")
	o.Name = "b"
	if _, err := ResetMembers(o); err == nil || !strings.Contains(err.Error(), `belongs to node "a"`) {
		t.Errorf("another node's directory: %v", err)
	}
}
