package store_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
)

// Keys that have expired are reclaimed a few at a time. Until then nobody sees
// them.
func TestExpiredAreInvisible(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1, 1<<30)
	const n = 200
	var calls []command.Call
	for i := range n { // all in one shard
		calls = append(calls, call(0, "set", fmt.Sprintf("{x}%d", i), i, "px", 100+i%3))
	}
	apply(s, 1, 1000, calls...)
	apply(s, 2, 1000, call(0, "set", "{x}stays", 1), call(0, "set", "elsewhere", 1, "px", 50))
	if got := s.NextDeadline(); got != 1050 {
		t.Errorf("NextDeadline %d, want 1050", got)
	}
	full := s.DataBytes()
	apply(s, 3, 2000)
	if s.DataBytes() >= full || s.NextDeadline() == 0 {
		t.Fatalf("%d bytes of %d are left, next deadline %d: nothing or all was reclaimed at once", s.DataBytes(), full, s.NextDeadline())
	}
	read := func(words ...any) string {
		u := &command.Unit{Calls: []command.Call{call(0, words...)}, Time: 2000}
		s.Read(u)
		return string(u.W.Buf)
	}
	for _, tt := range []struct {
		words []any
		want  string
	}{
		{[]any{"dbsize"}, ":1\r\n"},
		{[]any{"keys", "*"}, "*1\r\n$8\r\n{x}stays\r\n"},
		{[]any{"scan", "0", "count", 10_000}, "*2\r\n$1\r\n0\r\n*1\r\n$8\r\n{x}stays\r\n"},
		{[]any{"randomkey"}, "$8\r\n{x}stays\r\n"},
		{[]any{"exists", "{x}1", "{x}2", "{x}3"}, ":0\r\n"},
	} {
		if got := read(tt.words...); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.words, got, tt.want)
		}
	}
	if got := s.Versions(0, [][]byte{[]byte("{x}199"), []byte("{x}stays")}); !command.IsAbsent(got[0]) || command.IsAbsent(got[1]) {
		t.Errorf("versions %d", got)
	}
	for db, info := range s.DBInfo() {
		if db != 0 || info.Keys != 1 || info.Expires != 0 {
			t.Errorf("database %d: %+v", db, info)
		}
	}
	// A snapshot has them too, and the other store goes on reclaiming alike.
	var shelf memShelf
	shelf.write(t, s.Cut(), &memSink{})
	twin := shelf.load(t, newStore(t, 1, 1<<30))
	for i := 4; s.NextDeadline() != 0; i++ {
		apply(s, uint64(i), 2000)
		apply(twin, uint64(i), 2000)
		if s.DataBytes() != twin.DataBytes() || s.NextDeadline() != twin.NextDeadline() {
			t.Fatalf("entry %d: %d bytes, the restored store has %d", i, s.DataBytes(), twin.DataBytes())
		}
		if i > 2*n {
			t.Fatal("it takes too long")
		}
	}
	if got := s.ExpiredKeys(); got != n+1 {
		t.Errorf("%d keys expired, want %d", got, n+1)
	}
}

// Of very many keys that have expired each entry reclaims one in some shards only,
// because all clients wait for it, and every shard has its turn.
func TestManyExpireInPortions(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1, 1<<30)
	const shards, keys = 40, 1100
	for shard := range shards {
		var calls []command.Call
		for i := range keys {
			calls = append(calls, call(0, "set", fmt.Sprintf("{%d}%d", shard, i), i, "px", 100))
		}
		apply(s, uint64(1+shard), 1000, calls...)
	}
	seeds := rand.New(rand.NewPCG(1, 2))
	const entries = 100
	most := uint64(0)
	for i := range uint64(entries) {
		before := s.ExpiredKeys()
		s.Apply([]store.Entry{{Index: shards + 1 + i, Time: 2000, Seed: seeds.Uint64()}})
		most = max(most, s.ExpiredKeys()-before)
	}
	if all := s.ExpiredKeys(); most > shards*2/3 || all < shards*entries/6 || all > shards*entries/3 {
		t.Errorf("%d entries have reclaimed %d keys of %d shards, at most %d at once", entries, all, shards, most)
	}
	for i := uint64(0); s.NextDeadline() != 0; i++ {
		if i > 8*keys {
			t.Fatalf("%d keys are left after %d entries", shards*keys-s.ExpiredKeys(), i)
		}
		s.Apply([]store.Entry{{Index: shards + 1 + entries + i, Time: 2000, Seed: seeds.Uint64()}})
	}
}

// The versions of a transaction's writes differ, and differ from all others,
// whether the transaction is executed or not.
func TestVersionsAreUnique(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1, 1<<30)
	exec := table.Lookup([]byte("exec"))
	tx := func(version uint64) command.Call {
		return command.NewExec(exec, &command.Tx{
			Watches: []command.Watch{{Key: []byte("watched"), Version: version}},
			Calls:   []command.Call{call(0, "set", "a", 1), call(0, "get", "a"), call(0, "set", "b", 1)},
		}, nil)
	}
	if got, want := apply(s, 1, 1, tx(0)), "*3\r\n+OK\r\n$1\r\n1\r\n+OK\r\n"; got != want {
		t.Fatalf("%q, want %q", got, want)
	}
	if got, want := apply(s, 2, 1, tx(99)), "*-1\r\n"; got != want {
		t.Fatalf("%q, want %q", got, want)
	}
	apply(s, 3, 1, call(0, "mset", "c", 1, "d", 1), call(0, "set", "e", 1))
	keys := [][]byte{[]byte("a"), []byte("b"), []byte("c"), []byte("d"), []byte("e"), []byte("none")}
	if got, want := fmt.Sprint(s.Versions(0, keys)), fmt.Sprint([]uint64{1, 2, 5, 5, 6, command.Absent | 6}); got != want {
		t.Errorf("versions %s, want %s", got, want)
	}
	if got := s.Versions(77, keys[:1]); !command.IsAbsent(got[0]) {
		t.Errorf("version in a database that is not there: %d", got[0])
	}
}

func TestBadCalls(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1, 1<<30)
	if got, want := apply(s, 1, 1, call(databases, "set", "a", 1), call(databases, "get", "a")), "-ERR DB index is out of range\r\n-ERR DB index is out of range\r\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	u := &command.Unit{Calls: []command.Call{command.NewCall(table.Lookup([]byte("exec")), [][]byte{[]byte("exec")}, 0, nil), call(-1, "dbsize")}}
	s.Read(u)
	if got, want := string(u.W.Buf), "-ERR this command cannot be executed here\r\n-ERR DB index is out of range\r\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if u.W.Errors != 2 {
		t.Errorf("%d errors counted", u.W.Errors)
	}
}

// ChangesUnsaved counts from the last snapshot that was saved.
func TestChangesUnsaved(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1, 1<<30)
	var shelf memShelf
	apply(s, 1, 1, call(0, "set", "a", 1), call(0, "set", "b", 1), call(0, "get", "b"))
	d := s.Cut()
	apply(s, 2, 1, call(0, "set", "c", 1))
	if got := s.ChangesUnsaved(); got != 3 {
		t.Errorf("before the snapshot: %d, want 3", got)
	}
	shelf.write(t, d, &memSink{fail: 1})
	if got := s.ChangesUnsaved(); got != 3 {
		t.Errorf("after a failure: %d, want 3", got)
	}
	d = s.Cut()
	apply(s, 3, 1, call(0, "set", "c", 1))
	shelf.write(t, d, &memSink{})
	if got := s.ChangesUnsaved(); got != 1 {
		t.Errorf("after the snapshot: %d, want 1", got)
	}
	if got := shelf.load(t, newStore(t, 1, 1<<30)).ChangesUnsaved(); got != 0 {
		t.Errorf("restored: %d, want 0", got)
	}
}
