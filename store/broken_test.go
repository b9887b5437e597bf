package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/keyspace"
)

// brokenStore has a store and what it has told of broken calls.
type brokenStore struct {
	*store.Store
	t      *testing.T
	told   []keyspace.Broken
	index  uint64
	proto  uint8
	remote bool
}

func newBrokenStore(t *testing.T, change func(*store.Options)) *brokenStore {
	b := &brokenStore{t: t}
	opt := store.Options{Table: table, Rows: rows, Kinds: kinds, Databases: databases, Lanes: 1, HashSeed: 42,
		Broken: func(x keyspace.Broken) { b.told = append(b.told, x) }}
	if change != nil {
		change(&opt)
	}
	s, err := store.New(opt)
	if err != nil {
		t.Fatal(err)
	}
	b.Store = s
	return b
}

// do runs calls as one unit, through the log if they write.
func (b *brokenStore) do(calls ...command.Call) string {
	u := unit(calls, b.remote)
	u.W.Proto = max(b.proto, u.W.Proto)
	if u.Writes() {
		b.index++
		b.Apply([]store.Entry{{Index: b.index, Time: 1, Units: []*command.Unit{u}}})
	} else {
		b.Read(u)
	}
	if err := b.Audit(); err != nil {
		b.t.Fatal(err)
	}
	return strings.ReplaceAll(strings.TrimSuffix(string(u.W.Buf), "\r\n"), "\r\n", " ")
}

func (b *brokenStore) want(want string, calls ...command.Call) {
	b.t.Helper()
	if got := b.do(calls...); got != want {
		b.t.Errorf("got  %s\nwant %s", got, want)
	}
}

const off = "-ERR internal error: 'broken' was broken off, see the log of the server"

// A handler that panics ends its call: the key that it was changing is gone, what it had changed
// as a whole stays, and what stands before and behind it in its pipeline is as ever.
func TestBrokenCall(t *testing.T) {
	b := newBrokenStore(t, nil)
	b.want(":2", call(0, "rpush", "list", "a", "b"))
	b.want(":1 "+off+"; the keys that it was changing are deleted: 1 :1",
		call(0, "rpush", "other", "x"), call(0, "broken", "list", "rpush", "c"), call(0, "incr", "n"))
	b.want(":0 :1", call(0, "exists", "list"), call(0, "exists", "other"))
	b.want(off, call(0, "broken", "k", "set", "whole"))
	b.want("$5 whole", call(0, "get", "k"))
	b.want(off, call(0, "broken", "k", "del"))
	b.want("$-1", call(0, "get", "k"))
	if len(b.told) != 3 || b.told[0].Command != "broken" || b.told[0].Deleted != 1 || !strings.Contains(fmt.Sprint(b.told[0].Cause), "index out of range") ||
		!strings.Contains(string(b.told[0].Stack), "BrokenRows") {
		t.Errorf("told %+v", b.told)
	}
	// In a transaction it is one reply of its array, and the others are there.
	tx := &command.Tx{Calls: []command.Call{call(0, "incr", "n"), call(0, "broken", "n", "append", "0"), call(0, "incr", "n")}}
	b.want("*3 :2 "+off+"; the keys that it was changing are deleted: 1 :1", command.NewExec(table.Lookup([]byte("exec")), tx, nil))
	// A value that nobody can ask anything is not asked.
	b.want(":1", call(0, "rpush", "list", "a"))
	b.want(strings.ReplaceAll(off, "broken'", "smash'")+"; the keys that it was changing are deleted: 1", call(0, "smash", "list"))
	b.want(":0", call(0, "exists", "list"))
}

// A read that panics answers an error, and lets its locks go.
func TestBrokenRead(t *testing.T) {
	b := newBrokenStore(t, nil)
	want := strings.ReplaceAll(off, "broken'", "brokenread'")
	b.want("+OK", call(0, "set", "k", 1))
	b.want(want, call(0, "brokenread", "k"))
	b.want(want+" $1 1", call(0, "brokenread", "k"), call(0, "get", "k"))
	tx := &command.Tx{Calls: []command.Call{call(0, "get", "k"), call(0, "brokenread", "k")}}
	b.want("*2 $1 1 "+want, command.NewExec(table.Lookup([]byte("exec")), tx, nil))
	b.want("+OK "+want, call(0, "set", "k", 2), call(0, "brokenread", "k"))
	b.SetAhead(0)
	run := make([]command.Call, 8)
	for i := range run {
		run[i] = call(0, "brokenread", "k")
	}
	b.want(strings.TrimSuffix(strings.Repeat(want+" ", len(run)), " "), run...)
	b.want("+OK", call(0, "set", "k", 3)) // it waits for nobody's lock
}

// What may be one node's own panic ends the process: it cannot go another way than the others.
func TestBrokenAlone(t *testing.T) {
	panics := func(b *brokenStore, calls ...command.Call) (cause any) {
		defer func() { cause = recover() }()
		b.do(calls...)
		return nil
	}
	b := newBrokenStore(t, nil)
	b.want("+OK", call(0, "broken3", "k", "set", 1)) // RESP2
	b.remote = true
	b.want("", call(0, "broken3", "k", "set", 1))
	b.want("", call(0, "broken", "k", "append", 1))
	if len(b.told) != 1 {
		t.Errorf("a follower was told %+v", b.told)
	}
	b.remote, b.proto = false, reply.RESP3
	if cause := panics(b, call(0, "broken3", "k", "set", 1)); cause == nil {
		t.Error("a panic of the reply's form went by")
	}
	waits := newBrokenStore(t, func(o *store.Options) { o.Waits = panicking{} })
	if cause := panics(waits, call(0, "set", "k", 1)); cause == nil {
		t.Error("a panic of those who wait went by")
	}
	listens := newBrokenStore(t, func(o *store.Options) { o.Listener = panicking{} })
	if cause := panics(listens, call(0, "brokentell", "channel")); cause == nil {
		t.Error("a panic of those who listen went by")
	}
	for _, c := range []command.Call{call(0, "broken", "k", "set", 1), call(0, "brokenread", "k")} {
		unset := newBrokenStore(t, func(o *store.Options) { o.Broken = nil }) // the one before has its locks still
		if panics(unset, c) == nil {
			t.Error("without anybody who hears of it a panic went by")
		}
	}
	for _, b := range []*brokenStore{waits, listens} {
		if len(b.told) > 0 {
			t.Errorf("told %+v", b.told)
		}
	}
}

// panicking is what a node has of its own, broken.
type panicking struct{}

func (panicking) Any() bool                      { return true }
func (panicking) Awaited(int, int, string) bool  { panic("awaited") }
func (panicking) Keys(int) []string              { return nil }
func (panicking) Ready(int, string, string, int) {}
func (panicking) Wants() keyspace.Wants          { return keyspace.Wants{Messages: true} }
func (panicking) Hear([]keyspace.Event)          {}
func (panicking) Receivers([]byte, bool) int64   { return 1 }
func (panicking) Monitors() bool                 { return false }
func (panicking) Monitored(int, [][]byte)        {}
func (panicking) Missed(int, []byte)             {}
func (panicking) Replaced()                      {}

// A value that cannot be encoded fails the snapshot, and the next one; nobody waits for a lock.
func TestBrokenSnapshot(t *testing.T) {
	b := newBrokenStore(t, nil)
	b.do(call(0, "rpush", "list", "a"), call(0, "set", "k", 1))
	u := unit([]command.Call{call(0, "rot", "list")}, false)
	b.Apply([]store.Entry{{Index: 9, Time: 1, Units: []*command.Unit{u}}})
	for range 2 {
		d := b.Cut()
		if err := d.Write(&memSink{t: t, sets: map[string]string{}}); err == nil || !strings.Contains(err.Error(), `the value of "list" cannot be encoded`) {
			t.Errorf("a snapshot: %v", err)
		}
		d.Done(false)
		u := unit([]command.Call{call(0, "set", "k", 2)}, false)
		b.Apply([]store.Entry{{Index: 10, Time: 1, Units: []*command.Unit{u}}})
		if string(u.W.Buf) != "+OK\r\n" {
			t.Errorf("SET: %q", u.W.Buf)
		}
	}
}
