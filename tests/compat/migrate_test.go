package compat

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/internal/testcluster/wire"
)

// TestMigrate moves values of all kinds to a real redis-server and back, with
// their deadlines, from a follower of three nodes.
func TestMigrate(t *testing.T) {
	skipWhenRecording(t)
	t.Parallel()
	ours := testcluster.Start(t, 3)
	redis := testcluster.StartRedis(t, "--requirepass", "secret")
	here, there := migrator{t: t, addr: ours.Followers()[0].Addr()}, migrator{t: t, addr: redis.Addr, password: "secret"}
	here.play([][2]string{
		{"SET s hello", "OK"}, {"RPUSH l a b c", "3"}, {"SADD set x 1 y", "3"}, {"ZADD z 1.5 a 2 b", "2"}, {"HSET h f v", "1"},
		{"XADD x 1-1 f v", "1-1"}, {"SET ttl v PX 100000", "OK"}, {"SET other v", "OK"},
	})
	move := "MIGRATE " + strings.Replace(there.addr, ":", " ", 1)
	back := "MIGRATE " + strings.Replace(here.addr, ":", " ", 1)
	const refused = "ERR Target instance replied with error: "
	here.play([][2]string{
		{move + " s 3 5000", refused + "NOAUTH Authentication required."},
		{move + " s 3 5000 AUTH wrong", refused + "WRONGPASS invalid username-password pair or user is disabled."},
		{move + " s 99 5000 AUTH secret", refused + "ERR DB index is out of range"},
		{move + " s 3 5000 COPY AUTH secret", "OK"},
		{"EXISTS s", "1"},
		{move + ` "" 3 5000 AUTH2 default secret KEYS l set z h nokey`, "OK"},
		{move + " x 3 5000 AUTH secret", "OK"},
		{move + " ttl 3 5000 AUTH secret", "OK"},
		{move + " s 3 5000 AUTH secret", refused + "BUSYKEY Target key name already exists."},
		{"EXISTS s l set z h x ttl", "1"},
		{move + " s 3 5000 AUTH secret REPLACE", "OK"},
		{move + " s 3 5000 AUTH secret REPLACE", "NOKEY"},
		{"DBSIZE", "1"},
	})
	there.play([][2]string{
		{"SELECT 3", "OK"}, {"GET s", "hello"}, {"LRANGE l 0 -1", "a b c"}, {"SCARD set", "3"}, {"ZSCORE z a", "1.5"}, {"HGET h f", "v"},
		{"XLEN x", "1"}, {"DBSIZE", "7"},
	})
	if ttl, err := strconv.Atoi(there.do("PTTL ttl")); err != nil || ttl < 50_000 || ttl > 100_000 {
		t.Errorf("the deadline has become %d ms", ttl)
	}
	there.play([][2]string{{back + ` "" 0 5000 KEYS s l set z h x ttl`, "OK"}, {"DBSIZE", "0"}})
	here.play([][2]string{
		{"GET s", "hello"}, {"LRANGE l 0 -1", "a b c"}, {"ZSCORE z a", "1.5"}, {"HGET h f", "v"}, {"XLEN x", "1"}, {"DBSIZE", "8"},
	})
}

// target is a server in the test's hands: it answers OK to all but what the test
// takes, and keeps what it was sent.
type migrateTarget struct {
	ln   net.Listener
	seen chan []string // commands, as they come
	next chan string   // replies, one for each
}

func startMigrateTarget(t *testing.T) *migrateTarget {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &migrateTarget{ln: ln, seen: make(chan []string), next: make(chan string)}
	done := make(chan struct{})
	t.Cleanup(func() { ln.Close(); close(done) })
	go func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer nc.Close()
				r := bufio.NewReader(nc)
				for {
					args, err := readCommand(r)
					if err != nil {
						return
					}
					select {
					case g.seen <- args:
					case <-done:
						return
					}
					select {
					case reply := <-g.next:
						fmt.Fprintf(nc, "%s\r\n", reply)
					case <-done:
						return
					}
				}
			}()
		}
	}()
	return g
}

func readCommand(r *bufio.Reader) ([]string, error) {
	var n int
	if _, err := fmt.Fscanf(r, "*%d\r\n", &n); err != nil {
		return nil, err
	}
	args := make([]string, n)
	for i := range args {
		var size int
		if _, err := fmt.Fscanf(r, "$%d\r\n", &size); err != nil {
			return nil, err
		}
		b := make([]byte, size+2)
		if _, err := io.ReadFull(r, b); err != nil {
			return nil, err
		}
		args[i] = string(b[:size])
	}
	return args, nil
}

// expect takes the next command, lets the test do something, and answers.
func (g *migrateTarget) expect(t *testing.T, reply string, meanwhile func(), words ...string) {
	t.Helper()
	select {
	case args := <-g.seen:
		for i, w := range words {
			if i >= len(args) || w != "*" && !strings.Contains(args[i], w) {
				t.Fatalf("the target was sent %q, want %q", args, words)
			}
		}
		if len(args) != len(words) {
			t.Fatalf("the target was sent %q, want %q", args, words)
		}
	case <-time.After(10 * time.Second):
		t.Fatalf("the target was not sent %q", words)
	}
	if meanwhile != nil {
		meanwhile()
	}
	g.next <- reply
}

// TestMigrateMeanwhile: other clients are served while a key is on its way, and
// nothing of what they do to it is lost.
func TestMigrateMeanwhile(t *testing.T) {
	skipWhenRecording(t)
	t.Parallel()
	target := startMigrateTarget(t)
	addr := testcluster.Start(t, 1).Addrs()[0]
	mover, other := migrator{t: t, addr: addr}, migrator{t: t, addr: addr}
	mover.do("PING")
	line := "MIGRATE " + strings.Replace(target.ln.Addr().String(), ":", " ", 1) + " k 0 10000"
	start := func() <-chan string {
		out := make(chan string, 1)
		go func() { out <- mover.do(line) }()
		target.expect(t, "+OK", nil, "SELECT", "0")
		return out
	}
	ends := func(out <-chan string, want string) {
		t.Helper()
		if got := <-out; got != want {
			t.Errorf("MIGRATE answers %q, want %q", got, want)
		}
	}

	other.do("SET k one")
	out := start()
	target.expect(t, "+OK", func() { other.do("SET k two") }, "RESTORE", "k", "0", "one")
	target.expect(t, "+OK", nil, "RESTORE", "k", "0", "two", "REPLACE")
	ends(out, "OK")
	other.play([][2]string{{"EXISTS k", "0"}})

	other.do("SET k one")
	out = start()
	target.expect(t, "+OK", func() { other.do("DEL k") }, "RESTORE", "k", "0", "one")
	target.expect(t, ":1", nil, "DEL", "k")
	ends(out, "OK")
	other.play([][2]string{{"EXISTS k", "0"}})

	other.do("SET k one")
	out = start()
	for i := range 8 {
		words := []string{"RESTORE", "k", "0", "*"}
		if i > 0 {
			words = append(words, "REPLACE")
		}
		target.expect(t, "+OK", func() { other.do("APPEND k x") }, words...)
	}
	if got := <-out; !strings.HasPrefix(got, "TRYAGAIN ") {
		t.Errorf("a key that changes each time: %q", got)
	}
	other.play([][2]string{{"GET k", "onexxxxxxxx"}})

	out = start()
	target.expect(t, "-BUSYKEY Target key name already exists.", nil, "RESTORE", "k", "0", "one")
	ends(out, "ERR Target instance replied with error: BUSYKEY Target key name already exists.")
	other.play([][2]string{{"EXISTS k", "1"}})
}

// migrator talks to one server.
type migrator struct {
	t              *testing.T
	addr, password string
	conn           *wire.Conn
}

// play sends commands and compares the replies.
func (m *migrator) play(steps [][2]string) {
	m.t.Helper()
	for _, s := range steps {
		if got := m.do(s[0]); got != s[1] {
			m.t.Errorf("%s: %q, want %q", s[0], got, s[1])
		}
	}
}

func (m *migrator) do(line string) string {
	m.t.Helper()
	if m.conn == nil {
		c, err := wire.Dial(m.addr)
		if err != nil {
			m.t.Fatal(err)
		}
		m.t.Cleanup(func() { c.Close() })
		m.conn = c
		if m.password != "" {
			m.do("AUTH " + m.password)
		}
	}
	args, err := splitArgs(line, nil)
	if err != nil {
		m.t.Fatal(err)
	}
	v, err := m.conn.Do(args...)
	if err != nil {
		m.t.Fatal(err)
	}
	if !v.Aggregate() {
		return v.Text
	}
	var parts []string
	for _, e := range v.Elems {
		parts = append(parts, e.Text)
	}
	return strings.Join(parts, " ")
}
