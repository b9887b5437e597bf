package replica

import (
	"fmt"
	"io"
	"log"
	"math/rand"
	"slices"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// network drives replicas on one goroutine: their messages, disks and applied
// commands, with faults from a seed. (raft draws its election timeouts itself,
// so a seed fixes the faults but not who wins an election.)
type network struct {
	t     *testing.T
	rand  *rand.Rand
	table *command.Table
	nodes []*testNode
	wires []*raftpb.Message
	loss  float64 // of messages; also the rate of doubling and reordering
	now   int64
	// heartbeat is the pace of heartbeats in ticks.
	heartbeat int
}

// testSpecs are the commands that the tests know.
var testSpecs = []command.Spec{
	{Name: "set", Usage: "SET key value", Summary: "s", Since: "1.0.0", Complexity: "O(1)", Group: command.GroupString, Flags: command.Write},
	{Name: "get", Usage: "GET key", Summary: "s", Since: "1.0.0", Complexity: "O(1)", Group: command.GroupString, Flags: command.ReadOnly},
	{Name: "exec", Usage: "EXEC", Summary: "s", Since: "1.0.0", Complexity: "O(1)", Group: command.GroupTransactions},
}

type testNode struct {
	net         *network
	id          uint64
	incarnation uint64
	members     Members
	storage     *raft.MemoryStorage
	replica     *Replica
	ledger      *Ledger
	appends     []*raftpb.Message // not yet on disk
	history     []string          // commands applied, in order
	applied     uint64
	answered    map[*Proposal]bool
	refused     map[*Proposal]bool
	granted     []ConfirmedReads
	down        bool
	stuck       bool        // applies nothing
	jobs        []*ApplyJob // meanwhile
}

func newNetwork(t *testing.T, n int, seed int64) *network { return newMixedNetwork(t, n, 0, seed) }

// newMixedNetwork has voters and, behind them, learners.
func newMixedNetwork(t *testing.T, voters, learners int, seed int64) *network {
	n := voters + learners
	table, err := command.NewTable(testSpecs)
	if err != nil {
		t.Fatal(err)
	}
	net := &network{t: t, rand: rand.New(rand.NewSource(seed)), table: table, now: 1000, heartbeat: 1}
	members := Members{Cluster: 1, LastID: uint64(n)}
	for i := range n {
		members.List = append(members.List, Member{ID: uint64(i + 1), Name: fmt.Sprint("n", i+1), Learner: i >= voters})
	}
	for i := range n {
		node := &testNode{net: net, id: uint64(i + 1), members: members, storage: raft.NewMemoryStorage(), answered: map[*Proposal]bool{}, refused: map[*Proposal]bool{}}
		must(t, node.storage.ApplySnapshot(&raftpb.Snapshot{Metadata: &raftpb.SnapshotMetadata{
			Index: new(uint64(1)), Term: new(uint64(1)), ConfState: members.ConfState()}}))
		must(t, node.storage.SetHardState(&raftpb.HardState{Term: new(uint64(1)), Commit: new(uint64(1))}))
		net.nodes = append(net.nodes, node)
		node.start()
	}
	return net
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// start begins a new incarnation on what is durable.
func (n *testNode) start() {
	n.incarnation++
	n.ledger, n.history, n.applied, n.down = NewLedger(n.net.table), nil, 1, false
	n.appends, n.jobs, n.stuck = nil, nil, false
	var err error
	n.replica, err = New(Config{
		ID: n.id, Incarnation: n.incarnation, Storage: n.storage, Applied: 1, Now: n.net.now, Members: n.members, Table: n.net.table,
		ElectionTicks: 10, HeartbeatTicks: n.net.heartbeat, Random: n.net.rand.Uint64,
		Logger: &raft.DefaultLogger{Logger: log.New(io.Discard, "", 0)},
	})
	must(n.net.t, err)
}

// crash loses everything that is not on disk, the clients included.
func (n *testNode) crash() { n.down, n.answered = true, map[*Proposal]bool{} }

// poll deals with a replica's output. Appends stay pending until flush.
func (n *testNode) poll() {
	out := n.replica.Poll(n.net.now)
	n.send(out.Messages)
	n.appends = append(n.appends, out.Append...)
	n.granted = append(n.granted, out.Reads...)
	jobs := slices.Clone(out.Apply)
	n.replica.Done()
	if n.stuck {
		n.jobs = append(n.jobs, jobs...)
		return
	}
	for _, job := range jobs {
		n.apply(job)
	}
}

func (n *testNode) send(ms []*raftpb.Message) {
	for _, m := range ms {
		n.net.wires = append(n.net.wires, proto.Clone(m).(*raftpb.Message))
	}
}

// idle is what a node does when it has nothing else to do. It reports whether that
// was anything.
func (n *testNode) idle() bool {
	late := n.replica.TakeHeld()
	n.send(late)
	return len(late) > 0
}

func (n *testNode) apply(job *ApplyJob) {
	entries, bundles, gap, err := n.ledger.Open(nil, job.Entries, job.own, n.id, n.incarnation)
	must(n.net.t, err)
	for _, e := range entries {
		n.applyEntry(e)
	}
	for _, b := range bundles {
		for _, p := range b.Claimed {
			if n.answered[p] {
				n.net.t.Fatalf("node %d answered a proposal twice", n.id)
			}
			n.answered[p] = true
		}
		for _, p := range b.Refused {
			n.refused[p] = true
		}
	}
	n.replica.Applied(Applied{Job: job, Seq: n.ledger.Last(n.id, n.incarnation), Gap: gap})
	n.poll()
}

func (n *testNode) applyEntry(e store.Entry) {
	if e.Index != n.applied+1 {
		n.net.t.Fatalf("node %d applied entry %d after %d", n.id, e.Index, n.applied)
	}
	n.applied = e.Index
	for _, u := range e.Units {
		for i := range u.Calls {
			if u.Calls[i].Writes() {
				n.history = append(n.history, string(u.Calls[i].Args[2]))
			}
		}
	}
}

// flush brings the oldest append to disk.
func (n *testNode) flush() {
	if len(n.appends) == 0 {
		return
	}
	m := n.appends[0]
	n.appends = n.appends[1:]
	if m.Term != nil {
		must(n.net.t, n.storage.SetHardState(&raftpb.HardState{Term: new(m.GetTerm()), Vote: new(m.GetVote()), Commit: new(m.GetCommit())}))
	}
	must(n.net.t, n.storage.Append(m.GetEntries()))
	n.replica.Appended(m, n.net.now)
	n.poll()
}

// step does one random thing.
func (net *network) step() {
	n := net.nodes[net.rand.Intn(len(net.nodes))]
	switch k := net.rand.Intn(10); {
	case k == 0:
		// A tick of n nodes makes n-1 heartbeats and as many answers. With five nodes a
		// tick has to be rarer, or messages would come faster than they are delivered.
		if n := len(net.nodes); n > 3 && net.rand.Intn(n*(n-1)) >= 6 {
			return
		}
		net.now += 10
		for _, n := range net.nodes {
			if !n.down {
				n.replica.Tick(net.now)
				n.poll()
			}
		}
	case k < 4:
		if !n.down {
			n.flush()
		}
	case k == 4 && !n.down && n.replica.HasHeld():
		n.idle()
	case len(net.wires) > 0:
		i := 0
		if net.rand.Float64() < net.loss {
			i = net.rand.Intn(len(net.wires))
		}
		// The oldest takes the place of one that overtakes it: there may be many, and
		// none has to move up.
		m := net.wires[i]
		net.wires[i], net.wires[0] = net.wires[0], nil
		net.wires = net.wires[1:]
		if net.rand.Float64() < net.loss {
			return
		}
		if net.rand.Float64() < net.loss {
			net.wires = append(net.wires, proto.Clone(m).(*raftpb.Message))
		}
		if to := net.nodes[m.GetTo()-1]; !to.down {
			to.replica.Step(m, net.now)
			to.poll()
		}
	}
}

// until steps until cond holds.
func (net *network) until(what string, cond func() bool) {
	net.t.Helper()
	for range 2_000_000 {
		if cond() {
			return
		}
		net.step()
	}
	net.t.Fatalf("never happened: %s", what)
}

func (net *network) leader() *testNode {
	for _, n := range net.nodes {
		if !n.down && n.replica.Settled() {
			return n
		}
	}
	return nil
}

func (net *network) proposal(value string, reads bool) *Proposal {
	u := &command.Unit{}
	if reads {
		u.Calls = append(u.Calls, command.NewCall(net.table.Lookup([]byte("get")), [][]byte{[]byte("GET"), []byte("k")}, 0, nil))
	}
	u.Calls = append(u.Calls, command.NewCall(net.table.Lookup([]byte("set")), [][]byte{[]byte("SET"), []byte("k"), []byte(value)}, 0, nil))
	return &Proposal{Unit: u}
}

func (n *testNode) submit(p *Proposal) {
	n.replica.Submit([]*Proposal{p}, n.net.now)
	n.poll()
}
