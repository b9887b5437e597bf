package store_test

import (
	"fmt"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
)

// fieldTimes is a call about the deadlines of a hash's fields, or one that they
// must live through.
func (w *writer) fieldTimes(db int, k, k2 string) command.Call {
	r := w.rng
	n, m := r.Intn(60), r.Intn(60)
	switch r.Intn(18) {
	case 12:
		return call(db, "hgetdel", k, "fields", 2, n, fmt.Sprint("f", m))
	case 13:
		return call(db, "hgetex", k, "px", r.Intn(200), "fields", 2, n, m)
	case 14:
		return call(db, "hgetex", k, "persist", "fields", 3, n, m, fmt.Sprint("f", m))
	case 15, 16:
		return call(db, "hsetex", k, "px", r.Intn(200), "fields", 2, n, m, fmt.Sprint("f", m), n)
	case 17:
		return call(db, "hsetex", k2, []string{"fnx", "fxx", "nx", "xx"}[r.Intn(4)], "keepttl", "fields", 1, n, m)
	case 0, 1, 2:
		return call(db, "hpexpire", k, r.Intn(200), "fields", 3, n, m, fmt.Sprint("f", m))
	case 3:
		return call(db, "hpexpireat", k, w.now+int64(r.Intn(300))-50, []string{"nx", "xx", "gt", "lt"}[r.Intn(4)], "fields", 2, n, m)
	case 4:
		return call(db, "hpersist", k, "fields", 2, n, m)
	case 5:
		return call(db, "hpttl", k, "fields", 3, n, m, fmt.Sprint("f", m))
	case 6:
		return call(db, "hlen", k)
	case 7:
		return call(db, "copy", k, k2, "replace")
	case 8:
		return call(db, "rename", k, k2)
	case 9: // a hash whose fields all end
		return call(db, "hset", "ends:"+k, n, m)
	case 10:
		return call(db, "hpexpire", "ends:"+k, 1+r.Intn(100), "fields", 1, n)
	}
	return call(db, "exists", "ends:"+k)
}

// A field is gone, for reads, counts and snapshots, as soon as log time comes to
// its deadline, without a write to its key; the hash goes with the last one.
func TestFieldsExpire(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1, 1<<30)
	calls := []command.Call{call(0, "hset", "h", "stays", 0), call(0, "hset", "all", "a", 1, "b", 2)}
	const n = 700 // a table
	for i := range n {
		calls = append(calls, call(0, "hset", "h", i, i))
	}
	apply(s, 1, 1000, calls...)
	before := s.DataBytes()
	calls = nil
	for i := range n {
		calls = append(calls, call(0, "hpexpire", "h", 100+i, "fields", 1, i))
	}
	calls = append(calls, call(0, "hpexpire", "all", 300, "fields", 2, "a", "b"))
	apply(s, 2, 1000, calls...)
	if s.DataBytes() <= before || s.NextDeadline() != 1100 {
		t.Fatalf("%d bytes, before %d; next deadline %d", s.DataBytes(), before, s.NextDeadline())
	}
	read := func(s *store.Store, words ...any) string {
		u := &command.Unit{Calls: []command.Call{call(0, words...)}, Time: 5000}
		s.Read(u)
		return string(u.W.Buf)
	}
	delta := s.Cut() // is written when they have expired, and has them all
	index := uint64(2)
	// pass moves log time on, and further entries until nothing is left.
	pass := func(s *store.Store, index *uint64, now int64) {
		for range 20 {
			*index++
			if apply(s, *index, now); s.NextDeadline() == 0 || s.NextDeadline() > now {
				return
			}
		}
	}
	for _, tt := range []struct {
		now  int64
		hlen string
		all  string
		next int64
	}{
		{1099, ":701\r\n", ":1\r\n", 1100},
		{1100, ":700\r\n", ":1\r\n", 1101},
		{1299, ":501\r\n", ":1\r\n", 1300},
		{1300, ":500\r\n", ":0\r\n", 1301},
		{1900, ":1\r\n", ":0\r\n", 0},
	} {
		index++
		apply(s, index, tt.now)
		if hlen, all := read(s, "hlen", "h"), read(s, "exists", "all"); hlen != tt.hlen || all != tt.all {
			t.Errorf("at %d: HLEN %q, EXISTS %q", tt.now, hlen, all)
		}
		if pass(s, &index, tt.now); s.NextDeadline() != tt.next {
			t.Errorf("at %d: next deadline %d", tt.now, s.NextDeadline())
		}
		if err := s.Audit(); err != nil {
			t.Fatal(err)
		}
	}
	index++
	apply(s, index, 1900, call(0, "hset", "h", "more", 0)) // changed a second time since the cut
	var shelf memShelf
	shelf.write(t, delta, &memSink{})
	twin := shelf.load(t, newStore(t, 1, 1<<30))
	at := uint64(2)
	pass(twin, &at, 1299)
	if hlen := read(twin, "hlen", "h"); twin.NextDeadline() != 1300 || hlen != ":501\r\n" {
		t.Errorf("from the snapshot: next deadline %d, HLEN %q", twin.NextDeadline(), hlen)
	}
	shelf.write(t, s.Cut(), &memSink{})
	// The next snapshot need not say that fields have expired meanwhile.
	index++
	apply(s, index, 1900, call(0, "hset", "h", "last", 1), call(0, "hpexpire", "h", 100, "fields", 1, "last"))
	shelf.write(t, s.Cut(), &memSink{})
	pass(s, &index, 2000)
	shelf.write(t, s.Cut(), &memSink{})
	twin = shelf.load(t, newStore(t, 1, 1<<30))
	a, _ := s.Digest()
	b, _ := twin.Digest()
	if a != b || s.DataBytes() != twin.DataBytes() {
		t.Errorf("restored: %s and %d bytes, want %s and %d", b, twin.DataBytes(), a, s.DataBytes())
	}
	if got := read(s, "hkeys", "h"); got != "*2\r\n$5\r\nstays\r\n$4\r\nmore\r\n" && got != "*2\r\n$4\r\nmore\r\n$5\r\nstays\r\n" {
		t.Errorf("HKEYS: %q", got)
	}
}
