package robust

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// workload is traffic of one kind, and the judge of what it was answered.
type workload interface {
	// step is one operation of a client, or a few that belong together.
	step(c *client)
	// finish is called once when the faults are over: the last reads.
	finish(c *client)
}

// mix is which workloads run, and with how many clients each.
type mix []struct {
	name    string
	clients int
	make    func(r *run, w *tally) workload
}

// everything is all there is.
var everything = mix{
	{"register", 4, newRegister},
	{"counter", 3, newCounter},
	{"bank", 3, newBank},
	{"append", 3, newAppend},
	{"queue", 3, newQueue},
	{"ttl", 3, newTTL},
	{"lock", 3, newLock},
}

// only are the workloads that are named in a text, or all.
func (m mix) only(names string) mix {
	if names == "" {
		return m
	}
	var some mix
	for _, kind := range m {
		if strings.Contains(names, kind.name) {
			some = append(some, kind)
		}
	}
	return some
}

// run is clients at work on a cluster.
type run struct {
	t        *testing.T
	start    time.Time
	patience time.Duration // of a client, with one command
	pause    time.Duration // between the steps of a client, on average
	blocking bool          // the server has BRPOP
	report   *report
	checker  *checker

	addrs     atomic.Pointer[[]string]
	processes atomic.Int64
	stop      chan struct{}
	stopOnce  sync.Once
	wg        sync.WaitGroup
	spoil     func(c *client) // see client.spoil
	workers   []*worker
	// drift is by how much log time may be behind, in the worst case: a new leader
	// knows the time from a message that a fault may have held for as long as it
	// lasted. adrift: such a fault is under way.
	drift  atomic.Int64
	adrift atomic.Bool
	lastOK atomic.Int64 // when a command was answered last, by any node
}

// worker is a client with its work.
type worker struct {
	c    *client
	work workload
}

// newRun makes the clients of a mix, which give rate commands a second in all.
func newRun(t *testing.T, m mix, seed uint64, rate int, rep *report) *run {
	r := &run{t: t, start: time.Now(), patience: 4 * time.Second, report: rep, stop: make(chan struct{})}
	r.checker = newChecker(rep)
	for _, kind := range m {
		w := rep.tally(kind.name)
		work := kind.make(r, w)
		for range kind.clients {
			id := uint64(r.newProcess())
			c := &client{r: r, w: w, rnd: rand.New(rand.NewPCG(seed, id)), process: int(id)}
			r.workers = append(r.workers, &worker{c, work})
		}
	}
	r.pause = time.Second * time.Duration(len(r.workers)) / time.Duration(rate)
	return r
}

// begin starts the clients.
func (r *run) begin() {
	r.lastOK.Store(int64(r.now()))
	r.t.Cleanup(r.halt)
	for _, w := range r.workers {
		if r.spoil != nil {
			r.spoil(w.c)
		}
		r.wg.Go(func() {
			pause := time.NewTimer(0)
			defer pause.Stop()
			for {
				select {
				case <-r.stop:
					return
				case <-pause.C:
				}
				w.work.step(w.c)
				pause.Reset(time.Duration(float64(r.pause) * 2 * w.c.rnd.Float64()))
			}
		})
	}
}

// halt stops the clients.
func (r *run) halt() {
	r.stopOnce.Do(func() { close(r.stop) })
	r.wg.Wait()
}

// end stops the clients, lets them have a last look, and completes the report.
// The cluster has to be whole.
func (r *run) end() {
	r.halt()
	seen := map[workload]bool{}
	for _, w := range r.workers {
		if !seen[w.work] {
			seen[w.work] = true
			w.work.finish(w.c)
		}
		w.c.leave()
	}
	r.checker.wait()
	r.report.took = time.Since(r.start)
}

// now is the time since the start of the run.
func (r *run) now() time.Duration { return time.Since(r.start) }

// newProcess numbers those who act.
func (r *run) newProcess() int { return int(r.processes.Add(1)) - 1 }

// serve names the nodes that clients may go to.
func (r *run) serve(c *testcluster.Cluster) {
	addrs := c.Addrs()
	r.addrs.Store(&addrs)
}

// knows reports whether the servers have a command.
func (r *run) knows(command string) bool {
	c, err := wire.Dial((*r.addrs.Load())[0])
	if err != nil {
		return false
	}
	defer c.Close()
	v, err := c.Do("COMMAND", "INFO", command)
	return err == nil && len(v.Elems) == 1 && !v.Elems[0].IsNil()
}

func (r *run) someNode(rnd *rand.Rand) string {
	addrs := *r.addrs.Load()
	return addrs[rnd.IntN(len(addrs))]
}

// account notes what became of a pipeline.
func (r *run) account(w *tally, node string, begin time.Time, out outcome) {
	took := time.Since(begin)
	w.note(out, took)
	if out == done {
		now := int64(r.now())
		r.report.gap(time.Duration(now - r.lastOK.Swap(now)))
	}
}

// insist repeats a last look until it is answered: the cluster is whole, so it
// will be.
func (r *run) insist(what string, look func() outcome) bool {
	err := testcluster.Poll(time.Minute, func() error {
		if out := look(); out != done {
			return fmt.Errorf("outcome %d", out)
		}
		return nil
	})
	if err != nil {
		r.t.Errorf("%s: no answer within a minute of the end of all faults", what)
	}
	return err == nil
}
