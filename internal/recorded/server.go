package recorded

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// server is a Player that asks a real redis-server.
type server struct {
	t              *testing.T
	conn, eventsOf *bufio.ReadWriter
	proto, db      int
}

func dialServer(t *testing.T, addr string) *server {
	s := &server{t: t, conn: dial(t, addr), eventsOf: dial(t, addr), proto: 2}
	s.do(s.conn, "FLUSHALL")
	s.do(s.conn, "CONFIG", "SET", "notify-keyspace-events", "EA")
	s.do(s.eventsOf, "PSUBSCRIBE", "__keyevent@*__:*")
	return s
}

// later reports whether the server is a Redis after 7.0.
func (s *server) later() bool {
	return !strings.Contains(string(s.do(s.conn, "INFO", "server")), "redis_version:7.0.")
}

func dial(t *testing.T, addr string) *bufio.ReadWriter {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(time.Minute))
	return bufio.NewReadWriter(bufio.NewReader(nc), bufio.NewWriter(nc))
}

// Play implements Player. Redis writes the events of a command to their
// subscriber before the reply is sent, so a PING behind the reply finds them all.
func (s *server) Play(c Call) (reply []byte, events []string) {
	if c.Proto != s.proto {
		s.do(s.conn, "HELLO", strconv.Itoa(c.Proto))
	}
	if c.DB != s.db {
		s.do(s.conn, "SELECT", strconv.Itoa(c.DB))
	}
	s.proto, s.db = c.Proto, c.DB
	words := make([]string, len(c.Args))
	for i, arg := range c.Args {
		words[i] = string(arg)
	}
	reply = s.do(s.conn, words...)
	message := s.do(s.eventsOf, "PING")
	for !strings.Contains(string(message), "pong") {
		parts := strings.Split(string(message), "\r\n") // *4 $8 pmessage $n pattern $n channel $n key
		db, event, _ := strings.Cut(strings.TrimPrefix(parts[6], "__keyevent@"), "__:")
		events = append(events, fmt.Sprintf("%s %s %s", db, event, quote(parts[8])))
		message = s.read(s.eventsOf)
	}
	return reply, events
}

func (s *server) do(conn *bufio.ReadWriter, words ...string) []byte {
	conn.Write(wire.AppendCommand(nil, words...))
	if err := conn.Flush(); err != nil {
		s.t.Fatal(err)
	}
	return s.read(conn)
}

// read returns one reply as it is on the wire.
func (s *server) read(conn *bufio.ReadWriter) []byte {
	line, err := conn.ReadBytes('\n')
	if err != nil || len(line) < 3 {
		s.t.Fatalf("reply %q: %v", line, err)
	}
	n, _ := strconv.Atoi(string(line[1 : len(line)-2]))
	switch line[0] {
	case '$', '=':
		if n >= 0 {
			body := make([]byte, n+2)
			if _, err := io.ReadFull(conn, body); err != nil {
				s.t.Fatal(err)
			}
			line = append(line, body...)
		}
	case '%':
		n *= 2
		fallthrough
	case '*', '~', '>':
		for range n {
			line = append(line, s.read(conn)...)
		}
	}
	return line
}
