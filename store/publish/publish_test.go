package publish_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/storetest"
)

// ear hears everything and knows of as many receivers as the channel is long.
type ear struct {
	wants keyspace.Wants
	heard []string
}

func (e *ear) Wants() keyspace.Wants { return e.wants }

func (e *ear) Hear(events []keyspace.Event) {
	for _, ev := range events {
		switch ev.Class {
		case keyspace.ClassMessage:
			e.heard = append(e.heard, fmt.Sprintf("message %s %s", ev.Name, ev.Key))
		case keyspace.ClassShardMessage:
			e.heard = append(e.heard, fmt.Sprintf("smessage %s %s", ev.Name, ev.Key))
		case keyspace.ClassChanged:
			e.heard = append(e.heard, fmt.Sprintf("changed %d %s", ev.DB, ev.Key))
		case keyspace.ClassFlushed:
			e.heard = append(e.heard, fmt.Sprintf("flushed %d", ev.DB))
		default:
			e.heard = append(e.heard, fmt.Sprintf("%s %d %s", ev.Name, ev.DB, ev.Key))
		}
	}
}

func (e *ear) Receivers(channel []byte, _ bool) int64 { return int64(len(channel)) }

func (e *ear) Monitors() bool { return false }

func (e *ear) Monitored(int, [][]byte) {}

func (e *ear) Missed(int, []byte) {}

func (e *ear) Replaced() {}

// calls makes calls of lines; those that are indented are one transaction.
func calls(table *command.Table, text string) (list []command.Call) {
	var tx *command.Tx
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		var args [][]byte
		for _, w := range words {
			args = append(args, []byte(w))
		}
		cmd, _ := table.Resolve(args)
		c := command.NewCall(cmd, args, 0, nil)
		if !strings.HasPrefix(line, "\t") {
			tx = nil
			list = append(list, c)
			continue
		}
		if tx == nil {
			tx = &command.Tx{}
			list = append(list, command.Call{})
		}
		tx.Calls = append(tx.Calls, c)
		list[len(list)-1] = command.NewExec(table.Named("exec"), tx, nil)
	}
	return list
}

func newStore(t *testing.T, lanes int, e *ear) (*store.Store, *command.Table) {
	t.Helper()
	table := storetest.Table(store.Rows())
	s, err := store.New(store.Options{
		Table: table, Rows: store.Rows(), Kinds: store.Kinds(), Databases: 4, Lanes: lanes, HashSeed: 1, Listener: e,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, table
}

const history = `
set a 1
publish c m1
	set b 1
	publish c m2
	spublish c s1
	set b 2
publish d m3
swapdb 0 1
flushall
`

// TestOrder checks that messages, events and changes are heard in the order of
// the log, on the node of the client and on another one.
func TestOrder(t *testing.T) {
	t.Parallel()
	want := "changed 0 a, set 0 a, message c m1, changed 0 b, set 0 b, message c m2, smessage c s1, " +
		"changed 0 b, set 0 b, message d m3, flushed 0, flushed 1, flushed 0, flushed 1, flushed 2, flushed 3"
	for _, remote := range []bool{false, true} {
		e := &ear{wants: keyspace.Wants{Events: keyspace.ClassOf('$') | keyspace.ClassOf('g'), Messages: true, Changes: true}}
		s, table := newStore(t, 1, e)
		u := &command.Unit{Calls: calls(table, history), W: reply.Writer{Discard: remote}}
		s.Apply([]store.Entry{{Index: 1, Time: 1000, Units: []*command.Unit{u}}})
		if got := strings.Join(e.heard, ", "); got != want {
			t.Errorf("remote %v: got  %s\nwant %s", remote, got, want)
		}
		if reply := "+OK\r\n:1\r\n*4\r\n+OK\r\n:1\r\n:1\r\n+OK\r\n:1\r\n+OK\r\n+OK\r\n"; !remote && string(u.W.Buf) != reply {
			t.Errorf("replies %q, want %q", u.W.Buf, reply)
		}
	}
}

// TestOnlyWhatIsWanted checks that what nobody listens to is not collected, and
// that what was collected for one batch is not told of with the next.
func TestOnlyWhatIsWanted(t *testing.T) {
	t.Parallel()
	e := &ear{}
	s, table := newStore(t, 1, e)
	index := uint64(0)
	apply := func(wants keyspace.Wants, text string) string {
		index++
		e.wants, e.heard = wants, nil
		s.Apply([]store.Entry{{Index: index, Time: 1000, Units: []*command.Unit{{Calls: calls(table, text)}}}})
		return strings.Join(e.heard, ", ")
	}
	for _, step := range []struct {
		wants      keyspace.Wants
		text, want string
	}{
		{keyspace.Wants{}, history, ""},
		{keyspace.Wants{Messages: true}, "set a 1\npublish c m", "message c m"},
		{keyspace.Wants{}, "publish c m\nset a 2", ""},
		{keyspace.Wants{Events: keyspace.ClassOf('l')}, "set a 1\nrpush l 1\npublish c m\ndel l", "rpush 0 l"},
		{keyspace.Wants{Changes: true}, "rpush l 1 2\nlpop l\npexpire l 100\ndel l\nget a\nsetnx a 1", "changed 0 l, changed 0 l, changed 0 l, changed 0 l"},
		{keyspace.Wants{}, "set a 1", ""},
	} {
		if got := apply(step.wants, step.text); got != step.want {
			t.Errorf("%+v %q: got %q, want %q", step.wants, step.text, got, step.want)
		}
	}
}

// TestLanes checks the order of the events of a batch that several goroutines
// applied.
func TestLanes(t *testing.T) {
	t.Parallel()
	e := &ear{wants: keyspace.Wants{Events: keyspace.ClassOf('$'), Messages: true}}
	s, table := newStore(t, 4, e)
	var text, want strings.Builder
	for i := range 2000 {
		if i%500 == 499 {
			fmt.Fprintf(&text, "publish c m%d\n", i)
			fmt.Fprintf(&want, "message c m%d,", i)
			continue
		}
		fmt.Fprintf(&text, "set key%d 1\n", i)
		fmt.Fprintf(&want, "set 0 key%d,", i)
	}
	s.Apply([]store.Entry{{Index: 1, Time: 1000, Units: []*command.Unit{{Calls: calls(table, text.String())}}}})
	if got := strings.Join(e.heard, ",") + ","; got != want.String() {
		t.Error("the events of a large batch are not in the order of the log")
	}
}
