package transport

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"go.etcd.io/raft/v3/raftpb"
)

const testCluster = 0xc1

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// node is a handler that notes what it is given.
type node struct {
	id   uint64
	addr string
	*Transport

	mu          sync.Mutex
	got         []*raftpb.Message
	groups      [][]*raftpb.Message // the same by group
	calls       int                 // of Messages
	unreachable map[uint64]int
	hold        chan struct{} // if set, Messages waits for it
	admit       func(from uint64) error
	process     Process
	vet         func(p Process) error
	entered     chan struct{} // a call that waits says so,
	release     chan struct{} // and goes on when this is closed
	snapshot    func(m *raftpb.Message, body io.Reader) error
}

func (n *node) Messages(group int, ms []*raftpb.Message) {
	n.mu.Lock()
	n.got = append(n.got, ms...)
	for len(n.groups) <= group {
		n.groups = append(n.groups, nil)
	}
	n.groups[group] = append(n.groups[group], ms...)
	n.calls++
	hold := n.hold
	n.mu.Unlock()
	if hold != nil {
		<-hold
	}
}

func (n *node) Received() {}

func (n *node) Unreachable(id uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.unreachable[id]++
}

func (n *node) Snapshot(_ int, _ uint64, m *raftpb.Message, body io.Reader) error {
	return n.snapshot(m, body)
}

func (n *node) Call(_ Caller, method string, req []byte) ([]byte, error) {
	switch method {
	case "echo":
		return req, nil
	case "wait":
		n.entered <- struct{}{}
		<-n.release
		return req, nil
	case "huge":
		return make([]byte, maxSmallFrame), nil
	}
	return nil, fmt.Errorf("no method %q", method)
}

func (n *node) Name(id uint64) string { return fmt.Sprintf("n%d", id) }

func (n *node) Introduce() Process { return n.process }

func (n *node) Admit(from uint64, p Process) error {
	if n.vet != nil {
		return n.vet(p)
	}
	if n.admit != nil {
		return n.admit(from)
	}
	return nil
}

// ofGroups returns what it was given, by group.
func (n *node) ofGroups() [][]*raftpb.Message {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.groups
}

func (n *node) received() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.got)
}

// heard returns what it was given, and in how many calls.
func (n *node) heard() (got []*raftpb.Message, calls int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.got, n.calls
}

func (n *node) lostTo(id uint64) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.unreachable[id]
}

// start starts a node on a free port, or at addr.
func start(t testing.TB, id uint64, addr string, change func(*Options)) *node {
	t.Helper()
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	ln, err := net.Listen("tcp", addr)
	must(t, err)
	n := &node{id: id, addr: ln.Addr().String(), unreachable: map[uint64]int{}, entered: make(chan struct{}), release: make(chan struct{})}
	o := Options{ClusterID: testCluster, Self: id, Listener: ln, Handler: n, Log: quiet,
		KeepAlive: 20 * time.Millisecond, DeadAfter: 2 * time.Second}
	if change != nil {
		change(&o)
	}
	n.Transport, err = New(o)
	must(t, err)
	t.Cleanup(n.Close)
	return n
}

func (n *node) knows(others ...*node) {
	var ps []Peer
	for _, o := range others {
		ps = append(ps, Peer{o.id, o.addr})
	}
	n.SetPeers(ps)
}

func (n *node) connected(id uint64) bool {
	for _, s := range n.Stats() {
		if s.ID == id {
			return s.Connected
		}
	}
	return false
}

// pair starts two nodes that are connected both ways.
func pair(t testing.TB, change func(*Options)) (a, b *node) {
	t.Helper()
	a, b = start(t, 1, "", change), start(t, 2, "", change)
	a.knows(a, b)
	b.knows(a, b)
	eventually(t, "connections", func() bool { return a.connected(2) && b.connected(1) })
	return a, b
}

func msg(from, to, index uint64, data ...[]byte) *raftpb.Message {
	m := &raftpb.Message{Type: raftpb.MsgApp.Enum(), From: &from, To: &to, Index: &index, Term: new(uint64(1))}
	for i, d := range data {
		m.Entries = append(m.Entries, &raftpb.Entry{Index: new(index + uint64(i) + 1), Term: new(uint64(1)), Data: d})
	}
	return m
}

// inOrder fails unless n has messages with indexes first, first+1, …
func inOrder(t *testing.T, n *node, first uint64, count int) {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.got) != count {
		t.Fatalf("%d messages, want %d", len(n.got), count)
	}
	for i, m := range n.got {
		if m.GetIndex() != first+uint64(i) {
			t.Fatalf("message %d has index %d, want %d", i, m.GetIndex(), first+uint64(i))
		}
	}
}
