package front

import (
	"fmt"
	"strings"
	"testing"
)

// TestTrackingTable checks that the table of keys has its bound, and that a client
// hears of a key that had to leave.
func TestTrackingTable(t *testing.T) {
	ts := newTestServer(t)
	c := ts.connect(t)
	c.pipeline("hello 3", "client tracking on", "config set tracking-table-max-keys 10")
	for i := range 30 {
		c.want("_|", fmt.Sprint("get k", i))
	}
	if n := ts.tracking.keys.Load(); n != 10 {
		t.Errorf("%d keys in the table, want 10", n)
	}
	if n := strings.Count(pushedTo(c), "invalidate"); n != 20 {
		t.Errorf("%d keys told of, want 20", n)
	}
	other := ts.connect(t)
	other.pipeline("hello 3", "client tracking on", "get k29")
	if keys, items := ts.tracking.keys.Load(), ts.tracking.items.Load(); keys > 10 || items < keys {
		t.Errorf("%d keys with %d clients", keys, items)
	}
	pushedTo(other) // it may have been the one that had to leave
	ts.opt.Audience.AllChanged()
	if keys, items := ts.tracking.keys.Load(), ts.tracking.items.Load(); keys != 0 || items != 0 {
		t.Errorf("%d keys with %d clients are left after all has changed", keys, items)
	}
	if got := pushedTo(other); got != ">2|$10|invalidate|_|" {
		t.Errorf("got %q", got)
	}
	c.session.Closed()
	other.want("+OK|", "client tracking off")
	if ts.opt.Audience.Tracks() {
		t.Error("nobody tracks, and changes are collected")
	}
}

// TestTrackedBeforeRead checks that a key is noted before it is read: a change that
// comes in between is told of.
func TestTrackedBeforeRead(t *testing.T) {
	ts := newTestServer(t)
	c := ts.connect(t)
	c.pipeline("hello 3", "client tracking on")
	ts.backend.hold = make(chan struct{})
	out := paused(t, c, "get k")
	for ts.tracking.keys.Load() == 0 {
		// the session is on its way to the backend, which waits
	}
	ts.opt.Audience.Changed([]byte("k"), 0)
	close(ts.backend.hold)
	await(t, out, "_|")
	if got := pushedTo(c); got != ">2|$10|invalidate|*1|$1|k|" {
		t.Errorf("got %q", got)
	}
}

// TestBroadcastIsPerBatch checks that the keys of a batch come in one message, each
// once, and without one's own with NOLOOP.
func TestBroadcastIsPerBatch(t *testing.T) {
	ts := newTestServer(t)
	all, loop := ts.connect(t), ts.connect(t)
	all.pipeline("hello 3", "client tracking on bcast prefix a")
	loop.pipeline("hello 3", "client tracking on bcast noloop")
	a := ts.opt.Audience
	for _, change := range []struct {
		key string
		by  uint64
	}{{"a2", 0}, {"a1", loop.session.id}, {"b", loop.session.id}, {"a2", loop.session.id}, {"c", 99}} {
		a.Changed([]byte(change.key), change.by)
	}
	if got := pushedTo(all); got != "" {
		t.Errorf("told before the end of the batch: %q", got)
	}
	a.Settle()
	if got, want := pushedTo(all), ">2|$10|invalidate|*2|$2|a1|$2|a2|"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := pushedTo(loop), ">2|$10|invalidate|*2|$2|a2|$1|c|"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	a.Settle()
	if got := pushedTo(all) + pushedTo(loop); got != "" {
		t.Errorf("told again: %q", got)
	}
}
