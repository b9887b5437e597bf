package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"
)

// version is the version of what follows the handshake. Nodes of different
// versions do not talk.
const version = 1

// purpose is what a connection is for.
type purpose byte

const (
	forMessages purpose = 1 + iota
	forSnapshot
	forCall
	forNews
)

// hello is how a dialer introduces itself.
type hello struct {
	version uint16
	purpose purpose
	cluster uint64 // 0: not known (calls only)
	from    uint64 // 0: not a member (calls only)
	to      uint64 // whom the dialer means to reach; 0: whoever it is (calls only)
}

const helloBytes = 2 + 1 + 3*8

func (h hello) append(buf []byte) []byte {
	start := len(buf)
	buf = beginFrame(buf)
	buf = binary.LittleEndian.AppendUint16(buf, h.version)
	buf = append(buf, byte(h.purpose))
	for _, v := range [...]uint64{h.cluster, h.from, h.to} {
		buf = binary.LittleEndian.AppendUint64(buf, v)
	}
	endFrame(buf, start, kindHello)
	return buf
}

func parseHello(b []byte) (h hello, err error) {
	if len(b) < helloBytes {
		return h, errors.New("short introduction")
	}
	h.version = binary.LittleEndian.Uint16(b)
	h.purpose = purpose(b[2])
	h.cluster = binary.LittleEndian.Uint64(b[3:])
	h.from = binary.LittleEndian.Uint64(b[11:])
	h.to = binary.LittleEndian.Uint64(b[19:])
	return h, nil
}

// RefusedError is what a peer answered instead of letting us in.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return "refused by the peer: " + e.Reason }

// appendStatus appends a frame that says yes with a result, or no with a reason.
func appendStatus(buf []byte, k kind, result []byte, err error) []byte {
	if err != nil {
		return appendFrame(buf, k, []byte{1}, []byte(err.Error()))
	}
	return appendFrame(buf, k, []byte{0}, result)
}

func parseStatus(b []byte) ([]byte, error) {
	if len(b) == 0 {
		return nil, errors.New("empty answer")
	}
	if b[0] != 0 {
		return nil, &RefusedError{string(b[1:])}
	}
	return b[1:], nil
}

// admit decides about a connection.
func (t *Transport) admit(h hello) error {
	id := t.identity.Load()
	switch {
	case h.version != version:
		return fmt.Errorf("protocol version %d, this node speaks %d", h.version, version)
	case h.purpose == forCall:
		if h.cluster != 0 && id.cluster != 0 && h.cluster != id.cluster {
			return wrongCluster(h.cluster, id.cluster)
		}
		return nil
	case h.purpose != forMessages && h.purpose != forSnapshot && (h.purpose != forNews || t.options.News == nil):
		return fmt.Errorf("connection of unknown purpose %d", h.purpose)
	case id.cluster == 0 || id.self == 0 || !t.ready.Load():
		return errors.New("this node is still starting")
	case h.cluster != id.cluster:
		return wrongCluster(h.cluster, id.cluster)
	case h.to != id.self:
		return fmt.Errorf("this is member %x, not member %x", id.self, h.to)
	case h.from == 0 || h.from == id.self:
		return fmt.Errorf("member %x cannot come from outside", h.from)
	case !t.room(h.from):
		return errors.New("this node has heard of too many members")
	}
	return t.handler.Admit(h.from)
}

func wrongCluster(theirs, ours uint64) error {
	return fmt.Errorf("cluster %x, this node belongs to cluster %x", theirs, ours)
}

// greet introduces this node on a fresh connection. more is sent along, before
// the answer is there.
func greet(conn net.Conn, h hello, more []byte, timeout time.Duration) (*frames, error) {
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return nil, err
	}
	if _, err := conn.Write(append(h.append(nil), more...)); err != nil {
		return nil, err
	}
	in := newFrames(conn, maxSmallFrame)
	body, err := in.expect(kindWelcome)
	if err != nil {
		return nil, fmt.Errorf("handshake: %w", err)
	}
	if _, err := parseStatus(body); err != nil {
		return nil, err
	}
	return in, conn.SetDeadline(time.Time{})
}
