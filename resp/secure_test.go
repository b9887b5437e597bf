package resp

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster/testcerts"
)

// tlsServer is a testServer with a second port, for TLS.
type tlsServer struct {
	*testServer
	ca     *testcerts.CA
	config atomic.Pointer[tls.Config]
}

func startTLS(t testing.TB, change func(*Limits)) *tlsServer {
	t.Helper()
	s := &tlsServer{testServer: &testServer{limits: NewLimits(), sessions: make(chan *testSession, 10000)}, ca: testcerts.New(t, t.TempDir(), "ca")}
	if change != nil {
		change(s.limits)
	}
	s.load(t, "", "")
	s.start(t, Options{TLS: s.config.Load})
	return s
}

// load changes the certificate of connections to come.
func (s *tlsServer) load(t testing.TB, cert, key string) {
	t.Helper()
	if cert == "" {
		cert, key = s.ca.Issue(t, "localhost")
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	s.config.Store(&tls.Config{Certificates: []tls.Certificate{pair}, DynamicRecordSizingDisabled: true})
}

// client returns the configuration of a client.
func (s *tlsServer) client(change func(*tls.Config)) *tls.Config {
	pem, err := os.ReadFile(s.ca.File)
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	config := &tls.Config{RootCAs: roots, ServerName: "localhost", InsecureSkipVerify: true} // a test asks for the name itself
	if change != nil {
		change(config)
	}
	return config
}

// raw connects to the port for TLS.
func (s *tlsServer) raw(t testing.TB) net.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", s.Addrs()[1].String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	return nc
}

func (s *tlsServer) dialTLS(t testing.TB, change func(*tls.Config)) *tls.Conn {
	t.Helper()
	tc := tls.Client(s.raw(t), s.client(change))
	if err := tc.Handshake(); err != nil {
		t.Fatal(err)
	}
	return tc
}

// pieces is a connection that sends in pieces.
type pieces struct {
	net.Conn
	size func() int
}

func (p pieces) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		n := min(p.size(), len(rest))
		if _, err := p.Conn.Write(rest[:n]); err != nil {
			return 0, err
		}
		rest = rest[n:]
	}
	return len(b), nil
}

var versions = map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

// TestRecordsInPieces: records that come in pieces, cut at every byte, are read like
// whole ones; the handshake, too.
func TestRecordsInPieces(t *testing.T) {
	t.Parallel()
	s := startTLS(t, nil)
	for name, version := range versions {
		for size := 1; size < 150; size += 1 + size/8 {
			nc := s.raw(t)
			nc.(*net.TCPConn).SetNoDelay(true)
			config := s.client(func(c *tls.Config) { c.MaxVersion = version })
			tc := tls.Client(pieces{nc, func() int { return size }}, config)
			for _, word := range []string{"", "x", strings.Repeat("y", 50), strings.Repeat("z", 600)} {
				send(t, tc, fmt.Sprintf("*2\r\n$4\r\nPING\r\n$%d\r\n%s\r\n", len(word), word))
				expect(t, tc, fmt.Sprintf("$%d\r\n%s\r\n", len(word), word))
			}
			tc.Close()
			if t.Failed() {
				t.Fatalf("TLS %s in pieces of %d", name, size)
			}
		}
	}
}

// TestTLSPipelines: pipelines of all sizes, in records and pieces of all sizes, are
// answered in order, by whoever serves them.
func TestTLSPipelines(t *testing.T) {
	t.Parallel()
	s := startTLS(t, nil)
	for name, version := range versions {
		random := rand.New(rand.NewPCG(1, uint64(version)))
		nc := s.raw(t)
		tc := tls.Client(pieces{nc, func() int { return 1 + random.IntN(40_000) }}, s.client(func(c *tls.Config) { c.MaxVersion = version }))
		if err := tc.Handshake(); err != nil {
			t.Fatal(err)
		}
		var in, want strings.Builder
		for n := range 3000 {
			word := fmt.Sprint(n)
			switch random.IntN(20) {
			case 0:
				in.WriteString("LATER\r\n")
				want.WriteString("+OK\r\n")
			case 1:
				size := random.IntN(200_000)
				fmt.Fprintf(&in, "*2\r\n$3\r\nLEN\r\n$%d\r\n%s\r\n", size, strings.Repeat("x", size))
				fmt.Fprintf(&want, ":%d\r\n", size)
			case 2:
				word = strings.Repeat(word, 1+random.IntN(10_000))
				fallthrough
			default:
				fmt.Fprintf(&in, "*2\r\n$4\r\nPING\r\n$%d\r\n%s\r\n", len(word), word)
				fmt.Fprintf(&want, "$%d\r\n%s\r\n", len(word), word)
			}
		}
		go func() {
			for rest := in.String(); rest != ""; {
				n := min(1+random.IntN(100_000), len(rest))
				if _, err := io.WriteString(tc, rest[:n]); err != nil {
					t.Error(err)
					return
				}
				rest = rest[n:]
			}
		}()
		got := make([]byte, want.Len())
		if _, err := io.ReadFull(tc, got); err != nil || string(got) != want.String() {
			t.Errorf("TLS %s: replies differ (%v)", name, err)
		}
	}
}

// TestTLSSlowReader: a large reply waits for a client that reads slowly, and messages
// behind it. The limits on output hold.
func TestTLSSlowReader(t *testing.T) {
	t.Parallel()
	s := startTLS(t, nil)
	tc := s.dialTLS(t, nil)
	session := <-s.sessions
	send(t, tc, "FLOOD\r\n")
	c := session.conn.(*client)
	await(t, "the reply waits", func() bool { return c.OutputBuffer() > 50<<20 })
	session.conn.Push([]byte("+message\r\n"))
	want := "$67108864\r\n" + strings.Repeat("\x00", 64<<20) + "\r\n+message\r\n"
	got := make([]byte, len(want))
	for n := 0; n < len(got); {
		m, err := tc.Read(got[n:min(len(got), n+1+n/7)])
		if err != nil {
			t.Fatal(err)
		}
		n += m
	}
	if string(got) != want {
		t.Error("it is another one")
	}
	await(t, "nothing waits", func() bool { return c.OutputBuffer() == 0 })
	if out := c.bytesOut.Load(); out != uint64(len(want)) {
		t.Errorf("%d bytes were sent", out)
	}

	s.limits.SetOutput(ClassNormal, OutputLimit{Hard: 1 << 20})
	send(t, tc, "*2\r\n$4\r\nPING\r\n$2000000\r\n"+strings.Repeat("x", 2e6)+"\r\n")
	io.Copy(io.Discard, tc)
	<-session.closed
	if !over(s.testServer) {
		t.Errorf("%+v", s.Stats())
	}
	s.limits.SetOutput(ClassNormal, OutputLimit{})

	tc = s.dialTLS(t, nil)
	session = <-s.sessions
	send(t, tc, "FLOOD\r\n")
	await(t, "the reply waits", func() bool { return session.conn.OutputBuffer() > 50<<20 })
	now := time.Now()
	for range 3 { // it reads nothing
		now = now.Add(40 * time.Second)
		s.check(now, 40*time.Second)
	}
	<-session.closed
}

// TestTLSGoodbye: a client hears that nothing more comes, whoever ends the connection.
// What a client has sent before it said goodbye is answered.
func TestTLSGoodbye(t *testing.T) {
	t.Parallel()
	s := startTLS(t, nil)
	const alert = 0x15
	for name, end := range map[string]func(*tls.Conn, *testSession){
		"QUIT":  func(tc *tls.Conn, _ *testSession) { send(t, tc, "QUIT\r\n") },
		"KILL":  func(_ *tls.Conn, session *testSession) { session.conn.Close() },
		"fault": func(tc *tls.Conn, _ *testSession) { send(t, tc, "*x\r\n") },
	} {
		// TLS 1.2 shows of what kind a record is.
		nc := s.raw(t)
		tc := tls.Client(nc, s.client(func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }))
		if err := tc.Handshake(); err != nil {
			t.Fatal(err)
		}
		end(tc, <-s.sessions)
		last := byte(0)
		for head := make([]byte, 5); ; {
			if _, err := io.ReadFull(nc, head); err != nil {
				break
			}
			last = head[0]
			io.CopyN(io.Discard, nc, int64(head[3])<<8|int64(head[4]))
		}
		if last != alert {
			t.Errorf("%s: the last record is of kind %d", name, last)
		}
	}
	for _, command := range []string{"PING x", "LATER", "FLOOD"} {
		tc := s.dialTLS(t, nil)
		session := <-s.sessions
		send(t, tc, command+"\r\n")
		tc.CloseWrite()
		got, err := io.ReadAll(tc)
		if err != nil || len(got) < len("+OK\r\n") || !strings.HasSuffix(string(got), "\r\n") {
			t.Errorf("%s: %d bytes, %v", command, len(got), err)
		}
		<-session.closed
	}
}

// TestSmallRecordsInTurns: a client that sends records of a byte as fast as they can be
// read does not keep its loop from the others.
func TestSmallRecordsInTurns(t *testing.T) {
	t.Parallel()
	s := startTLS(t, nil)
	nc := s.raw(t)
	out := &recorder{Conn: nc}
	tc := tls.Client(out, s.client(nil))
	if err := tc.Handshake(); err != nil {
		t.Fatal(err)
	}
	c := (<-s.sessions).conn.(*client)
	const size = 20_000
	out.sent, out.Conn = nil, discard{nc}
	for _, b := range []byte(fmt.Sprintf("*2\r\n$3\r\nLEN\r\n$%d\r\n", size) + strings.Repeat("x", size) + "\r\n") {
		if _, err := tc.Write([]byte{b}); err != nil {
			t.Fatal(err)
		}
	}
	send(t, nc, string(out.sent))
	expect(t, tc, fmt.Sprintf(":%d\r\n", size))
	if turns := c.loop.cycles.Load(); turns < size/maxTurnRecords {
		t.Errorf("%d records in %d turns", size, turns)
	}
}

// FuzzRecords feeds a server with records that are cut and damaged anywhere. It sees a
// prefix of what was sent, never anything else.
func FuzzRecords(f *testing.F) {
	s := startTLS(f, func(l *Limits) { l.MaxClients.Store(1000) })
	s.log = slog.New(slog.DiscardHandler)
	f.Add([]byte("PING a\r\nPING b\r\n"), uint16(3), uint16(1), byte(0), true)
	f.Add([]byte("PING a\r\n"), uint16(30), uint16(7), byte(1), false)
	f.Fuzz(func(t *testing.T, words []byte, at, cut uint16, flip byte, old bool) {
		version := uint16(tls.VersionTLS13)
		if old {
			version = tls.VersionTLS12
		}
		nc := s.raw(t)
		out := &recorder{Conn: nc}
		tc := tls.Client(out, s.client(func(c *tls.Config) { c.MaxVersion = version }))
		if err := tc.Handshake(); err != nil {
			t.Fatal(err)
		}
		session := <-s.sessions
		out.sent, out.Conn = nil, discard{nc}
		for i := range words {
			fmt.Fprintf(tc, "*2\r\n$4\r\nPING\r\n$1\r\n%s\r\n", words[i:i+1])
		}
		bytes := out.sent
		if i := int(at); i < len(bytes) {
			bytes[i] ^= flip
		}
		for size := 1 + int(cut); len(bytes) > 0; {
			n := min(size, len(bytes))
			if _, err := nc.Write(bytes[:n]); err != nil {
				break
			}
			bytes = bytes[n:]
		}
		nc.(*net.TCPConn).CloseWrite()
		out.Conn = nc
		got, _ := io.ReadAll(tc)
		want := ""
		for i := range words {
			want += fmt.Sprintf("$1\r\n%s\r\n", words[i:i+1])
		}
		if flip == 0 && string(got) != want || !strings.HasPrefix(want, string(got)) {
			t.Errorf("%q, want %q", got, want)
		}
		<-session.closed
		nc.Close()
	})
}

// discard is a connection that sends nothing.
type discard struct{ net.Conn }

func (discard) Write(b []byte) (int, error) { return len(b), nil }
