package failover

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/race"
	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// startBlocked sends a command that waits, and returns when the node has one
// more client that does.
func startBlocked(t *testing.T, n *testcluster.Node, args ...string) *wire.Conn {
	t.Helper()
	before := blockedClients(t, n)
	c := n.Dial()
	c.Timeout = patience(20 * time.Second)
	if err := c.Send(wire.AppendCommand(nil, args...)); err != nil {
		t.Fatal(err)
	}
	awaitBlocked(t, n, before+1)
	return c
}

func blockedClients(t *testing.T, n *testcluster.Node) int {
	t.Helper()
	blocked, err := strconv.Atoi(n.Info("clients", "blocked_clients"))
	if err != nil {
		t.Fatal(err)
	}
	return blocked
}

func awaitBlocked(t *testing.T, n *testcluster.Node, want int) {
	t.Helper()
	testcluster.Eventually(t, patience(20*time.Second), fmt.Sprint(want, " clients wait"), func() error {
		if got := blockedClients(t, n); got != want {
			return errorf("%d wait", got)
		}
		return nil
	})
}

// expectPopped reads the reply to a BLPOP.
func expectPopped(t *testing.T, c *wire.Conn, want string) {
	t.Helper()
	v, err := c.Recv()
	if err != nil || len(v.Elems) != 2 || v.Elems[1].Text != want {
		t.Fatalf("popped %v %v, want %s", v, err, want)
	}
}

// TestBlockedOnAllNodes: an element goes to one client, on whichever node it
// waits; as many as there are elements are served.
func TestBlockedOnAllNodes(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	var waiting []*wire.Conn
	for _, n := range c.Nodes {
		waiting = append(waiting, startBlocked(t, n, "BLPOP", "q", "0"), startBlocked(t, n, "BRPOP", "none", "q", "0"))
	}
	got := map[string]int{}
	for i := range waiting {
		c.Nodes[i%3].Do("RPUSH", "q", fmt.Sprint("e", i))
		testcluster.Eventually(t, patience(5*time.Second), "one client is served", func() error {
			served := 0
			for _, n := range c.Nodes {
				served += 2 - blockedClients(t, n)
			}
			if served != i+1 {
				return errorf("%d are served after %d elements", served, i+1)
			}
			return nil
		})
	}
	for _, conn := range waiting {
		v, err := conn.Recv()
		if err != nil || len(v.Elems) != 2 {
			t.Fatal(v, err)
		}
		got[v.Elems[1].Text]++
	}
	for i := range waiting {
		if got[fmt.Sprint("e", i)] != 1 {
			t.Errorf("popped: %v", got)
		}
	}
	sameState(t, c)
}

// TestBlockedHangUp: a client that goes away while it waits is noticed, and
// nothing is popped for it.
func TestBlockedHangUp(t *testing.T) {
	t.Parallel()
	c := start(t, 1)
	n := c.Nodes[0]
	first := startBlocked(t, n, "BLPOP", "q", "0")
	second := startBlocked(t, n, "BLPOP", "q", "0")
	first.Close()
	awaitBlocked(t, n, 1)
	n.Do("RPUSH", "q", "a")
	expectPopped(t, second, "a")

	third := startBlocked(t, n, "BLPOP", "q", "0")
	third.Close()
	awaitBlocked(t, n, 0)
	n.Do("RPUSH", "q", "b")
	if v := n.Do("LLEN", "q"); v.Text != "1" {
		t.Errorf("LLEN q: %s", v.Text)
	}
}

// TestBlockedShutdown: who waits does not hold up the end of its node, and hears
// of it.
func TestBlockedShutdown(t *testing.T) {
	t.Parallel()
	c := start(t, 1)
	n := c.Nodes[0]
	waiting := startBlocked(t, n, "BLPOP", "q", "0")
	begin := time.Now()
	n.Signal(syscall.SIGTERM)
	v, err := waiting.Recv()
	if err != nil || v.Code() != "CLUSTERDOWN" {
		t.Errorf("the waiting client hears %v %v", v, err)
	}
	if code := n.WaitExit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if took := time.Since(begin); took > patience(3*time.Second) {
		t.Errorf("the node took %v to end", took)
	}
}

// TestBlockedBehindSnapshot: a client waits on a node that gets what it waits
// for in a snapshot.
func TestBlockedBehindSnapshot(t *testing.T) {
	t.Parallel()
	c := start(t, 3, "--snapshot-log-bytes", "1mb")
	leader, behind := c.Leader(), c.Followers()[0]
	waiting := startBlocked(t, behind, "BLPOP", "q", "0")
	other := startBlocked(t, behind, "BZPOPMIN", "z", "0")
	behind.Stop()
	leader.Do("RPUSH", "q", "a")
	leader.Do("ZADD", "z", "1", "m")
	fill(t, leader, "fill", 800, 64<<10) // more than the log keeps
	installed := strings.Count(behind.Log(), "installed a snapshot")
	behind.Cont()
	// While a node is that slow, another snapshot may overtake what it has just
	// tried for its clients: then it cannot know what came of it, and says so.
	for conn, want := range map[*wire.Conn]string{waiting: "[q a]", other: "[z m 1]"} {
		v, err := conn.Recv()
		var got []string
		for _, e := range v.Elems {
			got = append(got, e.Text)
		}
		if err != nil || fmt.Sprint(got) != want && !strings.HasPrefix(v.Text, "UNKNOWN ") {
			t.Errorf("popped %v %v, want %s", v, err, want)
		}
	}
	testcluster.Eventually(t, patience(15*time.Second), "the node gets a snapshot", func() error {
		if strings.Count(behind.Log(), "installed a snapshot") == installed {
			return errorf("not yet")
		}
		return nil
	})
	sameState(t, c)
}

// manyClients is how many wait in TestManyBlocked.
const manyClients = 10_000

// TestManyBlocked: clients that wait cost no processor time, and what is pushed
// is theirs in order.
func TestManyBlocked(t *testing.T) {
	t.Parallel()
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil || files.Cur < manyClients+1000 {
		t.Skipf("%d open files are allowed, %v", files.Cur, err)
	}
	c := start(t, 1, "--maxclients", strconv.Itoa(manyClients+100))
	n := c.Nodes[0]
	idle := cpuShare(t, n)
	conns := make([]net.Conn, manyClients)
	for i := range conns {
		conn, err := net.Dial("tcp", n.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conns[i] = conn
		if _, err := conn.Write([]byte("BLPOP q other:" + strconv.Itoa(i) + " 0\r\n")); err != nil {
			t.Fatal(err)
		}
		if i < 10 || i%1000 == 999 { // the first ones in this order, the others in any
			awaitBlocked(t, n, i+1)
		}
	}
	share := cpuShare(t, n)
	t.Logf("idle %.2f%% of a processor, with %d blocked clients %.2f%%; %d MiB", 100*idle, manyClients, 100*share, n.ResidentMB())
	if share > idle+0.03 && !race.Enabled {
		t.Errorf("%d blocked clients take %.1f%% of a processor", manyClients, 100*(share-idle))
	}
	for i := range 10 {
		n.Do("RPUSH", "q", fmt.Sprint("e", i))
	}
	for i := range 10 {
		expectBytes(t, conns[i], fmt.Sprintf("*2\r\n$1\r\nq\r\n$2\r\ne%d\r\n", i))
	}
	// All at once.
	begin := time.Now()
	elems := []string{"RPUSH", "q"}
	for range manyClients - 10 {
		elems = append(elems, "x")
	}
	n.Do(elems...)
	for _, conn := range conns[10:] {
		expectBytes(t, conn, "*2\r\n$1\r\nq\r\n$1\r\nx\r\n")
	}
	t.Logf("%d clients were served in %v", manyClients-10, time.Since(begin).Round(time.Millisecond))
	awaitBlocked(t, n, 0)
}

func expectBytes(t *testing.T, conn net.Conn, want string) {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(patience(20 * time.Second)))
	got := make([]byte, len(want))
	if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, []byte(want)) {
		t.Fatalf("got %q %v, want %q", got, err, want)
	}
}

// cpuShare is the share of a processor that the node takes for a while.
func cpuShare(t *testing.T, n *testcluster.Node) float64 {
	t.Helper()
	used := func() (seconds float64) {
		for _, field := range []string{"used_cpu_sys", "used_cpu_user"} {
			f, err := strconv.ParseFloat(n.Info("cpu", field), 64)
			if err != nil {
				t.Fatal(err)
			}
			seconds += f
		}
		return seconds
	}
	before, begin := used(), time.Now()
	time.Sleep(2 * time.Second) // the time is what is measured over
	return (used() - before) / time.Since(begin).Seconds()
}
