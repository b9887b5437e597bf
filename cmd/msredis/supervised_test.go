package main

import (
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
)

// TestSupervised: systemd is told when the node serves, and when it begins to stop.
func TestSupervised(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	told := func() string {
		t.Helper()
		buf := make([]byte, 4096)
		_ = socket.SetReadDeadline(time.Now().Add(20 * time.Second))
		n, err := socket.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		return string(buf[:n])
	}
	binary := testcluster.Binary(t)
	for _, how := range []string{"systemd", "auto"} {
		cmd := exec.Command(binary, "--dir", t.TempDir(), "--port", strconv.Itoa(testcluster.FreePort(t)), "--supervised", how)
		cmd.Env = append(cmd.Environ(), "NOTIFY_SOCKET="+path)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if s := told(); s != tellStarting {
			t.Errorf("%s: first it said %q", how, s)
		}
		if s := told(); !strings.HasPrefix(s, "READY=1\n") {
			t.Errorf("%s: then it said %q", how, s)
		}
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if s := told(); s != "STOPPING=1" {
			t.Errorf("%s: at its end it said %q", how, s)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v", how, err)
		}
	}
}
