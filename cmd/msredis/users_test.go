package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRewriteUsers: CONFIG REWRITE writes the users of the moment into the file, without
// a password, and a new cluster begins with the same users.
func TestRewriteUsers(t *testing.T) {
	t.Parallel()
	conf := filepath.Join(t.TempDir(), "msredis.conf")
	if err := os.WriteFile(conf, []byte("user alice on >cleartext-one ~a:* +get\nuser gone off\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(dir string) *server {
		s := &server{t: t, lines: make(chan string, 1000)}
		s.port, s.cmd = freeCommand(t, conf, "--dir", dir)
		s.run()
		return s
	}
	s := run(t.TempDir())
	awaitReply(t, "OK", func() string {
		return s.do("ACL", "SETUSER", "bob", "on", ">cleartext-two", "~it's\"x\\", "~\x01\xff", "&ch", "-@all", "+set", "(~c:* +get)")
	})
	s.do("ACL", "DELUSER", "gone")
	if got := s.do("CONFIG", "REWRITE"); got != "OK" {
		t.Fatal(got)
	}
	text, err := os.ReadFile(conf)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "cleartext") || strings.Contains(string(text), "gone") || strings.Count(string(text), "\nuser ") != 2 {
		t.Errorf("the file:\n%s", text)
	}
	want := s.lists("ACL", "LIST")
	if len(want) != 3 {
		t.Errorf("users: %q", want)
	}
	fresh := run(t.TempDir())
	awaitReply(t, strings.Join(want, "\n"), func() string { return strings.Join(fresh.lists("ACL", "LIST"), "\n") })
}

// TestACLFileInDir: a relative aclfile is meant in the data directory, as in Redis.
func TestACLFileInDir(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "users.acl")
	if err := os.WriteFile(file, []byte("user alice on nopass ~* +@all\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, "--dir", dir, "--aclfile", "users.acl")
	awaitReply(t, "OK", func() string { return s.do("AUTH", "alice", "any") })
	awaitReply(t, "OK", func() string { return s.do("ACL", "SETUSER", "bob", "off") })
	if got := s.do("ACL", "SAVE"); got != "OK" {
		t.Error(got)
	}
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), "user bob off") {
		t.Errorf("%v: %s", err, text)
	}
	if err := os.WriteFile(file, []byte("user carol on nopass ~* +@all\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := s.do("ACL", "LOAD"); got != "OK" {
		t.Error(got)
	}
	if got := strings.Join(s.lists("ACL", "USERS"), " "); got != "carol default" {
		t.Error(got)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if got := s.do("ACL", "LOAD"); !strings.Contains(got, "users.acl") || strings.Contains(got, dir) {
		t.Errorf("the name in an error is the one that was given: %s", got)
	}
}
