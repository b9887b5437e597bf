package secure

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
)

// How two nodes prove to each other that they know the cluster's secret.
//
//	dialer    magic, nonce
//	acceptor  1, nonce
//	dialer    length of first, first, HMAC(proof of the dialer, transcript)
//	acceptor  1, HMAC(proof of the acceptor, transcript)
//
// The transcript is both nonces and first, which holds the cluster, both members and
// what the connection is for. All keys come from the secret and both nonces by HKDF,
// one for each use and side. So no proof can be used for another connection, another
// member, or against the one that has made it.
//
// The dialer proves first: a stranger that connects learns nothing that depends on the
// secret. It has to guess a secret on line, and MinSecret sees to it that this is
// hopeless. A listener on the connection could try guesses off line. So the secret is
// to be a random one and not a word.

const (
	magic        = "msredis\x01"
	magicBytes   = len(magic)
	nonceBytes   = 32
	proofBytes   = sha256.Size
	maxFirst     = 1 << 10 // what is read before the proof
	tlsHandshake = 0x16    // the first byte of a connection with TLS
	tlsMajor     = 3       // the second
	tlsAlert     = 0x15

	// MinSecret is the least length of a secret, in bytes.
	MinSecret = 16
	// MaxSecrets is how many may be accepted at a time.
	MaxSecrets = 4
)

// Answers of an acceptor. Those that say no are hints for the operator: they are not
// proven, and nothing follows from them.
const (
	answerYes      = 1
	answerNoSecret = 2 // this node has none
	answerTLS      = 3 // this node wants TLS
	answerWrong    = 4 // the proof is not of a secret of this node
)

var (
	errWrongSecret = errors.New("the peer has another cluster-secret than this node")
	errNoSecret    = errors.New("the peer has no cluster-secret")
	errWantsTLS    = errors.New("the peer wants TLS (tls-cluster)")
	errNoAnswer    = errors.New("the peer does not answer as a node with a cluster-secret does")
)

// session is what one secret and two nonces make.
type session struct{ prk []byte }

func newSession(secret []byte, nonces []byte) (session, error) {
	prk, err := hkdf.Extract(sha256.New, secret, nonces)
	return session{prk}, err
}

// key derives the key for one use.
func (s session) key(use string, transcript []byte) ([]byte, error) {
	sum := sha256.Sum256(transcript)
	return hkdf.Expand(sha256.New, s.prk, "msredis peer 1 "+use+string(sum[:]), 32)
}

// proof is what a side shows for its role.
func (s session) proof(role string, transcript []byte) ([]byte, error) {
	key, err := s.key("proof "+role, nil)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(transcript)
	return mac.Sum(nil), nil
}

const (
	dialer   = "dialer"
	acceptor = "acceptor"
)

// channel returns the sealed connection of the side role.
func (s session) channel(c *Conn, role, other string, transcript []byte) (channel, error) {
	out, err := s.key("frames "+role, transcript)
	if err != nil {
		return nil, err
	}
	in, err := s.key("frames "+other, transcript)
	if err != nil {
		return nil, err
	}
	return newRecords(c, out, in)
}

func (g *Guard) clientSecret(conn net.Conn, first []byte) (*Conn, error) {
	if len(first) > maxFirst {
		return nil, errors.New("too long an introduction")
	}
	var nonces [2 * nonceBytes]byte
	rand.Read(nonces[:nonceBytes]) // never fails (crypto/rand)
	if _, err := conn.Write(append([]byte(magic), nonces[:nonceBytes]...)); err != nil {
		return nil, err
	}
	if err := readYes(conn); err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(conn, nonces[nonceBytes:]); err != nil {
		return nil, err
	}
	s, err := newSession((*g.secrets.Load())[0], nonces[:])
	if err != nil {
		return nil, err
	}
	transcript := append(nonces[:], first...)
	mine, err := s.proof(dialer, transcript)
	if err != nil {
		return nil, err
	}
	message := append([]byte{byte(len(first)), byte(len(first) >> 8)}, first...)
	if _, err := conn.Write(append(message, mine...)); err != nil {
		return nil, err
	}
	if err := readYes(conn); err != nil {
		return nil, err
	}
	want, err := s.proof(acceptor, transcript)
	if err != nil {
		return nil, err
	}
	var theirs [proofBytes]byte
	if _, err := io.ReadFull(conn, theirs[:]); err != nil {
		return nil, err
	}
	if !hmac.Equal(theirs[:], want) {
		return nil, errWrongSecret
	}
	c := &Conn{Conn: conn, src: conn}
	c.ch, err = s.channel(c, dialer, acceptor, transcript)
	return c, err
}

// readYes reads an acceptor's answer.
func readYes(conn net.Conn) error {
	var b [1]byte
	if _, err := io.ReadFull(conn, b[:]); err != nil {
		if err == io.EOF {
			return errNoAnswer
		}
		return err
	}
	switch b[0] {
	case answerYes:
		return nil
	case answerNoSecret:
		return errNoSecret
	case answerWrong:
		return errWrongSecret
	case answerTLS, tlsAlert:
		return errWantsTLS
	}
	return errNoAnswer
}

// serverSecret goes on behind the magic.
func (g *Guard) serverSecret(conn net.Conn) (*Conn, error) {
	var nonces [2 * nonceBytes]byte
	if _, err := io.ReadFull(conn, nonces[:nonceBytes]); err != nil {
		return nil, err
	}
	rand.Read(nonces[nonceBytes:]) // never fails (crypto/rand)
	if _, err := conn.Write(append([]byte{answerYes}, nonces[nonceBytes:]...)); err != nil {
		return nil, err
	}
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return nil, err
	}
	n := int(size[0]) | int(size[1])<<8
	if n > maxFirst {
		return nil, errors.New("too long an introduction")
	}
	message := make([]byte, n+proofBytes)
	if _, err := io.ReadFull(conn, message); err != nil {
		return nil, err
	}
	first, theirs := message[:n:n], message[n:]
	transcript := append(nonces[:], first...)
	for _, secret := range *g.secrets.Load() {
		s, err := newSession(secret, nonces[:])
		if err != nil {
			return nil, err
		}
		want, err := s.proof(dialer, transcript)
		if err != nil {
			return nil, err
		}
		if !hmac.Equal(theirs, want) {
			continue
		}
		mine, err := s.proof(acceptor, transcript)
		if err != nil {
			return nil, err
		}
		if _, err := conn.Write(append([]byte{answerYes}, mine...)); err != nil {
			return nil, err
		}
		c := &Conn{Conn: conn, src: conn, first: first}
		c.ch, err = s.channel(c, acceptor, dialer, transcript)
		return c, err
	}
	conn.Write([]byte{answerWrong})
	return nil, errWrongSecret
}

// ParseSecrets reads the content of a file with secrets, one a line, as SetSecrets
// takes them.
func ParseSecrets(data []byte) ([][]byte, error) {
	var secrets [][]byte
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		line = bytes.Trim(line, " \t\r")
		switch {
		case len(line) == 0:
			continue
		case len(line) < MinSecret:
			return nil, fmt.Errorf("a secret has at least %d characters; make one with: openssl rand -hex 32", MinSecret)
		case len(secrets) == MaxSecrets:
			return nil, fmt.Errorf("more than %d secrets", MaxSecrets)
		}
		secrets = append(secrets, line)
	}
	if len(secrets) == 0 {
		return nil, errors.New("there is no secret in it; make one with: openssl rand -hex 32")
	}
	return secrets, nil
}
