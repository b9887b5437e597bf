// Package transport carries raft messages, snapshots and one-shot calls between
// the members of a cluster over plain TCP.
//
// Every node dials every other one, and a connection carries messages in one
// direction only; see peer.go for how they are written and accept.go for how
// they are read. A snapshot and a call have a connection each, so that neither
// stands in the way of messages. Messages may be lost, at any time and without
// a word of which; raft expects that. They are never reordered or doubled.
//
// Goroutines:
//
//	accept   1            takes connections
//	tend     1            signs of life, silent connections, reports of Unreachable
//	dial     1 per peer   connects, and reads the peer's signs of life
//	write    1 per peer   writes what Send could not at once
//	read     1 per inbound connection; calls the handler
//
// Whoever can connect to the listener and knows the cluster's ID can be a
// member: the network between the nodes has to be trusted.
package transport

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/raft/v3/raftpb"
)

// Peer is another member and where it listens.
type Peer struct {
	ID   uint64
	Addr string // host:port
}

// Handler is what the transport needs of the node. All methods may be called
// from several goroutines.
type Handler interface {
	// Messages takes all messages that came with one read of one peer's
	// connection; calls for one peer come one after the other, in order. The
	// messages belong to the callee, the slice only for the call. While it
	// blocks, nothing more is read from this peer.
	Messages(ms []*raftpb.Message)
	// Unreachable says that messages to the peer were lost. It comes at most
	// a few times a second per peer, never from inside Send. It must not block.
	Unreachable(id uint64)
	// Snapshot takes a snapshot stream with its MsgSnap. body ends with io.EOF
	// if it came whole, with another error if not. The sender learns the result.
	Snapshot(from uint64, m *raftpb.Message, body io.Reader) error
	// Call answers a one-shot request, also of nodes that are no members.
	Call(method string, req []byte) ([]byte, error)
	// Admit may refuse a peer, such as a removed member; it is told the error.
	Admit(from uint64) error
}

// Limits and times, if the options do not say otherwise.
const (
	DefaultMaxFrame   = 1 << 30
	DefaultQueueBytes = 64 << 20
	DefaultKeepAlive  = 250 * time.Millisecond
	DefaultDeadAfter  = 3 * time.Second
)

// Options configure a Transport.
type Options struct {
	ClusterID uint64       // 0: not known yet, see SetIdentity
	Self      uint64       // likewise
	Listener  net.Listener // owned by the transport from New on
	Handler   Handler
	Log       *slog.Logger
	// MaxFrame bounds one message, in bytes. It must be the same on all nodes
	// and above what raft may put into a message.
	MaxFrame int
	// QueueBytes bounds what waits for one peer that is slow to take it, behind
	// what is being written. The last message may exceed it, whatever its size.
	QueueBytes int
	// KeepAlive is the time between signs of life, and so what LastSeen is
	// good to; a connection that is silent for DeadAfter is given up.
	KeepAlive, DeadAfter time.Duration
	// Filter, if set, sees every outgoing message; false drops it. For tests.
	Filter func(to uint64, m *raftpb.Message) bool
}

// Transport is one node's end of all its connections.
type Transport struct {
	options  Options
	handler  Handler
	log      *slog.Logger
	start    time.Time
	ready    atomic.Bool // the peers are known, so messages are taken
	identity atomic.Pointer[identity]
	peers    atomic.Pointer[[]*peer] // ordered by ID; never changed in place

	ctx  context.Context
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	links    map[uint64]*link
	inbound  map[*inbound]struct{}
	refusals map[uint64]string // the last reason each peer was told
}

type identity struct{ cluster, self uint64 }

// link is what is known of a member, whichever way it came.
type link struct {
	seen         atomic.Int64 // since Transport.start, ns; 0: never
	recvMessages atomic.Uint64
	recvBytes    atomic.Uint64
	// The connections that deliver the member's messages and its snapshot. The
	// lock is held by the reader of messages, so that the next one begins after it.
	stream, snapshot atomic.Pointer[inbound]
	mu               sync.Mutex
}

// New starts a transport. Calls are answered at once, peers are let in and
// connected to from the first SetPeers on.
func New(o Options) *Transport {
	o.MaxFrame = cmp.Or(o.MaxFrame, DefaultMaxFrame)
	o.QueueBytes = cmp.Or(o.QueueBytes, DefaultQueueBytes)
	o.KeepAlive = cmp.Or(o.KeepAlive, DefaultKeepAlive)
	o.DeadAfter = cmp.Or(o.DeadAfter, DefaultDeadAfter)
	t := &Transport{
		options: o, handler: o.Handler, log: o.Log, start: time.Now(),
		links: map[uint64]*link{}, inbound: map[*inbound]struct{}{}, refusals: map[uint64]string{},
	}
	t.ctx, t.stop = context.WithCancel(context.Background())
	t.identity.Store(&identity{o.ClusterID, o.Self})
	t.peers.Store(new([]*peer))
	t.wg.Add(2)
	go t.accept()
	go t.tend()
	return t
}

// SetIdentity tells a transport that was started without it which member of
// which cluster the node is.
func (t *Transport) SetIdentity(cluster, self uint64) {
	t.identity.Store(&identity{cluster, self})
}

// SetPeers replaces the list of the other members. Connections to those that
// are still in it, at the same address, stay.
func (t *Transport) SetPeers(list []Peer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	old := *t.peers.Load()
	peers := make([]*peer, 0, len(list))
	for _, want := range list {
		if want.ID == t.identity.Load().self {
			continue
		}
		i := slices.IndexFunc(old, func(p *peer) bool { return p.Peer == want })
		if i >= 0 {
			peers = append(peers, old[i])
			continue
		}
		peers = append(peers, startPeer(t, want, t.link(want.ID)))
	}
	slices.SortFunc(peers, func(a, b *peer) int { return cmp.Compare(a.ID, b.ID) })
	t.peers.Store(&peers)
	for _, p := range old {
		if !slices.Contains(peers, p) {
			p.stop()
		}
		if !slices.ContainsFunc(peers, func(q *peer) bool { return q.ID == p.ID }) {
			t.dismiss(p.link)
		}
	}
	t.ready.Store(true)
}

// dismiss closes what a member that is none any more has opened to us. It will
// come again, and is told why it is not let in. The caller holds t.mu.
func (t *Transport) dismiss(l *link) {
	for in := range t.inbound {
		if in.link == l {
			in.conn.Close()
		}
	}
}

// link returns the entry of a member. The caller holds t.mu.
func (t *Transport) link(id uint64) *link {
	l := t.links[id]
	if l == nil {
		l = &link{}
		t.links[id] = l
	}
	return l
}

// maxLinks bounds the members that were heard of since the start.
const maxLinks = 4096

// room reports whether a member is known or may still become so.
func (t *Transport) room(id uint64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.links[id] != nil || len(t.links) < maxLinks
}

// Send sends messages, each to the member in its To; those for members that are
// not in the list of peers are dropped. It never blocks: what the socket does
// not take at once waits in a queue, and what the queue does not take is
// dropped. All messages of one call for one peer leave together. The messages
// are not used after it returns.
func (t *Transport) Send(ms []*raftpb.Message) {
	for _, p := range *t.peers.Load() {
		p.send(ms)
	}
}

func (t *Transport) peer(id uint64) *peer {
	for _, p := range *t.peers.Load() {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// now is the time since the transport was started, in ns and never 0.
func (t *Transport) now() int64 { return max(int64(time.Since(t.start)), 1) }

// LastSeen returns when anything came from the member last; zero if never.
func (t *Transport) LastSeen(id uint64) time.Time {
	t.mu.Lock()
	l := t.links[id]
	t.mu.Unlock()
	if l == nil || l.seen.Load() == 0 {
		return time.Time{}
	}
	return t.start.Add(time.Duration(l.seen.Load()))
}

// PeerStats are the figures of one peer.
type PeerStats struct {
	ID           uint64
	Addr         string
	Connected    bool
	Refused      string // why the peer turned us away the last time; "" if it did not
	QueuedBytes  int64
	SentMessages uint64
	SentBytes    uint64
	Direct       uint64 // writes that Send did itself
	RecvMessages uint64
	RecvBytes    uint64
	Dropped      uint64 // messages
	Connects     uint64
}

// Stats returns the figures of all peers, ordered by ID. The counters of a peer
// begin anew when its address changes.
func (t *Transport) Stats() []PeerStats {
	peers := *t.peers.Load()
	out := make([]PeerStats, 0, len(peers))
	for _, p := range peers {
		out = append(out, p.figures())
	}
	return out
}

// Close closes all connections and waits until no handler is called any more.
func (t *Transport) Close() {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return
	}
	t.closed = true
	for _, p := range *t.peers.Load() {
		p.stop()
	}
	for in := range t.inbound {
		in.conn.Close()
	}
	t.mu.Unlock()
	t.stop()
	t.options.Listener.Close()
	t.wg.Wait()
}

// spawn runs f on a goroutine that Close waits for. It reports false, and runs
// nothing, if the transport is closed.
func (t *Transport) spawn(f func()) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	t.wg.Go(f)
	return true
}

// tend looks after the connections at every KeepAlive.
func (t *Transport) tend() {
	defer t.wg.Done()
	tick := time.NewTicker(t.options.KeepAlive)
	defer tick.Stop()
	for {
		select {
		case <-t.ctx.Done():
			return
		case <-tick.C:
		}
		for _, p := range *t.peers.Load() {
			p.tend()
		}
		t.mu.Lock()
		ins := make([]*inbound, 0, len(t.inbound))
		for in := range t.inbound {
			ins = append(ins, in)
		}
		t.mu.Unlock()
		for _, in := range ins {
			in.tend()
		}
	}
}
