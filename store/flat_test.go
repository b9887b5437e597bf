package store_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/msredis/msredis/resp/command"
)

// What the collector does not see has to be kept alive by others: the deadlines
// of keys that were flushed away, until the snapshot that began before has them.
func TestFlushedKeysWaitForTheSnapshot(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1, 1<<30)
	calls := []command.Call{call(0, "lease", "grant", 50, 7)}
	for i := range 1000 {
		calls = append(calls, call(0, "set", fmt.Sprint("leased:", i), i, "lease", 7), call(0, "set", fmt.Sprint("mortal:", i), i, "ex", 5))
	}
	apply(s, 1, 1000, calls...)
	want, _ := s.Digest()
	d := s.Cut()
	apply(s, 2, 1000, call(0, "flushall"))
	var garbage [][]byte
	for range 4 { // the memory of what is collected is used again
		runtime.GC()
		for range 10_000 {
			garbage = append(garbage, []byte(strings.Repeat("\xff", 48)))
		}
	}
	var shelf memShelf
	if !shelf.write(t, d, &memSink{}) {
		t.Fatal("not saved")
	}
	restored := shelf.load(t, newStore(t, 1, 1<<30))
	if got, _ := restored.Digest(); got != want {
		t.Errorf("the snapshot has %s, at the cut it was %s", got, want)
	}
	runtime.KeepAlive(garbage)
}

// A key goes through all the forms of its value; whatever is said of it in
// between holds for the next one too.
func TestFormsTakeTurns(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1, 1<<30)
	large := strings.Repeat("x", 5000)
	wide := []any{"hset", "k"}
	for i := range 100 {
		wide = append(wide, fmt.Sprint("field", i), strings.Repeat("v", 60))
	}
	index := uint64(0)
	for _, step := range []struct {
		words []any
		want  string // of a read after it
		read  []any
	}{
		{[]any{"set", "k", "short"}, "$5\r\nshort\r\n", []any{"get", "k"}},
		{[]any{"pexpire", "k", 50_000}, ":50000\r\n", []any{"pttl", "k"}},
		{[]any{"append", "k", "er"}, "$7\r\nshorter\r\n", []any{"get", "k"}}, // an object now
		{[]any{"set", "k", "short", "keepttl"}, ":50000\r\n", []any{"pttl", "k"}},
		{[]any{"getrange", "k", 0, 1}, "$2\r\nsh\r\n", []any{"getrange", "k", 0, 1}},
		{[]any{"set", "k", large, "keepttl"}, ":5000\r\n", []any{"strlen", "k"}},
		{[]any{"set", "k", 12, "keepttl"}, "$3\r\nint\r\n", []any{"object", "encoding", "k"}},
		{[]any{"incrby", "k", 30}, "$2\r\n42\r\n", []any{"get", "k"}},
		{[]any{"rename", "k", "{k}2"}, ":50000\r\n", []any{"pttl", "{k}2"}},
		{[]any{"copy", "{k}2", "k"}, "$2\r\n42\r\n", []any{"get", "k"}},
		{[]any{"del", "{k}2", "k"}, ":0\r\n", []any{"exists", "k", "{k}2"}},
		{[]any{"hset", "k", "a", 1, "b", 2}, "$1\r\n2\r\n", []any{"hget", "k", "b"}},
		{[]any{"hpexpire", "k", 40_000, "fields", 1, "a"}, "*1\r\n:40000\r\n", []any{"hpttl", "k", "fields", 1, "a"}}, // an object
		{[]any{"hdel", "k", "a"}, ":1\r\n", []any{"hlen", "k"}},
		{[]any{"rename", "k", "{k}2"}, "$1\r\n2\r\n", []any{"hget", "{k}2", "b"}},
		{[]any{"hdel", "{k}2", "b"}, ":0\r\n", []any{"exists", "{k}2"}},
		{[]any{"hset", "k", "a", 1}, "$8\r\nlistpack\r\n", []any{"object", "encoding", "k"}},
		{[]any{"expire", "k", 100}, ":100000\r\n", []any{"pttl", "k"}},
		{wide, ":101\r\n", []any{"hlen", "k"}}, // too large to be flat
		{[]any{"hset", "k", "long", strings.Repeat("l", 65)}, "$9\r\nhashtable\r\n", []any{"object", "encoding", "k"}},
		{[]any{"copy", "k", "{k}2"}, ":100000\r\n", []any{"pttl", "{k}2"}},
		{[]any{"set", "k", "plain"}, ":-1\r\n", []any{"pttl", "k"}},
		{[]any{"del", "k", "{k}2"}, ":0\r\n", []any{"dbsize"}},
	} {
		for _, twice := range []bool{false, true} { // once with a snapshot under way
			if twice && step.words[0] != "set" && step.words[0] != "hset" {
				continue
			}
			index++
			d := s.Cut()
			if answer := apply(s, index, 1000, call(0, step.words...)); strings.HasPrefix(answer, "-") {
				t.Fatalf("%v: %s", step.words[:2], answer)
			}
			u := &command.Unit{Calls: []command.Call{call(0, step.read...)}}
			s.Read(u)
			if got := string(u.W.Buf); got != step.want {
				t.Errorf("after %.60v, %v: %q, want %q", step.words, step.read, got, step.want)
			}
			if err := s.Audit(); err != nil {
				t.Fatalf("after %.60v: %v", step.words, err)
			}
			var shelf memShelf
			shelf.write(t, d, &memSink{})
		}
	}
}

// Who asks a lease for its keys has no lock of their shards: it sees whole keys all
// the same, while their entries move and their memory is used again.
func TestLeaseKeysWhileEntriesMove(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1, 1<<30)
	apply(s, 1, 1000, call(0, "lease", "grant", 50_000, 7))
	var stop atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for !stop.Load() {
			u := &command.Unit{Calls: []command.Call{call(0, "lease", "keys", 7)}}
			s.Read(u)
			for _, word := range strings.Split(string(u.W.Buf), "\r\n") {
				if word != "" && word[0] != '*' && word[0] != '$' && !strings.HasPrefix(word, "leased:") {
					t.Errorf("a key %q", word)
					return
				}
			}
		}
	})
	var shelf memShelf
	for i := range 300 {
		var calls []command.Call
		for k := range 20 {
			key := fmt.Sprint("leased:", i%10*20+k)
			calls = append(calls, call(0, "set", key, "v", "lease", 7), call(0, "append", key, "more"),
				call(0, "del", fmt.Sprint("leased:", (i+5)%10*20+k)), call(0, "set", fmt.Sprint("another:", i, k), i))
		}
		apply(s, uint64(2+i), 1000, calls...)
		shelf.write(t, s.Cut(), &memSink{})
	}
	stop.Store(true)
	wg.Wait()
}

// Memory that keys leave is used by others, whatever their sizes, and given back
// when there are none.
func TestArenasShrink(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1, 1<<30)
	var shelf memShelf
	index := uint64(0)
	settle := func(calls ...command.Call) (taken, used int) {
		index++
		apply(s, index, 1000, calls...)
		shelf.write(t, s.Cut(), &memSink{})
		for range 600 { // each looks at one of 512 shards
			index++
			apply(s, index, 1000)
		}
		if err := s.Audit(); err != nil {
			t.Fatal(err)
		}
		return s.Arenas()
	}
	const keys = 20_000
	for _, size := range []int{20, 500, 60} {
		var calls []command.Call
		for i := range keys {
			calls = append(calls, call(0, "set", i, strings.Repeat("x", size)))
		}
		taken, used := settle(calls...)
		if least := keys * (size + 40); used < least || taken > used*3/2+512*8<<10 {
			t.Errorf("%d keys of %d bytes use %d bytes of %d", keys, size, used, taken)
		}
	}
	var calls []command.Call
	for i := range keys {
		calls = append(calls, call(0, "del", i))
	}
	if taken, used := settle(calls...); used != 0 || taken > 512*8<<10 {
		t.Errorf("no keys use %d bytes of %d", used, taken)
	}
}
