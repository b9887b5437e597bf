package resp

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/msredis/msredis/internal/poller"
)

// A pipeline that arrives while another is served waits for it, whoever serves
// that one.
func TestPipelinesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	nc, session := s.dial(t)
	send(t, nc, "BLOCK\r\n")
	<-session.serves
	send(t, nc, "PING 1\r\n")
	send(t, nc, "LATER\r\nPING 2\r\n")
	close(session.block)
	expect(t, nc, "+OK\r\n$1\r\n1\r\n+OK\r\n$1\r\n2\r\n")
}

// A client that says that it sends no more still gets its replies, as with
// Redis: printf 'PING\r\n' | nc -N.
func TestHalfClosed(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	for _, command := range []string{"PING x", "LATER", "FLOOD"} {
		nc, session := s.dial(t)
		send(t, nc, command+"\r\n")
		nc.(*net.TCPConn).CloseWrite()
		got, err := io.ReadAll(nc)
		if err != nil || len(got) < len("+OK\r\n") || !strings.HasSuffix(string(got), "\r\n") {
			t.Errorf("%s: %d bytes, %v", command, len(got), err)
		}
		<-session.closed
	}
}

// Whoever serves a client at length hears that it has gone.
func TestGoneWhileServed(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	nc, session := s.dial(t)
	send(t, nc, "BLOCK\r\n")
	<-session.serves
	nc.Close()
	<-session.conn.Done()
	select {
	case <-session.closed:
		t.Error("closed while it is served")
	default:
	}
	close(session.block)
	<-session.closed
}

// Many clients on several loops send pipelines of all kinds in pieces of all
// sizes; each gets its own replies in its own order.
func TestManyClients(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	const clients, rounds = 40, 30
	var wg sync.WaitGroup
	for i := range clients {
		nc, err := net.Dial("tcp", s.Addrs()[0].String())
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		random := rand.New(rand.NewPCG(1, uint64(i)))
		var in, want strings.Builder
		for round := range rounds {
			for n := range 1 + random.IntN(30) {
				word := fmt.Sprintf("%d-%d-%d", i, round, n)
				switch random.IntN(10) {
				case 0:
					in.WriteString("LATER\r\n")
					want.WriteString("+OK\r\n")
				case 1:
					fmt.Fprintf(&in, "PING %s\r\n", word)
					fmt.Fprintf(&want, "$%d\r\n%s\r\n", len(word), word)
				case 2:
					size := random.IntN(100_000)
					fmt.Fprintf(&in, "*2\r\n$3\r\nLEN\r\n$%d\r\n%s\r\n", size, strings.Repeat("x", size))
					fmt.Fprintf(&want, ":%d\r\n", size)
				default:
					fmt.Fprintf(&in, "*2\r\n$4\r\nPING\r\n$%d\r\n%s\r\n", len(word), word)
					fmt.Fprintf(&want, "$%d\r\n%s\r\n", len(word), word)
				}
			}
		}
		wg.Go(func() {
			for rest := in.String(); rest != ""; {
				n := min(1+random.IntN(20_000), len(rest))
				if _, err := io.WriteString(nc, rest[:n]); err != nil {
					t.Error(err)
					return
				}
				rest = rest[n:]
			}
		})
		wg.Go(func() {
			got := make([]byte, want.Len())
			if _, err := io.ReadFull(bufio.NewReader(nc), got); err != nil || string(got) != want.String() {
				t.Errorf("client %d: replies differ (%v)", i, err)
				nc.Close()
			}
		})
	}
	wg.Wait()
}

// watcher is a handler that notes in which order it is called.
type watcher struct {
	*testServer
	calls chan string
}

func (w *watcher) Work() bool {
	w.calls <- "work"
	return false
}

// Somebody else's sockets are served between the clients' and the work.
func TestWatch(t *testing.T) {
	t.Parallel()
	w := &watcher{testServer: &testServer{sessions: make(chan *testSession, 1)}, calls: make(chan string, 100)}
	s, err := Listen(Options{Bind: []string{"127.0.0.1"}, Limits: NewLimits(), Handler: w, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	others, err := poller.New()
	if err != nil {
		t.Fatal(err)
	}
	defer others.Close()
	if err := s.Watch(others.FD(), func() {
		others.Look(func(int, poller.Readiness) {})
		w.calls <- "ready"
	}); err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		s.Serve()
		close(served)
	}()
	for range 3 {
		others.Ring()
		if first, then := <-w.calls, <-w.calls; first != "ready" || then != "work" {
			t.Errorf("called: %s, then %s", first, then)
		}
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	<-served
}
