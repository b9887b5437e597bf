package front

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/internal/options"
	"github.com/msredis/msredis/resp"
	"github.com/msredis/msredis/resp/command"
)

// testServer is a Server on a fakeBackend.
type testServer struct {
	*Server
	backend *fakeBackend
	config  *options.Set
	nextID  uint64
	stopped []ShutdownOptions
}

// newTestServer takes further options, as on the command line.
func newTestServer(t testing.TB, args ...string) *testServer {
	t.Helper()
	table, err := command.NewTable(Specs(), dataSpecs)
	if err != nil {
		t.Fatal(err)
	}
	ts := &testServer{backend: newFakeBackend(), config: options.New()}
	if err := ts.config.LoadArgs(append([]string{"--enable-debug-command", "yes"}, args...)); err != nil {
		t.Fatal(err)
	}
	var renames []command.Rename
	for _, p := range ts.config.Renames() {
		renames = append(renames, command.Rename{From: p.Name, To: p.Value})
	}
	ts.Server, err = New(Options{
		Renames:  renames,
		Table:    table,
		Backend:  ts.backend,
		Config:   ts.config,
		Log:      slog.New(slog.NewTextHandler(io.Discard, nil)),
		Version:  "0.0.0",
		Started:  time.Now(),
		Shutdown: func(o ShutdownOptions) { ts.stopped = append(ts.stopped, o) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ts.backend.setUser = func(name []byte, rules [][]byte) error {
		now := ts.users.now.Load()
		u := now.Get(name)
		if u == nil {
			u = acl.New(string(name), ts.users.book, false)
		}
		u, err := u.With(rules, ts.users.book, false)
		if err == nil {
			ts.opt.Audience.FollowUsers(acl.NewUsers(now.Version()+1, append(slices.Clone(now.All()), u)))
		}
		return err
	}
	return ts
}

// fakeConn is the socket side of a testClient.
type fakeConn struct {
	tls    bool
	id     uint64
	authed bool
	unix   bool
	once   sync.Once
	done   chan struct{}
	made   time.Time
	sent   []byte // before Serve returned
	limit  int    // OutputLimit
	most   int    // bytes in one Send
	onSend func() // called behind each
	gone   atomic.Bool

	session *Session

	mu     sync.Mutex
	pushed []byte

	finished chan finished // capacity 1
}

// finished is what a pending pipeline ends with.
type finished struct {
	replies []byte
	last    bool
}

func (c *fakeConn) Finish(replies []byte, last bool) {
	c.finished <- finished{replies, last}
}

// GoOn serves what is left as the server does.
func (c *fakeConn) GoOn() {
	go func() { c.Finish(c.session.Serve(make([][][]byte, c.session.taken), time.Time{})) }()
}

func (c *fakeConn) Send(b []byte) error {
	c.sent = append(c.sent, b...)
	c.most = max(c.most, len(b))
	if c.onSend != nil {
		c.onSend()
	}
	return nil
}
func (c *fakeConn) ID() uint64 { return c.id }
func (c *fakeConn) FD() int    { return int(c.id) + 10 }
func (c *fakeConn) RemoteAddr() string {
	if c.unix {
		return "/run/r.sock:0"
	}
	return fmt.Sprintf("127.0.0.1:%d", 50000+c.id)
}
func (c *fakeConn) LocalAddr() string        { return "127.0.0.1:6379" }
func (c *fakeConn) Near() bool               { return true }
func (c *fakeConn) Unix() bool               { return c.unix }
func (c *fakeConn) Secure() (bool, string)   { return c.tls, "" }
func (c *fakeConn) Created() time.Time       { return c.made }
func (c *fakeConn) LastRead() time.Time      { return c.made }
func (c *fakeConn) QueryBuffer() (int, int)  { return 0, 0 }
func (c *fakeConn) OutputBuffer() int        { return 0 }
func (c *fakeConn) SetAuthenticated(ok bool) { c.authed = ok }
func (c *fakeConn) SetSilent(bool)           {}
func (c *fakeConn) SetIdleExempt(bool)       {}
func (c *fakeConn) SetClass(resp.Class)      {}
func (c *fakeConn) OutputLimit() int         { return c.limit }
func (c *fakeConn) CloseOverLimit(int)       { c.Close() }
func (c *fakeConn) Gone() *atomic.Bool       { return &c.gone }
func (c *fakeConn) Close()                   { c.once.Do(func() { close(c.done) }) }
func (c *fakeConn) Done() <-chan struct{}    { return c.done }
func (c *fakeConn) Push(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pushed = append(c.pushed, b...)
}

func (c *fakeConn) Pushed() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.pushed
	c.pushed = nil
	return b
}

func (c *fakeConn) closed() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// testClient talks to one session.
type testClient struct {
	t       testing.TB
	conn    *fakeConn
	session *Session
}

func (ts *testServer) connect(t testing.TB) *testClient { return ts.connectBy(t, false) }

// connectBy connects a client with TLS or without.
func (ts *testServer) connectBy(t testing.TB, tls bool) *testClient {
	ts.nextID++
	conn := &fakeConn{id: ts.nextID, done: make(chan struct{}), made: time.Now(), finished: make(chan finished, 1), tls: tls}
	conn.session = ts.Accept(conn).(*Session)
	return &testClient{t: t, conn: conn, session: conn.session}
}

// serve runs a pipeline as the server does, and waits for its end.
func (c *testClient) serve(cmds [][][]byte, received time.Time) (replies []byte, last bool) {
	replies, last, progress := c.session.Start(cmds, received)
	switch progress {
	case resp.Pending:
		f := <-c.conn.finished
		return f.replies, f.last
	case resp.Blocks:
		return c.session.Serve(cmds, received)
	}
	return replies, last
}

// pipeline sends commands in one go and returns the replies as they are on the
// wire, with | for the line ends.
func (c *testClient) pipeline(lines ...string) string {
	c.t.Helper()
	cmds := make([][][]byte, len(lines))
	for i, line := range lines {
		cmds[i] = words(c.t, line)
	}
	c.conn.sent = nil
	replies, last := c.serve(cmds, time.Now())
	replies = append(c.conn.sent, replies...)
	out := strings.ReplaceAll(string(replies), "\r\n", "|")
	if last {
		c.conn.Close()
		c.session.Closed()
	}
	return out
}

// want sends commands in one go and compares the replies.
func (c *testClient) want(want string, lines ...string) {
	c.t.Helper()
	if got := c.pipeline(lines...); got != want {
		c.t.Errorf("%q:\n got %q\nwant %q", lines, got, want)
	}
}

// words cuts a line at its blanks; a word in double quotes is a Go string.
func words(t testing.TB, line string) [][]byte {
	t.Helper()
	var args [][]byte
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimLeft(line, " ") {
		if line[0] != '"' {
			word, rest, _ := strings.Cut(line, " ")
			args, line = append(args, []byte(word)), rest
			continue
		}
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		word, _ := strconv.Unquote(quoted)
		args, line = append(args, []byte(word)), line[len(quoted):]
	}
	return args
}

// request encodes commands for a real server.
func request(cmds [][][]byte) []byte {
	var b bytes.Buffer
	for _, args := range cmds {
		fmt.Fprintf(&b, "*%d\r\n", len(args))
		for _, arg := range args {
			fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(arg), arg)
		}
	}
	return b.Bytes()
}

// The expected words are redis-server 7.0.15's.
func TestUnixClient(t *testing.T) {
	ts := newTestServer(t)
	m, c := ts.connect(t), ts.connect(t)
	c.conn.unix = true
	m.want("+OK|", "monitor")
	if got := c.pipeline("client list"); !strings.Contains(got, " addr=/run/r.sock:0 laddr=") || !strings.Contains(got, " flags=U ") {
		t.Error(got)
	}
	c.pipeline("ping")
	if got, want := monitorLines(m), `[0 unix:/run/r.sock] "ping"`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	c.want(":1|", "client kill addr /run/r.sock:0 skipme no")
}
