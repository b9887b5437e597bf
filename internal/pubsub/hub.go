package pubsub

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/msredis/msredis/internal/glob"
)

// parts is how many locks the names of a kind are dealt to. A power of two.
const parts = 64

// Hub knows the subscriptions of a node's clients. All methods may be called from
// many goroutines; none blocks.
type Hub struct {
	seed  maphash.Seed
	kinds [Kinds]names
	// list has the patterns in the order in which they came: a message is held
	// against each. Guarded by the lock of list, which is taken under that of a
	// part when a pattern comes or goes.
	list struct {
		sync.RWMutex
		patterns []*pattern
	}
	peers peers
	// expecting, if set, reports whether a node is there that no wire leads to yet.
	expecting atomic.Pointer[func() bool]
}

// names are the topics of one kind by name.
type names struct {
	topics atomic.Int64 // how many there are
	parts  [parts]part
}

type part struct {
	mu     sync.RWMutex
	topics map[string]*topic
	_      [128 - 32]byte // neighbours do not disturb each other
}

type pattern struct {
	name string
	*topic
}

// New returns a hub without subscribers.
func New() *Hub {
	h := &Hub{seed: maphash.MakeSeed()}
	for k := range h.kinds {
		for i := range h.kinds[k].parts {
			h.kinds[k].parts[i].topics = make(map[string]*topic)
		}
	}
	return h
}

func (h *Hub) part(k Kind, name string) *part {
	return &h.kinds[k].parts[maphash.String(h.seed, name)%parts]
}

// Subscribe adds a subscriber, which has not subscribed to the name yet.
func (h *Hub) Subscribe(k Kind, name string, s Subscriber) {
	p := h.part(k, name)
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.topics[name]
	if k == Pattern {
		h.list.Lock() // its subscribers are looked at under this lock alone
		defer h.list.Unlock()
	}
	if t == nil {
		t = &topic{}
		name = strings.Clone(name)
		p.topics[name] = t
		h.kinds[k].topics.Add(1)
		if k == Pattern {
			h.list.patterns = append(h.list.patterns, &pattern{name, t})
		}
	}
	t.add(s)
	h.peers.changed(k, name, len(t.subs))
}

// Unsubscribe removes a subscriber, which has subscribed to the name. When it
// returns, no message that the name brought is handed to the subscriber any more.
func (h *Hub) Unsubscribe(k Kind, name string, s Subscriber) {
	p := h.part(k, name)
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.topics[name]
	if k == Pattern {
		h.list.Lock()
		defer h.list.Unlock()
	}
	t.remove(s)
	if len(t.subs) == 0 {
		delete(p.topics, name)
		h.kinds[k].topics.Add(-1)
		if k == Pattern {
			h.list.patterns = slices.DeleteFunc(h.list.patterns, func(p *pattern) bool { return p.topic == t })
		}
	}
	h.peers.changed(k, name, len(t.subs))
}

// SetExpecting says how to find out whether another node lives to which there is
// no wire yet.
func (h *Hub) SetExpecting(fn func() bool) { h.expecting.Store(&fn) }

// Expecting reports whether another node lives that cannot be told anything yet.
func (h *Hub) Expecting() bool {
	fn := h.expecting.Load()
	return fn != nil && (*fn)()
}

// Deliver hands a message to the subscribers on this node and returns how many
// times it did: once for each subscription that it fits. k is Channel or Shard.
func (h *Hub) Deliver(k Kind, channel, payload []byte) (n int) {
	if h.kinds[k].topics.Load() > 0 {
		p := &h.kinds[k].parts[maphash.Bytes(h.seed, channel)%parts]
		p.mu.RLock()
		if t := p.topics[string(channel)]; t != nil {
			n = len(t.subs)
			t.send(k, "", channel, payload)
		}
		p.mu.RUnlock()
	}
	if k == Channel && h.kinds[Pattern].topics.Load() > 0 {
		h.list.RLock()
		for _, p := range h.list.patterns {
			if glob.Match([]byte(p.name), channel, false) {
				n += len(p.subs)
				p.send(Pattern, p.name, channel, payload)
			}
		}
		h.list.RUnlock()
	}
	return n
}

// Any reports whether a client of this node has subscribed to a channel or a
// pattern. It costs two loads.
func (h *Hub) Any() bool {
	return h.kinds[Channel].topics.Load() != 0 || h.kinds[Pattern].topics.Load() != 0
}

// Topics returns how many different names of a kind the clients of this node have
// subscribed to.
func (h *Hub) Topics(k Kind) int { return int(h.kinds[k].topics.Load()) }

// local returns how many clients of this node a message for a channel goes to, each
// as often as it gets it.
func (h *Hub) local(k Kind, channel []byte) (n int) {
	n = h.subscribers(k, string(channel))
	if k == Channel && h.kinds[Pattern].topics.Load() > 0 {
		h.list.RLock()
		for _, p := range h.list.patterns {
			if glob.Match([]byte(p.name), channel, false) {
				n += len(p.subs)
			}
		}
		h.list.RUnlock()
	}
	return n
}

// subscribers returns how many clients of this node have subscribed to a name.
func (h *Hub) subscribers(k Kind, name string) int {
	p := h.part(k, name)
	p.mu.RLock()
	defer p.mu.RUnlock()
	if t := p.topics[name]; t != nil {
		return len(t.subs)
	}
	return 0
}

// each calls fn for all names of a kind that clients of this node have subscribed to,
// with their number. The part with the name is locked meanwhile.
func (h *Hub) each(k Kind, fn func(name string, subscribers int)) {
	for i := range h.kinds[k].parts {
		p := &h.kinds[k].parts[i]
		p.mu.RLock()
		for name, t := range p.topics {
			fn(name, len(t.subs))
		}
		p.mu.RUnlock()
	}
}
