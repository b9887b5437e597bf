package wire

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// DefaultTimeout bounds each exchange of a Conn that was not told otherwise.
const DefaultTimeout = 10 * time.Second

// maxAggregate bounds what a broken server can make a test allocate.
const maxAggregate = 1 << 24

// Conn is one connection to a server. It is not safe for concurrent use.
type Conn struct {
	nc      net.Conn
	br      *bufio.Reader
	Timeout time.Duration // of one Do, Send or Recv; 0: DefaultTimeout
}

// Dial connects to a server at host:port.
func Dial(addr string) (*Conn, error) {
	nc, err := net.DialTimeout("tcp", addr, DefaultTimeout)
	if err != nil {
		return nil, err
	}
	return &Conn{nc: nc, br: bufio.NewReaderSize(nc, 64<<10)}, nil
}

// Close closes the connection.
func (c *Conn) Close() error { return c.nc.Close() }

func (c *Conn) deadline() time.Time {
	if c.Timeout > 0 {
		return time.Now().Add(c.Timeout)
	}
	return time.Now().Add(DefaultTimeout)
}

// Do sends one command and returns its reply.
func (c *Conn) Do(args ...string) (Value, error) {
	if err := c.Send(AppendCommand(nil, args...)); err != nil {
		return Value{}, err
	}
	return c.Recv()
}

// Pipeline sends the commands with one write and returns their replies.
func (c *Conn) Pipeline(cmds [][]string) ([]Value, error) {
	var b []byte
	for _, args := range cmds {
		b = AppendCommand(b, args...)
	}
	// A long pipeline may fill the buffers of both sides: send and receive at once.
	sent := make(chan error, 1)
	go func() { sent <- c.Send(b) }()
	out := make([]Value, 0, len(cmds))
	for range cmds {
		v, err := c.Recv()
		if err != nil {
			return out, err
		}
		out = append(out, v)
	}
	return out, <-sent
}

// Send writes raw bytes.
func (c *Conn) Send(b []byte) error {
	c.nc.SetWriteDeadline(c.deadline())
	_, err := c.nc.Write(b)
	return err
}

// Recv reads one reply. It returns io.EOF when the server has closed the
// connection, also when it did so with bytes of ours unread.
func (c *Conn) Recv() (Value, error) {
	c.nc.SetReadDeadline(c.deadline())
	v, err := read(c.br)
	var op *net.OpError
	if errors.As(err, &op) && !op.Timeout() {
		err = io.EOF
	}
	return v, err
}

// Quiet reports whether nothing arrives for the given time.
func (c *Conn) Quiet(d time.Duration) bool {
	c.nc.SetReadDeadline(time.Now().Add(d))
	_, err := c.br.Peek(1)
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

// AppendCommand appends args in the form in which clients send commands.
func AppendCommand(dst []byte, args ...string) []byte {
	dst = append(dst, '*')
	dst = strconv.AppendInt(dst, int64(len(args)), 10)
	dst = append(dst, '\r', '\n')
	for _, a := range args {
		dst = append(dst, '$')
		dst = strconv.AppendInt(dst, int64(len(a)), 10)
		dst = append(dst, '\r', '\n')
		dst = append(dst, a...)
		dst = append(dst, '\r', '\n')
	}
	return dst
}

func read(br *bufio.Reader) (Value, error) {
	line, err := br.ReadString('\n')
	if err != nil {
		if len(line) > 0 && err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return Value{}, err
	}
	if len(line) < 3 || line[len(line)-2] != '\r' {
		return Value{}, fmt.Errorf("reply line %q does not end with CR LF", line)
	}
	kind, text := Kind(line[0]), line[1:len(line)-2]
	switch kind {
	case Simple, Error, Integer, Double, BigNumber, Null, Bool:
		return Value{Kind: kind, Text: text}, validScalar(kind, text)
	case Bulk, Verbatim:
		return readBulk(br, kind, text)
	case Array, Map, Set, Push:
		return readAggregate(br, kind, text)
	}
	return Value{}, fmt.Errorf("reply starts with unknown type %q", line)
}

func validScalar(kind Kind, text string) error {
	ok := true
	switch kind {
	case Integer:
		_, err := strconv.ParseInt(text, 10, 64)
		ok = err == nil
	case Double:
		_, err := strconv.ParseFloat(text, 64)
		ok = err == nil
	case Bool:
		ok = text == "t" || text == "f"
	case Null:
		ok = text == ""
	case BigNumber:
		ok = strings.Trim(strings.TrimPrefix(text, "-"), "0123456789") == "" && text != ""
	}
	if !ok {
		return fmt.Errorf("malformed reply %q", string(kind)+text)
	}
	return nil
}

func readBulk(br *bufio.Reader, kind Kind, text string) (Value, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < -1 || n > 1<<30 {
		return Value{}, fmt.Errorf("malformed bulk length %q", text)
	}
	if n == -1 {
		return Value{Kind: NilBulk}, nil
	}
	buf := make([]byte, n+2)
	if _, err := io.ReadFull(br, buf); err != nil {
		return Value{}, err
	}
	if buf[n] != '\r' || buf[n+1] != '\n' {
		return Value{}, fmt.Errorf("bulk of %d bytes does not end with CR LF", n)
	}
	return Value{Kind: kind, Text: string(buf[:n])}, nil
}

func readAggregate(br *bufio.Reader, kind Kind, text string) (Value, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < -1 || n > maxAggregate {
		return Value{}, fmt.Errorf("malformed aggregate length %q", text)
	}
	if n == -1 {
		return Value{Kind: NilArray}, nil
	}
	if kind == Map {
		n *= 2
	}
	v := Value{Kind: kind, Elems: make([]Value, 0, min(n, 1024))}
	for range n {
		e, err := read(br)
		if err != nil {
			return v, err
		}
		v.Elems = append(v.Elems, e)
	}
	return v, nil
}
