package front

import (
	"strings"
	"testing"
)

// monitorLines returns the lines that a monitor was sent, without the time.
func monitorLines(c *testClient) string {
	var lines []string
	for line := range strings.SplitSeq(pushedTo(c), "|") {
		if _, rest, ok := strings.Cut(line, " "); ok {
			lines = append(lines, rest)
		}
	}
	return strings.Join(lines, ", ")
}

func TestMonitor(t *testing.T) {
	ts := newTestServer(t)
	m, c := ts.connect(t), ts.connect(t)
	c.want("+OK|", "set k 1")
	m.want("+OK|", "monitor")
	const who = "127.0.0.1:50002]"
	for _, step := range []struct{ lines, want string }{
		{"set k 2;get k", `[0 ` + who + ` "set" "k" "2", [0 ` + who + ` "get" "k"`},
		{"get;nosuch;config get port", ""},
		{"multi;set k 3;select 2;get k;exec;get k", `[0 ` + who + ` "multi", [0 ` + who + ` "set" "k" "3", [2 ` + who + ` "select" "2", ` +
			`[2 ` + who + ` "get" "k", [2 ` + who + ` "exec", [2 ` + who + ` "get" "k"`},
		{"select 0;publish c m", `[0 ` + who + ` "select" "0", [0 ` + who + ` "publish" "c" "m"`},
	} {
		c.pipeline(strings.Split(step.lines, ";")...)
		if got := monitorLines(m); got != step.want {
			t.Errorf("%s:\n got %s\nwant %s", step.lines, got, step.want)
		}
	}
	ts.opt.Audience.Monitored(4, words(t, "incr k"))
	if got, want := monitorLines(m), `[4 lua] "incr" "k"`; got != want {
		t.Errorf("a script's call: got %s, want %s", got, want)
	}
	m.session.Closed()
	if ts.monitors.any.Load() {
		t.Error("a monitor that has gone is still told")
	}
}
