package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/testcerts"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// decoy is a server that tells whoever wants to join where a victim's peer port is, as
// a member would.
func decoy(t *testing.T, victim string) (addr string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			bufio.NewReader(conn).ReadString('S') // CLUSTER MEMBERS
			line := "name=n1 peer=" + victim
			fmt.Fprintf(conn, "$%d\r\n%s\r\n", len(line), line)
			conn.Close()
		}
	}()
	return l.Addr().String()
}

// TestStrangerJoins: a stranger with this very program, that knows where a node listens
// for others, is not a member: neither of a node by itself, which has a password and
// expects nobody, nor of a cluster whose secret it does not know.
func TestStrangerJoins(t *testing.T) {
	t.Parallel()
	peer := strconv.Itoa(testcluster.FreePort(t))
	alone := start(t, "--dir", t.TempDir(), "--peer-port", peer, "--requirepass", "open sesame")
	alone.awaitHealthy("--requirepass", "open sesame")
	if conn, err := net.Dial("tcp", "127.0.0.1:"+peer); err == nil {
		conn.Close()
		t.Error("a node that expects no others listens for them")
	}
	three := testcluster.Start(t, 3, "--cluster-secret-file", secretFile(t, secret))
	for name, victim := range map[string]string{"alone": "127.0.0.1:" + peer, "three": fmt.Sprint("127.0.0.1:", three.Nodes[0].PeerPort)} {
		for _, with := range [][]string{nil, {"--cluster-secret", "what a stranger guesses"}} {
			args := append([]string{"--port", strconv.Itoa(testcluster.FreePort(t)), "--peer-port", strconv.Itoa(testcluster.FreePort(t)),
				"--dir", t.TempDir(), "--node-name", "stranger", "--join", decoy(t, victim)}, with...)
			log := filepath.Join(t.TempDir(), "log")
			stranger := commandLine(append(args, "--logfile", log)...)
			if err := stranger.Start(); err != nil {
				t.Fatal(err)
			}
			testcluster.Eventually(t, testcluster.ReadyTimeout, "the stranger is refused", func() error {
				if text, _ := os.ReadFile(log); !strings.Contains(string(text), "cannot join yet") {
					return fmt.Errorf("not yet: %s", text)
				}
				return nil
			})
			if out, err := commandLine("--healthcheck", "--port", args[1]).CombinedOutput(); err == nil {
				t.Errorf("%s: it serves commands: %s", name, out)
			}
			stranger.Process.Kill()
			stranger.Wait()
		}
	}
	if members := three.Nodes[0].Do("CLUSTER", "MEMBERS").Text; strings.Contains(members, "stranger") || strings.Count(members, "\n") != 3 {
		t.Errorf("members:\n%s", members)
	}
}

func secretFile(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	putSecrets(t, path, lines...)
	return path
}

func putSecrets(t *testing.T, path string, lines ...string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestSecretChanges: a cluster gets another secret, node by node, while it works. One
// that has the old one only is not let in any more.
func TestSecretChanges(t *testing.T) {
	t.Parallel()
	const fresh = "another secret for tests"
	file := secretFile(t, secret)
	c := testcluster.Start(t, 3, "--cluster-secret-file", file)
	for i, lines := range [][]string{{secret, fresh}, {fresh, secret}, {fresh}} {
		putSecrets(t, file, lines...)
		for _, n := range c.Nodes {
			n.Do("CONFIG", "SET", "cluster-secret-file", file)
		}
		restarted := c.Nodes[i]
		restarted.Kill()
		restarted.Start()
		restarted.WaitReady()
		restarted.Do("INCR", "n")
	}
	for name, value := range map[string]string{"cluster-secret-file": file, "cluster-secret": ""} {
		if got := c.Nodes[0].Do("CONFIG", "GET", name); len(got.Elems) != 2 || got.Elems[1].Text != value {
			t.Errorf("CONFIG GET %s: %v", name, got)
		}
	}
	for _, n := range c.Nodes {
		if log := n.Log(); strings.Contains(log, secret) || strings.Contains(log, fresh) {
			t.Errorf("%s has the secret in its log", n.Name)
		}
	}
	short := secretFile(t, "too short")
	if v := try(t, c.Nodes[0].Addr(), "CONFIG", "SET", "cluster-secret-file", short); !strings.Contains(v, "at least 16 characters") {
		t.Errorf("a short secret: %s", v)
	}
	old := c.StartJoin("n4", c.Nodes[0])
	putSecrets(t, file, secret)
	old.Kill()
	old.Start()
	testcluster.Eventually(t, testcluster.ReadyTimeout, "n4 says why it is not let in", func() error {
		if !strings.Contains(old.Log(), "the peer has another cluster-secret than this node") {
			return fmt.Errorf("it does not")
		}
		return nil
	})
}

func try(t *testing.T, addr string, args ...string) string {
	t.Helper()
	c, err := wire.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	v, err := c.Do(args...)
	if err != nil {
		t.Fatal(err)
	}
	return v.Text
}

// TestTLSBetweenNodes: three nodes with certificates are a cluster, take over renewed
// ones without a restart, and do not take one whose certificate is another node's.
func TestTLSBetweenNodes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca := testcerts.New(t, dir, "ca")
	// One certificate for all: each node's name is in it.
	cert, key := ca.Issue(t, "all", "n1", "n2", "n3")
	c := testcluster.Start(t, 3, "--tls-cluster", "yes", "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", ca.File)
	c.Nodes[0].Do("SET", "k", "v")
	ca.Issue(t, "all", "n1", "n2") // n3 is no name of it any more
	for _, n := range c.Nodes {
		n.Do("CONFIG", "SET", "tls-cert-file", cert, "tls-key-file", key)
	}
	third := c.Nodes[2]
	third.Kill()
	third.Start()
	testcluster.Eventually(t, testcluster.ReadyTimeout, "n1 turns n3 away", func() error {
		if log := c.Nodes[0].Log(); !strings.Contains(log, `not node \"n3\"'s`) {
			return fmt.Errorf("it does not")
		}
		return nil
	})
	ca.Issue(t, "all", "n1", "n2", "n3")
	later := time.Now().Add(time.Minute) // found by the time of the file, without CONFIG SET
	if err := os.Chtimes(cert, later, later); err != nil {
		t.Fatal(err)
	}
	third.WaitReady()
	if got := third.Do("GET", "k").Text; got != "v" {
		t.Errorf("GET on n3: %s", got)
	}
	if v := try(t, c.Nodes[0].Addr(), "CONFIG", "SET", "tls-cert-file", ca.File); !strings.Contains(v, "private key does not match") {
		t.Errorf("a certificate without its key: %s", v)
	}
}

// TestSecretsAreNotShown: neither CONFIG GET nor the profiles of the metrics port show a
// secret, and a node says that the command line does.
func TestSecretsAreNotShown(t *testing.T) {
	t.Parallel()
	metrics := strconv.Itoa(testcluster.FreePort(t))
	c := testcluster.Start(t, 1, "--cluster-secret", secret, "--requirepass", "open sesame", "--metrics-port", metrics, "--metrics-pprof", "yes")
	for _, name := range []string{"cluster-secret", "requirepass"} {
		if !strings.Contains(c.Nodes[0].Log(), "option "+name+" is on the command line") {
			t.Errorf("no word of %s", name)
		}
	}
	if got := c.Nodes[0].Do("CONFIG", "GET", "cluster-secret"); len(got.Elems) != 2 || got.Elems[1].Text != "" {
		t.Errorf("CONFIG GET: %v", got)
	}
	for _, path := range []string{"/debug/pprof/cmdline", "/debug/pprof/", "/metrics"} {
		if body := get(t, metrics, path); strings.Contains(body, "sesame") || strings.Contains(body, secret) {
			t.Errorf("%s shows the command line: %q", path, body)
		}
	}
	if got := get(t, metrics, "/debug/pprof/goroutine?debug=1"); !strings.Contains(got, "goroutine profile") {
		t.Errorf("no profile: %.100s", got)
	}
}
