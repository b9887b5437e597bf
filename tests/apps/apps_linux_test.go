package apps

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/race"
	"github.com/msredis/msredis/internal/testcluster"
)

var kills = flag.Int("apps.kills", 2, "how often the leader is killed")

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "redis-server" {
		fmt.Fprintln(os.Stderr, actAsRedis())
		os.Exit(1)
	}
	testcluster.Main(m)
}

const (
	pause    = 100 * time.Millisecond // between two jobs of a sender
	patience = 60 * time.Second       // for what comes by itself, on a busy machine
)

// process is one program of an application. Its arguments may have these words:
// PORT is the port of the node that it talks to, DIR is programs/, GOLIBS the program
// made of testdata/golibs.
type process struct {
	node int // 0 is the node that dies
	args []string
	ends bool // by itself, after no more is to be sent; others are stopped
	hold int  // how many jobs it has at one time, of a worker at the node that dies
}

// app is an application: what it needs, its processes and how it is judged.
type app struct {
	name  string
	needs []string // files of Debian's packages; one that is missing skips the application
	procs []process
	stays string   // why no worker of it can lose its node
	hold  int      // how many jobs a worker has at one time; 0: the library loses none
	count []string // number of keys, key and database of a counter: the sum of what the processes say they added
}

// running is an application at work.
type running struct {
	app
	t     *testing.T
	dir   string
	start func(i int) *testcluster.Program
	procs []*testcluster.Program
	again []int // how often each process was started
}

// TestLeaderKills lets all applications work beside one another on one cluster.
func TestLeaderKills(t *testing.T) { play(t, applications) }

// TestWorkersLoseTheirNode has one more worker of each queue at the node that dies. It
// connects again, or is started again as by an init system.
func TestWorkersLoseTheirNode(t *testing.T) {
	t.Parallel()
	var list []app
	for _, a := range applications {
		if worker := a.procs[0]; !worker.ends && a.stays == "" {
			worker.node, worker.hold = 0, a.hold
			a.procs = append(slices.Clone(a.procs), worker)
			list = append(list, a)
		}
	}
	play(t, list)
}

// play kills the leader while applications work.
func play(t *testing.T, list []app) {
	if race.Enabled {
		t.Skip("many programs on few cores; .ci/run does it without the race detector")
	}
	golibs := buildGolibs(t)
	c := testcluster.Start(t, 3, "--election-timeout", "500", "--snapshot-log-bytes", "1mb")
	victim := c.Leader()
	nodes := append([]*testcluster.Node{victim}, c.Followers()...)
	exporter := startExporter(t, nodes)
	var all []*running
	for _, a := range list {
		if r := a.run(t, nodes, golibs); r != nil {
			all = append(all, r)
		}
	}
	progress(t, all, 5, true)
	for i := range *kills {
		t.Logf("kill %d", i+1)
		victim.Kill()
		victim.WaitExit()
		progress(t, all, 3, false)
		exporter.expect(false)
		victim.Start()
		victim.WaitReady()
		exporter.expect(true)
		progress(t, all, 3, true)
		lead(t, victim)
	}
	for _, r := range all {
		r.stop()
	}
	for _, r := range all {
		t.Run(r.name, func(t *testing.T) { r.judge(t, victim) })
	}
	sameDigest(t, c)
}

// lead makes a node the leader, so that it can be killed again.
func lead(t *testing.T, n *testcluster.Node) {
	testcluster.Eventually(t, patience, "the node that was killed leads again", func() error {
		if v := n.Do("CLUSTER", "FAILOVER"); v.IsError() {
			return fmt.Errorf("CLUSTER FAILOVER: %s", v.Text)
		}
		if role := n.Info("raft", "raft_state"); role != "leader" {
			return fmt.Errorf("it is a %s", role)
		}
		return nil
	})
}

// run starts the processes of an application, if it is installed.
func (a app) run(t *testing.T, nodes []*testcluster.Node, golibs string) *running {
	for _, need := range a.needs {
		if found, _ := filepath.Glob(need); len(found) == 0 {
			t.Run(a.name, func(t *testing.T) { t.Skipf("%s is not installed (tests/deps.sh does it on Debian)", need) })
			return nil
		}
	}
	programs, err := filepath.Abs("programs")
	if err != nil {
		t.Fatal(err)
	}
	wait := patience
	if slices.ContainsFunc(a.procs, func(p process) bool { return p.hold > 0 }) {
		wait /= 3 // a result that does not come is lost
	}
	r := &running{app: a, t: t, dir: t.TempDir(), again: make([]int, len(a.procs))}
	r.start = func(i int) *testcluster.Program {
		p := a.procs[i]
		port := strconv.Itoa(nodes[p.node].Port)
		words := strings.NewReplacer("PORT", port, "DIR", programs, "GOLIBS", golibs)
		var args []string
		for _, arg := range p.args {
			args = append(args, words.Replace(arg))
		}
		env := []string{
			"APP_NODE=" + port, "APP_LOG=" + r.file("log", i), "APP_STOP=" + r.file("stop", 0),
			fmt.Sprint("APP_PAUSE=", pause.Seconds()), fmt.Sprint("APP_PATIENCE=", wait.Seconds()),
			"PYTHONPATH=" + programs, "PYTHONDONTWRITEBYTECODE=1", "NODE_PATH=/usr/share/nodejs", "HOME=" + r.dir,
		}
		r.again[i]++
		return testcluster.StartProgram(t, fmt.Sprint(a.name, "-", i, "-", r.again[i]), env, args[0], args[1:]...)
	}
	for i := range a.procs {
		r.procs = append(r.procs, r.start(i))
	}
	return r
}

func (r *running) file(name string, i int) string { return filepath.Join(r.dir, fmt.Sprint(name, i)) }

// done are the jobs that a process did, in order.
func (r *running) done(i int) []string {
	text, _ := os.ReadFile(r.file("log", i))
	return strings.Fields(string(text))
}

// said are the words behind the given one, on all lines that begin with it.
func (r *running) said(first string) (list []string) {
	for _, p := range r.procs {
		for _, m := range regexp.MustCompile(`(?m)^`+first+` (\S+)$`).FindAllStringSubmatch(p.Output(), -1) {
			list = append(list, m[1])
		}
	}
	return list
}

// steps is how far a process is: jobs done or sent, or turns.
func (r *running) steps(i int) int {
	return len(r.done(i)) + strings.Count(r.procs[i].Output(), "turn ") + strings.Count(r.procs[i].Output(), "sent ")
}

// progress waits until each process has made so many steps: those at the node that
// dies only if it is up.
func progress(t *testing.T, all []*running, steps int, up bool) {
	t.Helper()
	want := map[*running][]int{}
	for _, r := range all {
		for i := range r.procs {
			want[r] = append(want[r], r.steps(i)+steps)
		}
	}
	testcluster.Eventually(t, patience, "all applications go on", func() error {
		var behind error
		for _, r := range all {
			for i, p := range r.procs {
				dies := r.app.procs[i].node == 0
				switch {
				case p.Running():
				case dies:
					r.procs[i] = r.start(i)
				default:
					t.Fatalf("%s: process %d has ended", r.name, i)
				}
				if n := r.steps(i); n < want[r][i] && (up || !dies) {
					behind = fmt.Errorf("%s: process %d is at step %d, not %d", r.name, i, n, want[r][i])
				}
			}
		}
		return behind
	})
}

// stop lets the senders send no more.
func (r *running) stop() {
	if err := os.WriteFile(r.file("stop", 0), nil, 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// judge waits for the end of the application. Each job that was sent was done once and
// its result is there; each count is what was counted.
func (r *running) judge(t *testing.T, n *testcluster.Node) {
	held := 0 // jobs that may have been on their way to a worker when its node died
	for i, p := range r.procs {
		if held += *kills * r.app.procs[i].hold; r.app.procs[i].ends {
			if code := p.WaitExit(2 * patience); code != 0 {
				t.Errorf("process %d ended with %d", i, code)
			}
		}
	}
	for _, p := range r.procs {
		p.Terminate()
	}
	if r.count != nil {
		r.judgeCount(t, n)
		return
	}
	times := map[string]int{}
	twice, lost, unknown := 0, 0, 0
	for i := range r.procs {
		for _, job := range r.done(i) {
			if times[job]++; times[job] > 1 {
				twice++
			}
		}
	}
	sent := r.said("sent")
	for _, job := range sent {
		if times[job] == 0 {
			lost++
		}
		delete(times, job)
	}
	unknown = len(sent) - len(r.said("result"))
	t.Logf("%d jobs, %d of them lost, %d done twice, %d without a result", len(sent), lost, twice, unknown)
	if lost > held || twice > held || unknown > held {
		t.Errorf("workers that lost their node had at most %d jobs", held)
	}
	if len(sent) == 0 || len(times) > 0 {
		t.Errorf("%d jobs were sent; done, and never sent: %v", len(sent), times)
	}
}

func (r *running) judgeCount(t *testing.T, n *testcluster.Node) {
	sum := 0
	for _, added := range r.said("added") {
		k, _ := strconv.Atoi(added)
		sum += k
	}
	t.Logf("%d were added", sum)
	v := n.Do(append([]string{"EVAL", script}, r.count...)...)
	if v.Text != ":"+strconv.Itoa(sum) || sum == 0 {
		t.Errorf("%v is %q, %d were added", r.count, v.Text, sum)
	}
}

// script reads a counter of a database.
const script = `redis.call("select", ARGV[1]) return ":" .. string.match(redis.call("get", KEYS[1]), "%d+")`

// sameDigest compares the data of all nodes.
func sameDigest(t *testing.T, c *testcluster.Cluster) {
	t.Helper()
	testcluster.Eventually(t, patience, "all nodes have the same data", func() error {
		var digests []string
		for _, n := range c.Nodes {
			digests = append(digests, n.Do("DEBUG", "DIGEST").Text)
		}
		if len(slices.Compact(digests)) != 1 {
			return fmt.Errorf("digests %v", digests)
		}
		return nil
	})
}

// buildGolibs builds the programs of testdata/golibs.
func buildGolibs(t *testing.T) string {
	bin := filepath.Join(t.TempDir(), "golibs")
	if out, err := exec.Command("go", "build", "-C", "testdata/golibs", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("building golibs: %v\n%s", err, out)
	}
	return bin
}
