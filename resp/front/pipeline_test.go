package front

import (
	"fmt"
	"github.com/msredis/msredis/resp"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// TestUnits holds into which units pipelines are cut: w or r, * for stale, the
// number of calls, + the number of literals.
func TestUnits(t *testing.T) {
	for _, test := range []struct {
		pipeline string // commands separated by ;
		units    string
	}{
		{"PING", ""},
		{"GET a", "r1"},
		{"SET a 1", "w1"},
		{"GET a;GET b;GET c", "r3"},
		{"SET a 1;GET a;GET b", "w3"},
		{"PING;ECHO a;SET a 1;GET a", "w2"},
		{"SET a 1;PING;GET a;ECHO a", "w2+2"},
		{"SET a 1;NOSUCH;GET", "w1+2"},
		{"MULTI;SET a 1;EXEC", "w1"},
		{"SET a 1;MULTI;SET a 1;EXEC;GET a", "w3+2"},
		{"MULTI;GET a;EXEC", "r1"},
		{"MULTI;EXEC;GET a", "r1"},
		{"MULTI;SET a 1;PING;EXEC;GET a", "w1 r1"},
		{"SET a 1;SELECT 1;SET a 1;SELECT 0", "w2+2"},
		// A command whose answer depends on what precedes it is a cut.
		{"SET a 1;WATCH a;GET a", "w1 r1"},
		{"SET a 1;INFO;SET b 1", "w1 w1"},
		{"SET a 1;READONLY;GET a", "w1 r*1"},
		{"READONLY;GET a;SET a 1", "w2"},
		{"READONLY;GET a;READWRITE;GET a", "r*1 r1"},
		{"GET a;HELLO 3;GET a", "r1 r1"},
		// Slow reads stand with other reads only.
		{"KEYS *;GET a", "r2"},
		{"GET a;KEYS *;SET a 1", "r2 w1"},
		{"SET a 1;KEYS *;GET a", "w1 r2"},
		{"MULTI;SET a 1;KEYS *;EXEC;GET a", "w2"},
		{"SET a 1;MULTI;KEYS *;EXEC", "w1+2 r1"},
		// So does what is slow with the value that it finds.
		{"SET a 1;GETALL small;GET a", "w3"},
		{"SET a 1;GETALL large;GET a;SET a 1", "w1 r2 w1"},
		{"MULTI;GETALL large;EXEC;SET a 1", "r1 w1"},
		{"MULTI;SET a 1;GETALL large;EXEC;GET a", "w2"},
		{"SET a 1;QUIT;SET a 2", "w1+1"},
		{"CLIENT REPLY SKIP;SET a 1;GET a", "w1 r1"},
	} {
		t.Run(test.pipeline, func(t *testing.T) {
			ts := newTestServer(t)
			ts.connect(t).pipeline(strings.Split(test.pipeline, ";")...)
			if got := ts.backend.shape(); got != test.units {
				t.Errorf("got %q, want %q", got, test.units)
			}
		})
	}
}

func TestUnitBounds(t *testing.T) {
	ts := newTestServer(t)
	c := ts.connect(t)
	lines := make([]string, maxUnitCalls+2)
	for i := range lines {
		lines[i] = "INCR n"
	}
	got := c.pipeline(lines...)
	if want := fmt.Sprintf(":%d|", len(lines)); !strings.HasSuffix(got, want) {
		t.Errorf("the last reply is not %s", want)
	}
	if got, want := ts.backend.shape(), fmt.Sprintf("w%d w2", maxUnitCalls); got != want {
		t.Errorf("too many calls: got %s, want %s", got, want)
	}

	big := [][]byte{[]byte("SET"), []byte("a"), make([]byte, maxUnitBytes/2)}
	small := [][]byte{[]byte("GET"), []byte("b")}
	c.serve([][][]byte{big, small, big, small, append(big[:2:2], make([]byte, maxUnitBytes+1))}, time.Now())
	if got, want := ts.backend.shape(), "w2 w2 w1"; got != want {
		t.Errorf("too many bytes: got %s, want %s", got, want)
	}
}

func TestFailure(t *testing.T) {
	definite := &command.Failure{Text: reply.ErrShuttingDown}
	unknown := &command.Failure{Text: reply.ErrUnknown, Unknown: true}
	for _, test := range []struct {
		name     string
		err      error
		pipeline string
		want     string
	}{
		{"definite", definite, "PING;SET a 1;PING;GET a;ECHO b",
			"+PONG|-" + reply.ErrShuttingDown + "|+PONG|-" + reply.ErrShuttingDown + "|$1|b|"},
		{"unknown", unknown, "PING;SET a 1;PING;GET a;ECHO b",
			"+PONG|-" + reply.ErrUnknown + "|+PONG|-" + reply.ErrNoQuorum + "|$1|b|"},
		{"reads", definite, "GET a;GET b", "-" + reply.ErrShuttingDown + "|-" + reply.ErrShuttingDown + "|"},
		{"what is behind goes on", unknown, "SET a 1;HELLO 2 AUTH;GET a",
			"-" + reply.ErrUnknown + "|-ERR Syntax error in HELLO option 'AUTH'|$-1|"},
		{"transaction", unknown, "MULTI;SET a 1;GET a;EXEC", "+OK|+QUEUED|+QUEUED|-" + reply.ErrUnknown + "|"},
		{"transaction that reads", unknown, "MULTI;GET a;EXEC", "+OK|+QUEUED|-" + reply.ErrNoQuorum + "|"},
		{"mixed transaction", unknown, "MULTI;CLIENT SETNAME x;SET a 1;EXEC;CLIENT GETNAME",
			"+OK|+QUEUED|+QUEUED|-" + reply.ErrUnknown + "|$-1|"},
		{"watch", definite, "WATCH a", "-" + reply.ErrShuttingDown + "|"},
		{"watch, unknown", unknown, "WATCH a", "-" + reply.ErrNoQuorum + "|"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ts := newTestServer(t)
			c := ts.connect(t)
			ts.backend.fail = test.err
			c.want(test.want, strings.Split(test.pipeline, ";")...)
			c.want("+OK|$1|2|", "SET a 2", "GET a")
		})
	}
}

// TestFailedUnitIsAbandoned holds that a backend which writes to a unit after it
// failed cannot spoil later replies.
func TestFailedUnitIsAbandoned(t *testing.T) {
	ts := newTestServer(t)
	c := ts.connect(t)
	failed := c.session.unit
	ts.backend.fail = &command.Failure{Text: reply.ErrUnknown, Unknown: true}
	c.want("-"+reply.ErrUnknown+"|", "SET a 1")
	failed.W.Buf = append(failed.W.Buf[:0], "late late late late late late late late"...)
	c.want("+OK|", "SET a 1")
}

func TestRefusals(t *testing.T) {
	t.Run("out of memory", func(t *testing.T) {
		ts := newTestServer(t)
		ts.backend.over = func() bool { return true }
		ts.connect(t).want("-"+reply.ErrOOM+"|:0|", "SET a 1", "DEL a")
	})
	t.Run("debug", func(t *testing.T) {
		ts := newTestServer(t)
		for mode, want := range map[string]string{
			"no":    "-" + reply.ErrDebugNotAllowed + "|-" + reply.ErrDebugNotAllowed + "|",
			"local": "+OK|+Value at:0x0|",
			"yes":   "+OK|+Value at:0x0|",
		} {
			if err := ts.config.LoadArgs([]string{"--enable-debug-command", mode}); err != nil {
				t.Fatal(err)
			}
			ts.connect(t).want(want, "DEBUG SET-ACTIVE-EXPIRE 1", "DEBUG OBJECT a")
		}
	})
}

// TestSteadyStateDoesNotAllocate: a pipeline costs nothing but what its
// arguments cost.
func TestSteadyStateDoesNotAllocate(t *testing.T) {
	ts := newTestServer(t)
	ts.backend.quiet = true
	c := ts.connect(t)
	c.pipeline("SET a 1")
	for _, pipeline := range [][]string{
		{"GET a"},
		{"SET a 1"},
		{"PING"},
		{"SET a 1", "GET a", "PING", "ECHO b", "GET nosuch", "SELECT 0"},
	} {
		cmds := make([][][]byte, len(pipeline))
		for i, line := range pipeline {
			cmds[i] = words(t, line)
		}
		c.serve(cmds, time.Now())
		if n := testing.AllocsPerRun(100, func() { c.serve(cmds, time.Now()) }); n > 0 {
			t.Errorf("%q: %v allocations", pipeline, n)
		}
	}
}

func BenchmarkServe(b *testing.B) {
	for _, bench := range []struct {
		name     string
		pipeline []string
	}{
		{"GET", []string{"GET a"}},
		{"GETx16", strings.Split(strings.Repeat("GET a;", 15)+"GET a", ";")},
		{"SETx16", strings.Split(strings.Repeat("SET a 1;", 15)+"SET a 1", ";")},
		{"PINGx16", strings.Split(strings.Repeat("PING;", 15)+"PING", ";")},
	} {
		b.Run(bench.name, func(b *testing.B) {
			ts := newTestServer(b)
			ts.backend.quiet = true
			c := ts.connect(b)
			cmds := make([][][]byte, len(bench.pipeline))
			for i, line := range bench.pipeline {
				cmds[i] = words(b, line)
			}
			for b.Loop() {
				c.serve(cmds, time.Now())
			}
		})
	}
}

// A client whose reads take long leaves its event loop until they are quick
// again.
func TestHeavyReads(t *testing.T) {
	ts := newTestServer(t)
	c := ts.connect(t)
	get := [][][]byte{words(t, "GET a")}
	start := func(takes time.Duration) resp.Progress {
		ts.backend.takes = takes
		_, _, p := c.session.Start(get, time.Now())
		return p
	}
	if p := start(2 * heavyTime); p != resp.Served {
		t.Fatalf("the first: %d", p)
	}
	if p := start(2 * heavyTime); p != resp.Blocks {
		t.Fatalf("the one behind a slow one: %d", p)
	}
	ts.backend.takes = heavyTime / 2
	c.session.Serve(get, time.Now())
	if p := start(heavyTime / 2); p != resp.Served {
		t.Fatalf("quick again: %d", p)
	}
}

// TestWhoServes holds what an event loop leaves to a goroutine.
func TestWhoServes(t *testing.T) {
	ts := newTestServer(t)
	large := "SET a " + strings.Repeat("x", heavyBytes)
	for _, test := range []struct {
		lines  []string
		blocks bool
	}{
		{[]string{"GETALL small", "GET a"}, false},
		{[]string{"GETALL large"}, true},
		{[]string{"GETALL"}, false},
		{[]string{"MULTI", "GETALL small", "EXEC"}, false},
		{[]string{"MULTI", "GETALL large"}, false},
		{[]string{"MULTI", "GETALL large", "EXEC"}, true},
		{[]string{"KEYS *"}, true},
		{[]string{"SET a 1"}, false},
		{[]string{large}, true},
		{[]string{"SET a 1", large, "GET a"}, true},
	} {
		c := ts.connect(t)
		var cmds [][][]byte
		for _, line := range test.lines {
			cmds = append(cmds, words(t, line))
		}
		_, _, progress := c.session.Start(cmds, time.Now())
		if blocks := progress == resp.Blocks; blocks != test.blocks {
			t.Errorf("%.40q: left to a goroutine: %t, want %t", test.lines, blocks, test.blocks)
		}
		if progress == resp.Blocks {
			c.session.Serve(cmds, time.Now())
		}
	}
}

// TestReadsCountTheStore: what a read costs is the time in the store, shared with
// those beside it; how long its client waited is another figure.
func TestReadsCountTheStore(t *testing.T) {
	ts := newTestServer(t)
	c := ts.connect(t)
	ts.backend.takes = 3 * time.Millisecond
	start := time.Now().Add(-time.Hour)
	if _, _, p := c.session.Start([][][]byte{words(t, "GET a"), words(t, "GET b"), words(t, "GET c")}, start); p != resp.Served {
		t.Fatal(p)
	}
	get, _ := ts.Server.table.Resolve(words(t, "GET a"))
	stats := ts.Server.stats.of(get)
	if calls, nanos := stats.calls.Load(), stats.nanos.Load(); calls != 3 || nanos != uint64(3*time.Millisecond) {
		t.Errorf("%d calls of %v", calls, time.Duration(nanos))
	}
}
