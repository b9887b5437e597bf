package pubsub

import (
	"bytes"
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"sync"
	"testing"
)

// ear is a subscriber that remembers.
type ear struct {
	mu    sync.Mutex
	heard []string
}

func (e *ear) Receive(m *Message) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, fmt.Sprintf("%s%s%s", m.Channel, strings.Repeat("@"+m.Pattern, min(1, len(m.Pattern))), "="+string(m.Payload)))
}

func (e *ear) take() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := strings.Join(e.heard, " ")
	e.heard = nil
	return s
}

// pair is two hubs that are connected. What one sends arrives when pump is called.
type pair struct {
	hubs  [2]*Hub
	peers [2]*Peer
	queue [2][][]byte // frames that hub i has sent
	full  bool
}

type end struct {
	p    *pair
	from int
}

func (e end) Send(frame []byte, sure bool) bool {
	if e.p.full && !sure {
		return false
	}
	e.p.queue[e.from] = append(e.p.queue[e.from], bytes.Clone(frame))
	return true
}

func connect(a, b *Hub) *pair {
	p := &pair{hubs: [2]*Hub{a, b}}
	p.peers = [2]*Peer{a.Open(end{p, 0}), b.Open(end{p, 1})}
	return p
}

func (p *pair) pump(t *testing.T) {
	for len(p.queue[0])+len(p.queue[1]) > 0 {
		for from := range p.queue {
			frames := p.queue[from]
			p.queue[from] = nil
			for _, f := range frames {
				if err := p.peers[1-from].Take(f); err != nil {
					t.Fatal(err)
				}
			}
			p.peers[1-from].Rest()
		}
	}
}

func TestOneNode(t *testing.T) {
	h := New()
	a, b := &ear{}, &ear{}
	h.Subscribe(Channel, "c", a)
	h.Subscribe(Channel, "c", b)
	h.Subscribe(Pattern, "c*", a)
	h.Subscribe(Shard, "c", b)
	publish := func(k Kind, channel string, want int, atA, atB string) {
		t.Helper()
		if n := h.Receivers(k, []byte(channel)); n != want {
			t.Errorf("%s has %d receivers, want %d", channel, n, want)
		}
		if n := h.Publish(k, []byte(channel), []byte("m")); n != want {
			t.Errorf("%s went to %d, want %d", channel, n, want)
		}
		if a, b := a.take(), b.take(); a != atA || b != atB {
			t.Errorf("%s: %q and %q, want %q and %q", channel, a, b, atA, atB)
		}
	}
	publish(Channel, "c", 3, "c=m c@c*=m", "c=m")
	publish(Channel, "cc", 1, "cc@c*=m", "")
	publish(Shard, "c", 1, "", "c=m")
	publish(Channel, "d", 0, "", "")
	h.Unsubscribe(Channel, "c", a)
	publish(Channel, "c", 2, "c@c*=m", "c=m")
	h.Unsubscribe(Pattern, "c*", a)
	h.Unsubscribe(Channel, "c", b)
	publish(Channel, "c", 0, "", "")
	if !h.Any() {
		h.Unsubscribe(Shard, "c", b)
	} else {
		t.Error("somebody seems to listen to a channel")
	}
	for k := range Kind(Kinds) {
		if n := h.Topics(k); n != 0 {
			t.Errorf("kind %d: %d topics are left", k, n)
		}
	}
}

// TestManySubscribers takes subscribers out in an order of chance.
func TestManySubscribers(t *testing.T) {
	h := New()
	ears := make([]*ear, 100)
	for i := range ears {
		ears[i] = &ear{}
		h.Subscribe(Channel, "c", ears[i])
	}
	rand.New(rand.NewSource(1)).Shuffle(len(ears), func(i, j int) { ears[i], ears[j] = ears[j], ears[i] })
	for i, e := range ears {
		h.Unsubscribe(Channel, "c", e)
		if n := h.Publish(Channel, []byte("c"), []byte("m")); n != len(ears)-i-1 {
			t.Fatalf("%d receivers, want %d", n, len(ears)-i-1)
		}
		if got := e.take(); got != strings.TrimSpace(strings.Repeat("c=m ", i)) {
			t.Fatalf("subscriber %d heard %q", i, got)
		}
	}
}

func TestFrames(t *testing.T) {
	m := Message{Channel: []byte("ch"), Payload: []byte("hello")}
	if got, want := string(m.Frame(false)), "*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$5\r\nhello\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	m = Message{Kind: Pattern, Pattern: "c*", Channel: []byte("ch"), Payload: []byte("")}
	if got, want := string(m.Frame(true)), ">4\r\n$8\r\npmessage\r\n$2\r\nc*\r\n$2\r\nch\r\n$0\r\n\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if first, again := m.Frame(true), m.Frame(true); &first[0] != &again[0] {
		t.Error("a frame is encoded twice")
	}
	// Whatever a peer sends, nothing worse than an error comes of it.
	r := rand.New(rand.NewSource(1))
	whole := [][]byte{appendNumber(nil, Pattern, "name", 3), appendHeard(nil, 300), appendMessage(nil, Shard, []byte("c"), []byte("payload"))}
	for range 20000 {
		f := bytes.Clone(whole[r.Intn(len(whole))])
		f = f[:r.Intn(len(f)+1)]
		if len(f) > 0 {
			f[r.Intn(len(f))] = byte(r.Intn(256))
		}
		parsed, err := parseFrame(f)
		if err == nil && (parsed.kind >= Kinds || parsed.n < 0) {
			t.Fatalf("%q was taken for %+v", f, parsed)
		}
	}
}

// TestTwoNodes checks what a node knows of another one's subscribers.
func TestTwoNodes(t *testing.T) {
	a, b := New(), New()
	early, late := &ear{}, &ear{}
	b.Subscribe(Channel, "early", early)
	p := connect(a, b)
	if a.Mark().Heard() != nil {
		t.Error("a node without subscribers waits for the other one")
	}
	if b.Mark().Heard() == nil {
		t.Error("a subscription is said to be known before it is")
	}
	p.pump(t)
	mark := b.Mark()
	if mark.Heard() != nil {
		t.Error("a subscription that is known is waited for")
	}
	b.Subscribe(Pattern, "l*", late)
	b.Subscribe(Channel, "late", late)
	b.Subscribe(Shard, "late", early)
	mark = b.Mark()
	wait := mark.Heard()
	p.pump(t)
	select {
	case <-wait:
	default:
		t.Error("nobody is told that the other node has heard")
	}
	if mark.Heard() != nil {
		t.Error("the other node has heard, and is waited for")
	}
	if got := a.Names(Channel); !slices.Equal(got, []string{"early", "late"}) {
		t.Errorf("channels %q", got)
	}
	if n := a.Subscribers(Pattern, []byte("l*")); n != 1 {
		t.Errorf("%d subscribers of the pattern", n)
	}
	if n := a.Publish(Channel, []byte("late"), []byte("m")); n != 2 {
		t.Errorf("published to %d, want 2", n)
	}
	if n := a.Publish(Shard, []byte("late"), []byte("s")); n != 1 {
		t.Errorf("published to %d of a shard channel, want 1", n)
	}
	if n := a.Publish(Channel, []byte("nobody"), []byte("m")); n != 0 || len(p.queue[0]) != 2 {
		t.Errorf("published to %d with %d frames on the way; want 0 and those of before", n, len(p.queue[0]))
	}
	p.pump(t)
	if got := late.take(); got != "late=m late@l*=m" {
		t.Errorf("got %q", got)
	}
	if got := early.take(); got != "late=s" {
		t.Errorf("got %q", got)
	}

	// A queue that is full costs the messages, and does not count them.
	p.full = true
	if n := a.Publish(Channel, []byte("late"), []byte("m")); n != 0 {
		t.Errorf("a message that was dropped went to %d", n)
	}
	p.full = false

	b.Unsubscribe(Channel, "early", early)
	p.pump(t)
	if n := a.Receivers(Channel, []byte("early")); n != 0 {
		t.Errorf("%d receivers are left", n)
	}

	// A node that is gone is not waited for, and its subscribers do not count.
	b.Subscribe(Channel, "more", early)
	mark = b.Mark()
	p.peers[1].Close()
	p.peers[0].Close()
	if mark.Heard() != nil {
		t.Error("a node that is gone is waited for")
	}
	if n := len(a.Names(Channel)); n != 0 {
		t.Errorf("%d channels of a node that is gone", n)
	}
	b.Unsubscribe(Channel, "more", early)
}

// TestConcurrent has subscribers come and go while messages are published: who is
// subscribed all the time gets all of one publisher's, in order, and nobody gets any
// behind Unsubscribe.
func TestConcurrent(t *testing.T) {
	h := New()
	stay := &ear{}
	h.Subscribe(Channel, "c", stay)
	const messages = 2000
	var wg sync.WaitGroup
	for k := range Kind(2) {
		wg.Go(func() {
			for range 500 {
				e := &ear{}
				h.Subscribe(k, "c", e)
				h.Unsubscribe(k, "c", e)
				e.take()
				if got := e.take(); got != "" {
					t.Errorf("got %q behind Unsubscribe", got)
				}
			}
		})
	}
	wg.Go(func() {
		for i := range messages {
			h.Publish(Channel, []byte("c"), fmt.Append(nil, i))
		}
	})
	wg.Wait()
	if len(stay.heard) != messages {
		t.Fatalf("%d messages, want %d", len(stay.heard), messages)
	}
	for i, m := range stay.heard {
		if m != fmt.Sprint("c=", i) {
			t.Fatalf("message %d is %q", i, m)
		}
	}
}

// sink is a subscriber that keeps what it may keep of a message, and copies the rest.
type sink struct {
	resp3        bool
	heard, wants [][]byte
}

func (s *sink) Receive(m *Message) {
	frame := m.Frame(s.resp3)
	if len(frame) < LastingFrom {
		frame = bytes.Clone(frame)
	}
	s.heard = append(s.heard, frame)
	fresh := Message{Kind: m.Kind, Pattern: m.Pattern, Channel: m.Channel, Payload: m.Payload}
	s.wants = append(s.wants, bytes.Clone(fresh.Frame(s.resp3)))
}

// TestFramesAreReused: the memory of a message is used for the next one, and nobody
// finds another message in what it was given.
func TestFramesAreReused(t *testing.T) {
	t.Parallel()
	h, rng := New(), rand.New(rand.NewSource(1))
	sinks := []*sink{{}, {resp3: true}, {}}
	h.Subscribe(Channel, "ch", sinks[0])
	h.Subscribe(Channel, "ch", sinks[1])
	h.Subscribe(Pattern, "c*", sinks[1])
	h.Subscribe(Pattern, "*h", sinks[2])
	for i := range 500 {
		size := rng.Intn(40)
		if rng.Intn(3) == 0 {
			size = LastingFrom - 60 + rng.Intn(120)
		}
		h.Deliver(Channel, []byte("ch"), bytes.Repeat([]byte{byte('a' + i%26)}, size))
	}
	for i, s := range sinks {
		if want := []int{500, 1000, 500}[i]; len(s.heard) != want {
			t.Errorf("subscriber %d: %d messages, want %d", i, len(s.heard), want)
		}
		for n := range s.heard {
			if !bytes.Equal(s.heard[n], s.wants[n]) {
				t.Fatalf("subscriber %d: message %d is now %.80q, was %.80q", i, n, s.heard[n], s.wants[n])
			}
		}
	}
}

// reader is a subscriber that copies each frame into one buffer.
type reader struct{ buf []byte }

func (r *reader) Receive(m *Message) { r.buf = append(r.buf[:0], m.Frame(false)...) }

// TestDeliverAllocatesNothing: a message to a subscriber is no garbage.
func TestDeliverAllocatesNothing(t *testing.T) {
	h, channel, payload := New(), []byte("ch"), make([]byte, 100)
	h.Subscribe(Channel, "ch", &reader{})
	// The average is rounded down: under the race detector a pool forgets now and then.
	if n := testing.AllocsPerRun(1000, func() { h.Deliver(Channel, channel, payload) }); n != 0 {
		t.Errorf("%v allocations a message", n)
	}
}
