package cluster

import (
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/command"
)

// outcomes is a Completer that remembers what it was told.
type outcomes chan error

func (o outcomes) Complete(err error) { o <- err }

// TestAskedReads: a read that was started is run by Work, among others of any
// number. If the node may no longer answer by itself then, it is confirmed first.
func TestAskedReads(t *testing.T) {
	t.Parallel()
	l := newLab(t, "a")
	l.start("a")
	g := l.nodes[l.leader()].Group
	l.want("a", "SET k v", "+OK")
	const reads = 100
	for _, alone := range []bool{true, false} {
		told := make(outcomes, reads)
		var units []*command.Unit
		for range reads {
			u := &command.Unit{}
			if err := l.fill(u, "GET k"); err != nil {
				t.Fatal(err)
			}
			units = append(units, u)
			if done, err := g.StartRead(u, told); done {
				t.Fatalf("done at once: %v", err)
			}
		}
		if len(told) > 0 {
			t.Fatal("run before Work")
		}
		g.fast.Store(alone)
		for g.Work() {
		}
		for range units {
			if err := <-told; err != nil {
				t.Fatal(err)
			}
		}
		for i, u := range units {
			if got := string(u.W.Buf); !strings.HasSuffix(got, "v\r\n") {
				t.Errorf("fast %v, read %d: %q", alone, i, got)
			}
			if u.Time == 0 || u.Ran == 0 {
				t.Errorf("fast %v, read %d: at %d, took %v", alone, i, u.Time, u.Ran)
			}
		}
	}
}
