package acl_test

import (
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/front"
	"github.com/msredis/msredis/store"
)

// newTable returns the commands of the server.
func newTable(t testing.TB) *command.Table {
	t.Helper()
	var specs []command.Spec
	for _, row := range store.Rows() {
		specs = append(specs, row.Spec)
	}
	table, err := command.NewTable(front.Specs(), specs)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func args(words ...string) (list [][]byte) {
	for _, w := range words {
		list = append(list, []byte(w))
	}
	return list
}

// user returns a user with rules, which are right.
func user(t testing.TB, b *acl.Rulebook, rules ...string) *acl.User {
	t.Helper()
	u, err := acl.New("alice", b, false).With(args(rules...), b, false)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// newCall returns a call as a client sends it.
func newCall(t testing.TB, table *command.Table, words ...string) *command.Call {
	t.Helper()
	list := args(words...)
	cmd, _ := table.Resolve(list)
	if cmd == nil || !cmd.ArityOK(len(list)) {
		t.Fatalf("no such call: %v", words)
	}
	call := command.NewCall(cmd, list, 0, nil)
	return &call
}

func TestLine(t *testing.T) {
	b := acl.NewRulebook(newTable(t))
	for _, tt := range []struct{ rules, want string }{
		{"", "off sanitize-payload resetchannels -@all"},
		{"on nopass allkeys allchannels allcommands", "on nopass sanitize-payload ~* &* +@all"},
		{"+get +GET -get", "off sanitize-payload resetchannels -@all -get"},
		{"+config|get +config", "off sanitize-payload resetchannels -@all +config"},
		{"%R~a %w~a ~b &c", "off sanitize-payload ~a ~b resetchannels &c -@all"},
		{"%RW~* +select|0 skip-sanitize-payload", "off skip-sanitize-payload ~* resetchannels -@all +select|0"},
		{"(+get ~x) +set", "off sanitize-payload resetchannels -@all +set (~x resetchannels -@all +get)"},
		{"+get reset on", "on sanitize-payload resetchannels -@all"},
	} {
		u := user(t, b, strings.Fields(tt.rules)...)
		if want := "user alice " + tt.want; u.Line() != want {
			t.Errorf("%s: %s, want %s", tt.rules, u.Line(), want)
		}
		again, err := acl.Parse(u.Line(), b)
		if err != nil || again.Line() != u.Line() {
			t.Errorf("%s read back: %v, %v", u.Line(), again, err)
		}
	}
	if got, want := acl.Default(b).Line(), "user default on nopass sanitize-payload ~* &* +@all"; got != want {
		t.Errorf("the default user is %s, want %s", got, want)
	}
	if !acl.Default(b).Unrestricted() {
		t.Error("the default user is restricted")
	}
}

func TestCheck(t *testing.T) {
	table := newTable(t)
	b := acl.NewRulebook(table)
	u := user(t, b, "on", "+@all", "-@admin", "-debug", "%R~r:*", "%W~w:*", "~both", "&news*", "(+debug|sleep ~*)")
	for _, tt := range []struct{ call, want string }{
		{"GET r:1", ""},
		{"GET w:1", "key w:1"},
		{"SET w:1 x", ""},
		{"SET w:1 x GET", "key w:1"},
		{"COPY r:1 w:1", ""},
		{"COPY r:1 r:2", "key r:2"},
		{"SORT both STORE w:1", ""},
		{"SORT both BY x", ""},
		{"SORT both BY x_*", "option"},
		{"SORT both GET #", "option"},
		{"CONFIG GET x", "command config|get"},
		{"PUBLISH news1 x", ""},
		{"PUBLISH olds x", "channel olds"},
		{"SUBSCRIBE news1 olds", "channel olds"},
		{"PSUBSCRIBE news*", ""},
		{"PSUBSCRIBE news1", "channel news1"},
		{"DEBUG SLEEP 0", ""},
		{"DEBUG OBJECT x", "command debug"},
		{"AUTH x", ""},
	} {
		d, ok := u.Check(newCall(t, table, strings.Fields(tt.call)...))
		got := ""
		switch {
		case ok:
		case d.Kind == acl.DeniedCommand:
			got = "command " + d.Object()
		case d.Kind == acl.DeniedKey:
			got = "key " + d.Object()
		case d.Kind == acl.DeniedChannel:
			got = "channel " + d.Object()
		default:
			got = "option"
		}
		if got != tt.want {
			t.Errorf("%s: denied is %q, want %q", tt.call, got, tt.want)
		}
	}
}

func TestPassword(t *testing.T) {
	b := acl.NewRulebook(newTable(t))
	u := user(t, b, "on", ">one", ">two")
	for password, want := range map[string]bool{"one": true, "two": true, "": false, "one ": false} {
		if got := u.CheckPassword([]byte(password)); got != want {
			t.Errorf("%q: %v", password, got)
		}
	}
	off, err := u.With(args("off", "nopass"), b, false)
	if err != nil || off.CheckPassword([]byte("one")) {
		t.Errorf("a user that is off: let in, or %v", err)
	}
	if strings.Contains(u.Line(), "one") {
		t.Error("the line has a password")
	}
}
