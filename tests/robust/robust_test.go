// Package robust lets clients of many kinds work on real processes, real disks
// and real sockets while things go wrong, and judges what they were answered: by
// counting where counting tells all, by a search for a linear order where not.
//
// The short run of `go test` has a few faults of each kind. `make robust` runs
// for ten minutes, `make soak DURATION=8h` for as long as one likes. The verdict
// is about what was answered, never about how long it took; the report tells
// that as well.
package robust

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
)

var (
	duration  = flag.Duration("robust.duration", 10*time.Second, "how long things go wrong")
	seed      = flag.Uint64("robust.seed", 0, "for the choice of faults and commands; 0: another one each time")
	rate      = flag.Int("robust.rate", 300, "operations per second that the clients try to do")
	nodes     = flag.Int("robust.nodes", 3, "nodes of the cluster")
	only      = flag.String("robust.faults", "", "faults whose name contains this; empty: all")
	working   = flag.String("robust.clients", "", "kinds of clients whose names are in this text; empty: all")
	reportDir = flag.String("robust.report", "", "directory of the report; empty: a temporary one, if something is wrong")
)

func TestMain(m *testing.M) { testcluster.Main(m) }

// options of the cluster. Timeouts are shorter than by default, so that a fault
// of a second or two is a long one; snapshots are frequent.
var options = []string{
	"--election-timeout", "500", "--request-timeout", "2000", "--snapshot-log-bytes", "1mb", "--enable-debug-command", "yes",
}

// TestMixedFaults is all of it.
func TestMixedFaults(t *testing.T) {
	c, net := testcluster.StartOnNet(t, *nodes, options...)
	mixedFaults(t, c, net, *duration)
}

// TestNamespaces has the same with a network in which the kernel drops packets,
// where that can be had; it has no slow or cut connections.
func TestNamespaces(t *testing.T) {
	c := testcluster.StartInNamespaces(t, *nodes, options...)
	mixedFaults(t, c, nil, *duration/2)
}

func mixedFaults(t *testing.T, c *testcluster.Cluster, net *testcluster.Net, d time.Duration) {
	rep := &report{dir: *reportDir, seed: *seed}
	if rep.seed == 0 {
		rep.seed = rand.Uint64()
	}
	r := newRun(t, everything.only(*working), rep.seed, *rate, rep)
	r.serve(c)
	if r.blocking = r.knows("BRPOP"); !r.blocking {
		rep.noted("no consumer waited: the server has no BRPOP")
	}
	defer conclude(t, rep)
	r.begin()
	f := newFaults(t, c, net, r, rep.seed)
	f.inject(d, *only)
	f.settle()
	r.end()
	sameState(t, c)
}

// conclude prints the report and fails the test if it is a bad one.
func conclude(t *testing.T, rep *report) {
	t.Helper()
	bad := rep.violations() > 0
	if bad || *reportDir != "" {
		path, err := rep.file("report.txt")
		if err == nil {
			err = writeFile(path, rep.String())
		}
		if err != nil {
			t.Error(err)
		}
	}
	t.Logf("\n%s", rep)
	if bad {
		t.Errorf("promises were broken; the report is in %s", rep.dir)
	}
}
