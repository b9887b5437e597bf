package robust

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

const manual = "../../docs/OPERATING.md"

// pasted is a person who follows docs/OPERATING.md to the letter.
type pasted struct {
	t      *testing.T
	hosts  *testcluster.Hosts
	blocks map[string][]string // the shell blocks below each heading
}

func newPasted(t *testing.T) *pasted {
	t.Helper()
	text, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	p := &pasted{t: t, hosts: testcluster.NewHosts(t), blocks: map[string][]string{}}
	heading, block, inside := "", "", false
	for line := range strings.Lines(string(text)) {
		switch {
		case strings.HasPrefix(line, "```"):
			if inside {
				p.blocks[heading] = append(p.blocks[heading], block)
			}
			inside, block = !inside && line == "```sh\n", ""
		case inside:
			block += line
		case strings.HasPrefix(line, "#"):
			heading = strings.TrimSpace(strings.TrimLeft(line, "#"))
		}
	}
	return p
}

var onHost = regexp.MustCompile(`^# on 10\.0\.0\.(\d)`)

// paste runs a block: the n-th below a heading. A comment says on which host the
// lines below it are typed. A server that is expected to end has a comment
// behind it with what it says.
func (p *pasted) paste(heading string, n int) {
	p.t.Helper()
	if n >= len(p.blocks[heading]) {
		p.t.Fatalf("%s has no block %d below %q", manual, n, heading)
	}
	host := p.hosts.Host(1)
	for line := range strings.Lines(p.blocks[heading][n]) {
		line = strings.TrimSpace(line)
		switch m := onHost.FindStringSubmatch(line); {
		case m != nil:
			at, _ := strconv.Atoi(m[1])
			host = p.hosts.Host(at)
		case strings.HasPrefix(line, "# ends: "):
			want := p.hosts.Text(strings.TrimPrefix(line, "# ends: "))
			if code, out := host.WaitExit(); code != 1 || !strings.Contains(out, want) {
				p.t.Fatalf("exit code %d, and %q is not in what it says:\n%s", code, want, out)
			}
		case strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "msredis reset-members "):
			host.Run(line)
		case strings.HasPrefix(line, "msredis "):
			host.Start(line)
		default:
			if out := host.Run(line); strings.Contains(out, "ERR ") {
				p.t.Fatalf("%s\n%s", line, out)
			}
		}
	}
}

// load is a few clients that count and append through some of the hosts.
func (p *pasted) load(hosts ...int) (*run, *report) {
	rep := &report{dir: p.t.TempDir()}
	r := newRun(p.t, mix{{"counter", 2, newCounter}, {"append", 2, newAppend}}, 1, 100, rep)
	p.serve(r, hosts...)
	r.begin()
	return r, rep
}

// serve sends the clients to other hosts.
func (p *pasted) serve(r *run, hosts ...int) {
	var addrs []string
	for _, n := range hosts {
		addrs = append(addrs, p.hosts.Addr(n))
	}
	r.addrs.Store(&addrs)
}

// members are the names of the members, as a host knows them.
func (p *pasted) members(host int) int {
	out := p.do(host, "CLUSTER", "MEMBERS")
	return strings.Count(out, "\n")
}

func (p *pasted) do(host int, args ...string) string {
	p.t.Helper()
	c, err := wire.Dial(p.hosts.Addr(host))
	if err != nil {
		p.t.Fatal(err)
	}
	defer c.Close()
	v, err := c.Do(args...)
	if err != nil || v.IsError() {
		p.t.Fatalf("%s on host %d: %s %v", args, host, v.Text, err)
	}
	return v.Text
}

// gone waits until a node that was removed has ended, and it says why.
func (p *pasted) gone(host int) {
	p.t.Helper()
	const want = "this node was removed from the cluster"
	if code, out := p.hosts.Host(host).WaitExit(); code != 1 || !strings.Contains(out, want) {
		p.t.Errorf("host %d: exit code %d:\n%s", host, code, out)
	}
}

// TestManualMembers follows the chapter on members, under load.
func TestManualMembers(t *testing.T) {
	t.Parallel()
	p := newPasted(t)
	p.paste("Three nodes", 0)
	r, rep := p.load(1, 2, 3)
	defer conclude(t, rep)

	p.paste("Move the lead", 0)
	p.paste("Add a node", 0)
	p.serve(r, 1, 2, 3, 4)
	p.paste("Add a node", 1)
	if n := p.members(1); n != 5 {
		t.Errorf("%d members", n)
	}
	p.hosts.Host(1).Run("redis-cli -h 10.0.0.1 CLUSTER FORGET n6")
	p.gone(6)
	p.do(4, "CLUSTER", "FAILOVER") // the one that is removed leads
	p.serve(r, 1, 2, 3)
	p.paste("Remove a node", 0)
	p.gone(4)
	if n := p.members(1); n != 3 {
		t.Errorf("%d members", n)
	}
	p.paste("Remove a node", 1)
	if n := p.members(4); n != 4 {
		t.Errorf("%d members", n)
	}

	stranger := p.hosts.Host(9)
	stranger.Start("msredis --node-name n9 --bind 10.0.0.9")
	stranger.Run("until redis-cli -h 10.0.0.9 INFO raft | grep raft_quorum:1; do sleep 0.1; done")
	stranger.Kill()
	p.paste("Remove a node", 2)

	p.serve(r, 1, 2, 4)
	p.hosts.Host(3).Kill()
	p.hosts.Host(3).Run("rm -r data")
	p.paste("Replace a node whose disk is lost", 0)
	p.hosts.Host(2).Kill()
	p.serve(r, 1, 3, 4)
	p.paste("Replace a dead node by another", 0)
	p.serve(r, 1, 3, 4, 5)
	r.end()
}

// TestManualGrow grows a cluster from one node to three and shrinks it again,
// under load.
func TestManualGrow(t *testing.T) {
	t.Parallel()
	p := newPasted(t)
	p.paste("Grow and shrink", 0)
	r, rep := p.load(1, 2, 3)
	defer conclude(t, rep)
	for _, n := range []string{"4", "5"} { // in the same manner
		h := p.hosts.Host(int(n[0] - '0'))
		h.Start("msredis --node-name n" + n + " --bind 10.0.0." + n + " --cluster-secret-file secret --join 10.0.0.1:6379")
		h.Run("until redis-cli -h 10.0.0." + n + " INFO | grep -E 'raft_state:(follower|leader)'; do sleep 0.1; done")
	}
	if n := p.members(5); n != 5 {
		t.Errorf("%d members", n)
	}
	p.serve(r, 1, 2, 3, 4, 5)
	p.serve(r, 1)
	for _, n := range []string{"5", "4"} {
		p.hosts.Host(1).Run("redis-cli -h 10.0.0.1 CLUSTER FORGET n" + n)
	}
	p.paste("Grow and shrink", 1)
	for _, n := range []int{5, 4, 3, 2} {
		p.gone(n)
	}
	if n := p.members(1); n != 1 {
		t.Errorf("%d members", n)
	}
	r.end()
}

// TestManualReset loses two of three machines, and follows the chapter on that.
func TestManualReset(t *testing.T) {
	t.Parallel()
	p := newPasted(t)
	p.paste("Three nodes", 0)
	for n := range 100 {
		p.do(1, "SET", "k"+strconv.Itoa(n), "v")
	}
	for _, n := range []int{1, 2, 3} {
		p.hosts.Host(n).Kill()
	}
	for _, n := range []int{1, 2} {
		p.hosts.Host(n).Run("rm -r data")
	}
	p.paste("A majority is lost, and one node has its data", 0)
	if n := p.members(3); n != 3 {
		t.Errorf("%d members", n)
	}
	for _, n := range []int{1, 2, 3} {
		if got := p.do(n, "DBSIZE"); got != "100" {
			t.Errorf("host %d has %s keys", n, got)
		}
	}
}
