package testcluster

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Hosts are machines to run command lines on, as far as command lines can tell. Each
// has an address of its own, on which all ports are free, and a directory. msredis is
// in their path.
type Hosts struct {
	t   testing.TB
	net string // "127.1.2."
	env []string
	all map[int]*Host
}

// Host is one of them.
type Host struct {
	t    testing.TB
	hs   *Hosts
	dir  string
	last *process // what was started last
	log  string
	read int // how much of the log was there when it started
}

// NewHosts returns machines whose addresses end with 1 to 9. The test is skipped
// where this machine cannot play them.
func NewHosts(t testing.TB) *Hosts {
	t.Helper()
	if _, err := exec.LookPath("redis-cli"); err != nil {
		t.Skip("redis-cli is not installed (Debian: apt install redis-tools)")
	}
	hs := &Hosts{t: t, all: map[int]*Host{}, net: fmt.Sprintf("127.%d.%d.", 1+rand.IntN(254), rand.IntN(255))}
	for _, port := range []string{"6379", "16379"} {
		l, err := net.Listen("tcp", hs.net+"1:"+port)
		if err != nil {
			t.Skipf("port %s cannot be had on an address of its own: %v", port, err)
		}
		l.Close()
	}
	bin := t.TempDir()
	if err := os.Symlink(Binary(t), filepath.Join(bin, "msredis")); err != nil {
		t.Fatal(err)
	}
	hs.env = []string{"PATH=" + bin + ":" + os.Getenv("PATH")}
	return hs
}

// Addr is the client address of a host.
func (hs *Hosts) Addr(n int) string { return fmt.Sprint(hs.net, n, ":6379") }

// Text puts the addresses of the hosts in the place of those of a document,
// 10.0.0.1 to 10.0.0.9.
func (hs *Hosts) Text(command string) string { return strings.ReplaceAll(command, "10.0.0.", hs.net) }

// hostsSecret is the secret of nodes on different addresses. It is in the file "secret" of
// every host: the manual has its reader copy it.
const hostsSecret = "8c1f0e6f3a0f4c0d9d5f1b8a7e2c6d41"

// Host returns the host whose address ends with n.
func (hs *Hosts) Host(n int) *Host {
	h := hs.all[n]
	if h == nil {
		dir := hs.t.TempDir()
		h = &Host{t: hs.t, hs: hs, dir: dir, log: filepath.Join(dir, "output")}
		if err := os.WriteFile(filepath.Join(dir, "secret"), []byte(hostsSecret), 0o600); err != nil {
			hs.t.Fatal(err)
		}
		hs.all[n] = h
	}
	return h
}

// shell is the command line of a shell that runs a command on the host.
func (h *Host) shell(command string) []string {
	return []string{"-c", "cd '" + h.dir + "' && " + h.hs.Text(command)}
}

// Start starts a command that goes on, in the foreground of its terminal.
func (h *Host) Start(command string) {
	h.t.Helper()
	if h.last != nil && h.last.running() {
		h.t.Fatalf("%s: the host is busy", command)
	}
	h.read = len(h.Output())
	h.last = startProcess(h.t, h.log, h.hs.env, "/bin/sh", h.shell("exec "+command)...)
}

// Run runs a command to its end and returns what it has printed.
func (h *Host) Run(command string) string {
	h.t.Helper()
	cmd := exec.Command("/bin/sh", h.shell(command)...)
	cmd.Env = append(os.Environ(), h.hs.env...)
	cmd.WaitDelay = time.Second
	timer := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer timer.Stop()
	out, err := cmd.CombinedOutput()
	if err != nil {
		h.t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return string(out)
}

// Output is what the commands that were started have printed.
func (h *Host) Output() string {
	b, err := os.ReadFile(h.log)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		h.t.Fatal(err)
	}
	return string(b)
}

// Kill kills what was started, as kill -9.
func (h *Host) Kill() { h.last.kill() }

// WaitExit waits for the end of what was started last. It returns its exit code
// and what it has printed.
func (h *Host) WaitExit() (code int, output string) {
	h.t.Helper()
	code, err := h.last.wait(2 * ReadyTimeout)
	if err != nil {
		h.t.Fatalf("%v\n%s", err, tail(h.Output(), logTail))
	}
	return code, h.Output()[h.read:]
}
