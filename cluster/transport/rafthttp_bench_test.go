package transport

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"go.etcd.io/etcd/client/pkg/v3/types"
	"go.etcd.io/etcd/server/v3/etcdserver/api/rafthttp"
	"go.etcd.io/etcd/server/v3/etcdserver/api/snap"
	stats "go.etcd.io/etcd/server/v3/etcdserver/api/v2stats"
	"go.etcd.io/raft/v3"
	"go.etcd.io/raft/v3/raftpb"
	"go.uber.org/zap"
)

// BenchmarkAgainstRafthttp exchanges the same messages over etcd's transport and
// over this one: an append with an entry goes from node 1 to node 2, which
// answers it. "flight" is how many appends are under way at a time. What arrives
// together is answered together, as raft does; rafthttp delivers one by one. The
// machine drifts: only the rounds of one run compare.
//
//	go test -run - -bench Rafthttp -benchtime 1s ./cluster/transport
func BenchmarkAgainstRafthttp(b *testing.B) {
	for _, flight := range []int{1, 50} {
		for _, size := range []int{100, 4096} {
			for round := range 3 {
				for _, c := range []struct {
					name  string
					start func(testing.TB, *exchange)
				}{{"rafthttp", startRafthttp}, {"ours", startOurs}} {
					b.Run(fmt.Sprintf("flight=%d/%dB/%d/%s", flight, size, round, c.name), func(b *testing.B) {
						benchExchange(b, flight, size, c.start)
					})
				}
			}
		}
	}
}

// exchange is two connected nodes.
type exchange struct {
	send     [3]func([]*raftpb.Message) // by node, 1 and 2
	answered func(n int)                // node 1 has heard n answers
}

// got is called with what has arrived at a node.
func (x *exchange) got(node uint64, ms []*raftpb.Message) {
	if node == 1 {
		x.answered(len(ms))
		return
	}
	out := make([]*raftpb.Message, 0, len(ms))
	for _, m := range ms {
		out = append(out, &raftpb.Message{Type: raftpb.MsgAppResp.Enum(), From: new(uint64(2)), To: new(uint64(1)),
			Term: m.Term, Index: new(m.GetIndex() + 1)})
	}
	x.send[2](out)
}

func benchExchange(b *testing.B, flight, size int, start func(testing.TB, *exchange)) {
	x := &exchange{}
	warm := make(chan struct{}, 1)
	x.answered = func(int) {
		select {
		case warm <- struct{}{}:
		default:
		}
	}
	data := make([]byte, size)
	start(b, x)
	eventually(b, "the first answer", func() bool {
		x.send[1]([]*raftpb.Message{msg(1, 2, 0, data)})
		select {
		case <-warm:
			return true
		default:
			return false
		}
	})
	var sent, answers atomic.Int64
	done := make(chan struct{})
	next := func(n int) {
		var ms []*raftpb.Message
		for range n {
			if i := sent.Add(1); i <= int64(b.N) {
				ms = append(ms, msg(1, 2, uint64(i), data))
			}
		}
		x.send[1](ms)
	}
	var on atomic.Bool
	x.answered = func(n int) {
		if !on.Load() {
			return // to one of the first
		}
		if now := answers.Add(int64(n)); now >= int64(b.N) && now-int64(n) < int64(b.N) {
			close(done)
		}
		next(n)
	}
	b.ReportAllocs()
	b.ResetTimer()
	on.Store(true)
	next(min(flight, b.N))
	<-done
}

func startOurs(t testing.TB, x *exchange) {
	var nodes [3]*node
	var hs [3]*bounce
	for id := uint64(1); id <= 2; id++ {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		hs[id] = &bounce{id, x}
		tr, err := New(Options{ClusterID: testCluster, Self: id, Listener: ln, Handler: hs[id], Log: quiet})
		must(t, err)
		nodes[id] = &node{id: id, addr: ln.Addr().String(), Transport: tr}
		x.send[id] = func(ms []*raftpb.Message) { nodes[id].Send(0, ms) }
		t.Cleanup(nodes[id].Close)
	}
	nodes[1].knows(nodes[2])
	nodes[2].knows(nodes[1])
	eventually(t, "connections", func() bool { return nodes[1].connected(2) && nodes[2].connected(1) })
}

// bounce is a handler of both transports.
type bounce struct {
	id uint64
	x  *exchange
}

func (h *bounce) Messages(_ int, ms []*raftpb.Message)                   { h.x.got(h.id, ms) }
func (h *bounce) Received()                                              {}
func (h *bounce) Unreachable(uint64)                                     {}
func (h *bounce) Snapshot(int, uint64, *raftpb.Message, io.Reader) error { return nil }
func (h *bounce) Name(uint64) string                                     { return "" }
func (h *bounce) Call(Caller, string, []byte) ([]byte, error)            { return nil, nil }
func (h *bounce) Admit(uint64, Process) error                            { return nil }
func (h *bounce) Introduce() Process                                     { return Process{} }
func (h *bounce) IsIDRemoved(uint64) bool                                { return false }
func (h *bounce) ReportUnreachable(uint64)                               {}
func (h *bounce) ReportSnapshot(uint64, raft.SnapshotStatus)             {}
func (h *bounce) Process(_ context.Context, m *raftpb.Message) error {
	h.x.got(h.id, []*raftpb.Message{m})
	return nil
}

func startRafthttp(t testing.TB, x *exchange) {
	var trs [3]*rafthttp.Transport
	var urls [3]string
	for id := uint64(1); id <= 2; id++ {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		urls[id] = "http://" + ln.Addr().String()
		tr := &rafthttp.Transport{
			Logger: zap.NewNop(), ID: types.ID(id), ClusterID: testCluster, Raft: &bounce{id, x},
			Snapshotter: snap.New(zap.NewNop(), t.TempDir()),
			ServerStats: stats.NewServerStats("", ""), LeaderStats: stats.NewLeaderStats(zap.NewNop(), ""),
			ErrorC: make(chan error, 1),
		}
		must(t, tr.Start())
		srv := &http.Server{Handler: tr.Handler()}
		go srv.Serve(ln)
		t.Cleanup(func() { tr.Stop(); srv.Close() })
		x.send[id] = tr.Send
		trs[id] = tr
	}
	trs[1].AddPeer(2, []string{urls[2]})
	trs[2].AddPeer(1, []string{urls[1]})
	eventually(t, "connections", func() bool { return trs[1].ActivePeers() == 1 && trs[2].ActivePeers() == 1 })
}
