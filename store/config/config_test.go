package config_test

import (
	"testing"

	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/storetest"
)

func open(t *testing.T) *storetest.Env { return storetest.New(t, store.Kinds(), store.Rows()) }

func TestSettings(t *testing.T) {
	t.Parallel()
	e := open(t)
	expect := func(want string, words ...string) {
		t.Helper()
		if got := e.Do(words...); got != want {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
	expect("+OK\r\n", "settings", "set", "zset-max-listpack-entries", "1", "hash-max-listpack-entries", "1")
	expect(":2\r\n", "zadd", "z", "1", "a", "2", "b")
	expect("$8\r\nskiplist\r\n", "object", "encoding", "z")
	// All of them or none.
	for _, bad := range [][]string{
		{"settings", "set", "zset-max-listpack-entries", "128", "hash-max-listpack-entries", "x"},
		{"settings", "set", "zset-max-listpack-entries", "128", "none", "1"},
		{"settings", "set", "zset-max-listpack-entries", "128", "none"},
		{"settings", "get", "zset-max-listpack-entries", "128"},
	} {
		if got := e.Do(bad...); got[0] != '-' {
			t.Errorf("%q: %q", bad, got)
		}
	}
	expect(":2\r\n", "zadd", "z2", "1", "a", "2", "b")
	expect("$8\r\nskiplist\r\n", "object", "encoding", "z2")
	// What a founder's file says comes too late.
	expect("+OK\r\n", "settings", "found", "zset-max-listpack-entries", "128")
	expect(":2\r\n", "zadd", "z3", "1", "a", "2", "b")
	expect("$8\r\nskiplist\r\n", "object", "encoding", "z3")
}

func TestFound(t *testing.T) {
	t.Parallel()
	e := open(t)
	before, _ := e.Store.Digest()
	e.Do("settings", "found", "zset-max-listpack-entries", "1")
	if after, _ := e.Store.Digest(); after == before {
		t.Error("the digest does not show a setting")
	}
	e.Do("settings", "found", "zset-max-listpack-entries", "128") // another founder
	e.Do("zadd", "z", "1", "a", "2", "b")
	if got := e.Do("object", "encoding", "z"); got != "$8\r\nskiplist\r\n" {
		t.Errorf("encoding %q", got)
	}
	e.Do("flushall")
	e.Do("zadd", "z", "1", "a", "2", "b")
	if got := e.Do("object", "encoding", "z"); got != "$8\r\nskiplist\r\n" {
		t.Errorf("encoding after FLUSHALL %q", got)
	}
}
