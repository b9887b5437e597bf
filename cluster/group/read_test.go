package group

import (
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/command/commandtest"
)

// outcomes is a Completer that remembers what it was told.
type outcomes chan error

func (o outcomes) Complete(err error) { o <- err }

// TestAskedReads: a read that was started is run by Work, among others of any
// number. If the node may no longer answer by itself then, it is confirmed first.
func TestAskedReads(t *testing.T) {
	t.Parallel()
	l := newLab(t, 1, nil)
	g := l.leader()
	l.want(g, "SET k v", "+OK")
	const reads = 100
	for _, alone := range []bool{true, false} {
		told := make(outcomes, reads)
		var units []*command.Unit
		for range reads {
			u := &command.Unit{}
			if err := commandtest.Fill(u, l.table, "GET k"); err != nil {
				t.Fatal(err)
			}
			units = append(units, u)
			if done, err := g.StartRead(u, told); done {
				t.Fatalf("done at once: %v", err)
			}
		}
		if len(told) > 0 {
			t.Fatal("run before Work")
		}
		g.alone.Store(alone)
		for g.Work() {
		}
		for range units {
			if err := <-told; err != nil {
				t.Fatal(err)
			}
		}
		for i, u := range units {
			if got := string(u.W.Buf); !strings.HasSuffix(got, "v\r\n") {
				t.Errorf("fast %v, read %d: %q", alone, i, got)
			}
			if u.Time == 0 || u.Ran == 0 {
				t.Errorf("fast %v, read %d: at %d, took %v", alone, i, u.Time, u.Ran)
			}
		}
	}
}

// A write that changes nothing is answered like a read by the node that need ask
// nobody, and costs no entry of the log; started or waited for. If the node has
// to ask somebody by the time its turn comes, it goes through the log.
func TestWritesThatChangeNothing(t *testing.T) {
	t.Parallel()
	l := newLab(t, 1, nil)
	g := l.leader()
	l.want(g, "SADD s m", ":1")
	l.want(g, "SET lock mine", "+OK")
	l.want(g, "SADD s m", ":0") // passed by, because the first one was not worth being tried
	start := func(lines string, alone bool) (reply string) {
		told := make(outcomes, 1)
		u := &command.Unit{}
		if err := commandtest.Fill(u, l.table, lines); err != nil {
			t.Fatal(err)
		}
		if done, err := g.StartWrite(u, told); done {
			t.Fatalf("done at once: %v", err)
		}
		g.alone.Store(alone)
		for g.Work() {
		}
		g.alone.Store(true)
		if err := <-told; err != nil {
			t.Fatal(err)
		}
		return commandtest.Replies(u)
	}
	applied := func() uint64 { return g.store.Load().Applied() }
	before := applied()
	for _, c := range []struct{ lines, reply string }{
		{"SADD s m", ":0"},
		{"SET lock yours NX", "$-1"},
		{"SREM s other\nSADD lock m", ":0 -WRONGTYPE Operation against a key holding the wrong kind of value"},
	} {
		l.want(g, c.lines, c.reply)
		if got := start(c.lines, true); got != c.reply {
			t.Errorf("%s: %q", c.lines, got)
		}
	}
	if got := applied(); got != before {
		t.Errorf("the log grew from %d to %d", before, got)
	}
	if got := start("SADD s m", false); got != ":0" || applied() == before {
		t.Errorf("not alone any more: %q, the log is at %d as before", got, applied())
	}
	if got := start("SADD s other", true); got != ":1" {
		t.Errorf("a new member: %q", got)
	}
	l.want(g, "SCARD s", ":2")
}
