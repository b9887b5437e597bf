// Package clients runs real Redis clients against msredis: two Go libraries,
// redis-cli and redis-benchmark, each against a single node and against every
// node of three.
package clients

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
)

func TestMain(m *testing.M) { testcluster.Main(m) }

// timeout bounds one test of one client against one server.
const timeout = 30 * time.Second

// target is a server a client is pointed at.
type target struct {
	addr string // the node it connects to
	all  []string
}

// host and port of the node, for command lines.
func (g target) port() string { return g.addr[strings.LastIndexByte(g.addr, ':')+1:] }

// asCluster are the options with which a node presents itself as part of a Redis
// Cluster; without them it is one server.
var asCluster = []string{"--cluster-enabled", "yes"}

// onEveryNode runs test against a single node and against each node of a
// cluster of three, on an empty data set.
func onEveryNode(t *testing.T, test func(t *testing.T, g target), options ...string) {
	t.Parallel()
	for _, size := range []int{1, 3} {
		c := testcluster.Start(t, size, options...)
		for i, n := range c.Nodes {
			name := "single node"
			if size > 1 {
				name = "node " + n.Name + " of three"
			}
			t.Run(name, func(t *testing.T) {
				if v := c.Nodes[i].Do("FLUSHALL"); v.IsError() {
					t.Fatal(v.Text)
				}
				test(t, target{addr: n.Addr(), all: c.Addrs()})
			})
		}
	}
}

// tool is the path of a program, which is part of Redis.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed (Debian: apt install redis-tools)", name)
	}
	return path
}
