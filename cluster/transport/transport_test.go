package transport

import (
	"bytes"
	"net"
	"sync"
	"testing"
	"time"

	"go.etcd.io/raft/v3/raftpb"
)

func TestMessagesArriveInOrder(t *testing.T) {
	t.Parallel()
	a, b := pair(t, func(o *Options) { o.DeadAfter = time.Minute }) // however busy the machine is
	big := bytes.Repeat([]byte("x"), 1<<20)
	next := uint64(0)
	for i := range 300 {
		var ms []*raftpb.Message
		for range 1 + i%7 {
			data := [][]byte{[]byte("small"), nil}
			if i%50 == 17 {
				data = append(data, big)
			}
			ms = append(ms, msg(1, 2, next, data...), msg(1, 3, 0)) // there is no 3
			next++
		}
		a.Send(0, ms)
	}
	eventually(t, "all messages", func() bool { return b.received() >= int(next) })
	inOrder(t, b, 0, int(next))
	messages, calls := b.heard()
	if got := messages[0].GetEntries(); len(got) != 2 || string(got[0].GetData()) != "small" || got[1].GetIndex() != 2 {
		t.Errorf("entries came as %v", got)
	}
	if calls >= int(next) {
		t.Errorf("%d calls for %d messages", calls, next)
	}
	s := a.Stats()[0]
	if s.SentMessages != next || s.Dropped != 0 || s.Connects != 1 || s.QueuedBytes != 0 || s.SentBytes < 6<<20 {
		t.Errorf("sender's figures: %+v", s)
	}
	if r := b.Stats()[0]; r.RecvMessages != next || r.RecvBytes < 6<<20 {
		t.Errorf("receiver's figures: %+v", r)
	}
}

// TestOneWriteForOneSend counts the writes: all messages of a call leave in one.
func TestOneWriteForOneSend(t *testing.T) {
	t.Parallel()
	a, b := pair(t, func(o *Options) { o.KeepAlive, o.DeadAfter = time.Hour, time.Hour })
	for i := range 20 {
		var ms []*raftpb.Message
		for j := range 10 {
			ms = append(ms, msg(1, 2, uint64(10*i+j), []byte("data")))
		}
		a.Send(0, ms)
		eventually(t, "arrival", func() bool { return b.received() == 10*(i+1) })
		if s := a.Stats()[0]; s.Direct != uint64(i+1) {
			t.Fatalf("%d writes for %d calls of Send", s.Direct, i+1)
		}
		if _, calls := b.heard(); calls != i+1 {
			t.Fatalf("%d calls of Messages for %d of Send", calls, i+1)
		}
	}
	inOrder(t, b, 0, 200)
}

func TestManySenders(t *testing.T) {
	t.Parallel()
	a, b := pair(t, nil)
	var wg sync.WaitGroup
	for s := range 8 {
		wg.Go(func() {
			for i := range 200 {
				a.Send(0, []*raftpb.Message{msg(1, 2, uint64(s)<<32|uint64(i), make([]byte, 100*s))})
			}
		})
	}
	wg.Wait()
	eventually(t, "all messages", func() bool { return b.received() == 1600 })
	var next [8]uint64
	got, _ := b.heard()
	for _, m := range got {
		s := m.GetIndex() >> 32
		if m.GetIndex()&0xffffffff != next[s] {
			t.Fatalf("sender %d: message %d came when %d was due", s, m.GetIndex()&0xffffffff, next[s])
		}
		next[s]++
	}
}

// deaf is a peer that lets everybody in and then reads nothing.
func deaf(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
			c.(*net.TCPConn).SetReadBuffer(4096)
			newFrames(c, maxSmallFrame).expect(kindHello)
			c.Write(appendStatus(nil, kindWelcome, nil, nil))
		}
	}()
	return ln.Addr().String()
}

// TestSlowPeer has one peer that reads nothing: the sender is not held up, the
// queue is bounded, and the other peer does not notice.
func TestSlowPeer(t *testing.T) {
	t.Parallel()
	const queue = 1 << 20
	a := start(t, 1, "", func(o *Options) { o.QueueBytes = queue })
	b := start(t, 2, "", nil)
	b.knows(a)
	a.SetPeers([]Peer{{2, b.addr}, {3, deaf(t)}})
	eventually(t, "connections", func() bool { return a.connected(2) && a.connected(3) })
	data := make([]byte, 64<<10)
	var worst time.Duration
	for i := range uint64(400) { // 25 MB, far more than the socket takes
		at := time.Now()
		a.Send(0, []*raftpb.Message{msg(1, 2, i), msg(1, 3, i, data)})
		worst = max(worst, time.Since(at))
		// One queue is being written while the next one fills.
		if q := a.Stats()[1].QueuedBytes; q > 2*(queue+int64(len(data))+100) {
			t.Fatalf("%d bytes queued, %d allowed", q, 2*queue)
		}
	}
	eventually(t, "the good peer's messages", func() bool { return b.received() == 400 })
	eventually(t, "a report of the bad peer", func() bool { return a.lostTo(3) > 0 })
	if a.lostTo(2) > 0 {
		t.Error("the good peer was reported")
	}
	if a.Stats()[1].Dropped == 0 {
		t.Error("nothing was dropped")
	}
	if worst > time.Second {
		t.Errorf("Send took %v", worst)
	}
	// It sends no sign of life either, so it is given up and tried again.
	eventually(t, "a second connection", func() bool { return a.Stats()[1].Connects >= 2 })
}

func TestRestartOfAPeer(t *testing.T) {
	t.Parallel()
	a, b := pair(t, nil)
	a.Send(0, []*raftpb.Message{msg(1, 2, 0)})
	eventually(t, "a message", func() bool { return b.received() == 1 })
	if time.Since(a.LastSeen(2)) > time.Second || !a.LastSeen(9).IsZero() {
		t.Errorf("last seen: 2 at %v, 9 at %v", a.LastSeen(2), a.LastSeen(9))
	}
	b.Close()
	eventually(t, "the loss", func() bool { return !a.connected(2) })
	a.Send(0, []*raftpb.Message{msg(1, 2, 1)})
	eventually(t, "a report", func() bool { return a.lostTo(2) > 0 })

	b2 := start(t, 2, b.addr, nil)
	b2.knows(a)
	eventually(t, "the connection", func() bool { return a.connected(2) })
	a.Send(0, []*raftpb.Message{msg(1, 2, 2)})
	eventually(t, "a message", func() bool { return b2.received() == 1 })
	inOrder(t, b2, 2, 1)

	// It moves.
	b2.Close()
	b3 := start(t, 2, "", nil)
	b3.knows(a)
	a.knows(b3)
	eventually(t, "the connection", func() bool { return a.connected(2) })
	a.Send(0, []*raftpb.Message{msg(1, 2, 3)})
	eventually(t, "a message", func() bool { return b3.received() == 1 })
	a.SetPeers(nil)
	a.Send(0, []*raftpb.Message{msg(1, 2, 4)})
	if len(a.Stats()) != 0 {
		t.Error("a removed peer has figures")
	}
}

// TestGroups: the messages of all groups come over one connection, each for its group.
func TestGroups(t *testing.T) {
	t.Parallel()
	groups := func(o *Options) { o.Groups = 3 }
	b := start(t, 2, "", groups)
	a := start(t, 1, "", groups)
	a.knows(b)
	b.knows(a)
	eventually(t, "a connection", func() bool { return a.connected(2) })
	const each = 100
	for i := range uint64(each) {
		size := 0
		if i%10 == 0 {
			size = longMessage
		}
		for group := range 3 {
			a.Send(group, []*raftpb.Message{msg(1, 2, i, []byte{byte(group)}, make([]byte, size))})
		}
	}
	eventually(t, "all messages", func() bool { return b.received() == 3*each })
	for group, ms := range b.ofGroups() {
		for i, m := range ms {
			if m.GetIndex() != uint64(i) || m.Entries[0].Data[0] != byte(group) {
				t.Fatalf("message %d of group %d is number %d of group %d", i, group, m.GetIndex(), m.Entries[0].Data[0])
			}
		}
	}
}
