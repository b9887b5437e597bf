package resp

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/msredis/msredis/resp/reply"
)

// testSession answers PING and the commands of the tests.
type testSession struct {
	conn   Conn
	out    reply.Writer
	serves chan int // the length of each pipeline
	closed chan struct{}
	block  chan struct{} // BLOCK waits for it
}

func (s *testSession) Closed() { close(s.closed) }

// Start leaves BLOCK and FLOOD to Serve; LATER is answered by another goroutine.
func (s *testSession) Start(cmds [][][]byte, received time.Time) (replies []byte, last bool, p Progress) {
	for _, args := range cmds {
		switch strings.ToUpper(string(args[0])) {
		case "BLOCK", "FLOOD", "PUSH", "PIECE":
			return nil, false, Blocks
		case "GOON":
			go s.conn.GoOn()
			return nil, false, Pending
		case "LATER":
			go func() { s.conn.Finish(s.Serve(cmds, received)) }()
			return nil, false, Pending
		}
	}
	replies, last = s.Serve(cmds, received)
	return replies, last, Served
}

func (s *testSession) Serve(cmds [][][]byte, _ time.Time) (replies []byte, last bool) {
	s.out.Reset()
	select {
	case s.serves <- len(cmds):
	default:
	}
	for _, args := range cmds {
		switch name := strings.ToUpper(string(args[0])); {
		case name == "PING" && len(args) == 1:
			s.out.Simple("PONG")
		case name == "PING" && len(args) == 2:
			s.out.Bulk(args[1])
		case name == "PING":
			s.out.Error("ERR wrong number of arguments for 'ping' command")
		case name == "LATER", name == "GOON":
			s.out.OK()
		case name == "LEN":
			s.out.Int(int64(len(args[1])))
		case name == "AUTH":
			s.conn.SetAuthenticated(true)
			s.out.OK()
		case name == "QUIT":
			s.out.OK()
			return s.out.Buf, true
		case name == "BLOCK":
			<-s.block
			s.out.OK()
		case name == "PUSH": // a message that must not overtake the reply
			s.conn.Push([]byte("+message\r\n"))
			time.Sleep(5 * time.Millisecond) // time in which the message could overtake the reply
			s.out.OK()
		case name == "PIECE":
			s.conn.Send(args[1])
		case name == "FLOOD":
			s.out.Bulk(make([]byte, 64<<20))
		default:
			s.out.Error(reply.UnknownCommand(args))
		}
	}
	return s.out.Buf, false
}

// testServer is a running server; sessions receives every session.
type testServer struct {
	*Server
	limits   *Limits
	sessions chan *testSession
}

func (s *testServer) Work() bool { return false }

func (s *testServer) Accept(c Conn) Session {
	session := &testSession{conn: c, serves: make(chan int, 100), closed: make(chan struct{}), block: make(chan struct{})}
	s.sessions <- session
	return session
}

func startServer(t *testing.T, change func(*Limits)) *testServer {
	t.Helper()
	s := &testServer{limits: NewLimits(), sessions: make(chan *testSession, 100)}
	if change != nil {
		change(s.limits)
	}
	s.start(t, Options{})
	return s
}

// start runs the server until the test ends.
func (s *testServer) start(t testing.TB, o Options) {
	t.Helper()
	if o.Handler == nil {
		o.Handler, o.Loops = s, 2
	}
	o.Bind, o.Limits, o.Log = []string{"127.0.0.1"}, s.limits, slog.New(slog.NewTextHandler(io.Discard, nil))
	var err error
	if s.Server, err = Listen(o); err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		s.Serve()
		close(served)
	}()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		<-served
	})
}

func (s *testServer) dial(t *testing.T) (net.Conn, *testSession) {
	t.Helper()
	nc, err := net.Dial("tcp", s.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	return nc, <-s.sessions
}

func send(t *testing.T, nc net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(nc, text); err != nil {
		t.Fatal(err)
	}
}

func expect(t *testing.T, nc net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(nc, got)
	if string(got[:n]) != want {
		t.Fatalf("received %q (%v), want %q", got[:n], err, want)
	}
}

func expectClosed(t *testing.T, nc net.Conn) {
	t.Helper()
	if n, err := nc.Read(make([]byte, 100)); err == nil {
		t.Fatalf("received %d bytes, want the connection closed", n)
	}
}

func await(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
	}
}

const ping = "*1\r\n$4\r\nPING\r\n"

func TestPipelineIsServedAtOnce(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	nc, session := s.dial(t)
	for _, n := range []int{1, 16, 500} {
		send(t, nc, strings.Repeat(ping, n))
		expect(t, nc, strings.Repeat("+PONG\r\n", n))
		if got := <-session.serves; got != n {
			t.Errorf("a pipeline of %d was served as one of %d and more", n, got)
		}
	}
	send(t, nc, ping+"PING\r\n"+ping[:7])
	expect(t, nc, "+PONG\r\n+PONG\r\n")
	send(t, nc, ping[7:])
	expect(t, nc, "+PONG\r\n")
}

func TestConnDescribesItself(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	nc, session := s.dial(t)
	c := session.conn
	if c.ID() != 1 || c.RemoteAddr() != nc.LocalAddr().String() || c.LocalAddr() != nc.RemoteAddr().String() {
		t.Errorf("id %d, addr %s, laddr %s", c.ID(), c.RemoteAddr(), c.LocalAddr())
	}
	send(t, nc, ping)
	expect(t, nc, "+PONG\r\n")
	if c.LastRead().Before(c.Created()) || c.OutputBuffer() != 0 {
		t.Errorf("read at %v, created at %v, output %d", c.LastRead(), c.Created(), c.OutputBuffer())
	}
	send(t, nc, "*2\r\n$4\r\nPI")
	await(t, "QueryBuffer", func() bool { used, free := c.QueryBuffer(); return used > 0 && free > 0 })
	nc.Close()
	<-session.closed
	<-c.Done()
	stats := s.Stats()
	if stats.Accepted != 1 || stats.Connections > 1 || stats.BytesIn != uint64(len(ping)+10) || stats.BytesOut != 7 {
		t.Errorf("%+v", stats)
	}
}

func TestLargeValue(t *testing.T) {
	t.Parallel()
	s := startServer(t, func(l *Limits) { l.MaxBulk.Store(64 << 20) })
	nc, _ := s.dial(t)
	const size = 32 << 20
	fmt.Fprintf(nc, "%s*2\r\n$3\r\nLEN\r\n$%d\r\n", ping, size)
	nc.Write(make([]byte, size))
	send(t, nc, "\r\n"+ping)
	expect(t, nc, fmt.Sprintf("+PONG\r\n:%d\r\n+PONG\r\n", size))
	// Nothing of it is kept by the connection.
	await(t, "the memory is free again", func() bool {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc < size/2
	})
	fmt.Fprintf(nc, "*2\r\n$3\r\nLEN\r\n$%d\r\n", 64<<20+1)
	expect(t, nc, "-ERR Protocol error: invalid bulk length\r\n")
	expectClosed(t, nc)
}

func TestUnauthenticatedLimits(t *testing.T) {
	t.Parallel()
	s := startServer(t, func(l *Limits) { l.RequireAuth.Store(true) })
	for in, want := range map[string]string{
		ping + "*11\r\n":          "+PONG\r\n-ERR Protocol error: unauthenticated multibulk length\r\n",
		ping + "*1\r\n$16385\r\n": "+PONG\r\n-ERR Protocol error: unauthenticated bulk length\r\n",
		"*1\r\n$4\r\nAUTH\r\n*1\r\n$16385\r\n" + strings.Repeat("x", 16385) + "\r\n": "+OK\r\n-ERR unknown command",
		"AUTH\r\n*11\r\n" + strings.Repeat("$1\r\nx\r\n", 11):                        "+OK\r\n-ERR unknown command",
	} {
		nc, _ := s.dial(t)
		send(t, nc, in)
		expect(t, nc, want)
	}
}

func TestMaxClients(t *testing.T) {
	t.Parallel()
	s := startServer(t, func(l *Limits) { l.MaxClients.Store(1) })
	first, session := s.dial(t)
	second, err := net.Dial("tcp", s.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	expect(t, second, "-ERR max number of clients reached\r\n")
	expectClosed(t, second)
	send(t, first, "*1\r\n$4\r\nQUIT\r\n"+ping)
	expect(t, first, "+OK\r\n")
	expectClosed(t, first)
	<-session.closed
	await(t, "the client is gone", func() bool { return s.Stats().Connections == 0 })
	third, _ := s.dial(t)
	send(t, third, ping)
	expect(t, third, "+PONG\r\n")
	if stats := s.Stats(); stats.Rejected != 1 || stats.Accepted != 2 {
		t.Errorf("%+v", stats)
	}
}

func TestIdleTimeout(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	idle, idleSession := s.dial(t)
	exempt, exemptSession := s.dial(t)
	busy, busySession := s.dial(t)
	exemptSession.conn.SetIdleExempt(true)
	send(t, busy, "BLOCK\r\n")
	<-busySession.serves
	s.limits.IdleTimeout.Store(int64(time.Hour)) // changes while clients are connected
	s.check(time.Now().Add(30*time.Minute), watchInterval)
	send(t, idle, ping)
	expect(t, idle, "+PONG\r\n")
	s.check(time.Now().Add(61*time.Minute), watchInterval)
	expectClosed(t, idle)
	<-idleSession.closed
	send(t, exempt, ping)
	expect(t, exempt, "+PONG\r\n")
	close(busySession.block)
	expect(t, busy, "+OK\r\n")
	if n := s.Stats().IdleClosed; n != 1 {
		t.Errorf("%d clients closed", n)
	}
}

func TestClientThatDoesNotRead(t *testing.T) {
	t.Parallel()
	s := startServer(t, func(l *Limits) { l.OutputTimeout.Store(int64(time.Minute)) })
	nc, session := s.dial(t)
	send(t, nc, "FLOOD\r\n")
	// While the client reads it lives, however long it takes.
	c := session.conn.(*client)
	sent := func() uint64 {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.progress
	}
	for range 10 {
		before := sent()
		io.ReadFull(nc, make([]byte, 2*writeChunk))
		await(t, "the next piece is sent", func() bool { return sent() != before })
		s.check(time.Now(), 40*time.Second)
	}
	if s.Stats().SlowClosed != 0 {
		t.Fatal("closed a client that reads")
	}
	await(t, "the stalled client is disconnected", func() bool {
		s.check(time.Now(), 40*time.Second)
		return s.Stats().SlowClosed == 1
	})
	<-session.closed
}

func TestPush(t *testing.T) {
	t.Parallel()
	s := startServer(t, func(l *Limits) { l.SetOutput(ClassNormal, OutputLimit{Hard: 1 << 20}) })
	nc, session := s.dial(t)
	send(t, nc, "PUSH\r\n")
	expect(t, nc, "+OK\r\n+message\r\n")

	var want bytes.Buffer
	var wg sync.WaitGroup
	for range 100 {
		want.WriteString("+x\r\n")
		wg.Go(func() { session.conn.Push([]byte("+x\r\n")) })
	}
	wg.Wait()
	expect(t, nc, want.String())

	message := make([]byte, 100<<10)
	await(t, "the client that does not read is disconnected", func() bool {
		session.conn.Push(message)
		select {
		case <-session.conn.Done():
			return true
		default:
			return false
		}
	})
	<-session.closed
	session.conn.Push(message) // harmless
}

func TestCloseFromElsewhere(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	waiting, waitingSession := s.dial(t)
	waitingSession.conn.Close()
	expectClosed(t, waiting)
	<-waitingSession.closed

	busy, busySession := s.dial(t)
	send(t, busy, "BLOCK\r\n")
	<-busySession.serves
	busySession.conn.Close()
	expectClosed(t, busy)
	<-busySession.conn.Done()
	close(busySession.block)
	<-busySession.closed
}

func TestShutdown(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	addr := s.Addrs()[0].String()
	idle, idleSession := s.dial(t)
	busy, busySession := s.dial(t)
	stuck, stuckSession := s.dial(t)
	send(t, busy, "BLOCK\r\n")
	<-busySession.serves
	send(t, stuck, "BLOCK\r\n")
	<-stuckSession.serves

	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error)
	go func() { result <- s.Shutdown(ctx) }()
	<-idleSession.closed
	expectClosed(t, idle)
	if nc, err := net.Dial("tcp", addr); err == nil {
		expectClosed(t, nc)
		nc.Close()
	}
	close(busySession.block)
	expect(t, busy, "+OK\r\n") // what was under way is answered
	expectClosed(t, busy)
	<-busySession.closed
	cancel()
	if err := <-result; err != context.Canceled {
		t.Errorf("Shutdown: %v, want %v", err, context.Canceled)
	}
	expectClosed(t, stuck)
	close(stuckSession.block)
	<-stuckSession.closed
}

func TestListen(t *testing.T) {
	t.Parallel()
	options := Options{Handler: &testServer{}, Bind: []string{"127.0.0.1", "-203.0.113.1"}, Limits: NewLimits(), Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	s, err := Listen(options)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Addrs()) != 1 {
		t.Errorf("listening on %v", s.Addrs())
	}
	_, port, _ := net.SplitHostPort(s.Addrs()[0].String())
	fmt.Sscan(port, &options.Port)
	if _, err := Listen(options); err == nil || !strings.Contains(err.Error(), "cannot listen for clients: cannot listen on 127.0.0.1:"+port) ||
		!strings.Contains(err.Error(), "in use") || strings.Contains(err.Error(), "\n") {
		t.Errorf("a taken port: %v", err)
	}
	if err := s.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	s.Serve() // returns at once
	options.Bind = []string{"-203.0.113.1"}
	if _, err := Listen(options); err == nil {
		t.Error("listening nowhere")
	}
}

func TestHotPathAllocations(t *testing.T) {
	s := startServer(t, nil)
	nc, _ := s.dial(t)
	r := bufio.NewReader(nc)
	const pipeline = 100
	in := strings.Repeat(ping, pipeline)
	perPipeline := testing.AllocsPerRun(200, func() {
		io.WriteString(nc, in)
		for range pipeline {
			if _, err := r.ReadSlice('\n'); err != nil {
				t.Fatal(err)
			}
		}
	})
	// The bytes of the pipeline and the list of its arguments.
	if perPipeline > 3 {
		t.Errorf("%.2f allocations per pipeline", perPipeline)
	}
}
