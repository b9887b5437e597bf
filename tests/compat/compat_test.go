package compat

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/testcluster"
)

var record = flag.Bool("record", false, "write the replies of a real redis-server into the scripts")

var debugAllowed = []string{"--enable-debug-command", "yes"}

func TestMain(m *testing.M) { testcluster.Main(m) }

// scripts are all files of testdata, by path.
func scripts(t *testing.T) []*Script {
	t.Helper()
	paths, err := filepath.Glob("testdata/*/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scripts found: %v", err)
	}
	var out []*Script
	for _, path := range paths {
		s, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

// TestRedis checks that the scripts tell the truth about a real redis-server;
// with -record it makes them do so.
func TestRedis(t *testing.T) {
	t.Parallel()
	runAll(t, func(t *testing.T, options ...string) *Target {
		r := testcluster.StartRedis(t, options...)
		if *record && strings.HasPrefix(r.Version, "7.2.") {
			t.Fatalf("replies are recorded from Redis 7.0, and what is newer from 7.4 or the server that a script names; this is %s", r.Version)
		}
		return &Target{Redis: true, Product: r.Product, Version: r.Version, Addrs: []string{r.Addr}}
	})
}

// TestOneNode runs the scripts against a single msredis.
func TestOneNode(t *testing.T) {
	skipWhenRecording(t)
	t.Parallel()
	runAll(t, func(t *testing.T, options ...string) *Target {
		c := testcluster.Start(t, 1, append(options, debugAllowed...)...)
		return &Target{Version: followedVersion, Addrs: c.Addrs()}
	})
}

// TestThreeNodes runs the scripts against a cluster; the commands of the
// default client go to a follower, those of other clients to the other nodes.
func TestThreeNodes(t *testing.T) {
	skipWhenRecording(t)
	t.Parallel()
	runAll(t, func(t *testing.T, options ...string) *Target {
		c := testcluster.Start(t, 3, append(options, debugAllowed...)...)
		leader := c.Leader()
		target := &Target{Version: followedVersion}
		for _, n := range c.Followers() {
			target.Addrs = append(target.Addrs, n.Addr())
		}
		target.Addrs = append(target.Addrs, leader.Addr())
		return target
	})
}

func skipWhenRecording(t *testing.T) {
	t.Helper()
	if *record {
		t.Skip("recording")
	}
}

// runAll runs all scripts, one after the other, against one server; those with
// options of their own get a server of their own.
func runAll(t *testing.T, start func(t *testing.T, options ...string) *Target) {
	shared := start(t)
	for _, s := range scripts(t) {
		name := strings.TrimSuffix(strings.TrimPrefix(s.Path, "testdata/"), ".txt")
		t.Run(name, func(t *testing.T) {
			target := shared
			if s.Server != nil {
				target = start(t, s.Server...)
			}
			target.Run(t, s, *record && target.Redis)
			if *record && target.Redis && !t.Failed() {
				if err := os.WriteFile(s.Path, []byte(s.Text()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
