// Package tlsconf loads certificates and keys as Redis's tls options name them, and
// loads them anew while connections come and go. The holder of a Store asks it for the
// configuration of each connection.
package tlsconf

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Files say what to load; the names are those of the options.
type Files struct {
	Cert    string // tls-cert-file: with the chain, if there is one
	Key     string // tls-key-file
	KeyPass string // tls-key-file-pass
	CAFile  string // tls-ca-cert-file
	CADir   string // tls-ca-cert-dir: every file in it is read

	NoCA bool // nobody's certificate is looked at, so there need not be a CA

	Protocols string // tls-protocols: "TLSv1.2 TLSv1.3"; "": both
	Ciphers   string // tls-ciphers: OpenSSL's names, for TLS 1.2; "": Go's choice
}

// material is what Files were when they were loaded.
type material struct {
	files    Files
	stamps   []stamp
	cert     tls.Certificate
	roots    *x509.CertPool
	min, max uint16
	suites   []uint16
}

// stamp tells whether a file has changed.
type stamp struct {
	path string
	mod  time.Time
	size int64
}

// Store holds what was loaded last. Its methods may be called from any goroutine.
type Store struct {
	mu  sync.Mutex // one Load at a time
	now atomic.Pointer[material]
}

// New loads files for the first time.
func New(f Files) (*Store, error) {
	s := &Store{}
	return s, s.Load(f)
}

// Check reports why files could not be loaded.
func Check(f Files) error {
	_, err := read(f)
	return err
}

// Load loads files for all connections from now on. If it fails, nothing changes.
func (s *Store) Load(f Files) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := read(f)
	if err == nil {
		s.now.Store(m)
	}
	return err
}

// Refresh loads the same files again if one of them has changed, and reports whether
// it did. Until all of them fit together again, what was loaded stays.
func (s *Store) Refresh() (changed bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.now.Load()
	stamps, err := stampsOf(old.files)
	if err == nil && slices.Equal(stamps, old.stamps) {
		return false, nil
	}
	m, err := read(old.files)
	if err != nil {
		return false, err
	}
	s.now.Store(m)
	return true, nil
}

// Expires returns when the certificate ends to be valid.
func (s *Store) Expires() time.Time { return s.now.Load().cert.Leaf.NotAfter }

// Peer returns the configuration of one connection between two nodes, for either
// side: both show a certificate that the CA has signed. Names are not checked.
func (s *Store) Peer() *tls.Config {
	m := s.now.Load()
	return &tls.Config{
		Certificates: []tls.Certificate{m.cert}, MinVersion: m.min, MaxVersion: m.max, CipherSuites: m.suites,
		// VerifyConnection does what these leave out, with a use for each side.
		InsecureSkipVerify: true, ClientAuth: tls.RequireAnyClientCert,
		VerifyConnection: m.verify,
		// One record is one read of an event loop, and nothing is resumed.
		DynamicRecordSizingDisabled: true, SessionTicketsDisabled: true,
	}
}

// verify checks that the CA has signed the other side's certificate for its part. A
// dialer has no name to ask for, which tells the parts apart: so either use will do.
func (m *material) verify(cs tls.ConnectionState) error {
	if len(cs.PeerCertificates) == 0 {
		return errors.New("the peer shows no certificate")
	}
	between := x509.NewCertPool()
	for _, c := range cs.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := cs.PeerCertificates[0].Verify(x509.VerifyOptions{
		Roots: m.roots, Intermediates: between,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	})
	return err
}

func read(f Files) (*material, error) {
	m := &material{files: f}
	var err error
	if m.stamps, err = stampsOf(f); err != nil {
		return nil, err
	}
	if m.cert, err = certificate(f); err != nil {
		return nil, err
	}
	if m.roots, err = roots(f); err != nil {
		return nil, err
	}
	if m.min, m.max, err = Versions(f.Protocols); err != nil {
		return nil, err
	}
	m.suites, err = Suites(f.Ciphers)
	return m, err
}

// paths are the files that have to be read. Those of a directory are found anew.
func (f Files) paths() ([]string, error) {
	var all []string
	for _, path := range []string{f.Cert, f.Key, f.CAFile} {
		if path != "" {
			all = append(all, path)
		}
	}
	ca, err := f.directory()
	return append(all, ca...), err
}

func (f Files) directory() (paths []string, err error) {
	if f.CADir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(f.CADir)
	if err != nil {
		return nil, fmt.Errorf("tls-ca-cert-dir: %w", err)
	}
	for _, e := range entries {
		path := filepath.Join(f.CADir, e.Name())
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() { // links of c_rehash lead to files
			paths = append(paths, path)
		}
	}
	return paths, nil
}

func stampsOf(f Files) ([]stamp, error) {
	paths, err := f.paths()
	if err != nil {
		return nil, err
	}
	var stamps []stamp
	for _, path := range paths {
		st, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		stamps = append(stamps, stamp{path, st.ModTime(), st.Size()})
	}
	return stamps, nil
}

func certificate(f Files) (tls.Certificate, error) {
	if f.Cert == "" || f.Key == "" {
		return tls.Certificate{}, errors.New("TLS needs tls-cert-file and tls-key-file")
	}
	cert, err := os.ReadFile(f.Cert)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("tls-cert-file: %w", err)
	}
	key, err := os.ReadFile(f.Key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("tls-key-file: %w", err)
	}
	if key, err = decryptKey(key, f.KeyPass); err != nil {
		return tls.Certificate{}, fmt.Errorf("tls-key-file %s: %w", f.Key, err)
	}
	c, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return c, fmt.Errorf("tls-cert-file %s and tls-key-file %s: %w", f.Cert, f.Key, err)
	}
	return c, nil
}

func roots(f Files) (*x509.CertPool, error) {
	if f.CAFile == "" && f.CADir == "" {
		if f.NoCA {
			return nil, nil
		}
		return nil, errors.New("TLS needs tls-ca-cert-file or tls-ca-cert-dir")
	}
	pool := x509.NewCertPool()
	if f.CAFile != "" {
		data, err := os.ReadFile(f.CAFile)
		if err != nil {
			return nil, fmt.Errorf("tls-ca-cert-file: %w", err)
		}
		if !pool.AppendCertsFromPEM(data) {
			return nil, fmt.Errorf("tls-ca-cert-file %s has no certificate", f.CAFile)
		}
	}
	paths, err := f.directory()
	if err != nil {
		return nil, err
	}
	found := false
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("tls-ca-cert-dir: %w", err)
		}
		found = pool.AppendCertsFromPEM(data) || found
	}
	if f.CADir != "" && !found {
		return nil, fmt.Errorf("tls-ca-cert-dir %s has no certificate", f.CADir)
	}
	return pool, nil
}

// Versions reads tls-protocols. Versions between two that are named are allowed as
// well.
func Versions(text string) (lowest, highest uint16, err error) {
	known := map[string]uint16{"tlsv1.2": tls.VersionTLS12, "tlsv1.3": tls.VersionTLS13}
	for word := range strings.FieldsSeq(strings.ToLower(text)) {
		v, ok := known[word]
		if !ok {
			return 0, 0, fmt.Errorf("tls-protocols: %q is neither TLSv1.2 nor TLSv1.3", word)
		}
		if lowest == 0 || v < lowest {
			lowest = v
		}
		highest = max(highest, v)
	}
	if lowest == 0 {
		return tls.VersionTLS12, tls.VersionTLS13, nil
	}
	return lowest, highest, nil
}

// opensslNames are OpenSSL's names of the suites that Go holds to be secure.
var opensslNames = map[string]uint16{
	"ECDHE-ECDSA-AES128-GCM-SHA256": tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	"ECDHE-ECDSA-AES256-GCM-SHA384": tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	"ECDHE-RSA-AES128-GCM-SHA256":   tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	"ECDHE-RSA-AES256-GCM-SHA384":   tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	"ECDHE-ECDSA-CHACHA20-POLY1305": tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	"ECDHE-RSA-CHACHA20-POLY1305":   tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

// Suites reads tls-ciphers: names with colons, of OpenSSL or of the standard. Words
// that only make OpenSSL's list shorter or order it (DEFAULT, !MEDIUM, @STRENGTH) mean
// nothing here, as no weak suite is ever used.
func Suites(text string) ([]uint16, error) {
	var ids []uint16
	for word := range strings.SplitSeq(text, ":") {
		if id, ok := opensslNames[word]; ok {
			ids = append(ids, id)
			continue
		}
		i := slices.IndexFunc(tls.CipherSuites(), func(c *tls.CipherSuite) bool { return c.Name == word })
		switch {
		case i >= 0:
			ids = append(ids, tls.CipherSuites()[i].ID)
		case word == "" || strings.ContainsAny(word[:1], "!-+@"):
		case word == "DEFAULT" || word == "HIGH" || word == "ALL":
			return nil, nil
		default:
			return nil, fmt.Errorf("tls-ciphers: %q is no cipher suite that is used here", word)
		}
	}
	return ids, nil
}
