package pubsub

import (
	"encoding/binary"
	"errors"
)

// A frame between nodes is a byte that tells what it is, and then
//
//	number    kind, subscribers, name        of a name of the sender's clients
//	heard     how many numbers the sender has taken since the wire is there
//	message   kind, length of the channel, channel, payload
//
// with counts and lengths as uvarints; what is last goes to the end.
type frameType byte

const (
	frameNumber frameType = 1 + iota
	frameHeard
	frameMessage
)

var errFrame = errors.New("malformed frame of subscriptions and messages")

// maxSubscribers bounds what a node can say of its clients.
const maxSubscribers = 1 << 31

type frame struct {
	what    frameType
	kind    Kind
	name    []byte
	n       int
	seq     uint64
	payload []byte
}

func appendNumber(b []byte, k Kind, name string, subscribers int) []byte {
	b = append(b, byte(frameNumber), byte(k))
	b = binary.AppendUvarint(b, uint64(subscribers))
	return append(b, name...)
}

func appendHeard(b []byte, n uint64) []byte {
	return binary.AppendUvarint(append(b, byte(frameHeard)), n)
}

func appendMessage(b []byte, k Kind, channel, payload []byte) []byte {
	if b == nil {
		b = make([]byte, 0, 2+binary.MaxVarintLen64+len(channel)+len(payload))
	}
	b = append(b, byte(frameMessage), byte(k))
	b = binary.AppendUvarint(b, uint64(len(channel)))
	b = append(b, channel...)
	return append(b, payload...)
}

// parseFrame reads a frame; what it returns aliases b.
func parseFrame(b []byte) (f frame, err error) {
	if len(b) < 2 {
		return f, errFrame
	}
	f.what = frameType(b[0])
	if f.what == frameHeard {
		n, size := binary.Uvarint(b[1:])
		if size <= 0 || 1+size != len(b) {
			return f, errFrame
		}
		f.seq = n
		return f, nil
	}
	f.kind = Kind(b[1])
	n, size := binary.Uvarint(b[2:])
	if size <= 0 || f.kind >= Kinds {
		return f, errFrame
	}
	rest := b[2+size:]
	switch {
	case f.what == frameNumber && n < maxSubscribers:
		f.n, f.name = int(n), rest
	case f.what == frameMessage && f.kind != Pattern && n <= uint64(len(rest)):
		f.name, f.payload = rest[:n], rest[n:]
	default:
		return f, errFrame
	}
	return f, nil
}
