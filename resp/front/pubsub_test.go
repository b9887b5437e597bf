package front

import (
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/pubsub"
)

// pushedTo returns what was pushed to a client since the last time, as on the wire
// with | for the line ends.
func pushedTo(c *testClient) string { return strings.ReplaceAll(string(c.conn.Pushed()), "\r\n", "|") }

// TestPublishInPipelines checks which messages go through the log: those behind
// writes of the same pipeline, and no others.
func TestPublishInPipelines(t *testing.T) {
	ts := newTestServer(t)
	s, p := ts.connect(t), ts.connect(t)
	s.want("*3|$9|subscribe|$1|c|:1|", "subscribe c")
	message := func(text string) string {
		return "*3|$7|message|$1|c|$" + string(rune('0'+len(text))) + "|" + text + "|"
	}
	for _, step := range []struct {
		lines   []string
		units   string // that the backend ran
		pushed  string
		replied string
	}{
		{lines: []string{"publish c a"}, units: "", pushed: message("a"), replied: ":1|"},
		{lines: []string{"publish c a", "ping", "publish c b"}, units: "", pushed: message("a") + message("b"), replied: ":1|+PONG|:1|"},
		{lines: []string{"get k", "publish c a"}, units: "r1", pushed: message("a"), replied: "$-1|:1|"},
		{lines: []string{"set k 1", "publish c a"}, units: "w2"},
		{lines: []string{"publish c a", "set k 1"}, units: "w1", pushed: message("a"), replied: ":1|+OK|"},
		{lines: []string{"multi", "publish c a", "exec"}, units: "w1"},
	} {
		ts.backend.shape()
		got := p.pipeline(step.lines...)
		if units := ts.backend.shape(); units != step.units {
			t.Errorf("%q: units %q, want %q", step.lines, units, step.units)
		}
		if pushed := pushedTo(s); pushed != step.pushed {
			t.Errorf("%q: pushed %q, want %q", step.lines, pushed, step.pushed)
		}
		if step.replied != "" && got != step.replied {
			t.Errorf("%q: replied %q, want %q", step.lines, got, step.replied)
		}
	}
}

// TestMessagesBeforeUnsubscribe checks that what came before a client unsubscribes
// stands before the confirmation, and nothing comes behind it.
func TestMessagesBeforeUnsubscribe(t *testing.T) {
	ts := newTestServer(t)
	s, p := ts.connect(t), ts.connect(t)
	s.want("*3|$9|subscribe|$1|c|:1|", "subscribe c")
	p.want(":1|", "publish c m") // and the socket was busy: it waits
	s.want("*3|$7|message|$1|c|$1|m|*3|$11|unsubscribe|$1|c|:0|", "unsubscribe c")
	p.want(":0|", "publish c m")
	s.want("*3|$9|subscribe|$1|c|:1|", "subscribe c")
	p.want(":1|", "publish c m")
	s.want("*3|$7|message|$1|c|$1|m|+RESET|", "reset")
	if got := pushedTo(s); got != "" {
		t.Errorf("pushed %q behind the end", got)
	}
}

// TestClosedSubscriber checks that nothing is left of a client that has gone.
func TestClosedSubscriber(t *testing.T) {
	ts := newTestServer(t)
	s := ts.connect(t)
	s.want("*3|$9|subscribe|$1|c|:1|*3|$9|subscribe|$1|d|:2|", "subscribe c d")
	s.want("*3|$10|psubscribe|$1|*|:3|", "psubscribe *")
	s.want("*3|$10|ssubscribe|$1|c|:1|", "ssubscribe c")
	if n := ts.subscribers.Load(); n != 1 {
		t.Errorf("%d subscribers", n)
	}
	s.session.Closed()
	for k := range pubsub.Kind(pubsub.Kinds) {
		if n := ts.hub.Topics(k); n != 0 {
			t.Errorf("%d topics of kind %d are left", n, k)
		}
	}
	if n := ts.subscribers.Load(); n != 0 {
		t.Errorf("%d subscribers are left", n)
	}
}

// mute is a wire to a node that never says that it has heard.
type mute struct{}

func (mute) Send([]byte, bool) bool { return true }

// TestSubscribeWaits checks that a subscription is confirmed when the other nodes
// have heard of it, or are gone.
func TestSubscribeWaits(t *testing.T) {
	ts := newTestServer(t)
	peer := ts.hub.Open(mute{})
	s := ts.connect(t)
	out := paused(t, s, "subscribe c")
	select {
	case got := <-out:
		t.Fatalf("confirmed before the other node has heard: %q", got)
	default:
	}
	peer.Close()
	await(t, out, "*3|$9|subscribe|$1|c|:1|")
}

// TestKeyspaceEvents checks the messages for each setting of
// notify-keyspace-events.
func TestKeyspaceEvents(t *testing.T) {
	ts := newTestServer(t)
	a := ts.opt.Audience
	if a.Classes() != "" || a.Listens() {
		t.Error("somebody seems to listen")
	}
	s := ts.connect(t)
	s.want("*3|$10|psubscribe|$2|__|:1|", "psubscribe __")
	s.pipeline("psubscribe __key*__:*")
	if a.Classes() != "" || !a.Listens() {
		t.Error("events are collected although the option is empty")
	}
	for _, step := range []struct{ option, classes, want string }{
		{"KEA", "g$lshzxetd", "*4|$8|pmessage|$10|__key*__:*|$16|__keyspace@3__:k|$3|set|*4|$8|pmessage|$10|__key*__:*|$18|__keyevent@3__:set|$1|k|"},
		{"Kgx", "gx", "*4|$8|pmessage|$10|__key*__:*|$16|__keyspace@3__:k|$3|set|"},
		{"Enm", "nm", "*4|$8|pmessage|$10|__key*__:*|$18|__keyevent@3__:set|$1|k|"},
		{"g", "", ""},
		{"K", "", "*4|$8|pmessage|$10|__key*__:*|$16|__keyspace@3__:k|$3|set|"},
	} {
		p := ts.connect(t)
		p.want("+OK|", "config set notify-keyspace-events "+step.option)
		if got := a.Classes(); got != step.classes {
			t.Errorf("%s: classes %q, want %q", step.option, got, step.classes)
		}
		a.Event("set", 3, []byte("k"))
		if got := pushedTo(s); got != step.want {
			t.Errorf("%s: got %q, want %q", step.option, got, step.want)
		}
	}
}
