package secure

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

var (
	secretA = []byte("a secret of sixteen bytes and more")
	secretB = []byte("another secret of sixteen bytes")
	first   = []byte("cluster, from, to, purpose")
)

// meeting is what both sides say of one connection.
type meeting struct {
	client, server       *Conn
	clientErr, serverErr error
}

// meet connects two guards on loopback.
func meet(t testing.TB, client, server *Guard) meeting {
	t.Helper()
	a, b := socketPair(t)
	return meetOn(a, b, client, server)
}

func meetOn(a, b net.Conn, client, server *Guard) (m meeting) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if m.server, m.serverErr = server.Server(b); m.serverErr != nil {
			b.Close()
		}
	}()
	if m.client, m.clientErr = client.Client(a, first); m.clientErr != nil {
		a.Close()
	}
	<-done
	return m
}

func socketPair(t testing.TB) (a, b net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if a, err = net.Dial("tcp", l.Addr().String()); err == nil {
		b, err = l.Accept()
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []net.Conn{a, b} {
		t.Cleanup(func() { c.Close() })
		if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	return a, b
}

// talks expects that both sides hear each other.
func (m meeting) talks(t testing.TB) {
	t.Helper()
	if m.clientErr != nil || m.serverErr != nil {
		t.Fatalf("client: %v; server: %v", m.clientErr, m.serverErr)
	}
	big := make([]byte, 300<<10)
	rand.Read(big)
	for _, c := range []struct {
		from, to *Conn
		want     []byte
	}{{m.client, m.server, append(append([]byte(nil), first...), big...)}, {m.server, m.client, big}} {
		go c.from.Write(big)
		got := make([]byte, len(c.want))
		if _, err := io.ReadFull(c.to, got); err != nil || !bytes.Equal(got, c.want) {
			t.Fatalf("not what was sent: %v", err)
		}
	}
}

// TestModes: only sides of the same mode with a common secret talk, and both
// operators read why not.
func TestModes(t *testing.T) {
	certs := testCerts(t)
	guards := map[string]*Guard{
		"open": nil, "A": WithSecrets([][]byte{secretA}), "B": WithSecrets([][]byte{secretB}),
		"BA": WithSecrets([][]byte{secretB, secretA}), "AB": WithSecrets([][]byte{secretA, secretB}),
		"TLS": WithTLS(certs.store("n1"), func() bool { return false }),
	}
	for _, c := range []struct{ client, server, clientSays, serverSays string }{
		{"open", "open", "", ""},
		{"A", "A", "", ""},
		{"TLS", "TLS", "", ""},
		{"A", "BA", "", ""}, // a change of the secret on its way
		{"BA", "AB", "", ""},
		{"A", "B", "another cluster-secret", "another cluster-secret"},
		{"BA", "A", "another cluster-secret", "another cluster-secret"},
		{"A", "open", "no cluster-secret", "this node has none"},
		{"A", "TLS", "wants TLS", "wants TLS"},
		{"TLS", "A", "TLS with the peer", "wants TLS"},
		{"TLS", "open", "TLS with the peer", "wants TLS"},
	} {
		m := meet(t, guards[c.client], guards[c.server])
		if c.clientSays == "" {
			m.talks(t)
			continue
		}
		for side, e := range map[string]struct {
			err  error
			want string
		}{"client": {m.clientErr, c.clientSays}, "server": {m.serverErr, c.serverSays}} {
			if e.err == nil || !strings.Contains(e.err.Error(), e.want) {
				t.Errorf("%s to %s: the %s says %v, want %q", c.client, c.server, side, e.err, e.want)
			}
		}
	}
	for _, g := range []string{"A", "TLS"} {
		if m := meet(t, nil, guards[g]); !errors.Is(m.serverErr, ErrUnproven) {
			t.Errorf("open to %s: %v", g, m.serverErr)
		}
	}
}

// away is a connection that does not come from this machine.
type away struct{ net.Conn }

func (away) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 7000} }

// TestAway: without proof no peer of another machine is talked to, either way.
func TestAway(t *testing.T) {
	a, b := socketPair(t)
	if _, err := (*Guard)(nil).Server(away{b}); !errors.Is(err, ErrAway) {
		t.Errorf("server: %v", err)
	}
	if _, err := (*Guard)(nil).Client(away{a}, first); !errors.Is(err, ErrAway) {
		t.Errorf("client: %v", err)
	}
	a.Close()
	if n, err := b.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Error("something was sent")
	}
	g := WithSecrets([][]byte{secretA})
	c, d := socketPair(t)
	meetOn(away{c}, away{d}, g, g).talks(t)
}

// inTheMiddle relays a handshake and lets change see each piece that goes either way.
func inTheMiddle(t *testing.T, g *Guard, change func(fromClient bool, n int, piece []byte) []byte) meeting {
	t.Helper()
	a, m1 := socketPair(t)
	m2, b := socketPair(t)
	relay := func(from, to net.Conn, fromClient bool) {
		buf := make([]byte, 4096)
		for n := 0; ; n++ {
			k, err := from.Read(buf)
			if err != nil {
				to.Close()
				return
			}
			to.Write(change(fromClient, n, buf[:k]))
		}
	}
	go relay(m1, m2, true)
	go relay(m2, m1, false)
	return meetOn(a, b, g, g)
}

// TestTampering: whatever is changed on the way, there is no connection: not with the
// introduction of another member, and not with another nonce.
func TestTampering(t *testing.T) {
	g := WithSecrets([][]byte{secretA})
	inTheMiddle(t, g, func(_ bool, _ int, p []byte) []byte { return p }).talks(t)
	for name, c := range map[string]struct {
		fromClient bool
		n, at      int
	}{
		"dialer's nonce": {true, 0, magicBytes + 3}, "acceptor's nonce": {false, 0, 5},
		"introduction": {true, 1, 2 + 3}, "dialer's proof": {true, 1, 2 + len(first) + 1}, "acceptor's proof": {false, 1, 3},
	} {
		m := inTheMiddle(t, g, func(fromClient bool, n int, p []byte) []byte {
			if fromClient == c.fromClient && n == c.n {
				p[c.at] ^= 1
			}
			return p
		})
		if m.clientErr == nil {
			t.Errorf("%s changed: the client goes on", name)
		}
		if m.serverErr == nil && name != "acceptor's proof" {
			t.Errorf("%s changed: the server goes on", name)
		}
	}
}

// TestReflection: a stranger that answers a dialer with what the dialer, or another
// connection of it, says proves nothing.
func TestReflection(t *testing.T) {
	g := WithSecrets([][]byte{secretA})
	// The dialer's own proof comes back to it, with its own nonce.
	a, b := socketPair(t)
	go func() {
		knock := make([]byte, magicBytes+nonceBytes)
		io.ReadFull(b, knock)
		b.Write(append([]byte{answerYes}, knock[magicBytes:]...))
		message := make([]byte, 2+len(first)+proofBytes)
		io.ReadFull(b, message)
		b.Write(append([]byte{answerYes}, message[2+len(first):]...))
	}()
	if _, err := g.Client(a, first); !errors.Is(err, errWrongSecret) {
		t.Errorf("the dialer's own proof: %v", err)
	}
	// What was heard of one connection is said again on another.
	var heard [][]byte
	inTheMiddle(t, g, func(fromClient bool, _ int, p []byte) []byte {
		if fromClient {
			heard = append(heard, append([]byte(nil), p...))
		}
		return p
	})
	c, d := socketPair(t)
	go func() {
		c.Write(heard[0])
		io.ReadFull(c, make([]byte, 1+nonceBytes))
		c.Write(heard[1])
	}()
	if _, err := g.Server(d); !errors.Is(err, errWrongSecret) {
		t.Errorf("a proof of before: %v", err)
	}
}

// FuzzServer says any bytes to a node with a secret, whole or in two pieces: it takes
// none for proof, answers with no more than a nonce and a byte, and comes to an end.
func FuzzServer(f *testing.F) {
	knock := append([]byte(magic), make([]byte, nonceBytes)...)
	f.Add([]byte{})
	f.Add(knock)
	f.Add(append(knock, 0, 0))
	f.Add(append(append(knock, 2, 0, 'h', 'i'), make([]byte, proofBytes)...))
	f.Add(append(knock, 0xff, 0xff))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Add([]byte{tlsHandshake, 3, 1, 0, 5, 1, 0, 0, 1, 0})
	g := WithSecrets([][]byte{secretA, secretB})
	f.Fuzz(func(t *testing.T, data []byte) {
		conn := &script{in: bytes.NewReader(data)}
		if _, err := g.Server(conn); err == nil {
			t.Error("it was let in")
		}
		if conn.out.Len() > 1+nonceBytes+1 {
			t.Errorf("it was answered with %d bytes", conn.out.Len())
		}
		open := &script{in: bytes.NewReader(data)}
		if c, err := (*Guard)(nil).Server(open); err == nil {
			if got, _ := io.ReadAll(c); !bytes.Equal(got, data) {
				t.Error("an open node reads something else")
			}
		}
	})
}

// FuzzClient answers a dialer with any bytes: it takes none for proof.
func FuzzClient(f *testing.F) {
	f.Add([]byte{})
	f.Add(append([]byte{answerYes}, make([]byte, nonceBytes)...))
	f.Add(append(append([]byte{answerYes}, make([]byte, nonceBytes)...), append([]byte{answerYes}, make([]byte, proofBytes)...)...))
	f.Add([]byte{answerNoSecret})
	f.Add([]byte{tlsAlert, 3, 1})
	g := WithSecrets([][]byte{secretA})
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := g.Client(&script{in: bytes.NewReader(data)}, first); err == nil {
			t.Error("it was believed")
		}
	})
}

// script is a connection on this machine whose other side says what is written down.
type script struct {
	net.Conn
	in  io.Reader
	out bytes.Buffer
}

func (s *script) Read(b []byte) (int, error)  { return s.in.Read(b) }
func (s *script) Write(b []byte) (int, error) { return s.out.Write(b) }
func (s *script) LocalAddr() net.Addr         { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
func (s *script) RemoteAddr() net.Addr        { return s.LocalAddr() }
