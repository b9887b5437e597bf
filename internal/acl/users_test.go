package acl_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/acl"
)

func TestUsers(t *testing.T) {
	b := acl.NewRulebook(newTable(t))
	s := acl.NewUsers(7, []*acl.User{user(t, b, "on", ">p"), acl.Default(b), user(t, b, "on", ">q")})
	if len(s.All()) != 2 || s.All()[0].Name() != "alice" || s.Version() != 7 {
		t.Errorf("version %d, %d users, the first is %s", s.Version(), len(s.All()), s.All()[0].Name())
	}
	if s.Authenticate([]byte("alice"), []byte("p")) != nil || s.Authenticate([]byte("alice"), []byte("q")) == nil || s.Authenticate([]byte("bob"), nil) != nil {
		t.Error("the wrong ones are let in")
	}
}

// Rules of the file that make it refused are told in one line, passwords are not.
func TestFile(t *testing.T) {
	b := acl.NewRulebook(newTable(t))
	list, err := acl.ParseFile("users.acl", []byte("user a on >p ~x +get\r\n\n  user b\n"), b, true)
	if err != nil || len(list) != 2 || list[1].Line() != "user b off sanitize-payload &* -@all" {
		t.Errorf("%v, %v", list, err)
	}
	_, err = acl.ParseFile("f", []byte("user a on #secret secret\nuser a\nusr\nuser b +nosuch +nor (+get\nuser c on (+get"), b, true)
	want := "ERR f:1: The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters. " +
		"WARNING: Duplicate user 'a' found on line 2. f:3 should start with user keyword followed by the username. " +
		"f:4: Unmatched parenthesis in selector definition.f:5: Unmatched parenthesis in selector definition." +
		"WARNING: ACL errors detected, no change to the previously active ACL rules was performed"
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
	if err != nil && strings.Contains(err.Error(), "secret") {
		t.Error("the error has a password")
	}
	if _, err := acl.ParseConfig(args("a b"), b, true); err == nil {
		t.Error("a name with a space is taken")
	}
}

func TestGenPass(t *testing.T) {
	random := bytes.NewReader(bytes.Repeat([]byte{0xab}, 100))
	for bits, want := range map[int]string{256: strings.Repeat("ab", 32), 5: "ab", 4: "a", 1: "a", 12: "aba"} {
		if got, err := acl.GenPass(random, bits); err != nil || got != want {
			t.Errorf("%d bits: %s, %v", bits, got, err)
		}
	}
	if _, err := acl.GenPass(bytes.NewReader(nil), 8); err == nil {
		t.Error("a password without randomness")
	}
}

// What a line could not show as it is has one form, or is refused.
func TestRulesThatNoLineShows(t *testing.T) {
	b := acl.NewRulebook(newTable(t))
	u := user(t, b, "~other", "%RW~*")
	if _, err := u.With(args("~more"), b, false); err == nil || !strings.Contains(u.Line(), " ~* ") {
		t.Errorf("all keys are not all keys: %s, %v", u.Line(), err)
	}
	for _, rule := range []string{"(~a) +get)", `(~a"b)`, `(~"a" "+get")x)`, "+select|a b", "%~x", "%"} {
		if v, err := u.With(args("resetkeys", rule), b, false); err == nil {
			t.Errorf("%s makes %s", rule, v.Line())
		}
	}
}
