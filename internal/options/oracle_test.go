package options

import (
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/quoted"
)

// record takes the expected replies of this file's tests anew from the
// redis-server in PATH:
//
//	go test ./internal/options -run Redis -record
var record = flag.Bool("record", false, "record testdata from a real redis-server")

// TestRedisReplies runs the CONFIG commands of testdata/config.txt and expects
// what a real redis-server answered to them.
func TestRedisReplies(t *testing.T) {
	text, err := os.ReadFile("testdata/config.txt")
	if err != nil {
		t.Fatal(err)
	}
	ask := New().answer
	if *record {
		ask = startRedis(t)
	}
	var b strings.Builder
	for line := range strings.SplitSeq(string(text), "\n") {
		if strings.HasPrefix(line, "#") {
			fmt.Fprintf(&b, "%s\n", line)
		}
		command, ok := strings.CutPrefix(line, "> ")
		if !ok {
			continue
		}
		words, ok := quoted.Split(command)
		if !ok {
			t.Fatalf("unbalanced: %s", command)
		}
		fmt.Fprintf(&b, "> %s\n%s\n\n", command, ask(words))
	}
	if *record {
		if err := os.WriteFile("testdata/config.txt", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	diff(t, b.String(), string(text))
}

// TestRedisOptions expects that every option of a real redis-server is known,
// by its name and with its default, but for those that are told apart here.
func TestRedisOptions(t *testing.T) {
	const path = "testdata/options.txt"
	if *record {
		if err := os.WriteFile(path, []byte(startRedis(t)([]string{"GET", "*"})+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	differ := map[string]string{
		"appendonly":  "yes",
		"appendfsync": "always",
		"bind":        "127.0.0.1",
		"dir":         "./data",
		"io-threads":  "0", // ours: one for two cores
		"pidfile":     "",
		"port":        "6379", // the recorded server had another one
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := New()
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for i := 0; i+1 < len(lines); i += 2 {
		name, want := lines[i], lines[i+1]
		if other, ok := differ[name]; ok {
			want = other
		}
		if got := s.Get(name); len(got) != 1 || got[0].Value != want {
			t.Errorf("%s = %v, want %q", name, got, want)
		}
	}
	if len(lines) < 200 {
		t.Errorf("%s has %d lines", path, len(lines))
	}
}

// answer is what a client would see, in the form of redis-cli.
func (s *Set) answer(words []string) string {
	if strings.EqualFold(words[0], "GET") {
		var b strings.Builder
		for _, p := range s.Get(words[1:]...) {
			fmt.Fprintf(&b, "%s\n%s\n", p.Name, p.Value)
		}
		return strings.TrimRight(b.String(), "\n")
	}
	var pairs []Pair
	for i := 1; i+1 < len(words); i += 2 {
		pairs = append(pairs, Pair{words[i], words[i+1]})
	}
	if err := s.Change(pairs); err != nil {
		return err.Error()
	}
	return "OK"
}

// startRedis starts a redis-server for the test and returns a function that
// sends it one CONFIG command.
func startRedis(t *testing.T) func(words []string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	l.Close()
	server := exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir())
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = server.Wait() // "signal: killed"
	})
	cli := func(words ...string) (string, error) {
		out, err := exec.Command("redis-cli", append([]string{"-p", port}, words...)...).CombinedOutput()
		return strings.TrimRight(string(out), "\n"), err
	}
	for deadline := time.Now().Add(5 * time.Second); ; {
		if out, err := cli("PING"); err == nil && out == "PONG" {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("redis-server does not answer: %s %v", out, err)
		}
	}
	return func(words []string) string {
		out, err := cli(append([]string{"CONFIG"}, words...)...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// diff reports the first line in which got and want differ.
func diff(t *testing.T, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range w {
		if i >= len(g) || g[i] != w[i] {
			t.Fatalf("line %d:\n got %s\nwant %s", i+1, strings.Join(g[min(i, len(g)):min(i+1, len(g))], ""), w[i])
		}
	}
}
