package resp

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// recorder is a connection whose sent bytes are kept.
type recorder struct {
	net.Conn
	sent []byte
}

func (r *recorder) Write(b []byte) (int, error) {
	r.sent = append(r.sent, b...)
	return r.Conn.Write(b)
}

// TestHandshakeCut: a handshake that is cut anywhere ends, and leaves nothing. One that
// stops ends by the idle timeout.
func TestHandshakeCut(t *testing.T) {
	t.Parallel()
	s := startTLS(t, nil)
	nc := &recorder{Conn: s.raw(t)}
	tc := tls.Client(nc, s.client(nil))
	if err := tc.Handshake(); err != nil {
		t.Fatal(err)
	}
	hello, rest := nc.sent, len(nc.sent)
	tc.Close()
	for n := 0; n < rest; n += 1 + rest/60 {
		nc := s.raw(t)
		send(t, nc, string(hello[:n]))
		if n%2 == 0 {
			nc.(*net.TCPConn).CloseWrite()
		} else {
			nc.(*net.TCPConn).SetLinger(0)
			nc.Close()
		}
	}
	// The second half of what was sent does not belong to a hello with other secrets.
	await(t, "all are gone", func() bool { return s.Stats().Connections == 0 })
	if got := s.Stats(); got.HandshakeErrors == 0 || got.IdleClosed != 0 {
		t.Errorf("%+v", got)
	}

	s.limits.IdleTimeout.Store(int64(time.Minute))
	for _, n := range []int{0, 1, 100} {
		nc := s.raw(t)
		send(t, nc, string(hello[:n]))
		await(t, "the client is there", func() bool { return s.Stats().Connections == 1 })
		s.check(time.Now().Add(50*time.Second), time.Second)
		if s.Stats().Connections != 1 {
			t.Error("disconnected before its time")
		}
		s.check(time.Now().Add(61*time.Second), time.Second)
		if _, err := io.Copy(io.Discard, nc); err != nil && !strings.Contains(err.Error(), "reset") {
			t.Error(err)
		}
		await(t, "the client is gone", func() bool { return s.Stats().Connections == 0 })
	}
	if got := s.Stats().IdleClosed; got != 3 {
		t.Errorf("%d were idle", got)
	}
}

// TestHandshakePlaces: when too many handshakes are under way, the one that has been
// silent for longest makes room, and only then.
func TestHandshakePlaces(t *testing.T) {
	t.Parallel()
	s := startTLS(t, nil)
	s.handshakes.places = make(chan struct{}, 2)
	first, second := s.raw(t), s.raw(t)
	await(t, "two wait", func() bool {
		s.handshakes.mu.Lock()
		defer s.handshakes.mu.Unlock()
		n := 0
		for c := range s.handshakes.list {
			if c.waits.Load() != 0 {
				n++
			}
		}
		return n == 2
	})
	s.handshakes.pushOut(time.Now())
	if s.Stats().Connections != 2 {
		t.Error("pushed out at once")
	}
	s.handshakes.mu.Lock()
	for c := range s.handshakes.list {
		if c.Conn.RemoteAddr().String() == second.LocalAddr().String() {
			c.waits.Store(time.Now().UnixNano() + int64(time.Hour))
		} else {
			c.waits.Store(time.Now().Add(-silence).UnixNano() - 1)
		}
	}
	s.handshakes.mu.Unlock()
	third := s.dialTLS(t, nil) // there is room for it
	send(t, third, ping)
	expect(t, third, "+PONG\r\n")
	if _, err := first.Read(make([]byte, 1)); err == nil {
		t.Error("the first has an answer")
	}
	if s.Stats().Connections != 2 {
		t.Errorf("%d connections", s.Stats().Connections)
	}
	second.Close()
}

// TestNoHandshake: clients that do not talk TLS are disconnected, and others are not.
func TestNoHandshake(t *testing.T) {
	t.Parallel()
	s := startTLS(t, nil)
	other := s.dialTLS(t, nil)
	for _, in := range []string{
		ping, "\x16\x03\x01\xff\xff", "\x80\x2e\x01\x00\x02", "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
		strings.Repeat("\x00", 100_000), "\x17\x03\x03\x00\x01\x00", "\x15\x03\x01\x00\x02\x02\x28", "GET / HTTP/1.1\r\n\r\n",
	} {
		nc := s.raw(t)
		io.WriteString(nc, in)
		nc.(*net.TCPConn).CloseWrite()
		answer, _ := io.ReadAll(nc)
		if len(answer) > 0 && answer[0] != 0x15 { // an alert, at most
			t.Errorf("%.20q: %q", in, answer)
		}
	}
	await(t, "they are gone", func() bool { return s.Stats().Connections == 1 })
	send(t, other, ping)
	expect(t, other, "+PONG\r\n")
}

// TestRenegotiation: what a client can ask for after the handshake does no harm: a change
// of keys is followed, a new handshake is refused.
func TestRenegotiation(t *testing.T) {
	t.Parallel()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl")
	}
	s := startTLS(t, nil)
	other := s.dialTLS(t, nil)
	for _, c := range []struct {
		version, key string
		answered     bool
	}{{"-tls1_2", "R", false}, {"-tls1_3", "K", true}, {"-tls1_3", "k", true}} {
		cmd := exec.Command(openssl, "s_client", "-connect", s.Addrs()[1].String(), c.version, "-CAfile", s.ca.File)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, both, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stdout, cmd.Stderr = both, both
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		both.Close()
		out.SetReadDeadline(time.Now().Add(20 * time.Second))
		var got bytes.Buffer
		until := func(text string) {
			for b := make([]byte, 4096); !strings.Contains(got.String(), text); {
				n, err := out.Read(b)
				if got.Write(b[:n]); err != nil {
					return
				}
			}
		}
		io.WriteString(in, "PING before\n")
		until("before\r\n")
		io.WriteString(in, c.key+"\n")
		// s_client takes a letter for a command if it is all that one read finds. It tells
		// when it has done so.
		until(map[string]string{"R": "RENEGOTIATING", "K": "KEYUPDATE", "k": "KEYUPDATE"}[c.key])
		io.WriteString(in, "PING behind\n")
		until("behind\r\n")
		in.Close()
		out.Close()
		cmd.Process.Kill()
		cmd.Wait()
		if strings.Contains(got.String(), "behind\r\n") != c.answered {
			t.Errorf("%s %s: %s", c.version, c.key, got.String())
		}
	}
	send(t, other, ping)
	expect(t, other, "+PONG\r\n")
}

// TestTLSIsFull: maxclients counts those with TLS, too.
func TestTLSIsFull(t *testing.T) {
	t.Parallel()
	s := startTLS(t, func(l *Limits) { l.MaxClients.Store(1) })
	first := s.dialTLS(t, nil)
	if err := tls.Client(s.raw(t), s.client(nil)).Handshake(); err == nil {
		t.Error("one too many")
	}
	first.Close()
	await(t, "it is gone", func() bool { return s.Stats().Connections == 0 })
	if len(s.handshakes.places) != 0 {
		t.Errorf("%d places are taken", len(s.handshakes.places))
	}
	send(t, s.dialTLS(t, nil), ping)
}

// TestReload: connections that are there stay when there is another configuration; those
// that come have it.
func TestReload(t *testing.T) {
	t.Parallel()
	s := startTLS(t, nil)
	old := s.dialTLS(t, nil)
	cert, key := s.ca.Issue(t, "second")
	s.load(t, cert, key)
	fresh := s.dialTLS(t, nil)
	for name, tc := range map[string]*tls.Conn{"localhost": old, "second": fresh} {
		send(t, tc, ping)
		expect(t, tc, "+PONG\r\n")
		if names := tc.ConnectionState().PeerCertificates[0].DNSNames; !slices.Contains(names, name) {
			t.Errorf("%v, want %s", names, name)
		}
	}
	if errors.Is(old.Close(), net.ErrClosed) {
		t.Error("closed")
	}
}
