package command

import (
	"strings"
	"testing"
)

func TestRenamed(t *testing.T) {
	t.Parallel()
	table, err := NewTable([]Spec{
		{Name: "get", Usage: "GET key", Since: "1.0.0", Summary: "a command", Complexity: "O(1)", Group: GroupString, Flags: ReadOnly},
		{Name: "set", Usage: "SET key value", Since: "1.0.0", Summary: "a command", Complexity: "O(1)", Group: GroupString, Flags: Write},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		renames  []Rename
		get, set string // the commands that clients reach by these names
		err      string
	}{
		{nil, "get", "set", ""},
		{[]Rename{{"GET", "Fetch"}}, "", "set", ""},
		{[]Rename{{"get", ""}, {"set", "get"}}, "set", "", ""},
		{[]Rename{{"get", "x"}, {"set", "get"}, {"x", "set"}}, "set", "get", ""},
		{[]Rename{{"get", "GeT"}}, "get", "set", ""},
		{[]Rename{{"nosuch", "x"}}, "", "", "rename-command nosuch: No such command in rename-command"},
		{[]Rename{{"get", ""}, {"get", "x"}}, "", "", "rename-command get: No such command in rename-command"},
		{[]Rename{{"get", "SET"}}, "", "", "rename-command get SET: Target command name already exists"},
		{[]Rename{{"get", "b840fc02d524045429941cc15f59e41cb7be6c52"}}, "", "set", ""}, // as redis.conf shows
		{[]Rename{{"get", strings.Repeat("x", 65)}}, "", "", "rename-command get " + strings.Repeat("x", 65) + ": a name has at most 64 characters"},
		{[]Rename{{"get", "a|b"}}, "", "", "rename-command get: a name has no '|' in it"},
	} {
		seen, err := table.Renamed(c.renames)
		if err != nil || c.err != "" {
			if err == nil || err.Error() != c.err {
				t.Errorf("%v: %v, want %s", c.renames, err, c.err)
			}
			continue
		}
		for name, want := range map[string]string{"get": c.get, "SET": c.set} {
			got := ""
			if cmd := seen.Lookup([]byte(name)); cmd != nil {
				got = cmd.Name
			}
			if got != want {
				t.Errorf("%v: %s is %q, want %q", c.renames, name, got, want)
			}
		}
	}
	if table.Lookup([]byte("get")).Name != "get" {
		t.Error("the table itself was changed")
	}
}
