package main

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/options"
	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
	"github.com/msredis/msredis/store/keyspace"
)

// raw are requests that are all length and no content.
var raw = []string{
	"*2\r\n$4\r\nECHO\r\n$9223372036854775807\r\n", "*2\r\n$4\r\nECHO\r\n$-9223372036854775808\r\n", "*2\r\n$4\r\nECHO\r\n$1099511627776\r\nabc",
	"*9223372036854775807\r\n", "*-9223372036854775808\r\n", "*2147483648\r\n", "*1048576\r\n$1099511627776\r\nabc", "*1048577\r\n",
}

// used are commands that ask the options: lengths, sizes, times, numbers of
// entries.
var used = [][]string{
	{"SET", "k", strings.Repeat("v", 2000)}, {"GET", "k"}, {"APPEND", "k", "v"}, {"SETRANGE", "k", "9223372036854775807", "v"},
	{"SETRANGE", "k", "536870911", ""}, {"ECHO", strings.Repeat("x", 100_000)}, {"LCS", "k", "k"}, {"BITFIELD", "k", "SET", "u8", "#9223372036854775807", "1"},
	{"HSET", "h", "f", "v"}, {"ZADD", "z", "1", "a"}, {"SADD", "s", "1"}, {"RPUSH", "l", "1"}, {"XADD", "x", "*", "f", "v"}, {"PFADD", "p", "a"},
	{"OBJECT", "ENCODING", "h"}, {"SLOWLOG", "GET"}, {"SLOWLOG", "LEN"}, {"LATENCY", "LATEST"}, {"LATENCY", "DOCTOR"}, {"MEMORY", "DOCTOR"},
	{"MEMORY", "STATS"}, {"INFO", "everything"}, {"CLIENT", "LIST"}, {"CONFIG", "GET", "*"}, {"BLPOP", "none", "0.01"}, {"FLUSHALL"},
}

// Every option that is a number, at both of its ends: CONFIG SET, then commands that use it, then
// lengths that fit nothing. A node that answers PING at the end is alive.
func TestNumbersAtTheirEnds(t *testing.T) {
	t.Parallel()
	s := start(t, "--dir", t.TempDir(), "--enable-debug-command", "yes")
	s.awaitHealthy()
	c := s.dial()
	for _, row := range options.New().Rows() {
		if row.Kind != options.Int && row.Kind != options.Memory || row.Effect == options.Start {
			continue
		}
		before := c.do("CONFIG", "GET", row.Name).Elems[1].Text
		for _, n := range []int64{row.Min, row.Max} {
			if got := c.do("CONFIG", "SET", row.Name, strconv.FormatInt(n, 10)); got.IsError() && row.Mutable() &&
				!(row.Name == "maxclients" && strings.Contains(got.Text, "try with")) { // files, as in Redis
				t.Errorf("%s %d: %v", row.Name, n, got)
			}
			if row.Effect == options.Live { // others are checked and kept
				s.exercise(c)
			}
		}
		if got := c.do("CONFIG", "SET", row.Name, before); got.IsError() {
			t.Errorf("%s back to %s: %v", row.Name, before, got)
		}
	}
	const most = "9223372036854775807 9223372036854775807 9223372036854775807"
	c.do("CONFIG", "SET", "client-output-buffer-limit", "normal "+most+" pubsub "+most)
	s.exercise(c)
	// All of them at once, at their upper ends.
	for _, row := range options.New().Rows() {
		if row.Kind == options.Int || row.Kind == options.Memory {
			c.do("CONFIG", "SET", row.Name, strconv.FormatInt(row.Max, 10))
		}
	}
	s.exercise(c)
}

// The options that hold from the start on, at both ends.
func TestNumbersAtTheirEndsFromTheStart(t *testing.T) {
	t.Parallel()
	for _, upper := range []bool{false, true} {
		var args []string
		for _, row := range options.New().Rows() {
			n := row.Min
			if upper {
				n = row.Max
			}
			switch {
			case row.Kind != options.Int && row.Kind != options.Memory || row.Effect == options.Refused:
			case strings.HasSuffix(row.Name, "port"): // TestBadStarts
			case row.Name == "databases" && upper:
				args = append(args, "--databases", strconv.Itoa(keyspace.MaxDatabases))
				out, err := commandLine("--dir", t.TempDir(), "--port", strconv.Itoa(testcluster.FreePort(t)), "--databases", strconv.FormatInt(n, 10)).CombinedOutput()
				if err == nil || !strings.Contains(string(out), fmt.Sprintf("%d databases; there must be", n)) || strings.Contains(string(out), "goroutine") {
					t.Errorf("databases %d: %v, %s", n, err, out)
				}
			case row.Name == "maxclients" && !upper: // the health check is a client, too
			default:
				args = append(args, "--"+row.Name, strconv.FormatInt(n, 10))
			}
		}
		s := start(t, append(args, "--dir", t.TempDir())...)
		s.awaitHealthy()
		s.exercise(s.dial())
		s.do("SHUTDOWN")
		if code := s.wait(); code != 0 {
			t.Errorf("exit code %d: %s", code, s.stderr.String())
		}
	}
}

// talk is a connection of a test. Where maxclients is 1 it is the only one.
type talk struct {
	t *testing.T
	*wire.Conn
}

func (s *server) dial() *talk {
	s.t.Helper()
	c, err := wire.Dial(net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	return &talk{s.t, c}
}

func (c *talk) do(args ...string) wire.Value {
	c.t.Helper()
	v, err := c.Do(args...)
	if err != nil {
		c.t.Fatalf("%.100q: %v", args, err)
	}
	return v
}

// exercise runs what asks the options, on c, and what is all length on
// connections of its own.
func (s *server) exercise(c *talk) {
	s.t.Helper()
	for _, args := range used {
		c.do(args...)
	}
	for _, in := range raw {
		other := s.dial()
		if err := other.Send([]byte(in + "PING\r\n")); err != nil {
			continue // refused: maxclients
		}
		other.Timeout = 10 * time.Millisecond // some of them wait for more
		_, _ = other.Recv()
		other.Close()
	}
	if got := c.do("PING"); got.Text != "PONG" {
		s.t.Fatalf("PING: %v", got)
	}
}
