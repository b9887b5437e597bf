package sim

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/internal/race"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "run this seed alone, and with -v say all that happens")
	seedsFlag = flag.Uint64("seeds", fewSeeds(), "how many seeds to run")
	fromFlag  = flag.Uint64("from", 1, "the first seed")
)

// fewSeeds is what is run with all other tests.
func fewSeeds() uint64 {
	if race.Enabled {
		return 20
	}
	return 200
}

// TestMain lets garbage lie: a simulation is short.
func TestMain(m *testing.M) {
	debug.SetGCPercent(800)
	os.Exit(m.Run())
}

// TestSeeds runs many clusters through all kinds of faults.
func TestSeeds(t *testing.T) {
	if *seedFlag != 0 {
		var log func(string, ...any)
		if testing.Verbose() {
			log = func(format string, args ...any) { fmt.Printf(format+"\n", args...) }
		}
		hash, err := simulate(*seedFlag, log, mixed)
		t.Logf("seed %d: trace %016x", *seedFlag, hash)
		if err != nil {
			t.Fatalf("seed %d: %v", *seedFlag, err)
		}
		return
	}
	if n := uint64(runtime.GOMAXPROCS(0)); n > 1 && *seedsFlag >= 1000 {
		inProcesses(t, n)
		return
	}
	start := time.Now()
	for seed := *fromFlag; seed < *fromFlag+*seedsFlag; seed++ {
		if _, err := simulate(seed, nil, mixed); err != nil {
			t.Errorf("seed %d: %v\nreplay it: make sim SEED=%d", seed, err, seed)
		}
	}
	t.Logf("%d seeds in %v", *seedsFlag, time.Since(start).Round(time.Millisecond))
}

// inProcesses shares the seeds out to n processes: raft draws random numbers from
// one place per process.
func inProcesses(t *testing.T, n uint64) {
	each := (*seedsFlag + n - 1) / n
	for from := *fromFlag; from < *fromFlag+*seedsFlag; from += each {
		count := min(each, *fromFlag+*seedsFlag-from)
		t.Run(fmt.Sprintf("%d-%d", from, from+count-1), func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestSeeds$", "-test.v", "-test.timeout=0",
				"-from", strconv.FormatUint(from, 10), "-seeds", strconv.FormatUint(count, 10))
			cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Logf("%s", out)
		})
	}
}

// TestReplay: a seed gives the same trace each time.
func TestReplay(t *testing.T) {
	for seed := uint64(1); seed <= 6; seed++ {
		first, err1 := simulate(seed, nil, mixed)
		second, err2 := simulate(seed, nil, mixed)
		if first != second || fmt.Sprint(err1) != fmt.Sprint(err2) {
			t.Errorf("seed %d: traces %016x (%v) and %016x (%v)", seed, first, err1, second, err2)
		}
	}
}

// mixed is the story of every seed: clients and faults, then quiet, then a look
// at what is there.
func mixed(w *world) {
	w.profile = draw(w)
	w.profile.evicts = w.chance(0.5)
	p := &w.profile
	w.network.loss, w.network.double, w.network.delay, w.network.late = p.loss, p.double, p.delay, p.late
	w.say("%+v", *p)
	w.found(p.nodes)
	for i := range p.clients {
		c := &client{w: w, id: i + 1}
		w.clients = append(w.clients, c)
		c.later()
	}
	w.misfortune()
	w.run(p.length)
	w.calm()
	w.run(300 * ms)
	w.finish()
}

// calm ends all misfortune.
func (w *world) calm() {
	w.say("calm")
	w.quiet = true
	w.heal()
	w.network.loss, w.network.late = 0, 0
	for _, m := range w.machines {
		switch {
		case m.disk == nil:
		case m.node == nil:
			m.start()
		case m.node.paused:
			m.node.resume()
		}
		if m.disk != nil {
			m.disk.slow = false
		}
	}
}

// finish stops the clients, waits until all nodes are as one, and checks what the
// clients were told against what is there.
func (w *world) finish() {
	for _, c := range w.clients {
		c.stopped = true
	}
	if !w.until(60*second, func() bool {
		return !slices.ContainsFunc(w.clients, func(c *client) bool { return c.busy }) && w.settled() && w.equal()
	}) {
		w.fail("the cluster does not come to rest after all faults ended")
	}
	auditor := &client{w: w, id: len(w.clients) + 1, stopped: true}
	for _, m := range w.leader().replica.Members().List {
		auditor.at = w.machineOf(m.ID)
		w.audit(auditor)
	}
	if !w.until(10*second, w.equal) {
		w.fail("the nodes do not come to the same index")
	}
	history := auditor.history
	for _, c := range w.clients {
		history = append(history, c.history...)
	}
	history = w.resolve(history)
	if result := porcupine.CheckOperationsTimeout(object, history, 20*time.Second); result == porcupine.Illegal {
		for _, part := range object.Partition(history) {
			if !porcupine.CheckOperations(object, part) {
				slices.SortFunc(part, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
				for _, op := range part {
					w.say("client %d %9.3f to %9.3f  %s", op.ClientId, float64(op.Call)/float64(ms), float64(op.Return)/float64(ms), describe(op.Input, op.Output))
				}
			}
		}
		w.fail("not linearizable; the picture is in %s", picture(history))
	} else if result == porcupine.Unknown {
		w.fail("porcupine found no verdict on %d operations", len(history))
	}
}

// audit reads everything through one node.
func (w *world) audit(c *client) {
	var list []piece
	for _, key := range []string{"reg0", "reg1", "reg2", "ctr0", "ctr1"} {
		list = append(list, piece{call: call("GET", key), in: input{key: key, action: opGet}})
	}
	list = append(list, piece{call: multi(nil, call("GET", "pa"), call("GET", "pb")), in: input{key: "pair", action: opGet}}, version())
	for _, key := range []string{"list", "ctr0log", "ctr1log"} {
		list = append(list, piece{call: call("LRANGE", key, "0", "-1"), then: func(reply any) {
			for i, v := range reply.([]any) {
				w.places[strings.TrimSuffix(key, "log")+" "+v.(string)] = i + 1
			}
		}})
	}
	for _, other := range w.clients {
		list = append(list, piece{
			call: call("LRANGE", fmt.Sprint("own", other.id), "0", "-1"),
			then: func(reply any) { w.own(other, reply.([]any)) },
		})
	}
	ok, done := false, false
	c.sendThen(c.at.node, list, func(answered bool) { ok, done = answered, true })
	if !w.until(20*second, func() bool { return done }) || !ok {
		w.fail("node %d does not answer after all faults ended", c.at.disk.id)
	}
	write := piece{call: call("INCR", "audits")}
	ok, done = false, false
	c.sendThen(c.at.node, []piece{write}, func(answered bool) { ok, done = answered, true })
	if !w.until(20*second, func() bool { return done }) || !ok {
		w.fail("node %d does not write after all faults ended", c.at.disk.id)
	}
}

// own holds a client's list against what the client was told: what was
// acknowledged is there, what was refused is not, everything once and in order.
func (w *world) own(c *client, list []any) {
	there := map[int]bool{}
	last := 0
	for _, v := range list {
		n, _ := strconv.Atoi(v.(string))
		switch {
		case n == last || n < last && (slices.Contains(c.acked, n) || c.conns[n-1] == c.conns[last-1]):
			w.fail("client %d: pipeline %d was executed after %d", c.id, n, last)
		case slices.Contains(c.refused, n):
			w.fail("client %d was told that pipeline %d was not executed, and it was", c.id, n)
		}
		there[n], last = true, n
	}
	for _, n := range c.acked {
		if !there[n] {
			w.fail("client %d: pipeline %d was acknowledged and is lost", c.id, n)
		}
	}
	if extra := len(list) - len(c.acked); extra > len(c.unknown) {
		w.fail("client %d: %d pipelines were executed of which it was not told", c.id, extra-len(c.unknown))
	}
}

// resolve finds out what became of operations that nobody heard the end of: where
// the log of a list or a counter has them, or that they do not matter, because
// nobody has seen their value. It leaves porcupine little to try.
func (w *world) resolve(history []porcupine.Operation) []porcupine.Operation {
	seen := map[string]bool{}
	for _, op := range history {
		in, out := op.Input.(input), op.Output.(output)
		seen[in.key+" "+out.value] = true
		if in.action == opCAS {
			seen[in.key+" "+in.old] = true
		}
	}
	var rest []porcupine.Operation
	for _, op := range history {
		in, out := op.Input.(input), op.Output.(output)
		if out.unknown {
			switch in.action {
			case opIncr, opAppend:
				place := w.places[in.key+" "+in.value]
				if place == 0 {
					continue
				}
				op.Output = output{value: strconv.Itoa(place)}
			default:
				if !seen[in.key+" "+in.value] {
					continue
				}
			}
		}
		rest = append(rest, op)
	}
	return rest
}

// equal reports whether all members have applied the same.
func (w *world) equal() bool {
	l := w.leader()
	if l == nil {
		return false
	}
	for _, m := range l.replica.Members().List {
		if at := w.machineOf(m.ID); at == nil || at.node == nil || at.node.apply.Index != l.apply.Index {
			return false
		}
	}
	return true
}

// picture writes porcupine's picture of a history.
func picture(history []porcupine.Operation) string {
	if mutant.Enabled {
		return "no file: it was to be expected"
	}
	_, info := porcupine.CheckOperationsVerbose(object, history, 20*time.Second)
	f, err := os.CreateTemp("", "sim-*.html")
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	if err := porcupine.Visualize(object, info, f); err != nil {
		return err.Error()
	}
	return f.Name()
}
