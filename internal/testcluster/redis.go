package testcluster

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// Redis is a real redis-server without persistence.
type Redis struct {
	Addr    string
	Product string // "redis", or "valkey" where that is what goes by the name of redis-server
	Version string // "7.0.15"
}

// StartRedis starts a redis-server, with more options if given. The test is
// skipped where none is installed.
func StartRedis(t testing.TB, options ...string) *Redis {
	t.Helper()
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed (Debian: apt install redis-server)")
	}
	port := FreePort(t)
	dir := t.TempDir()
	args := []string{
		"--port", portArg(port), "--bind", "127.0.0.1", "--dir", dir,
		"--cluster-port", portArg(FreePort(t)), // used in cluster mode only; its default may be taken
		"--save", "", "--appendonly", "no", "--daemonize", "no", "--enable-debug-command", "yes",
	}
	p := startProcess(t, filepath.Join(dir, "redis.log"), nil, bin, append(args, options...)...)
	r := &Redis{Addr: Loopback(port)}
	Eventually(t, ReadyTimeout, "redis-server is ready", func() error {
		if !p.running() {
			t.Fatalf("redis-server ended:\n%s", p.log())
		}
		return r.ready()
	})
	return r
}

func (r *Redis) ready() error {
	c, err := wire.Dial(r.Addr)
	if err != nil {
		return err
	}
	defer c.Close()
	v, err := c.Do("PING")
	if err != nil {
		return err
	}
	if v.Text != "PONG" && v.Code() != "NOAUTH" {
		return errors.New(v.Text)
	}
	out, err := exec.Command("redis-server", "--version").Output()
	if err != nil {
		return err
	}
	name, version, _ := strings.Cut(string(out), " server v=")
	r.Product = strings.ToLower(name)
	r.Version, _, _ = strings.Cut(version, " ")
	return nil
}

// Eventually calls check until it returns nil, at most for the given time.
func Eventually(t testing.TB, timeout time.Duration, what string, check func() error) {
	t.Helper()
	if err := Poll(timeout, check); err != nil {
		t.Fatalf("%s: not within %v: %v", what, timeout, err)
	}
}

// Poll calls check until it returns nil, at most for the given time, and then
// returns its last error.
func Poll(timeout time.Duration, check func() error) error {
	deadline := time.Now().Add(timeout)
	for {
		err := check()
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(pollPause)
	}
}
