package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/race"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/ds"
	"github.com/msredis/msredis/store/keyspace"
)

// apart makes a unit that a goroutine of its own runs.
func apart(c command.Call) *command.Unit {
	u := unit([]command.Call{c}, false)
	u.Whole = true
	return u
}

// TestViewsAnswerAlike: whatever is read of whatever data, the answer from views is the one
// from the keys themselves.
func TestViewsAnswerAlike(t *testing.T) {
	t.Parallel()
	entries := 600
	if race.Enabled {
		entries = 100
	}
	for seed := range int64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWriter(t, 4000+seed)
			compared, kinds := 0, map[string]bool{}
			for range entries {
				w.entry()
				for range 12 {
					c := w.call()
					if c.Writes() {
						continue
					}
					proto := uint8(reply.RESP2 + w.rng.Intn(2))
					read := func(frozen, whole bool) []byte {
						u := unit([]command.Call{c}, false)
						u.Whole, u.W.Proto = whole, proto
						w.s.FreezeAll(frozen)
						w.s.Read(u)
						return u.W.Buf
					}
					first := read(false, false)
					if !bytes.Equal(first, read(false, false)) {
						continue // it draws
					}
					if got := read(true, true); !bytes.Equal(got, first) {
						t.Fatalf("%q: %.300q, from views %.300q", c.Args, first, got)
					}
					compared++
					if c.Cmd != nil {
						kinds[c.Cmd.FullName] = true
					}
				}
			}
			w.s.FreezeAll(false)
			if compared < entries || len(kinds) < 15 {
				t.Errorf("%d reads of %d commands were compared", compared, len(kinds))
			}
			if err := w.s.Audit(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestSlowReader: a long read sends its reply in pieces. Writers go on while its client
// takes its time, and change the key. The reply is of the moment when the read began. No
// more than a piece of it is in memory, and nothing is held when it has ended, however that
// was.
func TestSlowReader(t *testing.T) {
	held, living := ds.HeldBytes(), keyspace.LivingViews()
	s := newStore(t, 1, 1<<30)
	index := uint64(0)
	do := func(words ...any) {
		index++
		apply(s, index, 1, call(0, words...))
	}
	const elements = 20_000
	words := []any{"lpush", "list"}
	for i := range elements {
		words = append(words, fmt.Sprintf("%0100d", i))
	}
	do(words...)
	do("set", "text", strings.Repeat("0123456789", 300_000))
	do("hset", "hash", "f", strings.Repeat("x", 1<<20), "g", strings.Repeat("y", 1<<20))
	gone := errors.New("gone")
	for _, c := range []command.Call{
		call(0, "lrange", "list", 0, -1), call(0, "get", "text"), call(0, "hgetall", "hash"),
		command.NewExec(table.Lookup([]byte("exec")), &command.Tx{Calls: []command.Call{
			call(0, "lrange", "list", 0, -1), call(0, "llen", "list"), call(0, "get", "list"), call(0, "get", "text")}}, nil),
	} {
		want := apart(c)
		s.Read(want)
		for _, end := range []int{-1, 1, 3} { // the piece at which the client is gone
			var got []byte
			pieces, largest := 0, 0
			u := apart(c)
			u.W.Bound(reply.Bounds{Portion: 64 << 10, Out: func(part []byte) error {
				if pieces++; pieces == end {
					return gone
				}
				got, largest = append(got, part...), max(largest, len(part))
				do("lset", "list", pieces, "changed")
				do("lpop", "list")
				do("append", "text", "more")
				do("hset", "hash", "f", pieces)
				if pieces == 2 {
					if keyspace.LivingViews() == living {
						t.Error("there is no view")
					}
					do("del", "list", "hash", "text")
				}
				return nil
			}})
			s.Read(u)
			switch got = append(got, u.W.Buf...); {
			case end > 0 && u.W.Full() != reply.Dropped:
				t.Errorf("%q: its client is gone, and the reply is %v", c.Args, u.W.Full())
			case end < 0 && !bytes.Equal(got, want.W.Buf):
				t.Errorf("%q: %d bytes, want the %d of the beginning", c.Args, len(got), len(want.W.Buf))
			case pieces < 1 || largest > 600<<10:
				t.Errorf("%q: %d pieces, the largest of %d bytes", c.Args, pieces, largest)
			}
			if n := keyspace.LivingViews(); n != living {
				t.Fatalf("%d views are left", n-living)
			}
			do("del", "list", "hash", "text")
			do(words...)
			do("set", "text", strings.Repeat("0123456789", 300_000))
			do("hset", "hash", "f", strings.Repeat("x", 1<<20), "g", strings.Repeat("y", 1<<20))
		}
	}
	if n := ds.HeldBytes(); n != held {
		t.Errorf("%d bytes are held for nobody", n-held)
	}
}
