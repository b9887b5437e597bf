package secure

import (
	"strings"
	"testing"

	"github.com/msredis/msredis/internal/testcluster/testcerts"
	"github.com/msredis/msredis/internal/tlsconf"
)

type certs struct {
	t  testing.TB
	ca *testcerts.CA
}

func testCerts(t testing.TB) certs { return certs{t, testcerts.New(t, t.TempDir(), "ca")} }

// store returns one with a certificate for a node.
func (c certs) store(name string) *tlsconf.Store {
	c.t.Helper()
	s, err := tlsconf.New(c.files(name))
	if err != nil {
		c.t.Fatal(err)
	}
	return s
}

func (c certs) files(name string) tlsconf.Files {
	cert, key := c.ca.Issue(c.t, name)
	return tlsconf.Files{Cert: cert, Key: key, CAFile: c.ca.File}
}

func yes() bool { return true }

// TestNames: a certificate is good for the node whose name it has.
func TestNames(t *testing.T) {
	c := testCerts(t)
	for _, versions := range []string{"TLSv1.2", "TLSv1.3"} {
		f1, f2 := c.files("n1"), c.files("n2")
		f1.Protocols, f2.Protocols = versions, versions
		s1, err1 := tlsconf.New(f1)
		s2, err2 := tlsconf.New(f2)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		m := meet(t, WithTLS(s1, yes), WithTLS(s2, yes))
		m.talks(t)
		for name, want := range map[string]bool{"n1": true, "n2": false, "": false} {
			if err := m.server.Named(name); (err == nil) != want {
				t.Errorf("%s: n1 as %q: %v", versions, name, err)
			}
			if err := m.client.Named(name); (err == nil) != (name == "n2") {
				t.Errorf("%s: n2 as %q: %v", versions, name, err)
			}
		}
		if err := meet(t, WithTLS(s1, func() bool { return false }), WithTLS(s2, func() bool { return false })).server.Named("n3"); err != nil {
			t.Errorf("names are not checked: %v", err)
		}
	}
}

// TestOtherCA: a certificate of another CA is good for nothing, on either side, and
// versions that do not overlap do not talk.
func TestOtherCA(t *testing.T) {
	ours, theirs := testCerts(t), testCerts(t)
	good, bad := ours.store("n1"), theirs.store("n1")
	for _, c := range [][2]*tlsconf.Store{{good, bad}, {bad, good}} {
		m := meet(t, WithTLS(c[0], yes), WithTLS(c[1], yes))
		// With TLS 1.3 the dialer may be done before the acceptor has seen its certificate.
		if m.serverErr == nil || c[0] == good && m.clientErr == nil {
			t.Errorf("client: %v, server: %v", m.clientErr, m.serverErr)
		}
	}
	old := ours.files("n2")
	old.Protocols = "TLSv1.2"
	recent := ours.files("n1")
	recent.Protocols = "TLSv1.3"
	s1, _ := tlsconf.New(old)
	s2, _ := tlsconf.New(recent)
	if m := meet(t, WithTLS(s1, yes), WithTLS(s2, yes)); m.clientErr == nil || !strings.Contains(m.clientErr.Error(), "protocol version") {
		t.Errorf("%v", m.clientErr)
	}
}

// TestSealTLS: what Seal returns is what the other side reads, in the order of the
// calls, and reading from another source goes on where it was.
func TestSealTLS(t *testing.T) {
	c := testCerts(t)
	for _, g := range []*Guard{nil, WithSecrets([][]byte{secretA}), WithTLS(c.store("n1"), yes)} {
		m := meet(t, g, g)
		if m.clientErr != nil || m.serverErr != nil {
			t.Fatal(m.clientErr, m.serverErr)
		}
		m.server.From(m.server.Conn)
		var wire []byte
		for _, text := range []string{"one ", "two ", "three"} {
			var err error
			if wire, err = m.client.Seal(wire, []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		go m.client.Conn.Write(wire)
		want := string(first) + "one two three"
		got := ""
		for buf := make([]byte, 100); len(got) < len(want); {
			n, err := m.server.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			got += string(buf[:n])
		}
		if got != want {
			t.Errorf("%q", got)
		}
	}
}
