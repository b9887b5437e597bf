package transport

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"

	"github.com/msredis/msredis/internal/failpoint"
)

const (
	chunkBytes = 128 << 10
	// chunkTimeout bounds how long either side waits for the other's disk.
	chunkTimeout = 30 * time.Second
	// drainTime is how long a receiver that has said no lets the sender finish
	// its sentence, so that it hears the reason.
	drainTime = 2 * time.Second
)

// SendSnapshot sends a MsgSnap of a group and its body on a connection of its own. It
// returns at once. In the end body is closed and then done is called, exactly
// once, with nil if the receiver's handler took it.
func (t *Transport) SendSnapshot(group int, m *raftpb.Message, body io.ReadCloser, done func(error)) {
	run := func() {
		err := t.sendSnapshot(group, m, body)
		if err != nil {
			err = fmt.Errorf("snapshot for member %x: %w", m.GetTo(), err)
		}
		body.Close()
		done(err)
	}
	if !t.spawn(run) {
		go func() {
			body.Close()
			done(net.ErrClosed)
		}()
	}
}

func (t *Transport) sendSnapshot(group int, m *raftpb.Message, body io.Reader) error {
	p := t.peer(m.GetTo())
	if p == nil {
		return errors.New("not a peer")
	}
	if t.options.Filter != nil && !t.options.Filter(p.ID, m) {
		return errors.New("filtered")
	}
	head, err := proto.MarshalOptions{}.MarshalAppend([]byte{byte(group)}, m)
	if err != nil {
		return err
	}
	conn, in, err := p.open(t.ctx, forSnapshot)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(t.ctx, func() { conn.Close() })()

	err = p.sendBody(conn, head, body)
	if read := (*bodyError)(nil); errors.As(err, &read) {
		return err
	}
	if err != nil {
		// The receiver may have hung up with a reason.
		conn.SetReadDeadline(time.Now().Add(drainTime))
		if reason, rerr := in.expect(kindAnswer); rerr == nil {
			if _, rerr = parseStatus(reason); rerr != nil {
				return rerr
			}
		}
		return err
	}
	// The receiver sends signs of life while it works.
	for {
		if err := conn.SetReadDeadline(time.Now().Add(chunkTimeout)); err != nil {
			return err
		}
		k, answer, ok, err := in.next()
		if err == nil && !ok {
			err = in.fill()
		}
		if err != nil {
			return err
		}
		if ok && k == kindAnswer {
			_, err := parseStatus(answer)
			return err
		}
	}
}

// bodyError is a failure of the body, not of the connection.
type bodyError struct{ err error }

func (e *bodyError) Error() string { return "reading it: " + e.err.Error() }
func (e *bodyError) Unwrap() error { return e.err }

// sendBody writes the message, the body in chunks, and the end.
func (p *peer) sendBody(conn net.Conn, head []byte, body io.Reader) error {
	put := func(b []byte) error {
		if err := conn.SetWriteDeadline(time.Now().Add(chunkTimeout)); err != nil {
			return err
		}
		n, err := conn.Write(b)
		p.sentBytes.Add(uint64(n))
		return err
	}
	if err := put(appendFrame(nil, kindSnapshot, head)); err != nil {
		return err
	}
	buf := make([]byte, headBytes+chunkBytes)
	for total := uint64(0); ; {
		n, err := io.ReadFull(body, buf[headBytes:])
		if n > 0 {
			total += uint64(n)
			endFrame(buf[:headBytes+n], 0, kindChunk)
			if err := put(buf[:headBytes+n]); err != nil {
				return err
			}
			failpoint.Hit(failpoint.SnapshotSend)
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return put(appendFrame(nil, kindEnd, binary.LittleEndian.AppendUint64(nil, total)))
		}
		if err != nil {
			return &bodyError{err}
		}
	}
}

// takeSnapshot receives one and answers with the handler's result.
func (in *inbound) takeSnapshot(from uint64, fr *frames) {
	in.chatty.Store(true)
	body := &chunks{in: in, fr: fr}
	err := body.deadline()
	var head []byte
	if err == nil {
		head, err = fr.expect(kindSnapshot)
	}
	group := 0
	if err == nil {
		group, head, err = groupOf(head, in.t.options.Groups)
	}
	var m *raftpb.Message
	if err == nil {
		// The sender begins anew only after it has given up the one before.
		if old := in.link.snapshots[group].Swap(in); old != nil {
			old.conn.Close()
		}
		defer in.link.snapshots[group].CompareAndSwap(in, nil)
		m, err = decodeMessage(head, from, in.t.identity.Load().self, false)
	}
	if err == nil && m.GetType() != raftpb.MsgSnap {
		err = fmt.Errorf("a snapshot with a message of type %v", m.GetType())
	}
	if err == nil {
		err = in.t.handler.Snapshot(group, from, m, body)
	}
	in.chatty.Store(false)
	in.conn.SetDeadline(time.Now().Add(drainTime))
	if _, werr := in.safe.Write(appendStatus(nil, kindAnswer, nil, err)); werr == nil && err != nil {
		io.Copy(io.Discard, in.conn)
	}
}

// chunks is the body of a snapshot on its way in.
type chunks struct {
	in    *inbound
	fr    *frames
	chunk []byte // what is left of the current one
	total uint64
	err   error
}

func (c *chunks) deadline() error {
	return c.in.conn.SetReadDeadline(time.Now().Add(chunkTimeout))
}

func (c *chunks) Read(b []byte) (int, error) {
	for len(c.chunk) == 0 && c.err == nil {
		c.advance()
	}
	if len(c.chunk) == 0 {
		return 0, c.err
	}
	n := copy(b, c.chunk)
	c.chunk = c.chunk[n:]
	return n, nil
}

// advance reads the next frame of the body.
func (c *chunks) advance() {
	var k kind
	var body []byte
	err := c.deadline()
	if err == nil {
		k, body, err = c.fr.read()
	}
	switch {
	case err == io.EOF || errors.Is(err, net.ErrClosed):
		c.err = io.ErrUnexpectedEOF
	case err != nil:
		c.err = err
	case k == kindChunk:
		c.chunk = body
		c.total += uint64(len(body))
		c.in.link.recvBytes.Add(uint64(len(body)))
		c.in.link.seen.Store(c.in.t.now())
	case k == kindEnd && len(body) == 8 && binary.LittleEndian.Uint64(body) == c.total:
		c.err = io.EOF
	default:
		c.err = fmt.Errorf("snapshot broken off after %d bytes: %w", c.total, io.ErrUnexpectedEOF)
	}
}
