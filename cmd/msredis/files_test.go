package main

import (
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/options"
	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

func TestClientsThatFit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ files, want, clients int64 }{
		{1 << 20, 10000, 10000},
		{1200, 10000, 1200 - reservedFiles},
		{1200, 100, 100},
		{300, 10000, 75},
	} {
		opts := options.New()
		if err := opts.Change([]options.Pair{{Name: "maxclients", Value: fmt.Sprint(test.want)}}); err != nil {
			t.Fatal(err)
		}
		warned := false
		if err := boundClients(opts, test.files, func(string, ...any) { warned = true }); err != nil {
			t.Fatal(err)
		}
		if got := opts.Int("maxclients"); got != test.clients || warned != (test.clients < test.want) {
			t.Errorf("%d files: %d clients of %d, a warning: %t", test.files, got, test.want, warned)
		}
		err := opts.Change([]options.Pair{{Name: "maxclients", Value: fmt.Sprint(test.files)}})
		if want := fmt.Sprintf("try with %d", clientsThatFit(test.files)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("CONFIG SET of more: %v", err)
		}
	}
	if err := boundClients(options.New(), 64, nil); err == nil {
		t.Error("a start with 64 files")
	}
}

// TestOutOfFiles: idle clients, idle requests to the metrics port and a flood of the
// peer port take what they can get. The log goes on from segment to segment, and so
// do snapshots.
func TestOutOfFiles(t *testing.T) {
	t.Parallel()
	const files = 900
	s := &server{t: t, port: testcluster.FreePort(t), lines: make(chan string, 1000)}
	peer, metricsPort := testcluster.FreePort(t), testcluster.FreePort(t)
	node := commandLine("--port", strconv.Itoa(s.port), "--peer-port", strconv.Itoa(peer), "--metrics-port", strconv.Itoa(metricsPort),
		"--cluster-secret", "so that it listens for nodes", "--dir", t.TempDir())
	s.cmd = exec.Command("sh", append([]string{"-c", fmt.Sprintf(`ulimit -n %d && exec "$0" "$@"`, files)}, node.Args...)...)
	s.cmd.Env = node.Env
	s.run()
	s.awaitHealthy()
	conn := s.dial()
	flood := func(port, n int) {
		for range n {
			nc, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { nc.Close() })
		}
	}
	flood(metricsPort, files)
	flood(peer, files)
	flood(s.port, files)
	value := strings.Repeat("x", 1<<20)
	for i := range 140 { // two segments of the log, and a snapshot
		if v := conn.do("SET", fmt.Sprint("k", i%10), value); v.Text != "OK" {
			t.Fatalf("SET: %s", v.Text)
		}
	}
	if v := conn.do("SAVE"); v.Text != "OK" && !strings.Contains(v.Text, "already in progress") {
		t.Errorf("SAVE: %s", v.Text)
	}
	if c, err := wire.Dial(net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port))); err == nil {
		if v, err := c.Do("PING"); err == nil && !strings.Contains(v.Text, "max number of clients") {
			t.Errorf("one more client: %s", v.Text)
		}
		c.Close()
	}
}
