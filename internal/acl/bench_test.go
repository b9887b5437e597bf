package acl_test

import (
	"testing"

	"github.com/msredis/msredis/internal/acl"
)

// tenRules are those of a user as an application has it.
var tenRules = []string{"on", ">secret", "-@all", "+@read", "+@write", "-@dangerous", "%R~catalogue:*", "~session:{*}:[0-9]*", "~key:*", "&news.*"}

// A check of a command must be cheap beside the command, and take no memory.
func BenchmarkCheck(b *testing.B) {
	table := newTable(b)
	u := user(b, acl.NewRulebook(table), tenRules...)
	for name, words := range map[string][]string{
		"GET":  {"GET", "key:000000012345"},
		"SET":  {"SET", "key:000000012345", "xxx"},
		"MGET": {"MGET", "key:1", "key:2", "key:3", "key:4"},
		"glob": {"GET", "session:{1}:1"},
	} {
		call := newCall(b, table, words...)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := u.Check(call); !ok {
					b.Fatal("denied")
				}
			}
		})
	}
}

func TestCheckAllocates(t *testing.T) {
	table := newTable(t)
	u := user(t, acl.NewRulebook(table), tenRules...)
	get, denied := newCall(t, table, "MGET", "key:1", "key:2"), newCall(t, table, "GET", "other")
	if n := testing.AllocsPerRun(100, func() { u.Check(get); u.Check(denied) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
