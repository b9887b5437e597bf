package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/storetest"
)

// fakeWaits waits for some keys and notes what it is told.
type fakeWaits struct {
	keys []string // "db/key"
	told []string
}

func (w *fakeWaits) Any() bool { return len(w.keys) > 0 }

func (w *fakeWaits) Awaited(shard, db int, key string) bool {
	return shard == keyspace.ShardOf([]byte(key)) && slices.Contains(w.keys, fmt.Sprintf("%d/%s", db, key))
}

func (w *fakeWaits) Keys(db int) (list []string) {
	for _, k := range w.keys {
		if key, ok := strings.CutPrefix(k, fmt.Sprintf("%d/", db)); ok {
			list = append(list, key)
		}
	}
	return list
}

func (w *fakeWaits) Ready(db int, key, kind string, n int) {
	w.told = append(w.told, fmt.Sprintf("%d/%s %s %d", db, key, kind, n))
}

// take returns what was told since the last call, in one line.
func (w *fakeWaits) take() string {
	slices.Sort(w.told)
	s := strings.Join(w.told, ", ")
	w.told = nil
	return s
}

// allTable has the commands of all families.
var allTable = storetest.Table(store.Rows())

// calls makes calls of a line in which they are separated by semicolons.
func calls(db int, line string) (list []command.Call) {
	for _, text := range strings.Split(line, ";") {
		var args [][]byte
		for _, word := range strings.Fields(text) {
			args = append(args, []byte(word))
		}
		cmd, _ := allTable.Resolve(args)
		if cmd == nil || !cmd.ArityOK(len(args)) {
			panic("bad command " + text)
		}
		list = append(list, command.NewCall(cmd, args, db, nil))
	}
	return list
}

func waitStore(t *testing.T, w keyspace.Waits, lanes, large int) *store.Store {
	t.Helper()
	s, err := store.New(store.Options{
		Table: allTable, Rows: store.Rows(), Kinds: store.Kinds(), Databases: 4, Lanes: lanes, HashSeed: 42, Waits: w,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.SetLarge(large)
	return s
}

// TestWaits checks of what those who wait are told, whatever a batch is cut up
// into.
func TestWaits(t *testing.T) {
	t.Parallel()
	for _, lanes := range []int{1, 3} {
		w := &fakeWaits{keys: []string{"0/k", "0/l", "1/k", "0/t"}}
		s := waitStore(t, w, lanes, 1)
		now, index := int64(1_000_000), uint64(0)
		for _, step := range []struct {
			calls string // separated by ;
			told  string
		}{
			{"rpush other a b", ""},
			{"rpush k a", "0/k list 1"},
			{"rpush k b c;rpush l a;rpush other c", "0/k list 3, 0/l list 1"},
			{"lpop k", "0/k list 2"},
			{"llen k;lrange k 0 -1;lpop none;lpushx t a", ""},
			{"blpop k 0;blpop k 0;blpop k 0", "0/k  0"},
			{"rpush k a;del k;zadd k 1 a 2 b;set other 1", "0/k zset 2"},
			{"set k string", "0/k string 0"},
			{"set k string;append k more;setrange k 0 x", "0/k string 0"},
			{"rename l k", "0/k list 1, 0/l  0"},
			{"copy k l;copy k k db 1", "0/l list 1, 1/k list 1"},
			{"lmove l k left right", "0/k list 2, 0/l  0"},
			{"pexpire k 100", ""},
			{"@200", "0/k  0"},
			{"swapdb 0 1", "0/k list 1, 0/l  0, 0/t  0, 1/k  0"},
			{"flushdb", "0/k  0, 0/l  0, 0/t  0"},
			{"flushall", "0/k  0, 0/l  0, 0/t  0, 1/k  0"},
			{"rpush s 2 1;lease grant 5000 7;rpush t a;lease attach 7 t", "0/t list 1"},
			{"lease revoke 7", "0/t  0"},
			{"zadd k 1 a;zincrby k 1 a;zrem k a", "0/k  0"},
			{"sadd k m", "0/k set 0"},
			// Of a stream not every change is news.
			{"xadd t 1-1 f v;xgroup create t g 0", "0/t stream 1"},
			{"xreadgroup group g c streams t >", ""},
			{"xack t g 1-1;xdel t 1-1;xtrim t maxlen 0", ""},
			{"xadd t 2-1 f v;xadd t 2-2 f v", "0/t stream 1"},
			{"xgroup destroy t g", "0/t stream 1"},
			{"rename t l", "0/l stream 1, 0/t  0"},
		} {
			index++
			u := &command.Unit{}
			if ms, ok := strings.CutPrefix(step.calls, "@"); ok {
				var n int64
				fmt.Sscan(ms, &n)
				now += n
			} else {
				u.Calls = calls(0, step.calls)
			}
			s.Apply([]store.Entry{{Index: index, Time: now, Seed: 1, Units: []*command.Unit{u}}})
			if got := w.take(); got != step.told {
				t.Errorf("%d lanes, %s:\ngot  %q\nwant %q\nreplies %q", lanes, step.calls, got, step.told, u.W.Buf)
			}
		}
	}
}

// TestAnnounce is for a store that takes the place of another one.
func TestAnnounce(t *testing.T) {
	t.Parallel()
	w := &fakeWaits{}
	s := waitStore(t, w, 1, 1<<30)
	apply(s, 1, 1000, append(calls(0, "rpush k a b;rpush due a;pexpire due 10"), calls(1, "zadd k 1 a")...)...)
	s.Announce()
	if got := w.take(); got != "" {
		t.Errorf("nobody waits, and hears %q", got)
	}
	w.keys = []string{"0/k", "1/k", "1/l"}
	s.Announce()
	if got, want := w.take(), "0/k list 2, 1/k zset 1, 1/l  0"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
