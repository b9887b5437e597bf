package failover

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

func errorf(format string, args ...any) error { return fmt.Errorf(format, args...) }

// TestRestartAll kills all nodes at once, under load, and starts them again.
func TestRestartAll(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	fill(t, c.Nodes[1], "k", 500, 100)
	set(t, c.Nodes[2], "last", "one")
	for _, n := range c.Nodes {
		n.Kill()
	}
	for _, n := range c.Nodes {
		n.Start()
	}
	c.WaitReady()
	for _, n := range c.Nodes {
		expect(t, n, "k:499", strings.Repeat("k", 100))
		expect(t, n, "last", "one")
		if v := n.Do("DBSIZE"); v.Text != "501" {
			t.Errorf("DBSIZE on %s: %s", n.Name, v.Text)
		}
	}
	sameState(t, c)
}

// TestKillWhileWriting kills a single node again and again while a client
// writes, with snapshots as often as possible. Each key has the last value that
// was acknowledged, or the one that was under way.
func TestKillWhileWriting(t *testing.T) {
	t.Parallel()
	c := start(t, 1, "--snapshot-log-bytes", "1mb")
	n := c.Nodes[0]
	const keys = 40
	acked, sent := make([]int, keys), make([]int, keys)
	value := func(key, version int) string { return fmt.Sprint(key, ":", version, strings.Repeat("v", 10_000)) }
	for round := range 6 {
		conn := n.Dial()
		// The kill comes while later writes are on their way.
		enough, killed := make(chan struct{}), make(chan struct{})
		go func() {
			<-enough
			n.Kill()
			close(killed)
		}()
		for batch, last := 0, 20+rand.IntN(150); ; batch++ {
			if batch == last {
				close(enough)
			}
			var cmds [][]string
			for range 4 {
				k := rand.IntN(keys)
				sent[k]++
				cmds = append(cmds, []string{"SET", fmt.Sprint("k", k), value(k, sent[k])})
			}
			replies, err := conn.Pipeline(cmds)
			for i, v := range replies {
				if v.Text != "OK" {
					t.Fatalf("SET: %s", v.Text)
				}
				var k, version int
				fmt.Sscanf(cmds[i][2], "%d:%d", &k, &version)
				acked[k] = max(acked[k], version)
			}
			if err != nil {
				break
			}
		}
		<-killed
		n.Start()
		n.WaitReady()
		for k := range keys {
			got := n.Do("GET", fmt.Sprint("k", k))
			version := 0
			if !got.IsNil() {
				var of int
				fmt.Sscanf(got.Text, "%d:%d", &of, &version)
				if got.Text != value(k, version) {
					t.Fatalf("round %d: k%d has a torn value %.40q", round, k, got.Text)
				}
			}
			if version < acked[k] || version > sent[k] {
				t.Fatalf("round %d: k%d has version %d; acknowledged %d, sent %d", round, k, version, acked[k], sent[k])
			}
			acked[k] = version
		}
	}
}

// TestKillDuringSnapshots kills nodes at random while all of them write
// snapshots as often as they can.
func TestKillDuringSnapshots(t *testing.T) {
	t.Parallel()
	c := start(t, 3, "--snapshot-log-bytes", "1mb")
	l := startLoad(t, 2, c.Nodes[0])
	stop := make(chan struct{})
	writer := c.Nodes[0].Dial()
	writer.Timeout = patience(15 * time.Second)
	failed := make(chan error, 1)
	go func() { failed <- writeUntil(writer, stop) }()
	for round := range 8 {
		victim := c.Nodes[1+round%2]
		l.waitProgress(1 + rand.IntN(50))
		victim.Kill()
		l.waitProgress(5)
		victim.Start()
		victim.WaitReady()
	}
	close(stop)
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	l.end(c.Nodes[0])
	sameState(t, c)
}

// writeUntil overwrites a set of keys with large values.
func writeUntil(c *wire.Conn, stop chan struct{}) error {
	value := strings.Repeat("w", 20_000)
	for i := 0; ; i++ {
		select {
		case <-stop:
			return nil
		default:
		}
		v, err := c.Do("SET", fmt.Sprint("w", i%100), value)
		if err != nil {
			return err
		}
		if v.IsError() {
			return errorf("SET: %s", v.Text)
		}
	}
}

// TestLostDisk: a node whose directory is gone comes back with the command line
// it has always had, through a snapshot, because the log no longer goes back
// far enough.
func TestLostDisk(t *testing.T) {
	t.Parallel()
	c := start(t, 3, "--snapshot-log-bytes", "1mb")
	victim := c.Followers()[0]
	other := c.Leader()
	fill(t, other, "before", 200, 10_000)
	victim.Kill()
	fill(t, other, "after", 600, 10_000)
	l := startLoad(t, 2, other)
	startEmpty(t, victim)
	l.waitProgress(10)
	l.end(victim)
	expect(t, victim, "before:199", strings.Repeat("b", 10_000))
	expect(t, victim, "after:599", strings.Repeat("a", 10_000))
	sameState(t, c)

	// It counts for the majority again: without one of the others, all goes on.
	allVote(t, c)
	other.Kill()
	set(t, victim, "k", "with a majority of two")
	other.Start()
	other.WaitReady()
	sameState(t, c)
}

// TestFarBehind: a node that was down for long gets a snapshot as well.
func TestFarBehind(t *testing.T) {
	t.Parallel()
	c := start(t, 3, "--snapshot-log-bytes", "1mb")
	victim := c.Followers()[1]
	fill(t, victim, "before", 100, 10_000)
	victim.Kill()
	leader := c.Leader()
	fill(t, leader, "k", 600, 10_000)
	if v := leader.Do("DEL", "before:0"); v.Text != "1" {
		t.Fatalf("DEL: %s", v.Text)
	}
	victim.Start()
	victim.WaitReady()
	expect(t, victim, "k:599", strings.Repeat("k", 10_000))
	if v := victim.Do("EXISTS", "before:0"); v.Text != "0" {
		t.Error("a key that was deleted meanwhile is back")
	}
	sameState(t, c)
}

// TestExpiryAcrossFailover: a key lives as long as it was told, whoever leads.
func TestExpiryAcrossFailover(t *testing.T) {
	t.Parallel()
	c := start(t, 3)
	leader := c.Leader()
	survivor := c.Followers()[0]
	begin := time.Now()
	const life = 3 * time.Second
	if v := leader.Do("SET", "k", "v", "PX", fmt.Sprint(life.Milliseconds())); v.Text != "OK" {
		t.Fatal(v.Text)
	}
	leader.Kill()
	expect(t, survivor, "k", "v")
	testcluster.Eventually(t, patience(life+3*time.Second), "the key expires", func() error {
		asked := time.Since(begin)
		v := survivor.Do("GET", "k")
		if !v.IsNil() {
			return errorf("still there after %v", asked)
		}
		return nil
	})
	if lived := time.Since(begin); lived < life {
		t.Errorf("the key was gone after %v", lived)
	}
	leader.Start()
	leader.WaitReady()
	sameState(t, c)
}
