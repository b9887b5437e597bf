package storetest_test

import (
	"testing"

	"github.com/msredis/msredis/store/keys"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/storetest"
	"github.com/msredis/msredis/store/str"
)

func TestSmoke(t *testing.T) {
	e := storetest.New(t, []*keyspace.Kind{&str.Kind}, str.Rows, keys.Rows)
	for _, step := range []struct {
		args []string
		want string
	}{
		{[]string{"set", "a", "1"}, "+OK\r\n"},
		{[]string{"get", "a"}, "$1\r\n1\r\n"},
		{[]string{"incr", "a"}, ":2\r\n"},
		{[]string{"dbsize"}, ":1\r\n"},
		{[]string{"randomkey"}, "$1\r\na\r\n"},
		{[]string{"scan", "0"}, "*2\r\n$1\r\n0\r\n*1\r\n$1\r\na\r\n"},
		{[]string{"keys", "*"}, "*1\r\n$1\r\na\r\n"},
		{[]string{"expire", "a", "10"}, ":1\r\n"},
		{[]string{"ttl", "a"}, ":10\r\n"},
	} {
		if got := e.Do(step.args...); got != step.want {
			t.Errorf("%q: %q, want %q", step.args, got, step.want)
		}
	}
	e.Advance(10_000)
	if got := e.Do("get", "a"); got != "$-1\r\n" {
		t.Error(got)
	}
	if e.Store.DataBytes() != 0 || e.Store.NextDeadline() != 0 || e.Store.ExpiredKeys() != 1 {
		t.Error(e.Store.DataBytes(), e.Store.NextDeadline())
	}
}
