package front

import (
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/reply"
)

// threeMembers is a cluster as its leader, node 1, knows it.
func threeMembers() View {
	return View{ClusterID: 7, Self: 1, Leader: 1, Term: 5, Quorum: true, Members: []Member{
		{ID: 1, Name: "n1", ClientAddr: "10.0.0.1:6379", PeerAddr: "10.0.0.1:16379", Alive: true, Match: 42},
		{ID: 2, Name: "n2", ClientAddr: "10.0.0.2:6380", PeerAddr: "10.0.0.2:16380", Alive: true, Match: 40},
		{ID: 3, Name: "n3", ClientAddr: "10.0.0.3:6381", PeerAddr: "10.0.0.3:16381", Match: 12},
	}}
}

// The ids of the members of threeMembers.
var ids = func() [3]string {
	v := threeMembers()
	return [3]string{v.nodeID(1), v.nodeID(2), v.nodeID(3)}
}()

func TestNodeIDs(t *testing.T) {
	seen := map[string]bool{}
	for _, id := range ids {
		if len(id) != 40 || strings.Trim(id, "0123456789abcdef") != "" || seen[id] {
			t.Errorf("id %q", id)
		}
		seen[id] = true
	}
	other := threeMembers()
	other.ClusterID++
	if other.nodeID(1) == ids[0] {
		t.Error("a member of another cluster has the same id")
	}
}

func TestClusterOfThree(t *testing.T) {
	ts := newTestServer(t, "--cluster-enabled", "yes")
	ts.backend.view = threeMembers()
	c := ts.connect(t)
	c.want("$40|"+ids[0]+"|", "CLUSTER MYID")
	c.want("*1|*4|:0|:16383|*4|$8|10.0.0.1|:6379|$40|"+ids[0]+"|*0|*4|$8|10.0.0.2|:6380|$40|"+ids[1]+"|*0|", "CLUSTER SLOTS")
	c.want(":1|:0|", "CLUSTER COUNT-FAILURE-REPORTS "+ids[2], "CLUSTER COUNT-FAILURE-REPORTS n2")
	c.want("*3|$6|master|:42|*2|*3|$8|10.0.0.2|$4|6380|$2|40|*3|$8|10.0.0.3|$4|6381|$2|12|", "ROLE")
	c.want("-ERR The specified node is not a master|-ERR Unknown node x|", "CLUSTER REPLICAS n2", "CLUSTER REPLICAS x")
	c.want(":15495|", "CLUSTER KEYSLOT a")

	nodes := c.pipeline("CLUSTER NODES")
	for _, want := range []string{
		ids[0] + " 10.0.0.1:6379@16379 myself,master - 0 0 5 connected 0-16383\n",
		ids[1] + " 10.0.0.2:6380@16380 slave " + ids[0] + " 0 ",
		" 5 connected\n",
		ids[2] + " 10.0.0.3:6381@16381 slave,fail " + ids[0] + " 0 0 5 disconnected\n",
	} {
		if !strings.Contains(nodes, want) {
			t.Errorf("%q is not in\n%s", want, nodes)
		}
	}
	shards := c.pipeline("CLUSTER SHARDS")
	for _, want := range []string{"*1|*4|$5|slots|*2|:0|:16383|$5|nodes|*3|*14|$2|id|", "$4|role|$6|master|", "|$6|health|$4|fail|"} {
		if !strings.Contains(shards, want) {
			t.Errorf("%q is not in\n%s", want, shards)
		}
	}
	for _, want := range []string{"cluster_state:ok|", "cluster_known_nodes:3|", "cluster_slots_ok:16384|"} {
		if got := c.pipeline("CLUSTER INFO"); !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	for _, want := range []string{"role:master|connected_slaves:2|slave0:ip=10.0.0.2,port=6380,state=online,offset=40,lag=2|",
		"cluster_enabled:1|", "redis_mode:cluster|", "raft_leader:n1|", "msredis_version:0.0.0|"} {
		if got := c.pipeline("INFO"); !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if got := c.pipeline("HELLO"); !strings.Contains(got, "|$4|mode|$7|cluster|$4|role|$6|master|") {
		t.Errorf("HELLO: %s", got)
	}
	if got := c.pipeline("CLUSTER LINKS"); !strings.HasPrefix(got, "*1|*12|$9|direction|$2|to|$4|node|$40|"+ids[1]) {
		t.Errorf("LINKS: %s", got)
	}
}

func TestFollower(t *testing.T) {
	ts := newTestServer(t, "--cluster-enabled", "yes")
	ts.backend.view = threeMembers()
	ts.backend.view.Self = 2
	c := ts.connect(t)
	c.want("*5|$5|slave|$8|10.0.0.1|:6379|$9|connected|:42|", "ROLE")
	if got := c.pipeline("INFO replication"); !strings.Contains(got,
		"role:slave|master_host:10.0.0.1|master_port:6379|master_link_status:up|") {
		t.Errorf("INFO: %s", got)
	}
	if got := c.pipeline("HELLO"); !strings.Contains(got, "|$4|role|$7|replica|") {
		t.Errorf("HELLO: %s", got)
	}
	if got := c.pipeline("CLUSTER NODES"); !strings.Contains(got, " myself,slave "+ids[0]) {
		t.Errorf("NODES: %s", got)
	}
}

func TestNoLeader(t *testing.T) {
	ts := newTestServer(t, "--cluster-enabled", "yes")
	ts.backend.view = threeMembers()
	ts.backend.view.Leader, ts.backend.view.Quorum = 0, false
	c := ts.connect(t)
	c.want("*0|", "CLUSTER SLOTS")
	c.want("*5|$5|slave|$0||:0|$7|connect|:42|", "ROLE")
	if got := c.pipeline("CLUSTER INFO"); !strings.Contains(got, "cluster_state:fail|") {
		t.Errorf("INFO: %s", got)
	}
	if got := c.pipeline("INFO replication"); !strings.Contains(got, "role:slave|") || !strings.Contains(got, "master_link_status:down|") {
		t.Errorf("INFO: %s", got)
	}
}

func TestClusterChanges(t *testing.T) {
	ts := newTestServer(t, "--cluster-enabled", "yes")
	b := ts.backend
	c := ts.connect(t)
	c.want("-"+reply.ErrFailoverMaster+"|", "CLUSTER FAILOVER")
	b.view = threeMembers()
	c.want("+OK|", "CLUSTER FAILOVER")
	if b.failedTo != "to:" {
		t.Errorf("a leader handed over %q", b.failedTo)
	}
	b.view.Self = 2
	c.want("+OK|", "CLUSTER FAILOVER TAKEOVER")
	if b.failedTo != "to:n2" {
		t.Errorf("a follower handed over %q", b.failedTo)
	}
	c.want("+OK|", "CLUSTER FORGET "+ids[2])
	if b.forgotten != "n3" {
		t.Errorf("forgot %q", b.forgotten)
	}
	c.want("-"+reply.ErrForgetSelf+"|-ERR Unknown node n9|", "CLUSTER FORGET n2", "CLUSTER FORGET n9")
	c.want("-ERR no node answers|", "CLUSTER MEET 10.0.0.4 6379")
	if b.met != "10.0.0.4:16379" {
		t.Errorf("met %q", b.met)
	}
	c.want("-ERR no node answers|", "CLUSTER MEET ::1 6379 7000")
	if b.met != "[::1]:7000" {
		t.Errorf("met %q", b.met)
	}
	c.want("-ERR Invalid base port specified: x|-ERR Invalid bus port specified: x|-ERR Invalid node address specified: host:1|"+
		"-ERR Invalid node address specified: 1.2.3.4:60000|",
		"CLUSTER MEET 1.2.3.4 x", "CLUSTER MEET 1.2.3.4 1 x", "CLUSTER MEET host 1", "CLUSTER MEET 1.2.3.4 60000")
	c.want("-ERR syntax error|-"+reply.ErrClusterReset+"|", "CLUSTER RESET x", "CLUSTER RESET HARD")
	c.want("-"+reply.ErrNoReplicaOf+"|-"+reply.ErrNoFailover+"|-"+reply.ErrNoSync+"|", "REPLICAOF NO ONE", "FAILOVER", "PSYNC ? -1")
}

// TestClusterOverTLS: a client that talks TLS is told the ports for TLS, of members that
// have one.
func TestClusterOverTLS(t *testing.T) {
	ts := newTestServer(t, "--cluster-enabled", "yes")
	ts.backend.view = threeMembers()
	ts.backend.view.Members[0].TLSPort = 6479
	ts.backend.view.Members[1].TLSPort = 6380 // it has no other
	for way, ports := range map[bool][2]string{false: {"6379", "6380"}, true: {"6479", "6380"}} {
		c := ts.connectBy(t, way)
		c.want("*1|*4|:0|:16383|*4|$8|10.0.0.1|:"+ports[0]+"|$40|"+ids[0]+"|*0|*4|$8|10.0.0.2|:"+ports[1]+"|$40|"+ids[1]+"|*0|", "CLUSTER SLOTS")
		nodes := c.pipeline("CLUSTER NODES")
		third := map[bool]string{false: "6381", true: "0"}[way]
		for _, want := range []string{"10.0.0.1:" + ports[0] + "@16379", "10.0.0.2:" + ports[1] + "@16380", "10.0.0.3:" + third + "@16381"} {
			if !strings.Contains(nodes, want) {
				t.Errorf("%q is not in\n%s", want, nodes)
			}
		}
		shards := c.pipeline("CLUSTER SHARDS")
		for _, want := range []string{"|$4|port|:6379|$8|tls-port|:6479|$2|ip|", ids[1] + "|$8|tls-port|:6380|$2|ip|", "|$4|port|:6381|$2|ip|"} {
			if !strings.Contains(shards, want) {
				t.Errorf("%q is not in\n%s", want, shards)
			}
		}
	}
}
