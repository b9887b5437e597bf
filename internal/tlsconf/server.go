package tlsconf

import (
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Clients say how a server deals with its clients; the names are those of the options.
type Clients struct {
	Auth      string        // tls-auth-clients: "no", "optional" or "yes"
	Suites    string        // tls-ciphersuites: OpenSSL's names, for TLS 1.3; "": all
	Resume    bool          // tls-session-caching
	ResumeFor time.Duration // tls-session-cache-timeout
}

var auths = map[string]tls.ClientAuthType{
	"no": tls.NoClientCert, "optional": tls.VerifyClientCertIfGiven, "yes": tls.RequireAndVerifyClientCert,
}

// Server holds what a server of clients needs, as it was loaded last. Its methods may be
// called from any goroutine.
type Server struct {
	store   Store
	mu      sync.Mutex // one change at a time
	clients Clients
	config  atomic.Pointer[tls.Config]
}

// NewServer loads files for the first time.
func NewServer(f Files, c Clients) (*Server, error) {
	s := &Server{}
	return s, s.Load(f, c)
}

// CheckServer reports why files could not be loaded for a server.
func CheckServer(f Files, c Clients) error {
	_, err := NewServer(f, c)
	return err
}

// Load loads files for all connections from now on. If it fails, nothing changes.
func (s *Server) Load(f Files, c Clients) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := suites13(c.Suites); err != nil {
		return err
	}
	f.NoCA = c.Auth == "no"
	if err := s.store.Load(f); err != nil {
		return err
	}
	s.clients = c
	s.config.Store(s.build())
	return nil
}

// Refresh loads the same files again if one of them has changed; see Store.Refresh.
func (s *Server) Refresh() (changed bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if changed, err = s.store.Refresh(); changed {
		s.config.Store(s.build())
	}
	return changed, err
}

// Expires returns when the certificate ends to be valid.
func (s *Server) Expires() time.Time { return s.store.Expires() }

// Config returns the configuration of the connections that clients open now. It is the
// same one until something is loaded, for it has the keys of the sessions that clients
// resume. So no session outlives the certificates with which it began.
func (s *Server) Config() *tls.Config { return s.config.Load() }

// Anonymous returns a configuration for connections on which no certificate is asked for, as
// of a scraper of figures. Files that are loaded later hold for it, too.
func (s *Server) Anonymous() *tls.Config {
	return &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		config := s.Config().Clone()
		config.ClientAuth = tls.NoClientCert
		return config, nil
	}}
}

// build makes the configuration. mu is held.
func (s *Server) build() *tls.Config {
	m, c := s.store.now.Load(), s.clients
	config := &tls.Config{
		Certificates: []tls.Certificate{m.cert}, MinVersion: m.min, MaxVersion: m.max, CipherSuites: m.suites,
		ClientAuth: auths[c.Auth], ClientCAs: m.roots,
		// The replies of a pipeline are to be one record.
		DynamicRecordSizingDisabled: true,
		SessionTicketsDisabled:      !c.Resume,
	}
	allowed, _ := suites13(c.Suites) // checked by Load
	if allowed != nil {
		config.VerifyConnection = func(cs tls.ConnectionState) error {
			if cs.Version == tls.VersionTLS13 && !slices.Contains(allowed, cs.CipherSuite) {
				return fmt.Errorf("tls-ciphersuites does not have %s", tls.CipherSuiteName(cs.CipherSuite))
			}
			return nil
		}
	}
	if c.Resume {
		limitSessions(config, c.ResumeFor)
	}
	return config
}

// limitSessions has sessions resumed for so long only; 0: as long as crypto/tls does. A
// ticket has the time at which its session began, which crypto/tls does not tell.
func limitSessions(config *tls.Config, life time.Duration) {
	if life == 0 {
		return
	}
	config.WrapSession = func(cs tls.ConnectionState, ss *tls.SessionState) ([]byte, error) {
		if !slices.ContainsFunc(ss.Extra, isMark) { // one that is resumed keeps its time
			ss.Extra = append(ss.Extra, binary.BigEndian.AppendUint64([]byte(mark), uint64(time.Now().UnixNano())))
		}
		return config.EncryptTicket(cs, ss)
	}
	config.UnwrapSession = func(ticket []byte, cs tls.ConnectionState) (*tls.SessionState, error) {
		ss, err := config.DecryptTicket(ticket, cs)
		if ss == nil || err != nil {
			return nil, err
		}
		i := slices.IndexFunc(ss.Extra, isMark)
		if i < 0 {
			return nil, nil
		}
		began := time.Unix(0, int64(binary.BigEndian.Uint64(ss.Extra[i][len(mark):])))
		if age := time.Since(began); age < 0 || age > life {
			return nil, nil // a full handshake
		}
		return ss, nil
	}
}

// mark begins limitSessions' part of a session.
const mark = "msredis"

// isMark reports whether it is limitSessions' part of a session.
func isMark(extra []byte) bool {
	return len(extra) == len(mark)+8 && string(extra[:len(mark)]) == mark
}

// names13 are the suites of TLS 1.3. Which of them is used, crypto/tls chooses. The first
// is its choice for nearly all clients, and cannot be done without.
var names13 = map[string]uint16{
	"TLS_AES_128_GCM_SHA256":       tls.TLS_AES_128_GCM_SHA256,
	"TLS_AES_256_GCM_SHA384":       tls.TLS_AES_256_GCM_SHA384,
	"TLS_CHACHA20_POLY1305_SHA256": tls.TLS_CHACHA20_POLY1305_SHA256,
}

// suites13 reads tls-ciphersuites; nil: all.
func suites13(text string) ([]uint16, error) {
	if text == "" {
		return nil, nil
	}
	var ids []uint16
	for word := range strings.SplitSeq(text, ":") {
		id, ok := names13[word]
		if !ok {
			return nil, fmt.Errorf("tls-ciphersuites: %q is no cipher suite of TLS 1.3 that is used here", word)
		}
		ids = append(ids, id)
	}
	if !slices.Contains(ids, tls.TLS_AES_128_GCM_SHA256) {
		return nil, fmt.Errorf("tls-ciphersuites: TLS_AES_128_GCM_SHA256 cannot be left out")
	}
	return ids, nil
}
