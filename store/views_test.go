package store_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/ds"
	"github.com/msredis/msredis/store/storetest"
)

// families are histories for views, one for each container.
var families = map[string]func() storetest.Viewed{
	"set":    viewedSet,
	"zset":   viewedZSet,
	"hash":   viewedHash,
	"timed":  viewedTimes,
	"list":   viewedList,
	"string": viewedString,
	"stream": viewedStream,
}

func TestViews(t *testing.T) {
	t.Parallel()
	for name, of := range families {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := of()
			v.Steps = 2500
			for seed := range uint64(2) {
				if err := storetest.CheckViews(t, store.Kinds(), store.Rows(), seed, v); err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
			}
		})
	}
}

// viewed makes a history of commands on three keys. At times it moves values about. Copies
// are rare, because both share nodes for ever. %k is a key, %e an element, %s one of a few,
// %n a number, %v a value.
func viewed(fill [][]string, commands ...string) storetest.Viewed {
	keys := []string{"{v}a", "{v}b", "{v}c"}
	moves := []string{"copy %k %k replace", "rename {v}b {v}c", "del {v}c", "dump {v}b", "rename {v}c {v}b"}
	return storetest.Viewed{Keys: keys, Fill: fill, Random: func(rng *rand.Rand) []string {
		line := commands[rng.IntN(len(commands))]
		if rng.IntN(60) == 0 {
			line = moves[rng.IntN(len(moves))]
			if rng.IntN(4) > 0 && line == moves[0] {
				line = "exists %k"
			}
		}
		words := strings.Fields(line)
		for i, w := range words {
			key := keys[min(rng.IntN(3), rng.IntN(3))]
			w = strings.ReplaceAll(w, "%k", key)
			w = strings.ReplaceAll(w, "%e", fmt.Sprint("e", rng.IntN(5000)))
			w = strings.ReplaceAll(w, "%s", fmt.Sprint("e", rng.IntN(30)))
			w = strings.ReplaceAll(w, "%n", fmt.Sprint(rng.IntN(5000)))
			w = strings.ReplaceAll(w, "%v", strings.Repeat("v", rng.IntN(3))+fmt.Sprint(rng.IntN(10)))
			words[i] = w
		}
		return words
	}}
}

// filled makes commands that give the first two keys 4000 elements each.
func filled(command string, words func(i int) []string) (list [][]string) {
	for _, key := range []string{"{v}a", "{v}b"} {
		for i := range 40 {
			args := []string{command, key}
			for j := range 100 {
				args = append(args, words(i*100+j)...)
			}
			list = append(list, args)
		}
	}
	return list
}

func viewedSet() storetest.Viewed {
	return viewed(filled("sadd", func(i int) []string { return []string{fmt.Sprint("e", i)} }),
		"sadd %k %e %e", "srem %k %e %e", "sismember %k %e", "smove %k %k %e", "spop %k", "sinterstore {v}c %k %k", "spop %k 300", "sunionstore {v}b %k %k")
}

func viewedZSet() storetest.Viewed {
	return viewed(filled("zadd", func(i int) []string { return []string{fmt.Sprint(i % 500), fmt.Sprint("e", i)} }),
		"zadd %k %n %e %n %e", "zincrby %k 3 %e", "zrem %k %e %e", "zrank %k %e", "zrange %k %n %n", "zscore %k %e", "zpopmin %k 5", "zpopmax %k 30",
		"zrangestore {v}c %k 0 500", "zremrangebyrank %k 10 200", "zunionstore {v}b 2 %k %k")
}

func viewedHash() storetest.Viewed {
	return viewed(filled("hset", func(i int) []string { return []string{fmt.Sprint("e", i), fmt.Sprint("v", i%10)} }),
		"hset %k %e %v %e %v", "hincrby %k %n 1", "hdel %k %e %e", "hget %k %e", "hlen %k", "hmget %k %e %e %e", "hscan %k 0 count 20")
}

func viewedTimes() storetest.Viewed {
	return viewed(filled("hset", func(i int) []string { return []string{fmt.Sprint("e", i), fmt.Sprint("v", i%10)} }),
		"hset %k %e %v %e %v", "hpexpire %k %n fields 3 %e %e %e", "hpexpire %k 100000%n fields 2 %s %s", "hpersist %k fields 1 %e", "hdel %k %e", "hget %k %e", "hpttl %k fields 2 %e %e", "hlen %k",
		"hset %k %e1 %v %e2 %v %e3 %v")
}

func viewedList() storetest.Viewed {
	long := strings.Repeat("x", 9000)
	return viewed(filled("rpush", func(i int) []string { return []string{fmt.Sprint("e", i, strings.Repeat("-", i%300))} }),
		"rpush %k %e %v", "lpush %k %e %v", "lset %k %n %v", "lpop %k", "rpop %k 3", "linsert %k before %e %v", "lindex %k %n", "lrem %k 2 %v", "lrem %k -3 %v",
		"lset %k %n "+long, "lpush %k "+long, "rpush {v}c "+long, "lmove %k %k left right", "lpop %k 200", "ltrim %k 20 -20", "lrange %k %n %n")
}

func viewedStream() storetest.Viewed {
	var fill [][]string
	for i := range 3000 {
		fill = append(fill, []string{"xadd", []string{"{v}a", "{v}b"}[i%2], fmt.Sprint(10+i/2, "-1"), "f", fmt.Sprint("v", i)})
	}
	for _, group := range []string{"g1", "g2"} {
		for i := range 2 {
			key := []string{"{v}a", "{v}b"}[i]
			fill = append(fill, []string{"xgroup", "create", key, group, "0"})
			for _, consumer := range []string{"e1", "e2", "e3"} {
				fill = append(fill, []string{"xreadgroup", "group", group, consumer, "count", "400", "streams", key, ">"})
			}
		}
	}
	return viewed(fill, "xadd %k * f %v", "xadd %k * f %v g %v", "xdel %k %n-1 %n-1", "xtrim %k maxlen ~ 1400", "xadd %k maxlen 1450 * f %v",
		"xack %k g1 %n-1 %n-1 %n-1", "xreadgroup group g1 %s count 3 streams %k >", "xreadgroup group g2 e2 count 4 streams %k %n", "xclaim %k g1 %s 0 %n-1 %n-1",
		"xautoclaim %k g2 e3 0 %n count 20", "xgroup createconsumer %k g1 %s", "xgroup delconsumer %k g2 %s", "xgroup setid %k g1 %n", "xgroup create %k g3 0",
		"xgroup destroy %k g3", "xrange %k %n + count 3", "xrevrange %k + - count 3", "xpending %k g1", "xpending %k g1 - + 5", "xinfo stream %k full count 3",
		"xclaim %k g1 e1 0 %n-1 force justid", "xgroup create {v}c g1 0 mkstream", "xlen %k")
}

func viewedString() storetest.Viewed {
	long := strings.Repeat("x", 20_000)
	return viewed([][]string{{"set", "{v}a", long}, {"set", "{v}b", long}},
		"setrange %k %n %e", "append %k %e", "setbit %k %n 1", "getrange %k %n %n", "strlen %k", "bitfield %k set u8 %n 200", "set %k "+long, "setrange %k 30000 %v")
}

// TestHeldBytes: nothing is held for views that have ended. It runs beside no other test.
func TestHeldBytes(t *testing.T) {
	for name, of := range families {
		v := of()
		v.Steps = 500
		before := ds.HeldBytes()
		if err := storetest.CheckViews(t, store.Kinds(), store.Rows(), 7, v); err != nil {
			t.Fatal(name, err)
		}
		if held := ds.HeldBytes() - before; held != 0 {
			t.Errorf("%s: %d bytes are held", name, held)
		}
	}
}

// TestDeletedIsHeld: a value that has lost its key is held for its views.
func TestDeletedIsHeld(t *testing.T) {
	for _, end := range []string{"del {v}a", "set {v}a short", "rename {v}c {v}a"} {
		for name, of := range families {
			before := ds.HeldBytes()
			e := storetest.New(t, store.Kinds(), store.Rows())
			for _, args := range of().Fill {
				e.Do(args...)
			}
			e.Do("set", "{v}c", "v")
			var size int64
			fmt.Sscanf(e.Do("memory", "usage", "{v}a"), ":%d", &size)
			d := e.Store.Cut()
			e.Do("expire", "{v}a", "100") // the snapshot takes a view, because the value stays
			e.Do(strings.Fields(end)...)
			if held := ds.HeldBytes() - before; held < size/2 || held > size {
				t.Errorf("%s, %s: %d bytes are held of %d", name, end, held, size)
			}
			d.Done(false)
			e.Store.Cut().Done(false)
			if held := ds.HeldBytes() - before; held != 0 {
				t.Errorf("%s, %s: %d bytes are held for a view that has ended", name, end, held)
			}
		}
	}
}

// TestDeltaOfLargeValues: a snapshot of large values is that of its cut, whatever is done to
// them while it is being written. Nothing is held when it has ended, well or not.
func TestDeltaOfLargeValues(t *testing.T) {
	for name, of := range families {
		t.Run(name, func(t *testing.T) {
			v := of()
			held := ds.HeldBytes()
			e := storetest.New(t, store.Kinds(), store.Rows())
			for _, args := range v.Fill {
				e.Do(args...)
			}
			rng := rand.New(rand.NewPCG(3, 3))
			var shelf memShelf
			for round := range 12 {
				for range 20 {
					e.Do(v.Random(rng)...)
				}
				want, _ := e.Store.Digest()
				d := e.Store.Cut()
				sink := &memSink{}
				if round%3 == 1 {
					sink.fail = 1 + rng.IntN(4)
				}
				for range rng.IntN(30) {
					e.Do(v.Random(rng)...)
				}
				step := make(chan bool)
				sink.afterWrite = func(int) { step <- true }
				var saved bool
				go func() {
					saved = shelf.write(t, d, sink)
					close(step)
				}()
				for range step {
					e.Advance(int64(rng.IntN(50)))
					e.Do(v.Random(rng)...)
				}
				e.Advance(1)
				if now := ds.HeldBytes(); now != held {
					t.Fatalf("round %d: %d bytes are held", round, now-held)
				}
				if !saved {
					continue
				}
				restored := storetest.New(t, store.Kinds(), store.Rows()).Store
				if got, _ := shelf.load(t, restored).Digest(); got != want {
					t.Fatalf("round %d: digest of the snapshot %s, at the cut %s", round, got, want)
				}
			}
		})
	}
}
