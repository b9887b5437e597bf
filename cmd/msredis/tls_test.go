package main

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/testcerts"
	"github.com/msredis/msredis/internal/tlsconf"
)

// tlsNode is a node whose clients talk TLS, and the certificates of its CA.
type tlsNode struct {
	*server
	ca        *testcerts.CA
	cert, key string
	port      string
}

func startTLS(t *testing.T, args ...string) *tlsNode {
	t.Helper()
	return startTLSOf(t, testcerts.New(t, t.TempDir(), "ca"), args...)
}

func startTLSOf(t *testing.T, ca *testcerts.CA, args ...string) *tlsNode {
	t.Helper()
	n := &tlsNode{ca: ca, port: strconv.Itoa(testcluster.FreePort(t))}
	n.cert, n.key = n.ca.Issue(t, "localhost")
	n.server = start(t, append([]string{"--dir", t.TempDir(), "--port", "0", "--tls-port", n.port, "--tls-cert-file", n.cert,
		"--tls-key-file", n.key, "--tls-ca-cert-file", n.ca.File}, args...)...)
	return n
}

// cli runs redis-cli with a certificate of a name; "": with none.
func (n *tlsNode) cli(name string, args ...string) string {
	n.t.Helper()
	cli, err := exec.LookPath("redis-cli")
	if err != nil {
		n.t.Skip("no redis-cli")
	}
	with := []string{"-p", n.port, "--tls", "--cacert", n.ca.File}
	if name != "" {
		cert, key := n.ca.Issue(n.t, name)
		with = append(with, "--cert", cert, "--key", key)
	}
	out, _ := exec.Command(cli, append(with, args...)...).CombinedOutput() // a refusal is an exit code
	return strings.TrimSpace(string(out))
}

// TestTLSClients: redis-cli talks TLS with a node that has no other port, certificates
// change while it runs, and a bad one changes nothing.
func TestTLSClients(t *testing.T) {
	t.Parallel()
	n := startTLS(t)
	healthy := []string{"--healthcheck", "--port", "0", "--tls-port", n.port, "--tls-cert-file", n.cert, "--tls-key-file", n.key, "--tls-ca-cert-file", n.ca.File}
	testcluster.Eventually(t, patience, "the health check", func() error { return commandLine(healthy...).Run() })
	if out, err := commandLine("--healthcheck", "--port", "0", "--tls-port", n.port, "--tls-ca-cert-file", n.ca.File).CombinedOutput(); err == nil {
		t.Errorf("healthy without a certificate: %s", out)
	}
	expect := func(want, got string) {
		t.Helper()
		if !strings.Contains(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
	expect("OK", n.cli("alice", "SET", "k", "v"))
	expect("v", n.cli("alice", "GET", "k"))
	long := strings.Repeat("x", 100_000)
	expect("OK", n.cli("alice", "SET", "long", long))
	expect(long, n.cli("alice", "GET", "long"))
	expect("tcp_port:"+n.port, n.cli("alice", "INFO", "server"))
	expect("listener0:name=tls,bind=127.0.0.1,port="+n.port, n.cli("alice", "INFO", "server"))
	expect("laddr=127.0.0.1:"+n.port, n.cli("alice", "CLIENT", "LIST"))
	if got := n.cli("", "PING"); strings.Contains(got, "PONG") {
		t.Errorf("without a certificate: %s", got)
	}

	// What a real redis-server says; TestTLSWords compares it.
	const refused = "Unable to update TLS configuration. Check server logs."
	_, otherKey := n.ca.Issue(t, "other")
	for option, value := range map[string]string{
		"tls-cert-file": n.ca.File, "tls-key-file": otherKey, "tls-ca-cert-file": "/nowhere", "tls-protocols": "TLSv1.9", "tls-ciphers": "none", "tls-ciphersuites": "none",
	} {
		before := n.cli("alice", "CONFIG", "GET", option)
		expect("ERR CONFIG SET failed (possibly related to argument '"+option+"') - "+refused, n.cli("alice", "CONFIG", "SET", option, value))
		expect(before, n.cli("alice", "CONFIG", "GET", option))
	}
	expect("OK", n.cli("alice", "CONFIG", "SET", "tls-auth-clients", "optional"))
	expect("PONG", n.cli("", "PING"))
	expect("OK", n.cli("", "CONFIG", "SET", "tls-auth-clients", "yes"))
	if got := n.cli("", "PING"); strings.Contains(got, "PONG") {
		t.Errorf("without a certificate: %s", got)
	}

	// A renewed pair is found by CONFIG SET, and by the time of its files.
	fresh, freshKey := n.ca.Issue(t, "fresh", "localhost")
	expect("OK", n.cli("alice", "CONFIG", "SET", "tls-cert-file", fresh, "tls-key-file", freshKey))
	expect("CN=fresh", subject(t, n.port, n.ca.File))
	n.ca.Issue(t, "fresh", "localhost")
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(fresh, later, later); err != nil {
		t.Fatal(err)
	}
	n.awaitLine("read the certificates for clients again")
	expect("PONG", n.cli("alice", "PING"))
}

// subject is what openssl is shown by a server.
func subject(t *testing.T, port, ca string) string {
	t.Helper()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl")
	}
	out, _ := exec.Command(openssl, "s_client", "-connect", "127.0.0.1:"+port, "-CAfile", ca).CombinedOutput() // it ends without a certificate
	return strings.ReplaceAll(string(out), "CN = ", "CN=")
}

// TestTLSBenchmark: redis-benchmark talks TLS, with pipelines and many connections.
func TestTLSBenchmark(t *testing.T) {
	t.Parallel()
	benchmark, err := exec.LookPath("redis-benchmark")
	if err != nil {
		t.Skip("no redis-benchmark")
	}
	n := startTLS(t, "--tls-auth-clients", "no", "--tls-session-caching", "no")
	n.cli("", "PING")
	for _, args := range [][]string{{"-c", "50", "-P", "16"}, {"-c", "10", "-d", "50000"}, {"-c", "5", "-k", "0"}} {
		out, err := exec.Command(benchmark, append([]string{"-p", n.port, "--tls", "--cacert", n.ca.File, "-t", "set,get", "-n", "500", "-q"}, args...)...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "GET: ") || strings.Contains(string(out), "rror") {
			t.Errorf("%v: %v %s", args, err, out)
		}
	}
}

// TestTLSUsers: with tls-auth-clients-user CN a client is the user whose name stands in its
// certificate. A name that is no user's leaves it without one.
func TestTLSUsers(t *testing.T) {
	t.Parallel()
	n := startTLS(t, "--tls-auth-clients-user", "CN", "--requirepass", "open sesame")
	admin := func(args ...string) string {
		return n.cli("mallory", append([]string{"-a", "open sesame", "--no-auth-warning"}, args...)...)
	}
	testcluster.Eventually(t, patience, "users", func() error {
		for _, rules := range [][]string{{"alice", "on", "+@all", "~*"}, {"bob", "on", "resetpass", "+get", "+acl|whoami", "~b*"}, {"carol", "off", "+@all"}} {
			if got := admin(append([]string{"ACL", "SETUSER"}, rules...)...); got != "OK" {
				return errors.New(got)
			}
		}
		return nil
	})
	for _, c := range []struct{ name, command, want string }{
		{"alice", "ACL WHOAMI", "alice"},
		{"bob", "ACL WHOAMI", "bob"},
		{"bob", "GET b", ""},
		{"bob", "GET a", "NOPERM No permissions to access a key"},
		{"bob", "SET b 1", "NOPERM User bob has no permissions to run the 'set' command"},
		{"carol", "ACL WHOAMI", "NOAUTH Authentication required."},
		{"mallory", "ACL WHOAMI", "NOAUTH Authentication required."},
		{"ALICE", "ACL WHOAMI", "NOAUTH Authentication required."},
	} {
		if got := n.cli(c.name, strings.Fields(c.command)...); got != c.want {
			t.Errorf("%s: %s: %q, want %q", c.name, c.command, got, c.want)
		}
	}
	log := n.cli("alice", "ACL", "LOG")
	for _, want := range []string{"tls-cert", "carol", "mallory", "ALICE"} {
		if !strings.Contains(log, want) {
			t.Errorf("%s is not in ACL LOG:\n%s", want, log)
		}
	}
	if got := n.cli("alice", "INFO", "stats"); !strings.Contains(got, "acl_access_denied_tls_cert:") || strings.Contains(got, "acl_access_denied_tls_cert:0") {
		t.Error("denied certificates are not counted")
	}
	if got := n.cli("alice", "ACL", "DELUSER", "bob"); got != "1" {
		t.Error(got)
	}
	if got := n.cli("bob", "ACL", "WHOAMI"); !strings.HasPrefix(got, "NOAUTH") {
		t.Errorf("a deleted user: %s", got)
	}
	if got := n.cli("alice", "CONFIG", "SET", "tls-auth-clients-user", "off"); got != "OK" {
		t.Error(got)
	}
	if got := n.cli("alice", "ACL", "WHOAMI"); !strings.HasPrefix(got, "NOAUTH") {
		t.Errorf("it is off: %s", got)
	}
}

// TestTLSImport: data goes from one node to another over TLS, and to no node whose
// certificate is not the one that was asked for.
func TestTLSImport(t *testing.T) {
	t.Parallel()
	from, to := startTLS(t), startTLS(t, "--tls-auth-clients", "no")
	testcluster.Eventually(t, patience, "a key", func() error {
		if got := from.cli("alice", "SET", "k", "v"); got != "OK" {
			return errors.New(got)
		}
		return nil
	})
	to.cli("", "PING")
	cert, key := from.ca.Issue(t, "bob")
	source := []string{"--from", "localhost:" + from.port, "--tls", "--cacert", from.ca.File, "--cert", cert, "--key", key}
	target := []string{"--to", "localhost:" + to.port, "--to-tls", "--to-cacert", to.ca.File}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"plain text":         {append([]string{"--to", "localhost:" + to.port}, source...), "the server closed the connection"},
		"another CA":         {append([]string{"--to", "localhost:" + to.port, "--to-tls", "--to-cacert", from.ca.File}, source...), "certificate"},
		"another name":       {append([]string{"--to-sni", "elsewhere"}, append(target, source...)...), "not elsewhere"},
		"no certificate":     {append([]string{"--from", "localhost:" + from.port, "--tls", "--cacert", from.ca.File}, target...), "certificate required"},
		"a CA without --tls": {append([]string{"--from", "localhost:" + from.port, "--cacert", from.ca.File}, target...), "of no use without --tls"},
	} {
		if code, out := runImport(c.args...); code != importStopped || !strings.Contains(out, c.want) {
			t.Errorf("%s: exit code %d:\n%s", name, code, out)
		}
	}
	if code, out := runImport(append(source, target...)...); code != importComplete {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	if got := to.cli("", "GET", "k"); got != "v" {
		t.Errorf("GET k: %s", got)
	}
	if code, out := runImport(append(source, "--to", "127.0.0.1:"+to.port, "--to-tls", "--to-insecure", "--replace")...); code != importComplete {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

// TestMetricsTLS: figures come over TLS, and to those who have the token.
func TestMetricsTLS(t *testing.T) {
	t.Parallel()
	metrics := strconv.Itoa(testcluster.FreePort(t))
	n := startTLS(t, "--metrics-port", metrics, "--metrics-tls", "yes", "--metrics-token", "open sesame", "--metrics-pprof", "yes")
	config, err := tlsconf.Client(tlsconf.Files{CAFile: n.ca.File}, "localhost")
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: config}, Timeout: patience}
	t.Cleanup(client.CloseIdleConnections)
	code := func(path, token string) int {
		t.Helper()
		r, err := http.NewRequest("GET", "https://127.0.0.1:"+metrics+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			r.Header.Set("Authorization", token)
		}
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/symbol"} {
		for token, want := range map[string]int{"": 401, "Bearer ": 401, "Bearer open": 401, "open sesame": 401, "Bearer open sesame": 200} {
			if got := code(path, token); got != want {
				t.Errorf("%s with %q: %d, want %d", path, token, got, want)
			}
		}
	}
	if got := code("/healthz", ""); got != 200 {
		t.Errorf("healthz: %d", got)
	}
	if got := n.cli("alice", "CONFIG", "SET", "metrics-token", "another"); got != "OK" {
		t.Error(got)
	}
	if got := code("/metrics", "Bearer another"); got != 200 {
		t.Errorf("with a token that was changed: %d", got)
	}
	if got := n.cli("alice", "CONFIG", "GET", "metrics-token"); strings.Contains(got, "another") {
		t.Errorf("CONFIG GET: %s", got)
	}
	if answer, err := http.Get("http://127.0.0.1:" + metrics + "/metrics"); err == nil {
		answer.Body.Close()
		if answer.StatusCode == 200 {
			t.Error("figures in plain text")
		}
	}
}

// TestTLSWords: what a node says to bad certificates is what a real redis-server says.
func TestTLSWords(t *testing.T) {
	t.Parallel()
	n := startTLS(t)
	theirs := redisTLS(t, n)
	if theirs == nil {
		t.Skip("no redis-server with TLS")
	}
	_, key := n.ca.Issue(t, "other")
	for _, words := range [][]string{
		{"tls-cert-file", "/nowhere"}, {"tls-cert-file", filepath.Dir(n.cert)}, {"tls-key-file", key}, {"tls-ca-cert-file", "/nowhere"},
		{"tls-ca-cert-file", ""}, {"tls-cert-file", ""}, {"tls-key-file", ""}, {"tls-protocols", "none"}, {"tls-ciphers", "none"},
		{"tls-ciphersuites", "none"}, {"tls-auth-clients", "maybe"}, {"tls-session-caching", "1"}, {"tls-session-cache-timeout", "-1"},
		{"tls-cert-file", "/nowhere", "maxclients", "100"}, {"maxclients", "100", "tls-cert-file", "/nowhere"}, {"tls-protocols", "TLSv1.2 TLSv1.3"},
	} {
		args := append([]string{"CONFIG", "SET"}, words...)
		if got, want := n.cli("alice", args...), theirs.cli("alice", args...); got != want {
			t.Errorf("%v: %s, want %s", words, got, want)
		}
	}
}
