// Package transport carries raft messages, snapshots and one-shot calls between the
// members of a cluster over TCP.
//
// Every node dials every other one, and a connection carries messages in one direction
// only. peer.go tells how they are written, stream.go how they are read. A snapshot and
// a call have a connection each, so that neither stands in the way of messages.
// The groups of the nodes share the connections: each message has the number of its
// group. Messages may be lost, at any time and without a word of which; raft expects that.
// They are never doubled, and those with entries are never reordered: long ones go in
// parts, and others overtake them (parts.go).
//
// Goroutines:
//
//	accept   1            takes connections
//	tend     1            signs of life, silent connections, reports of Unreachable
//	dial     1 per peer   connects, and reads the peer's signs of life
//	write    1 per peer   writes what Send could not at once
//	drive    1 or 0       reads messages, unless an event loop does (Attach)
//	serve    1 per inbound connection that is no stream of messages, or not yet
//	news     1 or 2 per peer: reads news, and writes them
//
// Before anything that a peer sends is looked at, it has proven that it belongs to the
// cluster; package secure has how. A Guard that is nil lets only this machine in.
package transport

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/raft/v3/raftpb"

	"github.com/msredis/msredis/cluster/transport/secure"
	"github.com/msredis/msredis/internal/poller"
)

// Peer is another member and where it listens.
type Peer struct {
	ID   uint64
	Addr string // host:port
}

// Handler is what the transport needs of the node. All methods may be called
// from several goroutines.
type Handler interface {
	// Messages takes all messages of a group that were found with one look at the
	// streams. Calls come one after the other, and the messages of one peer in order.
	// The messages belong to the callee, the slice only for the call. It queues them:
	// while it blocks, nothing more is read from anybody.
	Messages(group int, ms []*raftpb.Message)
	// Received has the handler work on what Messages has queued. It is called on
	// the transport's own goroutines; an event loop that polls does without.
	Received()
	// Unreachable says that messages to the peer were lost. It comes at most
	// a few times a second per peer, never from inside Send. It must not block.
	Unreachable(id uint64)
	// Snapshot takes a snapshot stream with its MsgSnap. body ends with io.EOF
	// if it came whole, with another error if not. The sender learns the result.
	Snapshot(group int, from uint64, m *raftpb.Message, body io.Reader) error
	// Call answers a one-shot request, also of nodes that are no members.
	Call(who Caller, method string, req []byte) ([]byte, error)
	// Admit may refuse a process of a member, whichever side has connected. A process
	// that wants in is told the error, and with a *RefusedError the reason.
	Admit(id uint64, p Process) error
	// Name returns the name of a member, "" if it is not known.
	Name(id uint64) string
	// Introduce returns what this process tells of itself. It is called from the
	// first SetPeers on.
	Introduce() Process
}

// Limits and times, if the options do not say otherwise.
const (
	DefaultMaxFrame   = 1 << 30
	DefaultQueueBytes = 64 << 20
	DefaultKeepAlive  = 250 * time.Millisecond
	DefaultDeadAfter  = 3 * time.Second
)

// MaxGroups bounds Options.Groups. The number of a group is one byte in a frame.
const MaxGroups = 128

// Options configure a Transport.
type Options struct {
	Groups    int          // the nodes have these in common; 0: 1
	ClusterID uint64       // 0: not known yet, see SetIdentity
	Self      uint64       // likewise
	Listener  net.Listener // owned by the transport from New on; nil: see Listen
	Handler   Handler
	Log       *slog.Logger
	Guard     *secure.Guard // nil: an open one
	// MaxFrame bounds one message, in bytes. It must be the same on all nodes
	// and above what raft may put into a message.
	MaxFrame int
	// QueueBytes bounds what waits for one peer that is slow to take it, behind
	// what is being written. The last message may exceed it, whatever its size.
	QueueBytes int
	// KeepAlive is the time between signs of life, and so what LastSeen is
	// good to; a connection that is silent for DeadAfter is given up.
	KeepAlive, DeadAfter time.Duration
	// News is told of each connection for news with another member; nil: there
	// are none.
	News func(member uint64, w *Wire) NewsPeer
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
	listener net.Listener // nil: nobody can connect
	links    map[uint64]*link
	inbound  map[*inbound]struct{}
	arrivals uint64            // connections that were accepted
	refusals map[uint64]string // the last reason each peer was told
	refused  struct {          // lines about that
		since int64 // by now
		lines int
	}

	unproven     atomic.Uint64 // connections without proof
	unprovenSaid atomic.Int64  // when a line told of them, by now

	driver *driver // nil while an event loop polls, and when closed

	// reading is held by whoever polls. mu may be taken under it, not the other
	// way round.
	reading sync.Mutex
	poller  *poller.Poller
	streams map[int]*stream     // by descriptor; nil: closed
	again   []*stream           // to be looked at without being ready
	spare   []*stream           // memory for again
	got     [][]*raftpb.Message // by group
	gotAny  bool
}

type identity struct{ cluster, self uint64 }

// link is what is known of a member, whichever way it came.
type link struct {
	seen         atomic.Int64 // since Transport.start, ns; 0: never
	recvMessages atomic.Uint64
	recvBytes    atomic.Uint64
	// The connections that deliver the member's messages, and its snapshot of each group.
	stream    atomic.Pointer[stream]
	snapshots []atomic.Pointer[inbound]
	// The connection for news, and who is at it.
	news       atomic.Pointer[Wire]
	exchanging sync.Mutex
}

// sendsSnapshot reports whether a snapshot of the member is on its way.
func (l *link) sendsSnapshot() bool {
	for i := range l.snapshots {
		if l.snapshots[i].Load() != nil {
			return true
		}
	}
	return false
}

// New starts a transport. Calls are answered at once, peers are let in and
// connected to from the first SetPeers on. The listener is closed if it fails.
func New(o Options) (t *Transport, err error) {
	defer func() {
		if err != nil && o.Listener != nil {
			o.Listener.Close()
		}
	}()
	o.Groups = min(max(o.Groups, 1), MaxGroups)
	o.MaxFrame = cmp.Or(o.MaxFrame, DefaultMaxFrame)
	o.QueueBytes = cmp.Or(o.QueueBytes, DefaultQueueBytes)
	o.KeepAlive = cmp.Or(o.KeepAlive, DefaultKeepAlive)
	o.DeadAfter = cmp.Or(o.DeadAfter, DefaultDeadAfter)
	t = &Transport{
		options: o, handler: o.Handler, log: o.Log, start: time.Now(),
		links: map[uint64]*link{}, inbound: map[*inbound]struct{}{}, refusals: map[uint64]string{},
		streams: map[int]*stream{}, got: make([][]*raftpb.Message, o.Groups),
	}
	if t.poller, err = poller.New(); err != nil {
		return nil, fmt.Errorf("cannot listen for peers: %w", err)
	}
	if t.driver, err = t.newDriver(); err != nil {
		t.poller.Close()
		return nil, fmt.Errorf("cannot listen for peers: %w", err)
	}
	t.ctx, t.stop = context.WithCancel(context.Background())
	t.identity.Store(&identity{o.ClusterID, o.Self})
	t.peers.Store(new([]*peer))
	t.wg.Go(t.tend)
	if o.Listener != nil {
		t.Listen(o.Listener)
	}
	return t, nil
}

// Listen begins to take connections, for a transport that was made without a
// listener. It is the transport's from now on. A second one is closed.
func (t *Transport) Listen(l net.Listener) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || t.listener != nil {
		l.Close()
		return
	}
	t.listener = l
	t.wg.Go(func() { t.accept(l) })
}

// Listens reports whether the transport takes connections.
func (t *Transport) Listens() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.listener != nil
}

// Attach has an event loop read the messages, so that they are served together with its
// clients. watch is given a descriptor that becomes readable when messages have come,
// and the function to call then. The loop has the handler work on them. It may be
// called once; Detach when the loop has ended.
func (t *Transport) Attach(watch func(fd int, ready func()) error) error {
	if err := watch(t.poller.FD(), t.Poll); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.driver != nil {
		t.driver.end()
		t.driver = nil
	}
	return nil
}

// Detach lets the transport read its messages itself again.
func (t *Transport) Detach() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || t.driver != nil {
		return nil
	}
	var err error
	t.driver, err = t.newDriver()
	return err
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
	if s := l.stream.Load(); s != nil {
		s.shut()
	}
}

// link returns the entry of a member. The caller holds t.mu.
func (t *Transport) link(id uint64) *link {
	l := t.links[id]
	if l == nil {
		l = &link{snapshots: make([]atomic.Pointer[inbound], t.options.Groups)}
		t.links[id] = l
	}
	return l
}

// maxLinks bounds the members, and those that were some, of which something is
// known: each may have a connection to us.
const maxLinks = 128

// room reports whether a member is known or may still become so.
func (t *Transport) room(id uint64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.links[id] == nil && len(t.links) >= maxLinks {
		for old, l := range t.links {
			if t.peer(old) == nil && l.stream.Load() == nil && !l.sendsSnapshot() {
				delete(t.links, old)
			}
		}
	}
	return t.links[id] != nil || len(t.links) < maxLinks
}

// Send sends messages of a group, each to the member in its To. Those for members
// that are not in the list of peers are dropped. It never blocks: what the socket
// does not take at once waits in a queue, and what the queue does not take is
// dropped. All messages of one call for one peer leave together. The messages
// are not used after it returns.
func (t *Transport) Send(group int, ms []*raftpb.Message) {
	for _, p := range *t.peers.Load() {
		p.send(group, ms)
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
	Refused      string        // why the peer turned us away the last time; "" if it did not
	Why          Reason        // the same; 0 if it did not
	RefusedFor   time.Duration // since when it does
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
	d, l := t.driver, t.listener
	t.driver = nil
	t.mu.Unlock()
	t.stop()
	if l != nil {
		l.Close()
	}
	if d != nil {
		d.end()
	}
	t.closeStreams()
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
		t.tendStreams()
		t.mu.Lock()
		for _, l := range t.links {
			if w := l.news.Load(); w != nil {
				w.tend()
			}
		}
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
