package resp

import (
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/reply"
)

// listening is a server of the test that serves at a Unix socket, too.
func listening(t *testing.T, o Options) (*testServer, error) {
	t.Helper()
	s := &testServer{limits: NewLimits(), sessions: make(chan *testSession, 100)}
	o.Limits, o.Handler, o.Loops, o.Log = s.limits, s, 2, slog.New(slog.DiscardHandler)
	var err error
	if s.Server, err = Listen(o); err != nil {
		return nil, err
	}
	served := make(chan struct{})
	go func() {
		s.Serve()
		close(served)
	}()
	t.Cleanup(func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		<-served
	})
	return s, nil
}

// ask sends PING to an address and returns what comes.
func ask(t *testing.T, network, addr string) string {
	t.Helper()
	nc, err := net.Dial(network, addr)
	if err != nil {
		return err.Error()
	}
	defer nc.Close()
	send(t, nc, ping)
	buf := make([]byte, 7)
	n, _ := io.ReadFull(nc, buf)
	return string(buf[:n])
}

func TestUnixSocket(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "r.sock")
	left, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	left.SetUnlinkOnClose(false)
	left.Close() // as of a server that was killed
	o := Options{Bind: []string{"127.0.0.1"}, Unix: path, UnixPerm: 0o700}
	s, err := listening(t, o)
	if err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", st, err)
	}
	if got := ask(t, "unix", path); got != "+PONG\r\n" {
		t.Errorf("received %q", got)
	}
	conn := (<-s.sessions).conn
	if conn.RemoteAddr() != path+":0" || conn.LocalAddr() != path+":0" || !conn.Near() || !conn.Unix() {
		t.Errorf("%s %s near %v unix %v", conn.RemoteAddr(), conn.LocalAddr(), conn.Near(), conn.Unix())
	}
	if _, err := listening(t, o); err == nil || !strings.Contains(err.Error(), "unixsocket "+path+": address already in use") {
		t.Errorf("another server's socket: %v", err)
	}
	if got := ask(t, "unix", path); got != "+PONG\r\n" {
		t.Errorf("when another one has tried: %q", got)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is there when the server has stopped: %v", err)
	}
}

func TestUnixSocketErrors(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		o    Options
		want string
	}{
		{Options{Unix: file}, file + ": address already in use"},
		{Options{Unix: "/nowhere/r.sock"}, "/nowhere/r.sock: no such file or directory"},
		{Options{Unix: file + ".sock", UnixGroup: "no-such-group"}, "unknown group no-such-group"},
	} {
		c.o.Bind = []string{"127.0.0.1"}
		if _, err := listening(t, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "mine" {
		t.Errorf("the file was touched: %q %v", text, err)
	}
}

func TestRebind(t *testing.T) {
	t.Parallel()
	s, err := listening(t, Options{Bind: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(s.Addrs()[0].String())
	one, two := net.JoinHostPort("127.0.0.1", port), net.JoinHostPort("127.0.0.2", port)
	stays, err := net.Dial("tcp", one)
	if err != nil {
		t.Fatal(err)
	}
	defer stays.Close()
	const yes, no = "+PONG\r\n", "refused"
	for _, c := range []struct {
		words    string
		fails    bool
		one, two string
	}{
		{"127.0.0.1 127.0.0.2", false, yes, yes},
		{"127.0.0.2", false, no, yes},
		{"192.0.2.1 127.0.0.1", true, no, yes}, // RFC 5737: nobody has it
		{"-192.0.2.1", true, no, yes},
		{"* -::*", false, yes, yes},
		{"127.0.0.1 -192.0.2.1", false, yes, no},
	} {
		if err := s.Rebind(strings.Fields(c.words)); (err != nil) != c.fails {
			t.Errorf("%s: %v", c.words, err)
		}
		for addr, want := range map[string]string{one: c.one, two: c.two} {
			if got := ask(t, "tcp", addr); !strings.Contains(got, want) {
				t.Errorf("%s: %s: %q, want %q", c.words, addr, got, want)
			}
		}
	}
	send(t, stays, ping)
	expect(t, stays, yes)
}

// far is a connection from another machine.
type far struct{ net.Conn }

func (far) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1} }

func TestProtectedMode(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil)
	g := gate{server: s.Server}
	for _, c := range []struct {
		protected, password bool
		denied              bool
	}{{true, false, true}, {true, true, false}, {false, false, false}} {
		s.limits.Protected.Store(c.protected)
		s.limits.RequireAuth.Store(c.password)
		client, server := net.Pipe()
		go func() {
			g.admit(far{server})
			server.Close()
		}()
		got, _ := io.ReadAll(client)
		if want := "-" + reply.ErrProtected + "\r\n"; (string(got) == want) != c.denied {
			t.Errorf("%+v: received %q", c, got)
		}
	}
	if n := s.Stats().Rejected; n != 1 {
		t.Errorf("%d rejected", n)
	}
	for addr, want := range map[string]bool{"127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true, "192.0.2.1": false, "fe80::1": false} {
		if got := near(&net.TCPAddr{IP: net.ParseIP(addr)}); got != want {
			t.Errorf("%s is near: %v", addr, got)
		}
	}
}
