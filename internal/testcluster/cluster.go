// Package testcluster starts real msredis processes for tests, and a real redis-server
// to compare them with. It waits for conditions, never for a time. It prints the end of
// the servers' logs when a test fails, and leaves no process and no file behind.
package testcluster

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/race"
)

// ReadyTimeout is how long a server may take until it answers.
var ReadyTimeout = func() time.Duration {
	if race.Enabled { // it may have to take a snapshot first, which is compressed at a tenth of the speed
		return time.Minute
	}
	return 15 * time.Second
}()

const (
	pollPause = 10 * time.Millisecond
	logTail   = 30 // lines per node that a failing test prints
	maxLoops  = 3  // event loops of a node
)

// Cluster is a number of msredis nodes on this machine.
type Cluster struct {
	t      testing.TB
	Nodes  []*Node
	Net    Network // between the nodes; nil: they talk directly
	relays *Net
	spaces *Spaces
	args   []string
	logDir string
	gone   []*Node // dropped; their logs are still looked at
}

// Start starts a cluster of n nodes with the given options and returns when
// all of them serve commands.
func Start(t testing.TB, n int, options ...string) *Cluster {
	t.Helper()
	return start(&Cluster{t: t, args: options, logDir: t.TempDir()}, n)
}

// StartOnNet is Start with a Net between the nodes.
func StartOnNet(t testing.TB, n int, options ...string) (*Cluster, *Net) {
	t.Helper()
	relays := newNet(t)
	return start(&Cluster{t: t, args: options, logDir: t.TempDir(), Net: relays, relays: relays}, n), relays
}

func start(c *Cluster, n int) *Cluster {
	t := c.t
	t.Helper()
	var members []string
	for i := range n {
		node := c.addNode(fmt.Sprintf("n%d", i+1))
		members = append(members, node.Name+"="+net.JoinHostPort(node.host, portArg(node.busPort)))
	}
	t.Cleanup(c.report)
	for _, node := range c.Nodes {
		node.args = append(node.args, "--initial-cluster", strings.Join(members, ","))
		node.Start()
	}
	c.WaitReady()
	return c
}

func (c *Cluster) addNode(name string) *Node {
	node := &Node{
		t: c.t, Name: name, Port: FreePort(c.t), PeerPort: FreePort(c.t),
		Dir: c.t.TempDir(), logDir: c.logDir, password: optionValue(c.args, "--requirepass"),
	}
	node.host, node.busPort = "127.0.0.1", node.PeerPort
	switch {
	case c.relays != nil:
		node.busPort = c.relays.listen(node)
	case c.spaces != nil:
		x := c.spaces.add(name)
		node.host, node.space = x.addr, x.name
	}
	var open []string
	if node.space != "" {
		open = []string{"--protected-mode", "no"} // the test is on another machine, as it were
	}
	node.args = append([]string{
		"--port", portArg(node.Port), "--bind", node.host, "--peer-port", portArg(node.PeerPort),
		"--cluster-announce-bus-port", portArg(node.busPort), "--dir", node.Dir, "--node-name", name,
		// Nodes with one event loop and with several, as on machines with few cores and many.
		"--io-threads", strconv.Itoa(1 + len(c.Nodes)%maxLoops),
	}, append(open, c.args...)...)
	c.Nodes = append(c.Nodes, node)
	return node
}

// Join starts one more node, which asks the member at for admission. It returns
// when the new node serves commands.
func (c *Cluster) Join(name string, at *Node) *Node {
	c.t.Helper()
	node := c.StartJoin(name, at)
	node.WaitReady()
	return node
}

// StartJoin is Join without waiting for the new node.
func (c *Cluster) StartJoin(name string, at *Node) *Node {
	c.t.Helper()
	node := c.addNode(name)
	node.args = append(node.args, "--join", at.Addr())
	node.Start()
	return node
}

// StartAlone starts one more node, which is a cluster of its own. Its list of nodes
// says that others may come.
func (c *Cluster) StartAlone(name string) *Node {
	c.t.Helper()
	node := c.addNode(name)
	node.args = append(node.args, "--initial-cluster", name+"="+net.JoinHostPort(node.host, portArg(node.busPort)))
	node.Start()
	node.WaitReady()
	return node
}

// Drop ends a node that is no member any more and forgets it.
func (c *Cluster) Drop(node *Node) {
	node.Kill()
	c.Nodes = slices.DeleteFunc(c.Nodes, func(n *Node) bool { return n == node })
	c.gone = append(c.gone, node)
}

// WaitReady waits until every running node serves commands.
func (c *Cluster) WaitReady() {
	c.t.Helper()
	for _, n := range c.Nodes {
		if n.Running() {
			n.WaitReady()
		}
	}
}

// Leader returns the node that leads, waiting for one.
func (c *Cluster) Leader() *Node {
	c.t.Helper()
	var leader *Node
	Eventually(c.t, ReadyTimeout, "a leader", func() error {
		for _, n := range c.Nodes {
			if n.Running() && !n.stopped && n.leads() {
				leader = n
				return nil
			}
		}
		return errors.New("no node calls itself master")
	})
	return leader
}

// Followers returns the running nodes that do not lead.
func (c *Cluster) Followers() []*Node {
	c.t.Helper()
	leader := c.Leader()
	var out []*Node
	for _, n := range c.Nodes {
		if n != leader && n.Running() {
			out = append(out, n)
		}
	}
	return out
}

// Addrs are the client addresses of all nodes.
func (c *Cluster) Addrs() []string {
	var out []string
	for _, n := range c.Nodes {
		out = append(out, n.Addr())
	}
	return out
}

// report prints the logs of a failed test. A node that has crashed or raced
// fails the test, even if nobody noticed.
func (c *Cluster) report() {
	c.t.Helper()
	all := append(slices.Clone(c.Nodes), c.gone...)
	for _, n := range all {
		log := n.Log()
		for _, bad := range []string{"WARNING: DATA RACE", "panic: ", "fatal error: "} {
			if at := strings.Index(log, bad); at >= 0 {
				c.t.Errorf("node %s: %.4000s", n.Name, log[at:])
				break
			}
		}
	}
	if !c.t.Failed() {
		return
	}
	for _, n := range all {
		if n.proc != nil {
			c.t.Logf("--- log of %s (port %d, peer port %d)\n%s", n.Name, n.Port, n.PeerPort, tail(n.Log(), logTail))
		}
	}
}

func portArg(p int) string { return strconv.Itoa(p) }

// optionValue is the value of an option in a command line, empty without it.
func optionValue(args []string, name string) string {
	for i, a := range args[:max(len(args)-1, 0)] {
		if a == name {
			return args[i+1]
		}
	}
	return ""
}
