// Package secure makes connections between the nodes of a cluster that both ends can
// rely on. Before any byte of a peer is interpreted, the peer has proven that it
// belongs to the cluster.
//
// There are three modes:
//
//	secret  both sides prove that they know the cluster's secret (secret.go), and
//	        all that follows is sealed with keys of this connection (record.go)
//	TLS     both sides show certificates of the cluster's CA (tls.go)
//	open    nothing is proven, so both ends have to be on this machine
//
// A connection of any mode is a Conn. Code that reads sockets without blocking changes
// its source (From) and writes what Seal returns.
package secure

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"

	"github.com/msredis/msredis/internal/tlsconf"
)

// Guard decides who may connect. Its methods may be called from any goroutine. A
// nil Guard is an open one.
type Guard struct {
	secrets atomic.Pointer[[][]byte]
	tls     *tlsconf.Store
	checks  func() bool // whether names are checked against certificates
}

// WithSecrets returns a Guard that asks for a secret.
func WithSecrets(secrets [][]byte) *Guard {
	g := &Guard{}
	g.SetSecrets(secrets)
	return g
}

// WithTLS returns a Guard that asks for certificates. checkNames tells whether a
// member's certificate must have the member's name.
func WithTLS(certs *tlsconf.Store, checkNames func() bool) *Guard {
	return &Guard{tls: certs, checks: checkNames}
}

// SetSecrets changes the secrets of new connections. A node proves that it knows the
// first secret, and takes any of them for proof. So a cluster can change its secret
// node by node. The list is not empty, and the Guard's from now on.
func (g *Guard) SetSecrets(secrets [][]byte) { g.secrets.Store(&secrets) }

// Open reports whether peers need no proof.
func (g *Guard) Open() bool { return g == nil }

// Why a connection did not come about; the text is for the operator.
var (
	ErrAway = errors.New("nodes on different machines need cluster-secret-file or tls-cluster, the same on each")
	// ErrUnproven is what a node says to one that offers no proof.
	ErrUnproven = errors.New("this cluster asks for proof: give the node its cluster-secret-file, or tls-cluster")
)

// Client secures a connection that this side has opened. first goes to the other
// side as the first bytes of what is sent, and is part of the proof. The caller sets
// the connection's deadline and closes it if this fails.
func (g *Guard) Client(conn net.Conn, first []byte) (*Conn, error) {
	switch {
	case g == nil:
		if !local(conn) {
			return nil, ErrAway
		}
	case g.tls != nil:
		return g.clientTLS(conn, first)
	default:
		return g.clientSecret(conn, first)
	}
	c := &Conn{Conn: conn, src: conn}
	_, err := c.Write(first)
	return c, err
}

// Server secures a connection that the other side has opened. The bytes that the other
// side has sent first are read from the Conn. The caller sets the connection's deadline
// and closes it if this fails; with ErrUnproven and ErrAway it may tell the other side
// why.
func (g *Guard) Server(conn net.Conn) (*Conn, error) {
	if g == nil && !local(conn) {
		return nil, ErrAway
	}
	var head [magicBytes]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return nil, err
	}
	knocks, asksTLS := string(head[:]) == magic, head[0] == tlsHandshake && head[1] == tlsMajor
	switch {
	case g == nil && knocks:
		conn.Write([]byte{answerNoSecret})
		return nil, errors.New("the peer offers to prove a cluster-secret, and this node has none")
	case g != nil && !knocks && !asksTLS:
		return nil, ErrUnproven
	case (g == nil || g.tls == nil) && asksTLS:
		return nil, errors.New("the peer wants TLS, and this node has no tls-cluster")
	case g != nil && g.tls != nil && knocks:
		conn.Write([]byte{answerTLS})
		return nil, errors.New("the peer offers to prove a cluster-secret, and this node wants TLS")
	case g == nil:
		c := &Conn{Conn: conn, src: conn, first: append([]byte(nil), head[:]...)}
		return c, nil
	case g.tls != nil:
		return g.serverTLS(conn, head[:])
	}
	return g.serverSecret(conn)
}

// local reports whether both ends of a connection are on this machine, where the
// addresses say so for sure.
func local(conn net.Conn) bool {
	return loopback(conn.LocalAddr()) && loopback(conn.RemoteAddr())
}

func loopback(a net.Addr) bool {
	t, ok := a.(*net.TCPAddr)
	return ok && t.IP.IsLoopback()
}

// channel is what a mode makes of a connection. It is read by one goroutine at a
// time, and written to by one at a time.
type channel interface {
	// read reads what the other side has sent from Conn.src.
	read(b []byte) (int, error)
	// buffered reports whether read may return something without reading src.
	buffered() bool
	// seal appends what goes over the wire for plain.
	seal(dst, plain []byte) ([]byte, error)
}

// Conn is a connection whose other end has proven that it belongs here. Its Read and
// Write are those of net.Conn. The embedded connection is the socket's own.
type Conn struct {
	net.Conn
	ch    channel // nil: open
	src   io.Reader
	first []byte // read before all others

	mu  sync.Mutex // held while something is sealed and written
	out []byte

	certificate *x509.Certificate // the other side's; nil: it has shown none
	checks      bool              // it must have the right name
}

// Read reads what the other side has sent.
func (c *Conn) Read(b []byte) (int, error) {
	if len(c.first) > 0 {
		n := copy(b, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	if c.ch == nil {
		return c.src.Read(b)
	}
	return c.ch.read(b)
}

// Buffered reports whether Read may return something without reading the socket.
func (c *Conn) Buffered() bool {
	return len(c.first) > 0 || c.ch != nil && c.ch.buffered()
}

// Write sends plain to the other side.
func (c *Conn) Write(plain []byte) (int, error) {
	if c.ch == nil {
		return c.Conn.Write(plain)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var err error
	if c.out, err = c.ch.seal(c.out[:0], plain); err != nil {
		return 0, err
	}
	if _, err := c.Conn.Write(c.out); err != nil {
		return 0, err
	}
	if cap(c.out) > maxKept {
		c.out = nil
	}
	return len(plain), nil
}

// maxKept is how large a buffer may be kept for the next time.
const maxKept = 256 << 10

// Sealed reports whether what goes over the wire is not what is sent.
func (c *Conn) Sealed() bool { return c.ch != nil }

// Seal appends to dst what has to go over the wire for plain, in the order of the
// calls. It is for callers who write to the socket themselves, and do not use Write.
func (c *Conn) Seal(dst, plain []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ch == nil {
		return append(dst, plain...), nil
	}
	return c.ch.seal(dst, plain)
}

// From has Read read r, which reads the same socket, from now on. An error of r that
// says that it is temporary may be followed by more.
func (c *Conn) From(r io.Reader) { c.src = r }

// Named returns an error if the other side's certificate has to have a name and is
// one of somebody else.
func (c *Conn) Named(name string) error {
	if !c.checks {
		return nil
	}
	if name == "" {
		return errors.New("the name that belongs to its certificate is not known yet")
	}
	if c.certificate.Subject.CommonName == name || c.certificate.VerifyHostname(name) == nil {
		return nil
	}
	return fmt.Errorf("the certificate is %q's, not node %q's: its name has to be among the DNS names, or the common name (tls-cluster-name-check)",
		c.certificate.Subject.CommonName, name)
}
