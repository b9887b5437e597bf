package front

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestWatchAcrossSessions: a transaction is refused if another client changed
// what it watches, and then nothing of it happens.
func TestWatchAcrossSessions(t *testing.T) {
	ts := newTestServer(t)
	a, b := ts.connect(t), ts.connect(t)
	a.want("+OK|", "WATCH k")
	b.want("+OK|", "SET k 1")
	a.want("+OK|+QUEUED|+QUEUED|+QUEUED|*-1|$-1|", "MULTI", "CLIENT SETNAME bob", "SELECT 3", "INCR n", "EXEC", "CLIENT GETNAME")
	if db := a.session.db.Load(); db != 0 {
		t.Errorf("the session is in database %d", db)
	}
	a.want("+OK|+OK|+QUEUED|+QUEUED|+QUEUED|*3|+OK|+OK|:1|$3|bob|", "WATCH k", "MULTI", "CLIENT SETNAME bob", "SELECT 3",
		"INCR n", "EXEC", "CLIENT GETNAME")
	a.want("$1|1|", "GET n")
}

// TestExecSeesSelect: SELECT inside a transaction moves what stands behind it.
func TestExecSeesSelect(t *testing.T) {
	ts := newTestServer(t)
	c := ts.connect(t)
	c.want("+OK|+QUEUED|+QUEUED|+QUEUED|+QUEUED|+QUEUED|*5|:1|+OK|:1|-ERR DB index is out of range|:2|:3|",
		"MULTI", "INCR n", "SELECT 4", "INCR n", "SELECT 99", "INCR n", "EXEC", "INCR n")
	c.want("+OK|$1|1|", "SELECT 0", "GET n")
}

func TestClientList(t *testing.T) {
	ts := newTestServer(t)
	a, b := ts.connect(t), ts.connect(t)
	a.pipeline("HELLO 2 SETNAME alice", "CLIENT SETINFO LIB-NAME lib", "CLIENT SETINFO lib-ver 1.0", "SELECT 2", "CLIENT NO-EVICT ON")
	b.pipeline("READONLY", "MULTI", "GET a", "GET b")
	b.pipeline("DISCARD", "MULTI", "GET a")
	got := a.pipeline("CLIENT LIST")
	for _, want := range []string{
		"|id=1 addr=127.0.0.1:50001 laddr=127.0.0.1:6379 fd=11 name=alice age=0 idle=0 flags=e db=2 sub=0 psub=0 ssub=0 multi=-1 ",
		" cmd=client|list user=default redir=-1 resp=2 lib-name=lib lib-ver=1.0\n",
		"\nid=2 addr=127.0.0.1:50002 laddr=127.0.0.1:6379 fd=12 name= age=0 idle=0 flags=xr db=0 sub=0 psub=0 ssub=0 multi=1 ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	for filter, want := range map[string]int{
		"TYPE normal": 2, "TYPE PUBSUB": 0, "ID 2": 1, "ID 2 1 9": 2, "ID 9": 0,
	} {
		if n := strings.Count(a.pipeline("CLIENT LIST "+filter), "id="); n != want {
			t.Errorf("%s: %d clients, want %d", filter, n, want)
		}
	}
	a.want("-ERR Unrecognized option 'lib'|-ERR lib-name cannot contain spaces, newlines or special characters.|",
		"CLIENT SETINFO lib x", `CLIENT SETINFO lib-name "a b"`)
	b.session.Closed()
	if n := strings.Count(a.pipeline("CLIENT LIST"), "id="); n != 1 {
		t.Errorf("%d clients are left, want 1", n)
	}
}

func TestClientKill(t *testing.T) {
	for _, test := range []struct {
		kill, want string
		closed     string // which of the clients 1, 2, 3
	}{
		{"ID 2", ":1|", "2"},
		{"127.0.0.1:50003", "+OK|", "3"},
		{"127.0.0.1:50001", "+OK|", "1"},
		{"ADDR 127.0.0.1:50001", ":0|", ""},
		{"ADDR 127.0.0.1:50001 SKIPME no", ":1|", "1"},
		{"TYPE normal", ":2|", "23"},
		{"TYPE normal SKIPME no", ":3|", "123"},
		{"USER default ID 3", ":1|", "3"},
		{"LADDR 127.0.0.1:6379", ":2|", "23"},
		{"TYPE pubsub", ":0|", ""},
		{"MAXAGE 1", ":2|", "23"},
		{"MAXAGE 150", ":1|", "3"},
		{"MAXAGE 150 ID 2", ":0|", ""},
		{"MAXAGE 250 SKIPME no", ":0|", ""},
		{"MAXAGE 100 MAXAGE 150", ":1|", "3"},
		{`ADDR ""`, ":0|", ""},
		{`""`, "-ERR No such client|", ""},
	} {
		t.Run(test.kill, func(t *testing.T) {
			ts := newTestServer(t)
			clients := []*testClient{ts.connect(t), ts.connect(t), ts.connect(t)}
			for i, c := range clients { // the second and the third are older
				c.conn.made = time.Now().Add(-time.Duration(i) * 100 * time.Second)
			}
			clients[0].want(test.want, "CLIENT KILL "+test.kill)
			closed := ""
			for i, c := range clients {
				if c.conn.closed() {
					closed += fmt.Sprint(i + 1)
				}
			}
			if closed != test.closed {
				t.Errorf("closed: %q, want %q", closed, test.closed)
			}
		})
	}
}

// paused runs a pipeline that has to wait, and returns a channel with its
// replies.
func paused(t *testing.T, c *testClient, lines ...string) <-chan string {
	t.Helper()
	out := make(chan string, 1)
	go func() { out <- c.pipeline(lines...) }()
	select {
	case got := <-out:
		t.Fatalf("%q was answered in a pause: %q", lines, got)
	case <-time.After(20 * time.Millisecond):
	}
	return out
}

func await(t *testing.T, out <-chan string, want string) {
	t.Helper()
	select {
	case got := <-out:
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("still waiting")
	}
}

func TestClientPause(t *testing.T) {
	const long = "100000"
	t.Run("writes", func(t *testing.T) {
		ts := newTestServer(t)
		a, b, c := ts.connect(t), ts.connect(t), ts.connect(t)
		a.want("+OK|$-1|", "CLIENT PAUSE "+long+" WRITE", "GET a")
		c.want("+OK|+QUEUED|", "MULTI", "GET a")
		wrote := paused(t, b, "GET a", "SET a 1", "GET a")
		queued := paused(t, c, "INCR n")
		// Who is held counts as blocked.
		blocked := func(n int64) {
			t.Helper()
			for deadline := time.Now().Add(5 * time.Second); ts.waiting.all.Load() != n; runtime.Gosched() {
				if time.Now().After(deadline) {
					t.Fatalf("%d clients are blocked, not %d", ts.waiting.all.Load(), n)
				}
			}
		}
		blocked(2)
		if got := a.pipeline("INFO clients", "CLIENT LIST"); !strings.Contains(got, "|blocked_clients:2|") || strings.Count(got, " flags=b ") != 1 ||
			strings.Count(got, " flags=xb ") != 1 {
			t.Errorf("INFO and CLIENT LIST: %s", got)
		}
		a.want("+OK|", "CLIENT UNPAUSE")
		await(t, wrote, "$-1|+OK|$1|1|")
		await(t, queued, "+QUEUED|")
		blocked(0)
	})
	t.Run("exec", func(t *testing.T) {
		ts := newTestServer(t)
		a, b := ts.connect(t), ts.connect(t)
		b.want("+OK|+QUEUED|", "MULTI", "SET a 1")
		a.want("+OK|", "CLIENT PAUSE "+long+" WRITE")
		out := paused(t, b, "EXEC")
		a.want("+OK|", "CLIENT UNPAUSE")
		await(t, out, "*1|+OK|")
	})
	t.Run("all, until it is over", func(t *testing.T) {
		ts := newTestServer(t)
		a, b := ts.connect(t), ts.connect(t)
		a.want("+OK|", "CLIENT PAUSE 60")
		await(t, paused(t, b, "PING"), "+PONG|")
		a.want("+PONG|", "PING")
	})
	t.Run("made stricter", func(t *testing.T) {
		ts := newTestServer(t)
		a, b, c := ts.connect(t), ts.connect(t), ts.connect(t)
		a.want("+OK|", "CLIENT PAUSE "+long+" WRITE")
		b.want("+OK|", "CLIENT PAUSE 1 ALL")
		out := paused(t, c, "GET a")
		ts.pause.end()
		await(t, out, "$-1|")
	})
	t.Run("connection closed", func(t *testing.T) {
		ts := newTestServer(t)
		a, b := ts.connect(t), ts.connect(t)
		a.want("+OK|", "CLIENT PAUSE "+long)
		out := paused(t, b, "PING")
		b.conn.Close()
		await(t, out, "+PONG|")
	})
}

func TestWait(t *testing.T) {
	ts := newTestServer(t)
	ts.backend.view = threeMembers()
	ts.backend.replicas = 1
	c := ts.connect(t)
	c.want(":1|:2|:2|*2|:1|:1|", "WAIT 0 0", "WAIT 2 0", "WAIT 9 10", "WAITAOF 1 1 0")
	c.want("-ERR value is out of range, value must between 0 and 1|-ERR value is out of range, must be positive|-ERR timeout is negative|",
		"WAITAOF 2 0 0", "WAITAOF 0 -1 0", "WAITAOF 0 0 -1")
}

func TestShutdown(t *testing.T) {
	ts := newTestServer(t)
	c := ts.connect(t)
	c.want("+OK|", "SET a 1", "SHUTDOWN NOSAVE FORCE NOW", "SET a 2")
	if len(ts.stopped) != 1 || ts.stopped[0] != (ShutdownOptions{NoSave: true, Now: true}) || !c.conn.closed() {
		t.Errorf("stopped: %+v, closed: %v", ts.stopped, c.conn.closed())
	}
}

// TestManySessions has sessions run at once what touches shared state; the race
// detector is the judge.
func TestManySessions(t *testing.T) {
	ts := newTestServer(t)
	if err := ts.config.LoadArgs([]string{"--slowlog-log-slower-than", "0", "--latency-monitor-threshold", "1"}); err != nil {
		t.Fatal(err)
	}
	var clients []*testClient
	for range 4 {
		clients = append(clients, ts.connect(t))
	}
	var wg sync.WaitGroup
	for i, c := range clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 20 {
				c.pipeline("SET a 1", "CLIENT LIST", "GET a", fmt.Sprintf("CLIENT SETNAME n%d", i), "INFO all", "SLOWLOG GET",
					"LATENCY HISTOGRAM", "CLIENT PAUSE 0", "CONFIG SET slowlog-max-len 5", "CONFIG RESETSTAT", "MULTI", "INCR n",
					"SELECT 1", "EXEC", "NOSUCH")
			}
			c.session.Closed()
		}()
	}
	wg.Wait()
	if n := ts.connected(); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}
