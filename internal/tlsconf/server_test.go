package tlsconf

import (
	"crypto/tls"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/msredis/msredis/internal/testcluster/testcerts"
)

// talk connects a client to a server, and returns what both say to it.
func talk(t *testing.T, server, client *tls.Config) (state tls.ConnectionState, serverErr, clientErr error) {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	for _, c := range []net.Conn{a, b} {
		c.SetDeadline(time.Now().Add(20 * time.Second))
	}
	done := make(chan error, 1)
	s := tls.Server(a, server)
	go func() {
		err := s.Handshake()
		if err == nil {
			_, err = s.Write([]byte("x")) // a client of TLS 1.3 hears of it here
		}
		a.Close()
		done <- err
	}()
	c := tls.Client(b, client)
	if clientErr = c.Handshake(); clientErr == nil {
		_, clientErr = c.Read(make([]byte, 1))
	}
	b.Close()
	return s.ConnectionState(), <-done, clientErr
}

// TestServer: who may talk to a server, by tls-auth-clients, versions and suites.
func TestServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca, other := testcerts.New(t, dir, "ca"), testcerts.New(t, t.TempDir(), "other")
	cert, key := ca.Issue(t, "localhost")
	mineCert, mineKey := ca.Issue(t, "alice")
	strangeCert, strangeKey := other.Issue(t, "mallory")
	files := Files{Cert: cert, Key: key, CAFile: ca.File}
	client := func(cert, key string, change func(*tls.Config)) *tls.Config {
		c, err := Client(Files{Cert: cert, Key: key, CAFile: ca.File}, "localhost")
		if err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(c)
		}
		return c
	}
	for _, c := range []struct {
		name    string
		files   func(*Files)
		clients Clients
		client  *tls.Config
		fails   bool
	}{
		{"yes, with one", nil, Clients{Auth: "yes"}, client(mineCert, mineKey, nil), false},
		{"yes, without", nil, Clients{Auth: "yes"}, client("", "", nil), true},
		{"yes, a stranger", nil, Clients{Auth: "yes"}, client(strangeCert, strangeKey, func(c *tls.Config) {
			c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &c.Certificates[0], nil }
		}), true},
		{"optional, with one", nil, Clients{Auth: "optional"}, client(mineCert, mineKey, nil), false},
		{"optional, without", nil, Clients{Auth: "optional"}, client("", "", nil), false},
		{"optional, a stranger", nil, Clients{Auth: "optional"}, client(strangeCert, strangeKey, func(c *tls.Config) {
			c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &c.Certificates[0], nil }
		}), true},
		{"no, without", func(f *Files) { f.CAFile = "" }, Clients{Auth: "no"}, client("", "", nil), false},
		{"no, with one", nil, Clients{Auth: "no"}, client(strangeCert, strangeKey, nil), false},
		{"1.3 only", func(f *Files) { f.Protocols = "TLSv1.3" }, Clients{Auth: "no"}, client("", "", func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }), true},
		{"1.2 with its suite", func(f *Files) { f.Ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384" }, Clients{Auth: "no"},
			client("", "", func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }), false},
		{"1.2 with another", func(f *Files) { f.Ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384" }, Clients{Auth: "no"},
			client("", "", func(c *tls.Config) {
				c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
			}), true},
		{"1.3 with the first suite", nil, Clients{Auth: "no", Suites: "TLS_AES_128_GCM_SHA256"}, client("", "", nil), false},
	} {
		f := files
		if c.files != nil {
			c.files(&f)
		}
		s, err := NewServer(f, c.clients)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		_, serverErr, clientErr := talk(t, s.Config(), c.client)
		if (serverErr != nil || clientErr != nil) != c.fails {
			t.Errorf("%s: server %v, client %v", c.name, serverErr, clientErr)
		}
	}
	for _, suites := range []string{"TLS_AES_256_GCM_SHA384", "RC4", ":"} {
		if err := CheckServer(files, Clients{Auth: "no", Suites: suites}); err == nil || !strings.Contains(err.Error(), "tls-ciphersuites") {
			t.Errorf("%s: %v", suites, err)
		}
	}
	if err := CheckServer(Files{Cert: cert, Key: key}, Clients{Auth: "optional"}); err == nil {
		t.Error("certificates of clients are looked at without a CA")
	}
}

// TestSessions: a client resumes its session for as long as it may, and not with another
// certificate of the server.
func TestSessions(t *testing.T) {
	t.Parallel()
	ca := testcerts.New(t, t.TempDir(), "ca")
	cert, key := ca.Issue(t, "localhost")
	files := Files{Cert: cert, Key: key, CAFile: ca.File}
	for _, c := range []struct {
		name    string
		clients Clients
		change  bool
		resumes bool
	}{
		{"resumed", Clients{Auth: "no", Resume: true, ResumeFor: time.Hour}, false, true},
		{"for a week", Clients{Auth: "no", Resume: true}, false, true},
		{"too late", Clients{Auth: "no", Resume: true, ResumeFor: time.Nanosecond}, false, false},
		{"never", Clients{Auth: "no"}, false, false},
		{"another certificate", Clients{Auth: "no", Resume: true, ResumeFor: time.Hour}, true, false},
	} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			s, err := NewServer(files, c.clients)
			if err != nil {
				t.Fatal(err)
			}
			client, err := Client(Files{CAFile: ca.File}, "localhost")
			if err != nil {
				t.Fatal(err)
			}
			client.ClientSessionCache, client.MaxVersion = tls.NewLRUClientSessionCache(1), version
			for i := range 3 {
				state, serverErr, clientErr := talk(t, s.Config(), client)
				if serverErr != nil || clientErr != nil || state.DidResume != (i > 0 && c.resumes) {
					t.Errorf("%s, %s, connection %d: resumed %v, %v, %v", c.name, tls.VersionName(version), i, state.DidResume, serverErr, clientErr)
				}
				if c.change {
					if err := s.Load(files, c.clients); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
}

// TestClient: a client takes no server of another CA, nor one of another name.
func TestClient(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca, other := testcerts.New(t, dir, "ca"), testcerts.New(t, t.TempDir(), "other")
	cert, key := ca.Issue(t, "localhost")
	s, err := NewServer(Files{Cert: cert, Key: key}, Clients{Auth: "no"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		files Files
		name  string
		fails bool
	}{
		{Files{CAFile: ca.File}, "localhost", false},
		{Files{CAFile: ca.File}, "", false},
		{Files{CAFile: cert}, "", false}, // that server and no other
		{Files{CAFile: ca.File}, "elsewhere", true},
		{Files{CAFile: other.File}, "localhost", true},
		{Files{CAFile: other.File}, "", true},
		{Files{}, "localhost", true},
		{Files{}, "", true},
	} {
		config, err := Client(c.files, c.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := talk(t, s.Config(), config); (err != nil) != c.fails {
			t.Errorf("%s for %q: %v", filepath.Base(c.files.CAFile), c.name, err)
		}
	}
}
