package transport

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/raft/v3/raftpb"
)

func TestRefusals(t *testing.T) {
	t.Parallel()
	b := start(t, 2, "", nil)
	b.admit = func(from uint64) error {
		if from == 7 {
			return errors.New("member 7 was removed")
		}
		return nil
	}
	b.SetPeers(nil)
	young := start(t, 3, "", func(o *Options) { o.ClusterID, o.Self = 0, 0 })
	for _, c := range []struct {
		name string
		at   *node
		h    hello
		want string // "": let in
	}{
		{"right", b, hello{version, forMessages, testCluster, 1, 2, Process{}}, ""},
		{"version", b, hello{version + 1, forMessages, testCluster, 1, 2, Process{}}, "protocol version 4, this node speaks 3"},
		{"cluster", b, hello{version, forMessages, 0xbad, 1, 2, Process{}}, "cluster bad, this node belongs to cluster c1"},
		{"no cluster", b, hello{version, forSnapshot, 0, 1, 2, Process{}}, "cluster 0, this node belongs to cluster c1"},
		{"other member", b, hello{version, forMessages, testCluster, 1, 5, Process{}}, "this is member 2, not member 5"},
		{"removed", b, hello{version, forMessages, testCluster, 7, 2, Process{}}, "member 7 was removed"},
		{"itself", b, hello{version, forMessages, testCluster, 2, 2, Process{}}, "member 2 cannot come from outside"},
		{"nobody", b, hello{version, forMessages, testCluster, 0, 2, Process{}}, "member 0 cannot come from outside"},
		{"purpose", b, hello{version, 9, testCluster, 1, 2, Process{}}, "connection of unknown purpose 9"},
		{"too early", young, hello{version, forMessages, testCluster, 1, 3, Process{}}, "this node is still starting"},
		{"call of a stranger", b, hello{version, forCall, 0, 0, 0, Process{}}, ""},
		{"call of another cluster", b, hello{version, forCall, 0xbad, 0, 0, Process{}}, "cluster bad, this node belongs to cluster c1"},
		{"call to a young node", young, hello{version, forCall, testCluster, 0, 0, Process{}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", c.at.addr)
			must(t, err)
			defer conn.Close()
			_, _, _, err = greet(nil, conn, c.h, 5*time.Second)
			if c.want == "" {
				must(t, err)
				return
			}
			if r := (*RefusedError)(nil); !errors.As(err, &r) || r.Text != c.want {
				t.Errorf("%v, want refusal: %s", err, c.want)
			}
		})
	}
	// The dialer shows why it is not let in.
	seven := start(t, 7, "", nil)
	seven.knows(b)
	eventually(t, "the reason", func() bool { return seven.Stats()[0].Refused == "member 7 was removed" })
	// A node that has become a member is let in.
	young.SetIdentity(testCluster, 3)
	young.SetPeers(nil)
	b.knows(young)
	eventually(t, "the connection", func() bool { return b.connected(3) })
}

// TestTwinRefused connects as the same member from two processes. The one that came
// first stays; when it is gone the other one is let in.
func TestTwinRefused(t *testing.T) {
	t.Parallel()
	b := start(t, 2, "", nil)
	b.SetPeers(nil)
	dial := func(run uint64) (net.Conn, error) {
		conn, err := net.Dial("tcp", b.addr)
		must(t, err)
		t.Cleanup(func() { conn.Close() })
		_, _, _, err = greet(nil, conn, hello{version, forMessages, testCluster, 1, 2, Process{Starts: run, Run: run}}, 5*time.Second)
		return conn, err
	}
	first, err := dial(1)
	must(t, err)
	var refused *RefusedError
	if _, err := dial(2); !errors.As(err, &refused) || refused.Why != Twin {
		t.Errorf("another process: %v", err)
	}
	first.Write(frameOf(msg(1, 2, 0)))
	eventually(t, "a message of the first", func() bool { return b.received() == 1 })
	again, err := dial(1)
	must(t, err) // the same process connects anew
	first.Close()
	again.Close()
	eventually(t, "the other one to be let in", func() bool { _, err := dial(2); return err == nil })
}

// TestPeerRefusedByDialer: the side that connects decides, too, whether it talks to
// the process at the other end.
func TestPeerRefusedByDialer(t *testing.T) {
	t.Parallel()
	a, b := start(t, 1, "", nil), start(t, 2, "", nil)
	b.process = Process{Starts: 3, Run: 7, Last: 9, Lasts: []uint64{5, 0, 6}}
	var met atomic.Pointer[Process]
	a.vet = func(p Process) error {
		met.Store(&p)
		return refuse(Outdated, "an older copy")
	}
	b.SetPeers(nil)
	a.knows(b)
	eventually(t, "b to introduce itself", func() bool { return met.Load() != nil })
	if !reflect.DeepEqual(*met.Load(), b.process) {
		t.Errorf("b is %+v", *met.Load())
	}
	if s := a.Stats()[0]; s.Connected || s.Why != 0 {
		t.Errorf("%+v", s)
	}
}

// TestHostileBytes sends what no peer sends. The connection is closed, and the
// node goes on.
func TestHostileBytes(t *testing.T) {
	t.Parallel()
	b := start(t, 2, "", func(o *Options) { o.MaxFrame = 1 << 22 })
	b.SetPeers(nil)
	right := hello{version, forMessages, testCluster, 1, 2, Process{}}.append(nil)
	snap := hello{version, forSnapshot, testCluster, 1, 2, Process{}}.append(nil)
	call := hello{version, forCall, testCluster, 0, 0, Process{}}.append(nil)
	head := func(n uint32) []byte { return append(binary.LittleEndian.AppendUint32(nil, n), 0, 0, 0, 0, 4) }
	for name, wire := range map[string][]byte{
		"http":                 []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
		"redis":                []byte("*1\r\n$9223372036854775807\r\n"),
		"no hello":             appendFrame(nil, kindMessage, []byte("x")),
		"short hello":          appendFrame(nil, kindHello, []byte("x")),
		"huge hello":           head(1 << 31),
		"huge frame":           append(right, head(1<<23)...),
		"wrong checksum":       append(right, append(head(1), 'x')...),
		"another's group":      append(right, frameOfGroup(1, msg(1, 2, 1))...),
		"no message":           append(right, appendFrame(nil, kindMessage, []byte("\x00\xff\xff"))...),
		"message for another":  append(right, frameOf(msg(1, 9, 1))...),
		"another's name":       append(right, frameOf(msg(3, 2, 1))...),
		"local message":        append(right, frameOf(&raftpb.Message{Type: raftpb.MsgHup.Enum(), From: new(uint64(1)), To: new(uint64(2))})...),
		"snapshot in line":     append(right, frameOf(&raftpb.Message{Type: raftpb.MsgSnap.Enum(), From: new(uint64(1)), To: new(uint64(2))})...),
		"entries of no bytes":  append(right, appendFrame(nil, kindMessage, append([]byte{0}, bytes.Repeat([]byte("\x3a\x00"), maxEntries+1)...))...),
		"nested responses":     append(right, appendFrame(nil, kindMessage, []byte("\x00\x10\x02\x72\x00"))...),
		"chunk in line":        append(right, appendFrame(nil, kindChunk, []byte("x"))...),
		"unknown kind":         append(right, appendFrame(nil, 99)...),
		"snapshot, no message": append(snap, appendFrame(nil, kindChunk, []byte("x"))...),
		"snapshot, other type": append(snap, appendFrame(nil, kindSnapshot, []byte("\x00\x10\x02"))...),
		"call without name":    append(call, appendFrame(nil, kindCall)...),
		"call with short name": append(call, appendFrame(nil, kindCall, []byte("\x09echo"))...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", b.addr)
			must(t, err)
			defer conn.Close()
			conn.Write(wire)
			conn.(*net.TCPConn).CloseWrite()
			conn.SetDeadline(time.Now().Add(10 * time.Second))
			if _, err := io.Copy(io.Discard, conn); errors.Is(err, context.DeadlineExceeded) || errors.As(err, new(net.Error)) && err.(net.Error).Timeout() {
				t.Error("the connection stays open")
			}
		})
	}
	t.Cleanup(func() {
		if b.received() > 0 {
			t.Errorf("%d messages came through", b.received())
		}
	})
}

// A stranger is not waited for: what is longer than an introduction or a request can be
// ends the connection at once, and takes no memory.
func TestStrangersAnnounce(t *testing.T) {
	t.Parallel()
	b := start(t, 2, "", nil)
	b.SetPeers(nil)
	head := func(n uint32, k kind) []byte {
		return append(binary.LittleEndian.AppendUint32(nil, n), 0, 0, 0, 0, byte(k))
	}
	for name, wire := range map[string][]byte{
		"introduction": head(maxGreeting+1, kindHello),
		"request":      append(hello{version, forCall, testCluster, 0, 0, Process{}}.append(nil), head(maxRequest+1, kindCall)...),
	} {
		conn, err := net.Dial("tcp", b.addr)
		must(t, err)
		defer conn.Close()
		must(t, conn.SetDeadline(time.Now().Add(greetTimeout/2))) // not until the node's patience ends
		_, err = conn.Write(append(wire, make([]byte, 1000)...))
		must(t, err)
		if _, err := io.Copy(io.Discard, conn); errors.As(err, new(net.Error)) && err.(net.Error).Timeout() {
			t.Errorf("%s: the node waits for the rest", name)
		}
	}
	f := newFrames(bytes.NewReader(append(head(maxGreeting, kindHello), 1)), maxGreeting)
	f.begin = maxGreeting
	if _, err := f.expect(kindHello); err == nil || len(f.buf) > 2*maxGreeting {
		t.Errorf("%d bytes are reserved for an introduction of which one has come: %v", len(f.buf), err)
	}
}

func frameOf(m *raftpb.Message) []byte { return frameOfGroup(0, m) }

func frameOfGroup(group int, m *raftpb.Message) []byte {
	p := &peer{t: &Transport{options: Options{MaxFrame: 1 << 20, QueueBytes: 1 << 20}}}
	p.encode(group, m)
	return p.queue
}

// TestSilentDialer is the other end of a half-open connection: nothing comes, not
// even a sign of life.
func TestSilentDialer(t *testing.T) {
	t.Parallel()
	b := start(t, 2, "", func(o *Options) { o.DeadAfter = time.Second })
	b.SetPeers(nil)
	conn, err := net.Dial("tcp", b.addr)
	must(t, err)
	defer conn.Close()
	_, in, _, err := greet(nil, conn, hello{version, forMessages, testCluster, 1, 2, Process{}}, 5*time.Second)
	must(t, err)
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	alive := 0
	for err == nil {
		var ok bool
		if _, _, ok, err = in.next(); ok {
			alive++
		} else if err == nil {
			err = in.fill()
		}
	}
	if !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "reset") {
		t.Errorf("the connection ended with %v", err)
	}
	if alive == 0 {
		t.Error("no sign of life from the other side")
	}
}

// TestReplacedConnection connects twice as the same member. The first is closed,
// and the second delivers only when the first has nothing under way any more; what
// nobody has read of the first is lost, for it would come behind the second's.
func TestReplacedConnection(t *testing.T) {
	t.Parallel()
	b := start(t, 2, "", nil)
	b.SetPeers(nil)
	b.hold = make(chan struct{})
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", b.addr)
		must(t, err)
		t.Cleanup(func() { conn.Close() })
		_, _, _, err = greet(nil, conn, hello{version, forMessages, testCluster, 1, 2, Process{}}, 5*time.Second)
		must(t, err)
		return conn
	}
	first := dial()
	first.Write(frameOf(msg(1, 2, 0)))
	eventually(t, "the first message", func() bool { return b.received() == 1 })
	first.Write(frameOf(msg(1, 2, 9)))
	second := dial()
	second.Write(frameOf(msg(1, 2, 1)))
	first.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.Copy(io.Discard, first); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("the first connection: %v", err)
	}
	if b.received() != 1 {
		t.Error("two messages of one peer at a time")
	}
	close(b.hold)
	eventually(t, "the second message", func() bool { return b.received() == 2 })
	inOrder(t, b, 0, 2)
}

// TestBusyReceiver holds a receiver for longer than DeadAfter, with more under way
// than the socket takes: the connection stays.
func TestBusyReceiver(t *testing.T) {
	t.Parallel()
	a, b := pair(t, func(o *Options) { o.DeadAfter = time.Second })
	hold := make(chan struct{})
	b.mu.Lock()
	b.hold = hold
	b.mu.Unlock()
	a.Send(0, []*raftpb.Message{msg(1, 2, 0)})
	eventually(t, "the message", func() bool { return b.received() == 1 })
	a.Send(0, []*raftpb.Message{msg(1, 2, 1, make([]byte, 16<<20))})
	from := time.Now()
	eventually(t, "time", func() bool { return time.Since(from) > 1500*time.Millisecond })
	close(hold)
	a.Send(0, []*raftpb.Message{msg(1, 2, 2)})
	eventually(t, "the next messages", func() bool { return b.received() == 3 })
	if s := a.Stats()[0]; s.Connects != 1 {
		t.Errorf("%d connections", s.Connects)
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	a, b := pair(t, func(o *Options) {
		o.Filter = func(to uint64, m *raftpb.Message) bool { return m.GetIndex()%2 == 0 }
	})
	for i := range uint64(10) {
		a.Send(0, []*raftpb.Message{msg(1, 2, i)})
	}
	eventually(t, "messages", func() bool { return b.received() == 5 })
	got, _ := b.heard()
	for i, m := range got {
		if m.GetIndex() != uint64(2*i) {
			t.Errorf("message %d has index %d", i, m.GetIndex())
		}
	}
}

func TestCall(t *testing.T) {
	t.Parallel()
	b := start(t, 2, "", nil)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	big := bytes.Repeat([]byte("b"), maxRequest-100)
	for _, req := range [][]byte{nil, []byte("hello"), big} {
		got, _, err := Call(ctx, nil, b.addr, testCluster, "echo", req)
		if err != nil || !bytes.Equal(got, req) {
			t.Errorf("echo of %d bytes: %d bytes, %v", len(req), len(got), err)
		}
	}
	for _, c := range []struct {
		cluster uint64
		method  string
		req     []byte
		want    string
	}{
		{0, "nonsense", nil, `refused by the peer: no method "nonsense"`},
		{0, "huge", nil, "over the limit"},
		{0xbad, "echo", nil, "cluster bad"},
		{0, "echo", make([]byte, maxRequest), "over the limit"},
		{0, strings.Repeat("m", 300), nil, "over the limit"},
	} {
		if _, _, err := Call(ctx, nil, b.addr, c.cluster, c.method, c.req); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.20s: %v, want %s", c.method, err, c.want)
		}
	}
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	ln, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, says nothing
	must(t, err)
	defer ln.Close()
	if _, _, err := Call(short, nil, ln.Addr().String(), 0, "echo", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a call that is not answered: %v", err)
	}
	b.Close()
	if _, _, err := Call(ctx, nil, b.addr, 0, "echo", nil); err == nil {
		t.Error("a closed node answered")
	}
}

func TestCloseEndsEverything(t *testing.T) {
	t.Parallel()
	a, b := pair(t, nil)
	var stop atomic.Bool
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for !stop.Load() {
				a.Send(0, []*raftpb.Message{msg(1, 2, 1, make([]byte, 1000))})
			}
		})
	}
	eventually(t, "traffic", func() bool { return b.received() > 100 })
	b.Close()
	a.Close()
	a.Close()
	stop.Store(true)
	wg.Wait()
	a.SetPeers([]Peer{{5, "127.0.0.1:1"}})
	done := make(chan error, 1)
	a.SendSnapshot(0, msg(1, 2, 1), io.NopCloser(strings.NewReader("")), func(err error) { done <- err })
	if err := <-done; err == nil {
		t.Error("a closed transport sent a snapshot")
	}
	if i := slices.IndexFunc(a.Stats(), func(s PeerStats) bool { return s.Connected }); i >= 0 {
		t.Error("a closed transport is connected")
	}
}

// TestRemovedPeerIsTold: a peer that is taken off the list loses the connection
// that it has, so that it comes back and is told why.
func TestRemovedPeerIsTold(t *testing.T) {
	t.Parallel()
	var removed atomic.Bool
	a, b := start(t, 1, "", nil), start(t, 2, "", nil)
	b.admit = func(uint64) error {
		if removed.Load() {
			return errors.New("member 1 was removed")
		}
		return nil
	}
	a.knows(b)
	b.knows(a)
	eventually(t, "a is connected", func() bool { return a.connected(2) })
	removed.Store(true)
	b.SetPeers(nil)
	eventually(t, "a is told", func() bool { return a.Stats()[0].Refused == "member 1 was removed" })
}
