package store_test

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
)

// looks are reads of every kind; see form.
var looks = []string{
	"get K", "exists K K K", "mget K K", "strlen K", "type K", "ttl K", "pexpiretime K", "object encoding K", "touch K K", "getrange K 0 -1",
	"hget K M", "hlen K", "hgetall K", "hexists K M", "hkeys K", "hpttl K FIELDS 1 M", "hscan K 0", "hmget K M M",
	"smembers K", "sismember K M", "sunion K K", "lrange K 0 -1", "llen K",
	"dbsize", "keys *", "scan 0 count 1000", "sort_ro K by nosort get K", "sort_ro K by K->M", "dump K",
	"lease ttl 7", "lease list", "lease keys 7", "eval_ro return(redis.call('get',KEYS[1])) 1 K", "eval_ro return(redis.call('dbsize')) 0",
}

// changes make what looks find, with all kinds of deadlines.
var changes = []string{
	"set K M", "set K M px N", "sadd K M M", "pexpire K N", "del K", "rpush K M", "hset K M M M M", "hpexpire K N FIELDS 1 M", "hpexpire K N FIELDS 2 M M",
	"lease grant N 7", "lease revoke 7", "set K M lease 7", "flushall",
}

// A read at a clock that is ahead of log time is late, or its answer is the one
// when log time is there. If it is late, something has expired in between. That holds
// for single calls, transactions and the versions that WATCH takes.
func TestLateReads(t *testing.T) {
	t.Parallel()
	s := newStore(t, 1, 1<<30)
	r := rand.New(rand.NewSource(1))
	now, index := int64(1_700_000_000_000), uint64(0)
	apply := func(calls ...command.Call) {
		index++
		s.Apply([]store.Entry{{Index: index, Time: now, Seed: r.Uint64(), Units: []*command.Unit{unit(calls, false)}}})
	}
	read := func(clock int64, calls ...command.Call) *command.Unit {
		u := unit(calls, false)
		u.W.Buf = append(u.W.Buf, "+earlier\r\n"...)
		u.Time = clock
		s.Read(u)
		return u
	}
	var keys [][]byte
	for i := range 6 {
		keys = append(keys, []byte(fmt.Sprint("key", i)))
	}
	late, timely := map[string]int{}, map[string]int{}
	for range 12_000 {
		for range r.Intn(6) {
			apply(form(r, changes[r.Intn(len(changes))]))
		}
		clock := now + 1 + r.Int63n(25)
		text := looks[r.Intn(len(looks))]
		c := form(r, text)
		if r.Intn(4) == 0 {
			c = command.NewExec(table.Lookup([]byte("exec")), &command.Tx{Calls: []command.Call{c}}, nil)
		}
		before := read(clock, c)
		versions, versionsLate := s.VersionsAt(0, keys, clock)
		expired := s.ExpiredKeys()
		content := ""
		if before.Late {
			content = s.Content()
		}
		now = clock
		apply()
		after := read(clock, c)
		if after.Late {
			t.Fatalf("%s is late when log time is the clock", text)
		}
		if !before.Late && string(before.W.Buf) != string(after.W.Buf) {
			t.Fatalf("%q at a clock that is ahead: %q, when log time is there %q", c.Args, before.W.Buf, after.W.Buf)
		}
		if before.Late && s.Content() == content && s.ExpiredKeys() == expired && string(before.W.Buf) == string(after.W.Buf) {
			t.Fatalf("%q is late and nothing has expired", c.Args)
		}
		if before.Late {
			late[text]++
			store.Redo(before)
			if s.Read(before); before.Late || string(before.W.Buf) != string(after.W.Buf) {
				t.Fatalf("%q again: %q, want %q", c.Args, before.W.Buf, after.W.Buf)
			}
		} else {
			timely[text]++
		}
		if now := s.Versions(0, keys); !versionsLate && fmt.Sprint(versions) != fmt.Sprint(now) {
			t.Fatalf("versions at a clock that is ahead: %d, when log time is there %d", versions, now)
		}
	}
	for _, text := range looks {
		if late[text] == 0 || timely[text] == 0 {
			t.Errorf("%s: %d times late, %d times not: the test is too tame", text, late[text], timely[text])
		}
	}
}
