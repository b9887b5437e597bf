package clients

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// runTool runs a program and returns what it has printed.
func runTool(t *testing.T, stdin []byte, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, tool(t, name), args...)
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestRedisCLI(t *testing.T) {
	tool(t, "redis-cli")
	onEveryNode(t, func(t *testing.T, g target) {
		cli := func(t *testing.T, stdin string, args ...string) string {
			t.Helper()
			return runTool(t, []byte(stdin), "redis-cli", append([]string{"-h", "127.0.0.1", "-p", g.port()}, args...)...)
		}
		for _, tc := range []struct {
			name, stdin string
			args        []string
			want        string // expression
		}{
			{"one command", "", []string{"SET", "k", "v"}, `OK\n`},
			{"RESP3", "", []string{"-3", "--no-raw", "GET", "nothing"}, `\(nil\)\n`},
			{"cluster mode", "", []string{"-c", "GET", "k"}, `v\n`},
			{"from standard input", "SET a 1\nINCR a\nINCR a x\nGET a\n", nil, `OK\n2\nERR wrong number.*\n2\n`},
			{"last argument from standard input", "a\x00b", []string{"-x", "SET", "bin"}, `OK\n`},
			{"transaction", "MULTI\nINCR a\nGET k\nEXEC\n", []string{"--no-raw"},
				`OK\nQUEUED\nQUEUED\n1\) \(integer\) 3\n2\) "v"\n`},
			{"other database", "", []string{"-n", "3", "SET", "k", "three"}, `OK\n`},
			{"repeated", "", []string{"-r", "5", "INCR", "r"}, `1\n2\n3\n4\n5\n`},
			{"JSON", "", []string{"--json", "MGET", "k", "nothing"}, `\["v",null\]\n`},
			{"INFO", "", []string{"INFO", "server"}, `# Server\r\n.*`},
			{"COMMAND DOCS", "", []string{"COMMAND", "DOCS", "SET"}, `.*KEEPTTL.*`},
			{"CLUSTER MEMBERS", "", []string{"CLUSTER", "MEMBERS"}, `.*self=1.*`},
		} {
			t.Run(tc.name, func(t *testing.T) {
				out := cli(t, tc.stdin, tc.args...)
				if !regexp.MustCompile(`(?s)\A` + tc.want + `\z`).MatchString(out) {
					t.Errorf("printed %q, want %q", out, tc.want)
				}
			})
		}

		t.Run("mass insertion", func(t *testing.T) {
			const n = 5000
			var b []byte
			for i := range n {
				b = wire.AppendCommand(b, "SET", fmt.Sprint("mass:", i), strings.Repeat("v", i%100))
			}
			out := runTool(t, b, "redis-cli", "-p", g.port(), "--pipe")
			if !strings.Contains(out, fmt.Sprintf("errors: 0, replies: %d", n)) {
				t.Fatalf("--pipe: %s", out)
			}
		})
		t.Run("scan", func(t *testing.T) {
			out := cli(t, "", "--scan", "--pattern", "mass:1*")
			if n := len(strings.Fields(out)); n != 1111 {
				t.Errorf("--scan found %d keys", n)
			}
		})
		t.Run("big keys", func(t *testing.T) {
			out := cli(t, "", "--bigkeys")
			if !strings.Contains(out, "5004 strings") {
				t.Errorf("--bigkeys: %s", out)
			}
		})
		t.Run("memory", func(t *testing.T) {
			out := cli(t, "", "--memkeys")
			if !strings.Contains(out, "Biggest string found") {
				t.Errorf("--memkeys: %s", out)
			}
		})
	})
}

// TestRedisCLICluster: with cluster-enabled yes redis-cli's cluster manager finds
// a whole cluster; with no it says that there is none.
func TestRedisCLICluster(t *testing.T) {
	tool(t, "redis-cli")
	t.Run("yes", func(t *testing.T) {
		onEveryNode(t, func(t *testing.T, g target) {
			for _, tc := range []struct {
				args []string
				want string // expression
			}{
				{[]string{"--cluster", "check", g.addr}, `\[OK\] All nodes agree about slots configuration.*\[OK\] All 16384 slots covered`},
				{[]string{"--cluster", "info", g.addr}, `\[OK\] 1 keys in 1 masters`},
				{[]string{"--cluster", "call", g.addr, "GET", "k"}, `v`},
				{[]string{"-p", g.port(), "-c", "CLUSTER", "NODES"}, `myself`},
				{[]string{"-p", g.port(), "-c", "GET", "k"}, `\Av\n\z`},
			} {
				runTool(t, nil, "redis-cli", "-p", g.port(), "SET", "k", "v")
				out := runTool(t, nil, "redis-cli", tc.args...)
				if !regexp.MustCompile(`(?s)` + tc.want).MatchString(out) {
					t.Errorf("%s printed %q, want %q", tc.args, out, tc.want)
				}
			}
		}, asCluster...)
	})
	t.Run("no", func(t *testing.T) {
		onEveryNode(t, func(t *testing.T, g target) {
			out, err := exec.Command("redis-cli", "--cluster", "check", g.addr).CombinedOutput()
			if err == nil || !strings.Contains(string(out), "is not configured as a cluster node") {
				t.Errorf("--cluster check: %v %s", err, out)
			}
		})
	})
}

func TestRedisBenchmark(t *testing.T) {
	tool(t, "redis-benchmark")
	onEveryNode(t, func(t *testing.T, g target) {
		for _, args := range []string{"-c 20", "-c 5 -P 16", "-c 5 -P 4 -r 1000 -d 1000"} {
			t.Run(args, func(t *testing.T) {
				line := "-h 127.0.0.1 -p " + g.port() + " -t ping,set,get,incr,mset -q -n 2000 " + args
				out := runTool(t, nil, "redis-benchmark", strings.Fields(line)...)
				for _, name := range []string{"PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "MSET"} {
					if !regexp.MustCompile(name + `.*: [\d.]+ requests per second`).MatchString(out) {
						t.Errorf("no figure for %s:\n%s", name, out)
					}
				}
				if strings.Contains(strings.ToLower(out), "error") {
					t.Errorf("errors:\n%s", out)
				}
			})
		}
	})
}
