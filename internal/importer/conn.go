package importer

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"time"
)

// patience is how long a server may be silent.
const patience = 60 * time.Second

// conn is a connection to a server. Commands are gathered with add, sent with
// send, and their replies read one by one.
type conn struct {
	nc   net.Conn
	br   *bufio.Reader
	out  []byte
	addr string
}

// replyError is an error reply.
type replyError string

func (e replyError) Error() string { return string(e) }

func dial(s Server) (*conn, error) {
	nc, err := net.DialTimeout("tcp", s.Addr, patience)
	if err != nil {
		return nil, err
	}
	if s.TLS != nil {
		nc = tls.Client(nc, s.TLS)
	}
	c := newConn(nc, s.Addr)
	login := [][]byte{[]byte("PING")}
	switch {
	case s.User != "":
		login = [][]byte{[]byte("AUTH"), []byte(s.User), []byte(s.Password)}
	case s.Password != "":
		login = [][]byte{[]byte("AUTH"), []byte(s.Password)}
	}
	if _, err := c.do(login...); err != nil {
		nc.Close()
		return nil, fmt.Errorf("%s: %w", s.Addr, err)
	}
	return c, nil
}

func newConn(nc net.Conn, addr string) *conn {
	return &conn{nc: nc, br: bufio.NewReaderSize(nc, 64<<10), addr: addr}
}

func (c *conn) close() { c.nc.Close() }

// add appends a command to those to be sent.
func (c *conn) add(args ...[]byte) { c.out = appendCommand(c.out, args...) }

func appendCommand(dst []byte, args ...[]byte) []byte {
	dst = append(strconv.AppendInt(append(dst, '*'), int64(len(args)), 10), "\r\n"...)
	for _, a := range args {
		dst = append(strconv.AppendInt(append(dst, '$'), int64(len(a)), 10), "\r\n"...)
		dst = append(append(dst, a...), "\r\n"...)
	}
	return dst
}

// send writes what was added.
func (c *conn) send() error {
	for part := range slices.Chunk(c.out, 1<<20) { // the time is for each part
		if err := c.nc.SetWriteDeadline(time.Now().Add(patience)); err != nil {
			return err
		}
		if _, err := c.nc.Write(part); err != nil {
			return err
		}
	}
	const keep = 8 << 20
	if c.out = c.out[:0]; cap(c.out) > keep {
		c.out = nil
	}
	return nil
}

// do sends one command and returns its reply.
func (c *conn) do(args ...[]byte) (reply, error) {
	c.add(args...)
	if err := c.send(); err != nil {
		return reply{}, err
	}
	return c.read()
}

// reply is what a server answered: text of a scalar, or elements.
type reply struct {
	null  bool
	text  []byte
	elems []reply
}

func (r *reply) int() (int64, error) { return strconv.ParseInt(string(r.text), 10, 64) }

var errProtocol = errors.New("the server does not speak Redis's protocol")

// Bounds of what a server may answer.
const (
	maxBulk  = 1 << 30
	maxElems = 1 << 20
	maxDepth = 8
)

// read reads a reply. An error reply is a replyError.
func (c *conn) read() (reply, error) { return c.readDeep(maxDepth) }

func (c *conn) readDeep(depth int) (reply, error) {
	if err := c.nc.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return reply{}, err
	}
	line, err := c.br.ReadSlice('\n')
	if err == bufio.ErrBufferFull || err == nil && (len(line) < 3 || line[len(line)-2] != '\r') {
		err = errProtocol
	}
	if err != nil {
		return reply{}, ended(err)
	}
	kind, text := line[0], line[1:len(line)-2]
	switch kind {
	case '+', ':':
		return reply{text: slices.Clone(text)}, nil
	case '-':
		return reply{}, replyError(text)
	case '$', '*':
	default:
		return reply{}, errProtocol
	}
	n, err := strconv.Atoi(string(text))
	if err != nil || n < -1 || kind == '$' && n > maxBulk || kind == '*' && (n > maxElems || depth == 0) {
		return reply{}, errProtocol
	}
	if n == -1 {
		return reply{null: true}, nil
	}
	if kind == '$' {
		return c.bulk(n)
	}
	r := reply{elems: []reply{}}
	for range n {
		e, err := c.readDeep(depth - 1)
		if err != nil {
			return r, err
		}
		r.elems = append(r.elems, e)
	}
	return r, nil
}

func (c *conn) bulk(n int) (reply, error) {
	var b []byte
	for len(b) < n+2 {
		k := min(n+2-len(b), 1<<20)
		b = slices.Grow(b, k)
		if err := c.nc.SetReadDeadline(time.Now().Add(patience)); err != nil {
			return reply{}, err
		}
		if _, err := io.ReadFull(c.br, b[len(b):len(b)+k]); err != nil {
			return reply{}, ended(err)
		}
		b = b[:len(b)+k]
	}
	return reply{text: b[:n:n]}, nil
}

// ended says what the end of a connection means.
func ended(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errors.New("the server closed the connection")
	}
	return err
}
