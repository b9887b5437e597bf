package resp

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// over reports whether a client was disconnected for its output.
func over(s *testServer) bool { return s.Stats().SlowClosed == 1 }

func TestHardLimitOnReplies(t *testing.T) {
	t.Parallel()
	for _, command := range []string{
		"FLOOD\r\n", // on a goroutine
		"*2\r\n$4\r\nPING\r\n$2000000\r\n" + strings.Repeat("x", 2e6) + "\r\n", // by the event loop
		"*2\r\n$5\r\nPIECE\r\n$2000000\r\n" + strings.Repeat("x", 2e6) + "\r\n",
	} {
		s := startServer(t, func(l *Limits) { l.SetOutput(ClassNormal, OutputLimit{Hard: 1 << 20}) })
		nc, session := s.dial(t)
		send(t, nc, command)
		// Whether it reads or not: as in Redis the reply itself is too large.
		io.Copy(io.Discard, nc)
		<-session.closed
		if !over(s) {
			t.Errorf("%.20q: %+v", command, s.Stats())
		}
	}
}

func TestLimitsAreOfTheClass(t *testing.T) {
	t.Parallel()
	s := startServer(t, func(l *Limits) {
		l.SetOutput(ClassNormal, OutputLimit{})
		l.SetOutput(ClassPubSub, OutputLimit{Hard: 1 << 20})
	})
	nc, session := s.dial(t)
	if got := session.conn.OutputLimit(); got != 0 {
		t.Errorf("the limit of an ordinary client is %d", got)
	}
	send(t, nc, "FLOOD\r\n")
	if _, err := io.ReadFull(nc, make([]byte, 64<<20)); err != nil {
		t.Fatal(err)
	}
	session.conn.SetClass(ClassPubSub)
	if got := session.conn.OutputLimit(); got != 1<<20 {
		t.Errorf("the limit of a subscriber is %d", got)
	}
	await(t, "the subscriber is disconnected", func() bool {
		session.conn.Push(make([]byte, 100<<10))
		return over(s)
	})
	<-session.closed
}

// TestSoftLimit: what waits may be above the soft limit for so long, and the time
// begins anew when it was below.
func TestSoftLimit(t *testing.T) {
	t.Parallel()
	const soft = 32 << 20
	s := startServer(t, func(l *Limits) {
		l.SetOutput(ClassNormal, OutputLimit{Soft: soft, SoftFor: 10 * time.Second})
		l.OutputTimeout.Store(0)
	})
	nc, session := s.dial(t)
	c := session.conn.(*client)
	flood := func() {
		send(t, nc, "FLOOD\r\n")
		await(t, "the reply waits", func() bool { return c.OutputBuffer() > soft })
	}
	start := time.Now()
	flood()
	s.check(start.Add(8*time.Second), 8*time.Second)
	reply := make([]byte, len("$67108864\r\n")+64<<20+2)
	if _, err := io.ReadFull(nc, reply); err != nil {
		t.Fatal(err)
	}
	await(t, "nothing waits", func() bool { return c.OutputBuffer() == 0 })
	flood()
	s.check(time.Now().Add(9*time.Second), time.Second)
	if over(s) {
		t.Fatal("disconnected before its time")
	}
	s.check(time.Now().Add(11*time.Second), 2*time.Second)
	if !over(s) {
		t.Fatal("still connected after its time")
	}
	<-session.closed
}

func TestCloseOverLimit(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	_, session := s.dial(t)
	session.conn.CloseOverLimit(1)
	<-session.closed
	if !over(s) {
		t.Errorf("%+v", s.Stats())
	}
}

// TestGoOn: what an event loop has begun, a goroutine goes on with.
func TestGoOn(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	nc, session := s.dial(t)
	for range 10 {
		send(t, nc, "GOON\r\nGOON\r\nBLOCK\r\n")
		session.block <- struct{}{} // only a goroutine may wait for it
		expect(t, nc, "+OK\r\n+OK\r\n+OK\r\n")
		send(t, nc, "PING\r\n")
		expect(t, nc, "+PONG\r\n")
	}
}

// TestGone: a client that has ended its sending may still read. One whose
// connection is broken does not.
func TestGone(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	nc, session := s.dial(t)
	send(t, nc, "BLOCK\r\n")
	await(t, "the command is served", func() bool { return len(session.serves) > 0 })
	nc.(*net.TCPConn).CloseWrite()
	<-session.conn.Done()
	if session.conn.Gone().Load() {
		t.Error("a client that reads is gone")
	}
	close(session.block)
	expect(t, nc, "+OK\r\n")
	<-session.closed

	nc, session = s.dial(t)
	send(t, nc, "BLOCK\r\n")
	await(t, "the command is served", func() bool { return len(session.serves) > 0 })
	nc.(*net.TCPConn).SetLinger(0) // it is cut off, not ended
	nc.Close()
	await(t, "the client is gone", session.conn.Gone().Load)
	close(session.block)
	<-session.closed
}

// TestPushedIsShared: a long message is one piece of memory for all who get it, and
// nobody's messages get into those of another one.
func TestPushedIsShared(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	long := []byte(strings.Repeat("l", 2*SharedFrom))
	const clients = 3
	for i := range clients {
		nc, session := s.dial(t)
		own := strings.Repeat(string(rune('a'+i)), 100)
		session.conn.Push(long[:len(long)-1]) // with room behind it
		session.conn.Push([]byte(own))
		session.conn.Push(long)
		want := string(long[:len(long)-1]) + own + string(long)
		got := make([]byte, len(want))
		if _, err := io.ReadFull(nc, got); err != nil || string(got) != want {
			t.Errorf("client %d got something else, %v", i, err)
		}
		session.conn.Push([]byte(own)) // in the buffer that is kept
		if _, err := io.ReadFull(nc, got[:len(own)]); err != nil || string(got[:len(own)]) != own {
			t.Errorf("client %d got %q, %v", i, got[:len(own)], err)
		}
	}
	if string(long) != strings.Repeat("l", 2*SharedFrom) {
		t.Error("somebody has written to the message of all")
	}
}
