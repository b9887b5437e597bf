package secure

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"sync"
)

// tlsChannel is a connection with TLS. crypto/tls wants to read from and write to a
// connection: the channel itself. Its source can be changed. It keeps the written bytes
// while a caller of Seal wants to have them.
type tlsChannel struct {
	net.Conn
	c    *Conn
	tls  *tls.Conn
	head *bytes.Reader // what was read before TLS began

	mu    sync.Mutex
	keeps bool // sealed bytes are kept in out
	out   []byte
}

func (t *tlsChannel) Read(b []byte) (int, error) {
	if t.head != nil {
		if t.head.Len() > 0 {
			return t.head.Read(b)
		}
		t.head = nil
	}
	return t.c.src.Read(b)
}

// Write takes what TLS has to send. Behind the handshake it is kept for the caller of
// seal. Records that TLS sends of itself, as an answer to a change of keys, go with the
// next.
func (t *tlsChannel) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.keeps {
		return t.Conn.Write(b)
	}
	t.out = append(t.out, b...)
	return len(b), nil
}

func (t *tlsChannel) read(b []byte) (int, error) { return t.tls.Read(b) }

// buffered is always true: what crypto/tls holds is not known, and its Read is asked.
func (t *tlsChannel) buffered() bool { return true }

func (t *tlsChannel) seal(dst, plain []byte) ([]byte, error) {
	if _, err := t.tls.Write(plain); err != nil {
		return dst, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	dst = append(dst, t.out...)
	if t.out = t.out[:0]; cap(t.out) > maxKept {
		t.out = nil
	}
	return dst, nil
}

func (g *Guard) clientTLS(conn net.Conn, first []byte) (*Conn, error) {
	t := &tlsChannel{Conn: conn}
	c, err := g.handshake(t, tls.Client(t, g.tls.Peer()))
	if err != nil {
		return nil, err
	}
	_, err = c.Write(first)
	return c, err
}

func (g *Guard) serverTLS(conn net.Conn, head []byte) (*Conn, error) {
	t := &tlsChannel{Conn: conn, head: bytes.NewReader(head)}
	return g.handshake(t, tls.Server(t, g.tls.Peer()))
}

// handshake ends with both sides having shown a certificate of the cluster's CA.
func (g *Guard) handshake(t *tlsChannel, tc *tls.Conn) (*Conn, error) {
	c := &Conn{Conn: t.Conn, src: io.Reader(t.Conn), ch: t, checks: g.checks()}
	t.c, t.tls = c, tc
	if err := tc.Handshake(); err != nil {
		return nil, fmt.Errorf("TLS with the peer: %w", err)
	}
	c.certificate = tc.ConnectionState().PeerCertificates[0]
	t.mu.Lock()
	t.keeps = true
	t.mu.Unlock()
	return c, nil
}
