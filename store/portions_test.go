package store_test

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
)

// portionLooks are reads of hashes. K is one of three large hashes or of many small
// ones, F a field; see fieldForm.
var portionLooks = []string{
	"hlen K", "hget K F", "hmget K F F F", "hexists K F", "hgetall K", "hkeys K", "hvals K", "hstrlen K F", "hpttl K FIELDS 2 F F",
	"exists K K K", "type K", "object encoding K", "dump K", "debug digest-value K", "hscan K 0 count 5000",
	"dbsize", "keys *", "scan 0 count 5000", "sort_ro list by nosort get K->F", "hrandfield K 100000",
}

// portionWrites change them, while fields that have expired are in memory.
var portionWrites = []string{
	"hset K F 1", "hset K F 2 F 3", "hsetnx K F 1", "hincrby K F 1", "hdel K F F", "hpersist K FIELDS 1 F", "hpexpire K 5000 FIELDS 1 F",
	"hpexpire K 5000 NX FIELDS 2 F F", "copy K copied REPLACE", "rename K K", "renamenx K renamed", "persist K", "hdel copied F",
	// What a script sees is the same on all nodes, whatever it asks for.
	"eval return(redis.call('hrandfield',KEYS[1],3)) 1 K", "eval return(redis.call('hscan',KEYS[1],0)) 1 K",
	"eval return(redis.call('randomkey')) 0", "eval return(redis.call('scan',0)) 0", "eval return(redis.call('dbsize')) 0",
	"eval return(redis.call('hgetall',KEYS[1])) 1 K", "eval return(redis.call('memory','usage',KEYS[1])) 1 K",
}

func fieldForm(r *rand.Rand, text string) command.Call {
	var words []any
	word := ""
	for _, c := range text + " " {
		switch {
		case c != ' ':
			word += string(c)
			continue
		case word == "K":
			word = portionKey(r)
		case word == "F":
			word = fmt.Sprint(r.Intn(portionFields))
		case word == "K->F":
			word = portionKey(r) + "->" + fmt.Sprint(r.Intn(portionFields))
		}
		words, word = append(words, word), ""
	}
	return call(0, words...)
}

const portionFields = 900

func portionKey(r *rand.Rand) string {
	if r.Intn(2) == 0 {
		return fmt.Sprint("{x}large", r.Intn(3))
	}
	return fmt.Sprint("{x}small", r.Intn(40))
}

// Many fields end at once, and are removed in portions. What is in memory of them
// shows in nothing: a store that goes on, one that is restored from a snapshot before
// each entry and so has removed them all, and one that runs in lanes, agree on every
// reply, version and digest.
func TestFieldsGoInPortions(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewSource(4))
	s, other := newStore(t, 1, 1<<30), newStore(t, 1, 1<<30)
	var shelf memShelf
	index, now := uint64(0), int64(1_700_000_000_000)
	apply := func(calls ...command.Call) {
		t.Helper()
		index++
		seed := r.Uint64()
		var replies []string
		for _, s := range []*store.Store{s, other} {
			u := unit(calls, false)
			s.Apply([]store.Entry{{Index: index, Time: now, Seed: seed, Units: []*command.Unit{u}}})
			replies = append(replies, string(u.W.Buf))
		}
		if replies[0] != replies[1] {
			t.Fatalf("%v: %q, and where nothing is left of what has expired %q", calls, replies[0], replies[1])
		}
	}
	var keys [][]byte
	for i := range 43 {
		keys = append(keys, []byte(fmt.Sprint("{x}", []string{"small", "large"}[i/40], i%40)))
	}
	agree := func() {
		t.Helper()
		if a, b := fmt.Sprint(s.Versions(0, keys)), fmt.Sprint(other.Versions(0, keys)); a != b {
			t.Fatalf("versions %s, and where nothing is left of what has expired %s", a, b)
		}
		a, _ := s.Digest()
		if b, _ := other.Digest(); a != b {
			t.Fatal("digests differ")
		}
		if err := s.Audit(); err != nil {
			t.Fatal(err)
		}
	}
	left := 0
	for round := range 6 {
		apply(call(0, "rpush", "list", 1))
		for k := range 3 {
			words := []any{"hset", fmt.Sprint("{x}large", k)}
			expire := []any{"hpexpireat", words[1], now + 100, "fields", 0}
			for f := range portionFields {
				words = append(words, f, "v")
				if f%3 != 0 || round == 5 {
					expire = append(expire, f)
				}
			}
			expire[4] = len(expire) - 5
			apply(call(0, words...), call(0, expire...))
		}
		for k := range 40 {
			key := fmt.Sprint("{x}small", k)
			apply(call(0, "hset", key, 1, "a", 2, "b", 3, "c"), call(0, "hpexpireat", key, now+100, "fields", 1+k%3, 1, 2, 3)) // some all
			if k%3 != 2 {
				apply(call(0, "hpexpireat", key, now+100, "fields", 1+k%3, []any{1, 2}[0], 2))
			}
		}
		now += 100 + r.Int63n(2)
		apply()
		for step := 0; step < 60 || s.NextDeadline() != 0 && s.NextDeadline() <= now; step++ {
			if step > 2000 {
				t.Fatal("what has expired is never removed")
			}
			if s.DataBytes() > other.DataBytes() {
				left++
			}
			if step%5 == 0 {
				shelf.write(t, s.Cut(), &memSink{})
				other = shelf.load(t, newStore(t, 1+step%2, 1))
				agree()
			}
			text := portionLooks[r.Intn(len(portionLooks))]
			if c := fieldForm(r, text); text != "debug digest-value K" {
				a, b := unit([]command.Call{c}, false), unit([]command.Call{c}, false)
				a.Time, b.Time = now, now
				if s.Read(a); a.Late {
					t.Fatalf("%q is late", c.Args)
				}
				if other.Read(b); string(a.W.Buf) != string(b.W.Buf) {
					t.Fatalf("%q: %.300q, and where nothing is left of what has expired %.300q", c.Args, a.W.Buf, b.W.Buf)
				}
			}
			if step < 60 {
				apply(fieldForm(r, portionWrites[r.Intn(len(portionWrites))]))
			} else {
				apply()
			}
		}
		agree()
		apply(call(0, "flushall"))
	}
	if left < 60 {
		t.Errorf("%d times something was left that had expired: the test is too tame", left)
	}
}

// TestExpiredFields: fields are counted when they expire, each once, in small hashes
// and in those whose fields go in portions, and when all of a hash goes.
func TestExpiredFields(t *testing.T) {
	t.Parallel()
	s, now := newStore(t, 1, 1<<30), int64(1_700_000_000_000)
	index := uint64(0)
	apply := func(c command.Call) {
		index++
		s.Apply([]store.Entry{{Index: index, Time: now, Units: []*command.Unit{unit([]command.Call{c}, false)}}})
	}
	hash := func(key string, fields, expiring int) {
		words, expire := []any{"hset", key}, []any{"hpexpireat", key, now + 100, "fields", expiring}
		for f := range fields {
			words = append(words, f, "v")
			if f < expiring {
				expire = append(expire, f)
			}
		}
		apply(call(0, words...))
		apply(call(0, expire...))
	}
	hash("small", 5, 2)
	hash("whole", 3, 3)
	hash("large", 2*portionFields, portionFields)
	apply(call(0, "hdel", "small", 0))
	if n := s.ExpiredFields(); n != 0 {
		t.Errorf("%d fields before any was due", n)
	}
	now += 200
	for range 1000 { // more than the portions there are
		apply(call(0, "hget", "large", 0))
	}
	if n, want := s.ExpiredFields(), uint64(1+3+portionFields); n != want {
		t.Errorf("%d fields, want %d", n, want)
	}
}
