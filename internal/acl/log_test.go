package acl_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/acl"
)

func TestLog(t *testing.T) {
	var l acl.Log
	get := acl.LogEntry{Kind: acl.DeniedCommand, Context: acl.TopLevel, Object: "get", User: "alice", Client: "first"}
	set := get
	set.Object = "set"
	l.Add(1000, 128, get)
	l.Add(2000, 128, set)
	get.Client = "second"
	l.Add(61_000, 128, get) // a minute after the first one
	list := l.Entries(10)
	if len(list) != 2 {
		t.Fatalf("%d entries", len(list))
	}
	e := list[0]
	if e.Object != "get" || e.Count != 2 || e.ID != 0 || e.Created != 1000 || e.Updated != 61_000 || e.Client != "second" || e.Reason() != "command" {
		t.Errorf("the newest is %+v", e)
	}
	l.Add(121_001, 128, get) // more than a minute later
	if list = l.Entries(1); len(list) != 1 || list[0].Count != 1 || list[0].ID != 2 {
		t.Errorf("later: %+v", list)
	}
	l.Reset()
	l.Add(121_002, 128, get)
	if list = l.Entries(-1); len(list) != 0 {
		t.Errorf("none: %+v", list)
	}
	if list = l.Entries(10); len(list) != 1 || list[0].ID != 3 {
		t.Errorf("after a reset: %+v", list)
	}
}

func TestLogIsBounded(t *testing.T) {
	var l acl.Log
	for i := range 1000 {
		l.Add(int64(i), 50, acl.LogEntry{Kind: acl.DeniedKey, Object: fmt.Sprintf("k%d", i)})
		l.Add(int64(i), 50, acl.LogEntry{Kind: acl.DeniedKey, Object: fmt.Sprintf("k%d", i)})
	}
	list := l.Entries(1000)
	if len(list) != 50 || list[0].Object != "k999" || list[0].Count != 2 || list[49].Object != "k950" {
		t.Errorf("%d entries from %+v to %+v", len(list), list[0], list[len(list)-1])
	}
	l.Add(1000, 0, acl.LogEntry{Object: "x"})
	if list := l.Entries(1000); len(list) != 0 {
		t.Errorf("%d entries are left", len(list))
	}
	l.Add(1000, 1, acl.LogEntry{Object: strings.Repeat("x", 1<<20)})
	if n := len(l.Entries(1)[0].Object); n != 1024 {
		t.Errorf("%d bytes of a long key are kept", n)
	}
}
