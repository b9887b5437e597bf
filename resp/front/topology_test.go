package front

import (
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/reply"
)

// TestClusterHidden: with cluster-enabled no a client that probes learns nothing
// of a cluster, however many members there are, and an operator all that is known.
func TestClusterHidden(t *testing.T) {
	ts := newTestServer(t)
	ts.backend.view = threeMembers()
	ts.backend.info.Applied = 41
	c := ts.connect(t)
	for _, cmd := range ts.table.All() {
		own := cmd.Name == "members" || cmd.Name == "meet" || cmd.Name == "forget" || cmd.Name == "failover" || cmd.Name == "help"
		if cmd.Container != "cluster" || own {
			continue
		}
		line := "CLUSTER " + cmd.Name
		for i := 2; !cmd.ArityOK(i); i++ {
			line += " 1"
		}
		c.want("-"+reply.ErrClusterDisabled+"|", line)
	}
	c.want("-"+reply.ErrClusterDisabled+"|", "ASKING")
	c.want("+OK|+OK|", "READONLY", "READWRITE")
	if got := c.pipeline("INFO"); !strings.Contains(got, "cluster_enabled:0|") || !strings.Contains(got, "redis_mode:standalone|") {
		t.Errorf("INFO: %s", got)
	}
	if got := c.pipeline("HELLO"); !strings.Contains(got, "|$4|mode|$10|standalone|") {
		t.Errorf("HELLO: %s", got)
	}
	for _, want := range []string{
		"name=n1 addr=10.0.0.1:6379 peer=10.0.0.1:16379 role=leader link=up self=1 offset=41 id=" + ids[0] + "\n",
		"name=n2 addr=10.0.0.2:6380 peer=10.0.0.2:16380 role=follower link=up self=0 offset=40 id=" + ids[1] + "\n",
		"name=n3 addr=10.0.0.3:6381 peer=10.0.0.3:16381 role=follower link=down self=0 offset=12 id=" + ids[2] + "\n",
	} {
		if got := c.pipeline("CLUSTER MEMBERS"); !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

// TestShardsOffsets: CLUSTER SHARDS and INFO tell the same of a node.
func TestShardsOffsets(t *testing.T) {
	ts := newTestServer(t, "--cluster-enabled", "yes")
	ts.backend.view = threeMembers()
	ts.backend.info.Applied = 41
	c := ts.connect(t)
	offset := func(n string) string { return "|$18|replication-offset|:" + n + "|" }
	if got := c.pipeline("CLUSTER SHARDS"); !strings.Contains(got, offset("41")) || !strings.Contains(got, offset("40")) ||
		!strings.Contains(got, offset("12")) {
		t.Errorf("of the leader: %s", got)
	}
	ts.backend.view.Self = 2
	if got := c.pipeline("CLUSTER SHARDS"); !strings.Contains(got, offset("42")) || !strings.Contains(got, offset("41")) {
		t.Errorf("of a follower: %s", got)
	}
}
