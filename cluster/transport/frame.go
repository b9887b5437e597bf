package transport

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// A frame is
//
//	4 bytes  length of the body, little endian
//	4 bytes  CRC-32C of kind and body
//	1 byte   kind
//	         body
//
// The layout of frames and of the bodies of hello and welcome never changes. So two
// versions can always tell each other that they do not fit.
type kind byte

const (
	kindHello    kind = 1 + iota // dialer: who and what for; see hello.go
	kindWelcome                  // acceptor: come in, or why not
	kindAlive                    // both ways, empty: no news
	kindMessage                  // a raft message: the number of its group, and the message
	kindCall                     // a one-shot request
	kindAnswer                   // to a call or a snapshot: status and result
	kindSnapshot                 // the MsgSnap that begins a snapshot, like a message
	kindChunk                    // a piece of its body
	kindEnd                      // how many bytes the body had
	kindNews                     // see news.go
	kindPart                     // a piece of a message and its group; see parts.go
)

const headBytes = 9

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var (
	errChecksum = errors.New("frame with a wrong checksum")
	errTooLong  = errors.New("frame over the limit")
)

// beginFrame appends room for a head to buf; endFrame fills it in when the body
// has been appended after it.
func beginFrame(buf []byte) []byte { return append(buf, make([]byte, headBytes)...) }

// endFrame completes the frame that begins at start.
func endFrame(buf []byte, start int, k kind) {
	buf[start+8] = byte(k)
	binary.LittleEndian.PutUint32(buf[start:], uint32(len(buf)-start-headBytes))
	binary.LittleEndian.PutUint32(buf[start+4:], crc32.Checksum(buf[start+8:], castagnoli))
}

func appendFrame(buf []byte, k kind, body ...[]byte) []byte {
	start := len(buf)
	buf = beginFrame(buf)
	for _, b := range body {
		buf = append(buf, b...)
	}
	endFrame(buf, start, k)
	return buf
}

// frames cuts what it reads into frames. It never reserves more than twice what
// has arrived, whatever a head announces.
type frames struct {
	r    io.Reader
	buf  []byte
	from int // buf[from:to] has been read and not taken
	to   int

	max   int // of a body
	begin int // size of the buffer that reading begins with
}

const (
	readBytes    = 32 << 10  // buffer to begin with
	maxReadAhead = 512 << 10 // it grows to this if reads keep filling it
)

func newFrames(r io.Reader, max int) *frames { return &frames{r: r, max: max, begin: readBytes} }

// next takes a frame out of what has been read. ok is false if there is none
// that is whole. The body is good until the next call of fill.
func (f *frames) next() (k kind, body []byte, ok bool, err error) {
	b := f.buf[f.from:f.to]
	if len(b) < headBytes {
		return 0, nil, false, nil
	}
	n := uint64(binary.LittleEndian.Uint32(b))
	if n > uint64(f.max) {
		return 0, nil, false, fmt.Errorf("%w: %d bytes, %d allowed", errTooLong, n, f.max)
	}
	end := headBytes + int(n)
	if len(b) < end {
		return 0, nil, false, nil
	}
	if crc32.Checksum(b[8:end], castagnoli) != binary.LittleEndian.Uint32(b[4:]) {
		return 0, nil, false, errChecksum
	}
	f.from += end
	return kind(b[8]), b[headBytes:end:end], true, nil
}

// fill reads once.
func (f *frames) fill() error {
	if f.from == f.to {
		f.from, f.to = 0, 0
		if len(f.buf) > maxReadAhead {
			f.buf = nil // one large frame shall not hold its memory for ever
		}
	}
	if f.to == len(f.buf) {
		f.room()
	}
	n, err := f.r.Read(f.buf[f.to:])
	f.to += n
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	if err == io.EOF && f.from != f.to {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// room makes space at the end of a buffer that is full.
func (f *frames) room() {
	rest := f.buf[f.from:f.to]
	size := max(len(f.buf), f.begin)
	// Full without a gap at the front: the frame is larger, or reads come
	// faster than they are taken.
	if f.from < len(f.buf)/2 && len(f.buf) > 0 {
		size *= 2
	}
	if size > len(f.buf) {
		grown := make([]byte, size)
		copy(grown, rest)
		f.buf = grown
	} else {
		copy(f.buf, rest)
	}
	f.from, f.to = 0, len(rest)
}

// read returns the next frame that is not just a sign of life.
func (f *frames) read() (kind, []byte, error) {
	for {
		k, body, ok, err := f.next()
		if err != nil {
			return 0, nil, err
		}
		if ok && k != kindAlive {
			return k, body, nil
		}
		if !ok {
			if err := f.fill(); err != nil {
				return 0, nil, err
			}
		}
	}
}

// expect reads a frame of one kind.
func (f *frames) expect(want kind) ([]byte, error) {
	k, body, err := f.read()
	if err == nil && k != want {
		err = fmt.Errorf("frame of kind %d where one of kind %d belongs", k, want)
	}
	return body, err
}

// groupOf takes the number of a group, of which there are some, off the body of a message.
func groupOf(body []byte, groups int) (group int, message []byte, err error) {
	if len(body) == 0 {
		return 0, nil, errors.New("empty message")
	}
	if group = int(body[0]); group >= groups {
		return 0, nil, fmt.Errorf("message of group %d, there are %d", group, groups)
	}
	return group, body[1:], nil
}

// decodeMessage reads a raft message of the member from, which has greeted, for the
// member self. Three kinds of messages are no peer's. The first comes in another
// member's name. raft would treat the second as coming from this very node. The third
// costs far more memory than it has bytes. With owned the body is the message's from
// now on.
func decodeMessage(body []byte, from, self uint64, owned bool) (*raftpb.Message, error) {
	if err := plausible(body); err != nil {
		return nil, err
	}
	unmarshal := proto.Unmarshal
	if owned {
		unmarshal = func(b []byte, m proto.Message) error { return unmarshalOwned(b, m.(*raftpb.Message)) }
	}
	m := &raftpb.Message{}
	if err := unmarshal(body, m); err != nil {
		return nil, fmt.Errorf("raft message: %w", err)
	}
	switch t := m.GetType(); t {
	case raftpb.MsgProp, raftpb.MsgApp, raftpb.MsgAppResp, raftpb.MsgVote, raftpb.MsgVoteResp, raftpb.MsgSnap,
		raftpb.MsgHeartbeat, raftpb.MsgHeartbeatResp, raftpb.MsgTimeoutNow,
		raftpb.MsgReadIndex, raftpb.MsgReadIndexResp, raftpb.MsgPreVote, raftpb.MsgPreVoteResp:
	default:
		return nil, fmt.Errorf("raft message of type %v from a peer", t)
	}
	if m.GetFrom() != from {
		return nil, fmt.Errorf("raft message in the name of member %x from member %x", m.GetFrom(), from)
	}
	if m.GetTo() != self {
		return nil, fmt.Errorf("raft message for member %x at member %x", m.GetTo(), self)
	}
	return m, nil
}

// maxEntries bounds the entries of one message. Each takes some 150 bytes of memory
// beside its data, even if it came as two bytes.
const maxEntries = 1 << 20

// plausible looks at the fields of a raft message before memory is spent on it.
func plausible(body []byte) error {
	const lastField = 13 // 14 are answers to a node's own storage
	entries := 0
	for len(body) > 0 {
		num, typ, n := protowire.ConsumeTag(body)
		if n < 0 {
			return fmt.Errorf("raft message: %w", protowire.ParseError(n))
		}
		body = body[n:]
		v := protowire.ConsumeFieldValue(num, typ, body)
		if v < 0 {
			return fmt.Errorf("raft message: %w", protowire.ParseError(v))
		}
		if num > lastField {
			return fmt.Errorf("raft message: unknown field %d", num)
		}
		if num == fieldEntries {
			if entries++; entries > maxEntries {
				return fmt.Errorf("raft message: over %d entries", maxEntries)
			}
		}
		body = body[v:]
	}
	return nil
}
