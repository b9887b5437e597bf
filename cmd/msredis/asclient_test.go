package main

import (
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/testcerts"
)

// A cluster whose clients all talk TLS grows: a node joins by such a port, as a named user
// that may do no more than that. With another CA, or in plain text, it does not.
func TestTLSJoin(t *testing.T) {
	t.Parallel()
	secrets := secretFile(t, "a secret for tests that join")
	n := startTLS(t, "--cluster-secret-file", secrets, "--requirepass", "open sesame", "--node-name", "a")
	admin := func(args ...string) string {
		return n.cli("ops", append([]string{"-a", "open sesame", "--no-auth-warning"}, args...)...)
	}
	awaitReply(t, "OK", func() string { return admin("ACL", "SETUSER", "joins", "on", ">word", "+cluster|members") })
	awaitReply(t, "OK", func() string { return admin("SET", "k", "v") })
	join := func(name string) []string {
		return []string{"--cluster-secret-file", secrets, "--node-name", name, "--join", "localhost:" + n.port,
			"--masteruser", "joins", "--masterauth", "word"}
	}
	for name, c := range map[string]struct {
		ca   *testcerts.CA
		more []string
		want string
	}{
		"plain text": {n.ca, nil, "if that port is for TLS, this node needs tls-replication yes"},
		"another CA": {testcerts.New(t, t.TempDir(), "other"), []string{"--tls-replication", "yes"}, "certificate"},
	} {
		cert, key := c.ca.Issue(t, "localhost")
		s := &server{t: t, lines: make(chan string, 1000)}
		s.cmd = commandLine(append(append(join("x"), "--dir", t.TempDir(), "--port", strconv.Itoa(testcluster.FreePort(t)),
			"--peer-port", strconv.Itoa(testcluster.FreePort(t)), "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", c.ca.File), c.more...)...)
		s.launch()
		line := s.awaitLine("cannot join yet")
		if !strings.Contains(line, c.want) {
			t.Errorf("%s: %s", name, line)
		}
	}
	joined := startTLSOf(t, n.ca, append(join("b"), "--tls-replication", "yes")...)
	awaitReply(t, "v", func() string {
		return joined.cli("ops", "-a", "open sesame", "--no-auth-warning", "GET", "k")
	})
	if got := admin("CLUSTER", "MEMBERS"); strings.Count(got, "name=") != 2 {
		t.Errorf("members: %s", got)
	}
}

// TestTLSMigrate: keys move between nodes that talk TLS only, and to a real redis-server,
// as users with just the rights for it.
func TestTLSMigrate(t *testing.T) {
	t.Parallel()
	ca := testcerts.New(t, t.TempDir(), "ca")
	from := startTLSOf(t, ca, "--tls-replication", "yes")
	to := startTLSOf(t, ca, "--requirepass", "open sesame")
	admin := func(args ...string) string {
		return to.cli("ops", append([]string{"-a", "open sesame", "--no-auth-warning"}, args...)...)
	}
	awaitReply(t, "OK", func() string {
		return admin("ACL", "SETUSER", "moves", "on", ">word", "~app:*", "+restore", "+select")
	})
	move := func(port, key string, more ...string) func() string {
		return func() string {
			return from.cli("ops", append([]string{"MIGRATE", "localhost", port, key, "0", "5000"}, more...)...)
		}
	}
	const refused = "ERR Target instance replied with error: "
	awaitReply(t, "OK", func() string { return from.cli("ops", "MSET", "app:k", "v", "k", "v", "app:l", "v") })
	for _, c := range []struct {
		want string
		more []string
	}{
		{refused + "NOAUTH Authentication required.", nil},
		{refused + "WRONGPASS invalid username-password pair or user is disabled.", []string{"AUTH", "word"}},
		{refused + "WRONGPASS invalid username-password pair or user is disabled.", []string{"AUTH2", "moves", "open sesame"}},
		{"OK", []string{"AUTH2", "moves", "word"}},
		{"NOKEY", []string{"AUTH2", "moves", "word"}},
	} {
		if got := move(to.port, "app:k", c.more...)(); got != c.want {
			t.Errorf("%v: %s, want %s", c.more, got, c.want)
		}
	}
	if got, want := move(to.port, "k", "AUTH2", "moves", "word")(), refused+"NOPERM "; !strings.HasPrefix(got, want) {
		t.Errorf("a key that the user may not touch: %s, want %s", got, want)
	}
	if got := from.cli("ops", "EXISTS", "app:k", "k"); got != "1" {
		t.Errorf("%s of the keys are there, and one has been moved", got)
	}
	if got := admin("GET", "app:k"); got != "v" {
		t.Errorf("GET app:k: %s", got)
	}

	stranger := startTLS(t)
	if got := move(stranger.port, "k")(); got != "IOERR error or timeout connecting to the client" {
		t.Errorf("to a server of another CA: %s", got)
	}
	plain := start(t, "--dir", t.TempDir())
	if got := move(strconv.Itoa(plain.port), "k")(); got != "IOERR error or timeout connecting to the client" {
		t.Errorf("to a server without TLS: %s", got)
	}
	if redis := redisTLS(t, from); redis != nil {
		if got := move(redis.port, "app:l")(); got != "OK" {
			t.Errorf("to redis-server: %s", got)
		}
		if got := redis.cli("ops", "GET", "app:l"); got != "v" {
			t.Errorf("redis-server: GET app:l: %s", got)
		}
	}
	if got := from.cli("ops", "CONFIG", "SET", "tls-client-cert-file", "/nowhere"); !strings.Contains(got, "Unable to update TLS configuration") {
		t.Errorf("CONFIG SET tls-client-cert-file: %s", got)
	}
	if got := from.cli("ops", "CONFIG", "SET", "tls-replication", "no"); got != "OK" {
		t.Errorf("CONFIG SET tls-replication: %s", got)
	}
	awaitReply(t, "OK", move(strconv.Itoa(plain.port), "k"))
}

// TestAsClientNeedsCA: a node does not start that could check nobody's certificate.
func TestAsClientNeedsCA(t *testing.T) {
	t.Parallel()
	out, err := commandLine("--tls-replication", "yes", "--dir", t.TempDir(), "--port", strconv.Itoa(testcluster.FreePort(t))).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "tls-replication needs tls-ca-cert-file or tls-ca-cert-dir") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestImportAsUsers: an import needs few rights on either side, and says which one it
// lacks.
func TestImportAsUsers(t *testing.T) {
	t.Parallel()
	var ports [2]*server
	for i := range ports {
		ports[i] = start(t, "--dir", t.TempDir())
		awaitReply(t, "OK", func() string { return ports[i].do("SET", "other", "v") })
	}
	from, to := ports[0], ports[1]
	from.do("SET", "app:k", "v")
	from.do("ACL", "SETUSER", "reads", "on", ">one", "~*", "+info", "+select", "+scan", "+dump", "+pexpiretime")
	to.do("ACL", "SETUSER", "writes", "on", ">two", "~app:*", "+select", "+restore")
	addr := func(s *server) string { return net.JoinHostPort("localhost", strconv.Itoa(s.port)) }
	args := func(read, write string) []string {
		return []string{"--from", addr(from), "--user", "reads", "--pass", read, "--to", addr(to), "--to-user", "writes", "--to-pass", write}
	}
	for name, c := range map[string]struct{ read, write, want string }{
		"password of the source": {"two", "two", "source " + addr(from) + ": WRONGPASS"},
		"password of the target": {"one", "one", "target " + addr(to) + ": WRONGPASS"},
		"rights at the target":   {"one", "two", `key "other" in database 0: NOPERM`},
	} {
		if code, out := runImport(args(c.read, c.write)...); code != importStopped || !strings.Contains(out, c.want) {
			t.Errorf("%s: exit code %d, want %q in:\n%s", name, code, c.want, out)
		}
	}
	to.do("ACL", "SETUSER", "writes", "~*")
	if code, out := runImport(append(args("one", "two"), "--replace")...); code != importComplete {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	if got := to.do("GET", "app:k"); got != "v" {
		t.Errorf("GET app:k: %s", got)
	}
	from.do("ACL", "SETUSER", "reads", "-dump")
	if code, out := runImport(append(args("one", "two"), "--replace")...); code != importStopped || !strings.Contains(out, "DUMP: NOPERM") {
		t.Errorf("without DUMP: exit code %d:\n%s", code, out)
	}
}

// TestResetKeepsUsers: users are data, so `msredis reset-members` keeps them.
func TestResetKeepsUsers(t *testing.T) {
	t.Parallel()
	c := testcluster.Start(t, 3, "--requirepass", "open sesame")
	if v := c.Nodes[0].Do("ACL", "SETUSER", "alice", "on", ">word", "~a:*", "+get", "+set", "+acl|whoami"); v.Text != "OK" {
		t.Fatal(v.Text)
	}
	if v := c.Nodes[0].Do("CONFIG", "SET", "requirepass", "another"); v.Text != "OK" {
		t.Fatal(v.Text)
	}
	n := c.Nodes[1]
	n.Do("AUTH", "another") // has applied it
	for _, other := range c.Nodes {
		other.Kill()
		other.WaitExit()
	}
	if out, err := commandLine("reset-members", "--dir", n.Dir, "--node-name", n.Name).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s := start(t, "--dir", n.Dir, "--node-name", n.Name, "--requirepass", "open sesame")
	cli := func(user, word string, args ...string) string {
		out, _ := exec.Command("redis-cli", append([]string{"-p", strconv.Itoa(s.port), "--user", user, "-a", word, "--no-auth-warning"}, args...)...).CombinedOutput()
		return strings.TrimSpace(string(out))
	}
	if _, err := exec.LookPath("redis-cli"); err != nil {
		t.Skip("no redis-cli")
	}
	awaitReply(t, "OK", func() string { return cli("alice", "word", "SET", "a:1", "v") })
	for want, got := range map[string]string{
		"alice":                                 cli("alice", "word", "ACL", "WHOAMI"),
		"NOPERM No permissions to access a key": cli("alice", "word", "GET", "b"),
		"PONG":                                  cli("default", "another", "PING"),
		"AUTH failed: WRONGPASS invalid username-password pair or user is disabled.\nNOAUTH Authentication required.": cli("default", "open sesame", "PING"),
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if got := cli("default", "another", "CLUSTER", "MEMBERS"); strings.Count(got, "name=") != 1 {
		t.Errorf("members: %s", got)
	}
}

// awaitReply asks until the answer is the one that is wanted: a node is up a moment before
// it takes writes.
func awaitReply(t *testing.T, want string, ask func() string) {
	t.Helper()
	testcluster.Eventually(t, patience, want, func() error {
		if got := ask(); got != want {
			return fmt.Errorf("%q", got)
		}
		return nil
	})
}

// redisTLS starts a redis-server with the certificates of a node; nil: there is none that
// talks TLS.
func redisTLS(t *testing.T, n *tlsNode) *tlsNode {
	t.Helper()
	redis, err := exec.LookPath("redis-server")
	if err != nil {
		return nil
	}
	theirs := &tlsNode{server: n.server, ca: n.ca, port: strconv.Itoa(testcluster.FreePort(t))}
	cmd := exec.Command(redis, "--port", "0", "--tls-port", theirs.port, "--tls-cert-file", n.cert, "--tls-key-file", n.key,
		"--tls-ca-cert-file", n.ca.File, "--save", "", "--dir", filepath.Dir(n.cert))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	if testcluster.Poll(patience, func() error {
		if got := theirs.cli("alice", "PING"); got != "PONG" {
			return errors.New(got)
		}
		return nil
	}) != nil {
		return nil
	}
	return theirs
}
