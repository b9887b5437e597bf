package resp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

const logIn = "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n"

func guarded(t *testing.T, most int64) *testServer {
	t.Helper()
	return startServer(t, func(l *Limits) {
		l.RequireAuth.Store(true)
		l.MaxClients.Store(most)
		l.AuthTimeout.Store(int64(time.Minute))
	})
}

// A stranger that has been there for a while gives its place to the next client. One that
// came just now does not, and neither does a client that has authenticated.
func TestStrangersGiveWay(t *testing.T) {
	t.Parallel()
	s := guarded(t, 3)
	friend, _ := s.dial(t)
	send(t, friend, logIn)
	expect(t, friend, "+OK\r\n")
	old, oldSession := s.dial(t)
	s.dial(t)
	refused, err := net.Dial("tcp", s.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer refused.Close()
	expect(t, refused, "-ERR max number of clients reached\r\n")
	s.mu.Lock()
	for _, c := range s.clients {
		c.created = c.created.Add(-2 * strangerGrace)
	}
	s.mu.Unlock()
	next, _ := s.dial(t)
	expectClosed(t, old)
	<-oldSession.closed
	for _, nc := range []net.Conn{friend, next} {
		send(t, nc, ping)
		expect(t, nc, "+PONG\r\n")
	}
	await(t, "three are there", func() bool { return s.Stats().Connections == 3 })
	if n := s.Stats().StrangersClosed; n != 1 {
		t.Errorf("%d sent away", n)
	}
	s.limits.RequireAuth.Store(false) // nobody is a stranger any more
	if s.mu.Lock(); s.makeRoom() {
		t.Error("there was still somebody to send away")
	}
	s.mu.Unlock()
}

// The queue of strangers does not grow with those who have gone or authenticated.
func TestStrangersAreForgotten(t *testing.T) {
	t.Parallel()
	var st strangers
	clients := map[uint64]*client{}
	for id := range uint64(10_000) {
		c := &client{id: id, created: time.Now().Add(-time.Hour)}
		c.proven.Store(id%2 == 0)
		clients[id] = c
		st.add(c, clients)
		if id%2 == 1 && id > 10 {
			delete(clients, id-10)
		}
		delete(clients, id-1)
	}
	if len(st.list) > 2*len(clients)+65 {
		t.Errorf("%d are remembered, %d are there", len(st.list), len(clients))
	}
	c := st.oldest(time.Now(), clients)
	if c == nil || c.proven.Load() || clients[c.id] != c {
		t.Errorf("%+v", c)
	}
}

func TestAuthTimeout(t *testing.T) {
	t.Parallel()
	s := guarded(t, 10)
	friend, _ := s.dial(t)
	send(t, friend, logIn)
	expect(t, friend, "+OK\r\n")
	slow, session := s.dial(t)
	s.check(time.Now().Add(50*time.Second), watchInterval)
	send(t, slow, ping) // that it says something does not help
	expect(t, slow, "+PONG\r\n")
	s.check(time.Now().Add(61*time.Second), watchInterval)
	expectClosed(t, slow)
	<-session.closed
	send(t, friend, ping)
	expect(t, friend, "+PONG\r\n")
}

// As Redis since 7.4.3 does: who has not authenticated has no memory for replies.
func TestStrangerThatDoesNotRead(t *testing.T) {
	t.Parallel()
	s := guarded(t, 10)
	nc, session := s.dial(t)
	// Replies as long as they can be, so that they fill the socket's memory soon.
	in := fmt.Appendf(nil, "*2\r\n$4\r\nPING\r\n$%d\r\n%s\r\n", maxUnauthBulk, bytes.Repeat([]byte("x"), maxUnauthBulk))
	for {
		if _, err := nc.Write(in); err != nil {
			if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("it was not disconnected: %v", err)
			}
			break
		}
	}
	<-session.closed
	if n := s.Stats().OverOutput; n != 1 {
		t.Errorf("%d were disconnected for their output", n)
	}
}

func TestStrangersCommands(t *testing.T) {
	t.Parallel()
	s := guarded(t, 100)
	arg := func(n int) string { return fmt.Sprintf("$%d\r\n%s\r\n", n, strings.Repeat("x", n)) }
	for _, c := range []struct{ in, want string }{
		{"*3\r\n$4\r\nAUTH\r\n" + arg(maxUnauthBulk) + arg(maxUnauthBulk), "+OK\r\n"},
		{"*11\r\n", "-ERR Protocol error: unauthenticated multibulk length\r\n"},
		{"*2\r\n$4\r\nAUTH\r\n$16385\r\n", "-ERR Protocol error: unauthenticated bulk length\r\n"},
		{"*4\r\n$4\r\nAUTH\r\n" + arg(maxUnauthBulk) + arg(maxUnauthBulk) + "$16384\r\n", "-ERR Protocol error: unauthenticated bulk length\r\n"},
		{"*5\r\n$5\r\nHELLO\r\n" + strings.Repeat(arg(11000), 4), "-ERR Protocol error: unauthenticated bulk length\r\n"},
	} {
		nc, session := s.dial(t)
		send(t, nc, c.in)
		expect(t, nc, c.want)
		if used, _ := session.conn.QueryBuffer(); used > maxUnauthQuery {
			t.Errorf("%d bytes are held", used)
		}
		if c.want[0] == '-' {
			io.Copy(io.Discard, nc)
		}
	}
}

func TestSeldom(t *testing.T) {
	t.Parallel()
	var s seldom
	now := time.Unix(1000, 0)
	for _, c := range []struct {
		after time.Duration
		want  bool
	}{{0, true}, {time.Second, false}, {59 * time.Second, false}, {60 * time.Second, true}, {61 * time.Second, false}} {
		if got := s.may(now.Add(c.after)); got != c.want {
			t.Errorf("after %v: %v", c.after, got)
		}
	}
}
