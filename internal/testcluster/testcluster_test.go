package testcluster

import (
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// TestProcessEndsWithTest: what a test starts is gone when it ends, children of
// the process included.
func TestProcessEndsWithTest(t *testing.T) {
	var p *process
	t.Run("inner", func(t *testing.T) {
		p = startProcess(t, t.TempDir()+"/log", nil, "/bin/sh", "-c", "sleep 1000 & echo started; wait")
		Eventually(t, ReadyTimeout, "it has started", func() error {
			if !strings.Contains(p.log(), "started") {
				return errors.New("no output")
			}
			return nil
		})
	})
	if p.running() {
		t.Fatal("still running")
	}
	Eventually(t, ReadyTimeout, "the group is gone", func() error {
		if err := syscall.Kill(-p.cmd.Process.Pid, 0); err != syscall.ESRCH {
			return errors.New("a child lives")
		}
		return nil
	})
}

func TestProcessExitCode(t *testing.T) {
	p := startProcess(t, t.TempDir()+"/log", nil, "/bin/sh", "-c", "exit 3")
	if code, err := p.wait(ReadyTimeout); code != 3 || err != nil {
		t.Errorf("code %d, %v", code, err)
	}
	p = startProcess(t, t.TempDir()+"/log", nil, "/bin/sleep", "1000")
	if _, err := p.wait(time.Millisecond); err == nil {
		t.Error("a sleeping process has ended")
	}
	p.signal(syscall.SIGTERM)
	if code, err := p.wait(ReadyTimeout); code != -1 || err != nil {
		t.Errorf("code %d, %v", code, err)
	}
}

func TestFreePort(t *testing.T) {
	seen := map[int]bool{}
	for range 100 {
		p := FreePort(t)
		if seen[p] || p < firstPort || p >= lastPort {
			t.Fatalf("port %d", p)
		}
		seen[p] = true
	}
	l, err := net.Listen("tcp", Loopback(FreePort(t)))
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
}

func TestTail(t *testing.T) {
	for _, tc := range []struct {
		text  string
		lines int
		want  string
	}{
		{"", 2, ""},
		{"a\n", 2, "a\n"},
		{"a\nb\nc\n", 3, "a\nb\nc\n"},
		{"a\nb\nc\n", 2, "…\nb\nc\n"},
		{"a\nb\nc\n", 1, "…\nc\n"},
	} {
		if got := tail(tc.text, tc.lines); got != tc.want {
			t.Errorf("tail(%q, %d) = %q", tc.text, tc.lines, got)
		}
	}
}

func TestStartRedis(t *testing.T) {
	t.Parallel()
	r := StartRedis(t, "--requirepass", "x")
	c, err := wire.Dial(r.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if v, err := c.Do("AUTH", "x"); err != nil || v.Text != "OK" {
		t.Errorf("AUTH: %v %v", v, err)
	}
	if len(strings.Split(r.Version, ".")) != 3 {
		t.Errorf("version %q", r.Version)
	}
	if r.Product != "redis" && r.Product != "valkey" {
		t.Errorf("product %q", r.Product)
	}
}
