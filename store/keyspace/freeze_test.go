package keyspace_test

import (
	"testing"

	"github.com/zeebo/xxh3"

	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/storetest"
)

// TestViewOfKey: a view of a key stays what the key was, whatever becomes of it.
func TestViewOfKey(t *testing.T) {
	t.Parallel()
	var views []keyspace.View
	e := storetest.New(t, store.Kinds(), store.Rows(), []keyspace.Row{row(func(c *keyspace.Ctx) {
		views = append(views, c.Freeze(c.DB, c.Args[1]))
		c.W.OK()
	})})
	keys := []string{"short", "int", "long", "small", "large", "list", "gone", "never"}
	long := make([]byte, 5000)
	for _, key := range []string{"short", "gone"} {
		e.Do("set", key, "v", "px", "100")
	}
	e.Do("set", "int", "1")
	e.Do("set", "long", string(long))
	e.Do("hset", "small", "f", "v")
	e.Do("hset", "large", "f", string(long))
	e.Do("rpush", "list", "a", "b")
	e.Do("persist", "short")
	e.Do("lease", "grant", "7", "1000")
	e.Do("lease", "attach", "7", "int")
	e.Do("pexpire", "list", "1000")
	e.Advance(100)
	type figures struct {
		deadline int64
		version  uint64
		digest   uint64
		size     int64
	}
	of := func(x *keyspace.Entry) (f figures) {
		if x != nil {
			var h xxh3.Hasher
			x.Value().Digest(&h)
			f = figures{x.Deadline(), x.Version(), h.Sum64(), x.MemSize()}
		}
		return f
	}
	for _, key := range keys {
		e.Do("test", key)
	}
	var before []figures
	for i, v := range views {
		if x := v.Entry(); (x == nil) != (i >= 6) {
			t.Fatalf("%s is there: %v", keys[i], x != nil)
		}
		before = append(before, of(v.Entry()))
	}
	for _, key := range []string{"short", "long", "int"} {
		e.Do("append", key, "more")
		e.Do("setrange", key, "0", "x")
	}
	for _, key := range []string{"small", "large"} {
		e.Do("hset", key, "f", "w", "g", "x")
	}
	e.Do("rpush", "list", "c")
	e.Do("persist", "list")
	e.Do("lset", "list", "0", "z")
	e.Do("flushall")
	for i, v := range views {
		if after := of(v.Entry()); after != before[i] {
			t.Errorf("%s: %+v became %+v", keys[i], before[i], after)
		}
		v.Release()
	}
}
