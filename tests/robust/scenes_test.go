package robust

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
)

// What the mixed faults have found is here once more, without the rest.

// awaitLeader waits for a leader other than one, seen by all that run.
func awaitLeader(t *testing.T, c *testcluster.Cluster, not *testcluster.Node) *testcluster.Node {
	t.Helper()
	testcluster.Eventually(t, recovery, "another leader", func() error {
		if c.Leader() == not {
			return errors.New("it is the old one still")
		}
		return nil
	})
	return c.Leader()
}

// TestRejoinThroughMember: a node without its data that is told to join finds
// the leader although the list of members that it is given begins with itself.
func TestRejoinThroughMember(t *testing.T) {
	t.Parallel()
	c := testcluster.Start(t, 3, options...)
	first := c.Nodes[0]
	first.Kill()
	first.LoseDisk()
	first.Start("--join", c.Nodes[2].Addr())
	first.WaitReady()
	if v := first.Do("SET", "k", "v"); v.Text != "OK" {
		t.Errorf("SET: %s", v.Text)
	}
}

// TestExpiryAfterRestartOfAll: a key lives as long as it was told although log
// time was behind when all nodes were killed. It gets behind when a leader with
// a slow network dies, because the next one knows the time from its last
// message.
func TestExpiryAfterRestartOfAll(t *testing.T) {
	t.Parallel()
	const late, life = 400 * time.Millisecond, 4 * time.Second
	c, net := testcluster.StartOnNet(t, 3, options...)
	leader := c.Leader()
	for _, n := range c.Nodes {
		net.Delay(leader.Name, n.Name, late)
	}
	if v := leader.Do("SET", "warm", "up"); v.IsError() {
		t.Fatal(v.Text)
	}
	leader.Kill()
	next := awaitLeader(t, c, leader)
	net.Heal()
	m := setMortal(t, next, life)
	restartAll(c, 0)
	if lived, _ := m.end(t, next); lived < life-earlySlack {
		t.Errorf("the key was to live for %v and was gone after %v", life, lived)
	}
}

// TestExpiryAfterOutage: the time for which a whole cluster is down counts,
// although no process sees it pass, and although one of the nodes gets the last
// entries of the log only when it is up again.
func TestExpiryAfterOutage(t *testing.T) {
	t.Parallel()
	const outage, life = 2 * time.Second, 4 * time.Second
	c := testcluster.Start(t, 3, options...)
	behind := c.Followers()[0]
	behind.Kill()
	leader := c.Leader()
	m := setMortal(t, leader, life)
	restartAll(c, outage)
	lived, most := m.end(t, leader)
	if lived < life-earlySlack || most > life+lateSlack {
		t.Errorf("the key was to live for %v and was gone after %v to %v", life, most, lived)
	}
}

// restartAll kills all nodes and starts them again after a while.
func restartAll(c *testcluster.Cluster, after time.Duration) {
	for _, n := range c.Nodes {
		n.Kill()
	}
	time.Sleep(after) // it is the time itself that matters
	for _, n := range c.Nodes {
		n.Start()
	}
	c.WaitReady()
}

// setMortal writes the key k, to live for a while.
func setMortal(t *testing.T, n *testcluster.Node, life time.Duration) *mortal {
	t.Helper()
	m := &mortal{key: "k", life: life, set: time.Duration(time.Now().UnixNano())}
	if v := n.Do("SET", m.key, "v", "PX", fmt.Sprint(life.Milliseconds())); v.IsError() {
		t.Fatal(v.Text)
	}
	m.acked = time.Duration(time.Now().UnixNano())
	return m
}

// end asks for a key until it is gone. It returns for how long it has lived at
// the most, and how long after its acknowledgement it was seen last.
func (m *mortal) end(t *testing.T, n *testcluster.Node) (most, seen time.Duration) {
	t.Helper()
	conn := n.Dial()
	for {
		asked := time.Duration(time.Now().UnixNano())
		v, err := conn.Do("GET", m.key)
		if err != nil || v.IsError() {
			t.Fatalf("GET: %s %v", v.Text, err)
		}
		if v.IsNil() {
			return time.Duration(time.Now().UnixNano()) - m.set, seen
		}
		if seen = asked - m.acked; seen > 4*m.life {
			t.Fatalf("the key was to live for %v and is there after %v", m.life, seen)
		}
		time.Sleep(time.Millisecond) // not to ask more often than it matters
	}
}
