package keyspace_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/invariants"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/storetest"
)

func open(t *testing.T, extra ...keyspace.Row) *storetest.Env {
	return storetest.New(t, append(store.Kinds(), &storetest.Other), storetest.WithOther(store.Rows()), extra)
}

// row makes a command "test key" of a handler.
func row(run keyspace.Handler) keyspace.Row {
	return keyspace.Row{Spec: command.Spec{
		Name: "test", Usage: "TEST key", Summary: "-", Complexity: "-", Since: "1.0.0", Group: command.GroupGeneric,
		Flags: command.Write,
	}, Run: run}
}

func TestScanSeesWhatStays(t *testing.T) {
	t.Parallel()
	e := open(t)
	for i := range 500 {
		e.Do("set", fmt.Sprint("stays", i), "1")
		e.Do("set", fmt.Sprint("{one shard}stays", i), "1")
	}
	seen := map[string]int{}
	for cursor, round := "0", 0; ; round++ {
		parts := strings.Split(e.Do("scan", cursor, "count", "7"), "\r\n")
		cursor = parts[2]
		n := 0
		for i := 5; i < len(parts); i += 2 {
			seen[parts[i]]++
			n++
		}
		if n > 9 {
			t.Fatalf("%d keys at once, 7 were asked for", n)
		}
		if cursor == "0" {
			break
		}
		e.Do("del", fmt.Sprint("{one shard}guest", round-5))
		e.Do("set", fmt.Sprint("{one shard}guest", round), "1")
	}
	for i := range 500 {
		for _, key := range []string{fmt.Sprint("stays", i), fmt.Sprint("{one shard}stays", i)} {
			if seen[key] != 1 {
				t.Fatalf("%s was seen %d times", key, seen[key])
			}
		}
	}
	for _, cursor := range []string{"18446744073709551615", "2199023255552", "4294967295"} {
		e.Do("scan", cursor) // must end, wherever it came from
	}
}

func TestRandomKeyIsFair(t *testing.T) {
	t.Parallel()
	e := open(t)
	const n, draws = 20, 4000
	for i := range n {
		e.Do("set", fmt.Sprint("k", i%4, "{", i/4, "}"), "1")
	}
	count := map[string]int{}
	for range draws {
		count[e.Do("randomkey")]++
	}
	for key, c := range count {
		if c < draws/n/2 || c > draws/n*2 {
			t.Errorf("%q was drawn %d times of %d", key, c, draws)
		}
	}
	if len(count) != n {
		t.Errorf("%d of %d keys were drawn", len(count), n)
	}
	e.DB = 1
	if got := e.Do("randomkey"); got != "$-1\r\n" {
		t.Errorf("empty database: %q", got)
	}
	for i := range 2000 {
		e.Do("set", fmt.Sprint("{x}", i), "1", "px", "10")
	}
	e.Do("set", "{x}alive", "1")
	e.Advance(10)
	if got := e.Do("randomkey"); got != "$8\r\n{x}alive\r\n" {
		t.Errorf("among expired keys: %q", got)
	}
}

func TestEmptyContainersVanish(t *testing.T) {
	t.Parallel()
	e := open(t)
	e.Do("rpush", "l", "a", "b")
	if e.Store.DataBytes() == 0 {
		t.Error("nothing is accounted")
	}
	e.Do("lpop", "l")
	e.Do("lpop", "l")
	if got := e.Do("exists", "l"); got != ":0\r\n" || e.Store.DataBytes() != 0 {
		t.Errorf("exists %q, %d bytes", got, e.Store.DataBytes())
	}
}

func TestIdle(t *testing.T) {
	t.Parallel()
	e := open(t)
	e.Do("set", "k", "v")
	e.Advance(5000)
	e.Do("ttl", "k") // does not use it
	if got := e.Do("object", "idletime", "k"); got != ":5\r\n" {
		t.Errorf("after 5 s: %q", got)
	}
	e.Do("get", "k")
	if got := e.Do("object", "idletime", "k"); got != ":0\r\n" {
		t.Errorf("after GET: %q", got)
	}
	if hits, misses := e.Store.Lookups(); hits != 4 || misses != 0 {
		t.Errorf("%d hits, %d misses", hits, misses)
	}
}

// A handler may change, replace, delete and make the same key in any order; the
// accounts stay right.
func TestHandlersMayMixCalls(t *testing.T) {
	t.Parallel()
	value := func(e *storetest.Env, n string) {
		e.Do("del", "k")
		e.Do("rpush", "k", n)
	}
	for name, run := range map[string]keyspace.Handler{
		"edit, replace": func(c *keyspace.Ctx) {
			e := c.Lookup(c.Args[1])
			c.Edit(e)
			c.Replace(e, e.Value().Clone())
		},
		"edit, set": func(c *keyspace.Ctx) {
			e := c.Lookup(c.Args[1])
			c.Edit(e)
			c.Edit(c.Set(c.Args[1], e.Value().Clone(), false))
		},
		"edit, delete, set": func(c *keyspace.Ctx) {
			e := c.Lookup(c.Args[1])
			v := e.Value()
			c.Edit(e)
			c.Delete(c.Args[1])
			c.Set(c.Args[1], v, false)
		},
		"expire, edit, move, back": func(c *keyspace.Ctx) {
			e := c.Lookup(c.Args[1])
			c.Expire(e, c.Now+100)
			c.Edit(e)
			c.MoveTo(e, 1, c.Args[1])
			c.MoveTo(c.LookupIn(1, c.Args[1]), 0, c.Args[1])
			c.Expire(c.Lookup(c.Args[1]), 0)
		},
		"copy, delete in the other": func(c *keyspace.Ctx) {
			c.CopyTo(c.Lookup(c.Args[1]), 1, c.Args[1])
			c.DeleteIn(1, c.Args[1])
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := open(t, row(func(c *keyspace.Ctx) { run(c); c.W.OK() }))
			value(e, "some element")
			want := e.Store.DataBytes()
			if got := e.Do("test", "k"); got != "+OK\r\n" {
				t.Fatal(got)
			}
			if got := e.Store.DataBytes(); got != want {
				t.Errorf("%d bytes, want %d", got, want)
			}
			if got := e.Do("ttl", "k"); got != ":-1\r\n" {
				t.Errorf("ttl %q", got)
			}
			value(e, "some element")
			if got := e.Store.DataBytes(); got != want {
				t.Errorf("later: %d bytes, want %d", got, want)
			}
		})
	}
}

func TestUndeclaredKeysAreCaught(t *testing.T) {
	t.Parallel()
	if !invariants.Enabled {
		t.Skip("needs -tags invariants")
	}
	e := open(t, row(func(c *keyspace.Ctx) { c.Lookup([]byte("other")) }))
	defer func() {
		if recover() == nil {
			t.Error("nobody noticed")
		}
	}()
	e.Do("test", "k")
}

func TestRandIsTheEntrys(t *testing.T) {
	t.Parallel()
	var got []uint64
	draw := row(func(c *keyspace.Ctx) { got = append(got, c.Rand(), c.Rand()); c.W.OK() })
	for range 2 {
		e := open(t, draw)
		e.Do("test", "a")
		e.Do("test", "b")
	}
	if !slices.Equal(got[:4], got[4:]) {
		t.Errorf("two nodes drew %x and %x", got[:4], got[4:])
	}
	slices.Sort(got[:4])
	if len(slices.Compact(got[:4])) != 4 {
		t.Errorf("numbers repeat: %x", got[:4])
	}
}
