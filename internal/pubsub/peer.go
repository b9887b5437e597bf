package pubsub

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/msredis/msredis/internal/glob"
)

// Wire carries frames to another node, in order. A lost message is lost together with
// all that follow: the other side is told that the peer is closed.
type Wire interface {
	// Send queues a frame and reports whether there was room. With sure set there
	// always is, or the wire breaks. It does not block. frame is not kept.
	Send(frame []byte, sure bool) bool
}

// peers are the other nodes that are connected.
type peers struct {
	mu   sync.Mutex // guards changes of list
	list atomic.Pointer[[]*Peer]
}

func (ps *peers) all() []*Peer {
	if list := ps.list.Load(); list != nil {
		return *list
	}
	return nil
}

func (ps *peers) edit(fn func([]*Peer) []*Peer) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	list := fn(slices.Clone(ps.all()))
	ps.list.Store(&list)
}

// changed tells the other nodes how many subscribers a name has. The part that
// has it is locked, so that the last thing they hear of it is true.
func (ps *peers) changed(k Kind, name string, subscribers int) {
	for _, p := range ps.all() {
		p.tell(k, name, subscribers)
	}
}

// Peer is another node, from the moment the wire to it is there until it breaks.
//
// Each node tells the others of every name how many subscribers it has, whenever that
// changes, and all of it when they connect. So everybody knows who wants a message and
// how many will get it, without asking. A node tells how much it has heard. A client's
// subscription is confirmed when all nodes have heard of it (Mark), so it gets every
// message that is published anywhere afterwards.
type Peer struct {
	hub  *Hub
	wire Wire

	// The reports of the other node.
	theirs [Kinds]struct {
		names atomic.Int64 // how many
		mu    sync.RWMutex
		subs  map[string]int
	}

	mu       sync.Mutex // guards what follows
	told     uint64     // numbers that were sent
	heard    uint64     // of those, how many the other side has taken
	progress chan struct{}
	closed   bool

	// Of the goroutine that calls Take.
	taken, said uint64 // numbers taken, and said to be
	buf         []byte
}

// Open takes a node in that can be reached by wire. All messages from there are given
// to the peer.
func (h *Hub) Open(wire Wire) *Peer {
	p := &Peer{hub: h, wire: wire}
	for k := range p.theirs {
		p.theirs[k].subs = make(map[string]int)
	}
	h.peers.edit(func(list []*Peer) []*Peer { return append(list, p) })
	for k := range Kind(Kinds) {
		h.each(k, func(name string, n int) { p.tell(k, name, n) })
	}
	return p
}

// Close forgets the node: its subscribers do not count any more.
func (p *Peer) Close() {
	p.hub.peers.edit(func(list []*Peer) []*Peer {
		return slices.DeleteFunc(list, func(q *Peer) bool { return q == p })
	})
	p.mu.Lock()
	p.closed = true
	p.stir()
	p.mu.Unlock()
}

// stir wakes those who wait for the peer. mu is held.
func (p *Peer) stir() {
	if p.progress != nil {
		close(p.progress)
		p.progress = nil
	}
}

func (p *Peer) tell(k Kind, name string, subscribers int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.told++
	p.wire.Send(appendNumber(nil, k, name, subscribers), true)
}

// Take takes a frame that has come. An error means that the other side cannot be
// understood.
func (p *Peer) Take(frame []byte) error {
	f, err := parseFrame(frame)
	if err != nil {
		return err
	}
	switch f.what {
	case frameNumber:
		p.note(f.kind, f.name, f.n)
		p.taken++
	case frameHeard:
		p.mu.Lock()
		p.heard = max(p.heard, f.seq)
		p.stir()
		p.mu.Unlock()
	case frameMessage:
		p.hub.Deliver(f.kind, f.name, f.payload)
	}
	return nil
}

// Rest says what was taken. It is called when nothing more has come for now, by
// the goroutine that calls Take.
func (p *Peer) Rest() {
	if p.said != p.taken {
		p.said = p.taken
		p.buf = appendHeard(p.buf[:0], p.said)
		p.wire.Send(p.buf, true)
	}
}

// note takes a number of the other node's.
func (p *Peer) note(k Kind, name []byte, subscribers int) {
	t := &p.theirs[k]
	t.mu.Lock()
	if subscribers > 0 {
		t.subs[string(name)] = subscribers
	} else {
		delete(t.subs, string(name))
	}
	t.names.Store(int64(len(t.subs)))
	t.mu.Unlock()
}

func (p *Peer) subscribers(k Kind, name []byte) int {
	t := &p.theirs[k]
	if t.names.Load() == 0 {
		return 0
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.subs[string(name)]
}

// receivers returns how many clients of the other node a message goes to.
func (p *Peer) receivers(k Kind, channel []byte) int {
	n := p.subscribers(k, channel)
	if t := &p.theirs[Pattern]; k == Channel && t.names.Load() != 0 {
		t.mu.RLock()
		for name, subs := range t.subs {
			if glob.Match([]byte(name), channel, false) {
				n += subs
			}
		}
		t.mu.RUnlock()
	}
	return n
}

// Publish sends a message to all nodes and returns how many clients get it, each
// counted as often as it does. k is Channel or Shard.
func (h *Hub) Publish(k Kind, channel, payload []byte) (receivers int) {
	var frame []byte
	for _, p := range h.peers.all() {
		n := p.receivers(k, channel)
		if n == 0 {
			continue
		}
		if frame == nil {
			frame = appendMessage(nil, k, channel, payload)
		}
		if p.wire.Send(frame, false) {
			receivers += n
		}
	}
	return receivers + h.Deliver(k, channel, payload)
}

// Receivers returns what Publish would, and sends nothing.
func (h *Hub) Receivers(k Kind, channel []byte) int {
	n := h.local(k, channel)
	for _, p := range h.peers.all() {
		n += p.receivers(k, channel)
	}
	return n
}

// Subscribers returns how many clients of all nodes have subscribed to a name.
func (h *Hub) Subscribers(k Kind, name []byte) int {
	n := h.subscribers(k, string(name))
	for _, p := range h.peers.all() {
		n += p.subscribers(k, name)
	}
	return n
}

// Names returns what clients of all nodes have subscribed to, sorted.
func (h *Hub) Names(k Kind) []string {
	var all []string
	h.each(k, func(name string, _ int) { all = append(all, name) })
	for _, p := range h.peers.all() {
		t := &p.theirs[k]
		t.mu.RLock()
		for name := range t.subs {
			all = append(all, name)
		}
		t.mu.RUnlock()
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Mark is a moment: what the clients of this node had subscribed to then.
type Mark []struct {
	peer *Peer
	told uint64
}

// Mark returns the present moment.
func (h *Hub) Mark() (m Mark) {
	for _, p := range h.peers.all() {
		p.mu.Lock()
		if p.heard < p.told {
			m = append(m, struct {
				peer *Peer
				told uint64
			}{p, p.told})
		}
		p.mu.Unlock()
	}
	return m
}

// Heard returns nil if every node that is still connected has heard of all
// subscriptions up to then. Else it returns a channel that is closed when it is worth
// asking again.
func (m Mark) Heard() <-chan struct{} {
	for _, at := range m {
		p := at.peer
		p.mu.Lock()
		if p.heard >= at.told || p.closed {
			p.mu.Unlock()
			continue
		}
		if p.progress == nil {
			p.progress = make(chan struct{})
		}
		wait := p.progress
		p.mu.Unlock()
		return wait
	}
	return nil
}
