package front

import (
	"flag"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/msredis/msredis/internal/testcluster"
	"github.com/msredis/msredis/resp/reply"
)

// record takes the expected replies from a real redis-server 7.0:
//
//	go test ./resp/front -run TestRedis -record -rewrite
var record = flag.Bool("record", false, "take the replies of testdata/redis from the redis-server in PATH")

// TestRedis compares the replies of sessions with those of a real Redis, which
// are in testdata/redis. A script has blocks of
//
//	run [conn]        each line is sent when the line before was answered
//	pipeline [conn]   all lines are sent at once
//
// and the replies, a line each with | for the line ends within.
func TestRedis(t *testing.T) {
	likeRedis(t, "testdata/redis")
}

// TestRedisRenamed does so behind lines rename-command.
func TestRedisRenamed(t *testing.T) {
	likeRedis(t, "testdata/renamed", "--rename-command", "TIME", "", "--rename-command", "Config", "Cfg",
		"--rename-command", "GET", "fetch", "--rename-command", "set", "GET", "--rename-command", "exec", "do-it")
}

// likeRedis runs the scripts of a directory on servers with more options.
func likeRedis(t *testing.T, dir string, options ...string) {
	datadriven.Walk(t, dir, func(t *testing.T, path string) {
		open := inProcess(t, options...)
		if *record {
			open = realRedis(t, options...)
		}
		conns := map[string]exchange{}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			name := "a"
			if len(d.CmdArgs) > 0 {
				name = d.CmdArgs[0].Key
			}
			conn := conns[name]
			if conn == nil {
				conn = open()
				conns[name] = conn
			}
			var cmds [][][]byte
			for line := range strings.Lines(d.Input) {
				cmds = append(cmds, words(t, strings.TrimSuffix(line, "\n")))
			}
			var out strings.Builder
			switch d.Cmd {
			case "run":
				for i := range cmds {
					out.WriteString(show(conn(cmds[i : i+1])))
				}
			case "pipeline":
				out.WriteString(show(conn(cmds)))
			default:
				d.Fatalf(t, "unknown directive %s", d.Cmd)
			}
			return out.String()
		})
	})
}

// exchange sends commands in one go and returns all that comes back.
type exchange func(cmds [][][]byte) []byte

func inProcess(t *testing.T, options ...string) func() exchange {
	ts := newTestServer(t, options...)
	ts.backend.over = func() bool { return ts.config.Int("maxmemory") == 1 }
	return func() exchange {
		c := ts.connect(t)
		return func(cmds [][][]byte) []byte {
			if c.conn.closed() {
				return nil
			}
			replies, last := c.serve(cmds, time.Now())
			if last {
				c.conn.Close()
				c.session.Closed()
			}
			return append([]byte{}, replies...)
		}
	}
}

func realRedis(t *testing.T, options ...string) func() exchange {
	redis := testcluster.StartRedis(t, options...)
	return func() exchange {
		conn, err := net.Dial("tcp", redis.Addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return func(cmds [][][]byte) []byte {
			if _, err := conn.Write(request(cmds)); err != nil {
				return nil // it has closed the connection
			}
			return untilSilent(conn)
		}
	}
}

// untilSilent reads what comes until nothing has come for a while, or until the
// connection is closed.
func untilSilent(conn net.Conn) []byte {
	var all []byte
	buf := make([]byte, 64<<10)
	for {
		_ = conn.SetReadDeadline(time.Now().Add(60 * time.Millisecond))
		n, err := conn.Read(buf)
		all = append(all, buf[:n]...)
		if err != nil {
			return all
		}
	}
}

// unstable are parts of replies that differ from server to server.
var unstable = []struct{ find, replace string }{
	{`\$7\r\nversion\r\n\$\d+\r\n[0-9.]+\r\n`, "$$7\r\nversion\r\nVERSION\r\n"},
	{`\$2\r\nid\r\n:\d+\r\n`, "$$2\r\nid\r\nID\r\n"},
}

// show renders replies one a line.
func show(b []byte) string {
	for _, u := range unstable {
		b = regexp.MustCompile(u.find).ReplaceAll(b, []byte(u.replace))
	}
	if len(b) == 0 {
		return "(nothing)\n"
	}
	var out strings.Builder
	for len(b) > 0 {
		n := reply.Len(b)
		line := strings.ReplaceAll(strings.TrimSuffix(string(b[:n]), "\r\n"), "\r\n", "|")
		out.WriteString(strings.ReplaceAll(line, "\n", "\\n") + "\n")
		b = b[n:]
	}
	return out.String()
}
