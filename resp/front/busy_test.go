package front

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/msredis/msredis/resp/reply"
)

// TestBusy: clients are told that a script in the log takes long, from when it has taken
// busy-reply-threshold until it ends.
func TestBusy(t *testing.T) {
	t.Parallel()
	ts := newTestServer(t, "--busy-reply-threshold", "1")
	var relieved atomic.Int32
	ts.Relieve(func() { relieved.Add(1) })
	audience := ts.opt.Audience
	c := ts.connect(t)
	until := func(what string, ok func() bool) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal(what)
			}
		}
	}
	for _, step := range []struct {
		scripts, functions int
		text               string
	}{{1, 0, reply.ErrBusyScript}, {0, 1, reply.ErrBusyFunction}, {2, 1, reply.ErrBusyFunction}} {
		audience.Runs(step.scripts, step.functions)
		before := relieved.Load()
		until("nobody is told", func() bool { return strings.Contains(c.pipeline("PING"), step.text) })
		if relieved.Load() == before {
			t.Error("the event loops are not relieved")
		}
		for _, line := range []string{"GET k", "SUBSCRIBE a", "CONFIG GET port"} {
			if got := c.pipeline(line); !strings.HasPrefix(got, "-BUSY ") {
				t.Errorf("%s: %q", line, got)
			}
		}
		for _, line := range []string{"SCRIPT KILL", "FUNCTION KILL", "RESET", "MULTI", "DISCARD"} {
			if got := c.pipeline(line); strings.Contains(got, "BUSY Redis") {
				t.Errorf("%s: %q", line, got)
			}
		}
		audience.Runs(0, 0)
		if got := c.pipeline("PING"); got != "+PONG|" {
			t.Errorf("PING behind the script: %q", got)
		}
	}
	c.pipeline("CONFIG SET busy-reply-threshold 0")
	before := relieved.Load()
	audience.Runs(1, 0)
	until("the loops are not relieved", func() bool { return relieved.Load() > before+1 })
	if got := c.pipeline("PING"); got != "+PONG|" {
		t.Errorf("PING with no threshold: %q", got)
	}
	audience.Runs(0, 0)
}
