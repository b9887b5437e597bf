package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// asServer makes the test binary the server: the tests start it as a process.
const asServer = "MSREDIS_TEST_AS_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asServer) != "" {
		main()
	}
	os.Exit(m.Run())
}

const patience = 20 * time.Second

// server is a msredis process.
type server struct {
	t      *testing.T
	cmd    *exec.Cmd
	stderr bytes.Buffer
	port   int
	lines  chan string // of its log
}

func commandLine(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asServer+"=1")
	return cmd
}

// start runs a server on free ports and returns when it is ready.
func start(t *testing.T, args ...string) *server {
	t.Helper()
	s := &server{t: t, port: testcluster.FreePort(t), lines: make(chan string, 1000)}
	s.cmd = commandLine(append([]string{"--port", strconv.Itoa(s.port), "--peer-port", strconv.Itoa(testcluster.FreePort(t))}, args...)...)
	s.run()
	return s
}

// freeCommand is the command of a server on free ports, which are not in its file.
func freeCommand(t *testing.T, conf string, args ...string) (port int, cmd *exec.Cmd) {
	t.Helper()
	port = testcluster.FreePort(t)
	return port, commandLine(append([]string{conf, "--port", strconv.Itoa(port), "--peer-port", strconv.Itoa(testcluster.FreePort(t))}, args...)...)
}

// lists sends one command and returns the elements of its reply.
func (s *server) lists(args ...string) []string {
	s.t.Helper()
	conn, err := wire.Dial(net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)))
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	v, err := conn.Do(args...)
	if err != nil {
		s.t.Fatal(err)
	}
	return v.Strings()
}

// run starts the process and waits until clients can connect.
func (s *server) run() {
	s.t.Helper()
	s.launch()
	s.awaitLine("Ready to accept connections")
}

// launch starts the process.
func (s *server) launch() {
	s.t.Helper()
	t := s.t
	s.cmd.Stderr = &s.stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.cmd.ProcessState == nil {
			_ = s.cmd.Process.Kill()
			_ = s.cmd.Wait()
		}
	})
	go func() {
		defer close(s.lines)
		for r := bufio.NewScanner(out); r.Scan(); {
			s.lines <- r.Text()
		}
	}()
}

// awaitLine reads the log up to a line with text, and returns that.
func (s *server) awaitLine(text string) string {
	s.t.Helper()
	var seen []string
	timeout := time.After(patience)
	for {
		select {
		case line, ok := <-s.lines:
			if !ok {
				s.t.Fatalf("the server ended before %q:\n%s\n%s", text, strings.Join(seen, "\n"), s.stderr.String())
			}
			if seen = append(seen, line); strings.Contains(line, text) {
				return line
			}
		case <-timeout:
			s.t.Fatalf("no line %q in:\n%s", text, strings.Join(seen, "\n"))
		}
	}
}

// wait returns the exit code.
func (s *server) wait() int {
	s.t.Helper()
	timer := time.AfterFunc(patience, func() { _ = s.cmd.Process.Kill() })
	defer timer.Stop()
	for range s.lines { // Wait closes the pipe: read it first
	}
	var exit *exec.ExitError
	if err := s.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	return s.cmd.ProcessState.ExitCode()
}

// awaitHealthy runs --healthcheck until it succeeds: a node is up a moment
// before it has a leader.
func (s *server) awaitHealthy(args ...string) {
	s.t.Helper()
	args = append([]string{"--healthcheck", "--port", strconv.Itoa(s.port)}, args...)
	for deadline := time.Now().Add(patience); ; {
		out, err := commandLine(args...).CombinedOutput()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("health check: %v %s", err, out)
		}
	}
}

// do sends one command and returns the reply.
func (s *server) do(args ...string) string {
	s.t.Helper()
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)))
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		s.t.Fatal(err)
	}
	reply, err := ask(conn, bufio.NewReader(conn), args...)
	if err != nil {
		return err.Error()
	}
	return reply
}

func TestLife(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pidfile, metricsPort := filepath.Join(dir, "pid"), strconv.Itoa(testcluster.FreePort(t))
	args := []string{"--dir", filepath.Join(dir, "data"), "--pidfile", pidfile, "--metrics-port", metricsPort}
	s := start(t, args...)
	if got := s.do("SET", "k", "v"); got != "OK" {
		t.Errorf("SET = %s", got)
	}
	if pid, err := os.ReadFile(pidfile); err != nil || strings.TrimSpace(string(pid)) != strconv.Itoa(s.cmd.Process.Pid) {
		t.Errorf("pidfile: %q, %v", pid, err)
	}
	for path, want := range map[string]string{
		"/readyz":  "ok",
		"/metrics": "msredis_raft_leader 1",
		"/healthz": "ok",
	} {
		if got := get(t, metricsPort, path); !strings.Contains(got, want) {
			t.Errorf("%s has no %q:\n%s", path, want, got)
		}
	}
	s.awaitHealthy(args...)
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := s.wait(); code != 0 || s.stderr.Len() > 0 {
		t.Errorf("exit code %d after SIGTERM, %s", code, s.stderr.String())
	}
	if _, err := os.Stat(pidfile); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("pidfile after the end: %v", err)
	}
	if out, err := commandLine(append([]string{"--healthcheck", "--port", strconv.Itoa(s.port)}, args...)...).CombinedOutput(); err == nil {
		t.Errorf("health check of a node that is down succeeds: %s", out)
	}

	s = start(t, args...)
	if got := s.do("GET", "k"); got != "v" {
		t.Errorf("GET after a restart = %s", got)
	}
	s.do("SHUTDOWN", "NOSAVE") // the connection closes instead of a reply
	if code := s.wait(); code != 0 {
		t.Errorf("exit code %d after SHUTDOWN, %s", code, s.stderr.String())
	}

	s = start(t, args...)
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	s.wait()
	s = start(t, args...)
	if got := s.do("GET", "k"); got != "v" {
		t.Errorf("GET after a kill = %s", got)
	}
}

// Options that only the wiring can lose.
func TestOptionsArrive(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ section, line, option, value string }{
		{"server", "io_threads_active:1", "--io-threads", "3"},
		{"server", "io_threads_active:0", "--io-threads", "1"},
	} {
		s := start(t, "--dir", t.TempDir(), c.option, c.value)
		if got := s.do("INFO", c.section); !strings.Contains(got, c.line) {
			t.Errorf("%s %s: INFO has no %s", c.option, c.value, c.line)
		}
	}
}

func get(t *testing.T, port, path string) string {
	t.Helper()
	r, err := http.Get("http://127.0.0.1:" + port + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestHealthcheckPassword(t *testing.T) {
	t.Parallel()
	s := start(t, "--dir", t.TempDir(), "--requirepass", "open sesame")
	port := strconv.Itoa(s.port)
	s.awaitHealthy("--requirepass", "open sesame")
	out, err := commandLine("--healthcheck", "--port", port).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "NOAUTH") {
		t.Errorf("health check without the password: %v %s", err, out)
	}
}

// secret is one for nodes that have to have one.
const secret = "a secret for tests"

// A start that cannot work: one line on standard error, exit code 1.
func TestBadStarts(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	takenPort := strconv.Itoa(taken.Addr().(*net.TCPAddr).Port)
	used := t.TempDir()
	running := start(t, "--dir", used, "--node-name", "n7")
	others := t.TempDir()
	first := start(t, "--dir", others, "--node-name", "n8")
	first.do("SHUTDOWN")
	first.wait()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fresh := func() string { return filepath.Join(t.TempDir(), "data") }
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"unknown option", []string{"--foo", "bar"}, "option --foo bar: Bad directive or wrong number of arguments"},
		{"bad value", []string{"--port", "x"}, "option --port x: argument couldn't be parsed into an integer"},
		{"no such file", []string{"/nowhere.conf"}, "can't open config file '/nowhere.conf': no such file or directory"},
		{"taken port", []string{"--port", takenPort, "--dir", fresh()}, "cannot listen on 127.0.0.1:" + takenPort + ": address already in use"},
		{"taken peer port", []string{"--peer-port", takenPort, "--cluster-secret", secret, "--dir", fresh()}, "peer port: cannot listen on 127.0.0.1:" + takenPort + ": address already in use"},
		{"taken metrics port", []string{"--metrics-port", takenPort, "--dir", fresh()}, "metrics port: cannot listen on 127.0.0.1:" + takenPort + ": address already in use"},
		{"used directory", []string{"--dir", used}, "is in use by another process"},
		{"directory of another node", []string{"--dir", others, "--node-name", "n9"}, "n8"},
		{"other number of databases", []string{"--dir", others, "--node-name", "n8", "--databases", "4"}, "databases is 4 on this node and 16 on"},
		{"directory is a file", []string{"--dir", file}, "not a directory"},
		{"no member of its cluster", []string{"--dir", fresh(), "--node-name", "n9", "--initial-cluster", "n1=127.0.0.1:1,n2=127.0.0.1:2"}, "n9"},
		{"nodes on other machines and no proof", []string{"--dir", fresh(), "--initial-cluster", "n1=127.0.0.1:1,n2=192.0.2.1:2"}, "192.0.2.1:2 is not on this machine, and nodes on different machines need cluster-secret-file or tls-cluster"},
		{"joining another machine and no proof", []string{"--dir", fresh(), "--join", "192.0.2.1:2"}, "192.0.2.1:2 is not on this machine, and nodes on different machines need cluster-secret-file or tls-cluster"},
		{"short secret", []string{"--dir", fresh(), "--cluster-secret", "fifteen letters"}, "cluster-secret: a secret has at least 16 characters"},
		{"no secret in the file", []string{"--dir", fresh(), "--cluster-secret-file", file}, "there is no secret in it"},
		{"no file with a secret", []string{"--dir", fresh(), "--cluster-secret-file", "/nowhere"}, "cluster-secret-file: open /nowhere: no such file or directory"},
		{"two proofs", []string{"--dir", fresh(), "--cluster-secret", secret, "--tls-cluster", "yes"}, "exclude each other"},
		{"TLS and no certificate", []string{"--dir", fresh(), "--tls-cluster", "yes"}, "TLS needs tls-cert-file and tls-key-file"},
		{"log file", []string{"--dir", fresh(), "--logfile", "/nowhere/log"}, "logfile: open /nowhere/log: no such file or directory"},
	} {
		ports := []string{"--port", strconv.Itoa(testcluster.FreePort(t)), "--peer-port", strconv.Itoa(testcluster.FreePort(t))}
		args := append(ports, c.args...)
		if !strings.HasPrefix(c.args[0], "--") {
			args = c.args
		}
		var stderr bytes.Buffer
		cmd := commandLine(args...)
		cmd.Stderr = &stderr
		timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		err := cmd.Run()
		timer.Stop()
		text := stderr.String()
		if err == nil || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(text, c.want) ||
			!strings.HasPrefix(text, "msredis: ") || strings.Count(text, "\n") != 1 {
			t.Errorf("%s: %v, standard error:\n%s\nwant one line with %q", c.name, err, text, c.want)
		}
	}
	if got := running.do("PING"); got != "PONG" {
		t.Errorf("the node that was there: %s", got)
	}
}

func TestHelpAndVersion(t *testing.T) {
	t.Parallel()
	for arg, want := range map[string]string{
		"--help": "--initial-cluster", "-h": "--initial-cluster", "--version": "msredis ", "-v": "msredis ",
	} {
		var out, stderr bytes.Buffer
		if code := run([]string{arg}, &out, &stderr); code != 0 || stderr.Len() > 0 {
			t.Errorf("%s: exit code %d, %s", arg, code, stderr.String())
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s does not print %q", arg, want)
		}
	}
}

// TestDashboard: the dashboard and the alerts ask for figures that exist.
func TestDashboard(t *testing.T) {
	t.Parallel()
	port := strconv.Itoa(testcluster.FreePort(t))
	s := start(t, "--dir", t.TempDir(), "--metrics-port", port)
	s.do("SET", "k", "v")
	s.do("GET", "k", "too many")
	s.do("SAVE")
	have := map[string]bool{}
	for line := range strings.SplitSeq(get(t, port, "/metrics"), "\n") {
		if f := strings.Fields(line); len(f) > 3 && f[1] == "TYPE" {
			have[f[2]] = true
			if f[3] == "histogram" {
				have[f[2]+"_bucket"], have[f[2]+"_sum"], have[f[2]+"_count"] = true, true, true
			}
		}
	}
	for file, least := range map[string]int{"grafana/dashboards/msredis.json": 20, "prometheus/alerts.yml": 12} {
		text, err := os.ReadFile("../../docker/" + file)
		if err != nil {
			t.Fatal(err)
		}
		names := regexp.MustCompile(`\b(msredis|go|process)_[a-z_]+`).FindAll(text, -1)
		for _, name := range names {
			if !have[string(name)] {
				t.Errorf("%s asks for %s, which /metrics does not have", file, name)
			}
		}
		if len(names) < least {
			t.Errorf("%s asks for %d figures", file, len(names))
		}
	}
}

// TestAlerts: the alerts fire when they should, and else they do not.
func TestAlerts(t *testing.T) {
	t.Parallel()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed")
	}
	if out, err := exec.Command(promtool, "test", "rules", "../../docker/prometheus/alerts_test.yml").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
