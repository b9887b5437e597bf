package testcluster

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Net is the network between the nodes of a cluster. The others reach a node at a relay
// that the Net owns. So a test can hold, delay and cut the messages from one node to
// another, in each direction by itself. All methods may be called from any goroutine.
//
// A connection says in its first frame which member opened it. One-shot calls (joining,
// changes of the membership) do not; they are the Outsider's.
type Net struct {
	t      testing.TB
	mu     sync.Mutex
	change chan struct{} // closed when the rules change
	rules  map[way]rule
	relays []*relay
	names  map[uint64]string // of the members, by the identities on their disks
	conns  map[*conn]struct{}
	closed bool
	wg     sync.WaitGroup
}

// Outsider is where connections come from that do not say it.
const Outsider = ""

// way is a direction between two nodes, by name.
type way struct{ from, to string }

// rule is what happens to bytes on their way.
type rule struct {
	blocked bool
	delay   time.Duration
}

// relay listens in the place of a node.
type relay struct {
	net      *Net
	node     *Node
	listener net.Listener
}

// conn is a connection between two nodes: both halves of it.
type conn struct {
	from, to string
	a, b     net.Conn // to the one that dialed, to the one that is dialed
}

func newNet(t testing.TB) *Net {
	n := &Net{t: t, change: make(chan struct{}), rules: map[way]rule{}, names: map[uint64]string{}, conns: map[*conn]struct{}{}}
	t.Cleanup(n.close)
	return n
}

// listen opens the relay of a node and returns its port.
func (n *Net) listen(node *Node) int {
	n.t.Helper()
	port := FreePort(n.t)
	l, err := net.Listen("tcp", Loopback(port))
	if err != nil {
		n.t.Fatal(err)
	}
	r := &relay{net: n, node: node, listener: l}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.relays = append(n.relays, r)
	n.wg.Go(r.accept)
	return port
}

func (n *Net) close() {
	n.mu.Lock()
	n.closed = true
	n.changed()
	for _, r := range n.relays {
		r.listener.Close()
	}
	for c := range n.conns {
		c.close()
	}
	n.mu.Unlock()
	n.wg.Wait()
}

// changed wakes those who wait for other rules. The caller holds n.mu.
func (n *Net) changed() {
	close(n.change)
	n.change = make(chan struct{})
}

func (n *Net) set(from, to string, f func(r *rule)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	w := way{from, to}
	r := n.rules[w]
	f(&r)
	n.rules[w] = r
	n.changed()
}

// Block holds everything that from says to to until Heal: it arrives then, late,
// unless the nodes have given the connection up.
func (n *Net) Block(from, to string) { n.set(from, to, func(r *rule) { r.blocked = true }) }

// Delay makes everything that from says to to arrive later, in order.
func (n *Net) Delay(from, to string, d time.Duration) {
	n.set(from, to, func(r *rule) { r.delay = d })
}

// Cut closes all connections between two nodes, as a middlebox that has
// forgotten them. They may connect again.
func (n *Net) Cut(a, b string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.conns {
		if c.from == a && c.to == b || c.from == b && c.to == a {
			c.close()
		}
	}
}

// Heal takes all rules back.
func (n *Net) Heal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rules = map[way]rule{}
	n.changed()
}

// rule returns what holds on a way, and a channel that is closed when it may be
// something else. open is false when the Net is closed.
func (n *Net) rule(from, to string) (r rule, changed chan struct{}, open bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.rules[way{from, to}], n.change, !n.closed
}

func (r *relay) accept() {
	for {
		c, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.net.mu.Lock()
		if !r.net.closed {
			r.net.wg.Go(func() { r.serve(c) })
		}
		r.net.mu.Unlock()
	}
}

// The head of the first frame of a connection; see cluster/transport.
const (
	frameHead  = 9
	helloBytes = 2 + 1 + 3*8
	helloFrom  = frameHead + 2 + 1 + 8
	helloKind  = 1
	// greetPatience is above what nodes grant each other.
	greetPatience = 5 * time.Second
)

// serve relays one connection.
func (r *relay) serve(a net.Conn) {
	defer a.Close()
	head := make([]byte, frameHead+helloBytes)
	a.SetReadDeadline(time.Now().Add(greetPatience))
	got, err := io.ReadFull(a, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return
	}
	a.SetReadDeadline(time.Time{})
	from := Outsider
	if err == nil && head[frameHead-1] == helloKind {
		from = r.net.name(binary.LittleEndian.Uint64(head[helloFrom:]))
	}
	b, err := net.Dial("tcp", Loopback(r.node.PeerPort))
	if err != nil {
		return
	}
	defer b.Close()
	c := &conn{from: from, to: r.node.Name, a: a, b: b}
	r.net.mu.Lock()
	if r.net.closed {
		r.net.mu.Unlock()
		return
	}
	r.net.conns[c] = struct{}{}
	r.net.mu.Unlock()
	defer func() {
		r.net.mu.Lock()
		delete(r.net.conns, c)
		r.net.mu.Unlock()
	}()
	back := make(chan struct{})
	go func() {
		defer close(back)
		r.net.pump(b, a, nil, c.to, c.from)
	}()
	r.net.pump(a, b, head[:got], c.from, c.to)
	<-back
}

func (c *conn) close() {
	c.a.Close()
	c.b.Close()
}

// name finds out who a member is.
func (n *Net) name(id uint64) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if name, ok := n.names[id]; ok || id == 0 {
		return name
	}
	for _, r := range n.relays {
		var is struct {
			ID   uint64 `json:"id"`
			Name string `json:"name"`
		}
		data, err := os.ReadFile(filepath.Join(r.node.Dir, "identity.json"))
		if err == nil && json.Unmarshal(data, &is) == nil {
			n.names[is.ID] = is.Name
		}
	}
	return n.names[id]
}

// parcel is what one read has brought, and when it may arrive.
type parcel struct {
	data []byte
	due  time.Time
	end  bool
}

// pump carries bytes one way until the connection ends. The end has to wait as
// bytes do: a node behind a broken line does not learn that its peer has died.
func (n *Net) pump(src, dst net.Conn, first []byte, from, to string) {
	parcels := make(chan parcel, 64)
	go func() {
		defer close(parcels)
		send := func(p parcel) {
			r, _, _ := n.rule(from, to)
			p.due = time.Now().Add(r.delay)
			parcels <- p
		}
		if len(first) > 0 {
			send(parcel{data: first})
		}
		for {
			buf := make([]byte, 16<<10)
			got, err := src.Read(buf)
			if got > 0 {
				send(parcel{data: buf[:got]})
			}
			if err != nil {
				send(parcel{end: true})
				return
			}
		}
	}()
	broken := false
	for p := range parcels {
		if broken {
			continue
		}
		wait := time.NewTimer(time.Until(p.due))
		<-wait.C
		n.await(from, to)
		if p.end {
			src.Close()
			dst.Close()
			continue
		}
		if _, err := dst.Write(p.data); err != nil {
			broken = true
			src.Close()
		}
	}
}

// await returns when the way is free, or all is over.
func (n *Net) await(from, to string) {
	for {
		r, changed, open := n.rule(from, to)
		if !r.blocked || !open {
			return
		}
		<-changed
	}
}
