package pubsub

import (
	"strconv"
	"sync"
)

// Kind is one of the three namespaces of subscriptions.
type Kind uint8

// The kinds.
const (
	Channel Kind = iota
	Pattern
	Shard
	Kinds = 3
)

// LastingFrom is the number of bytes from which a frame stays valid after the call
// that hands it out. The memory of a shorter one is used for the next message.
const LastingFrom = 4 << 10

// Message is a message on its way to the subscribers of a node.
type Message struct {
	Kind    Kind // Pattern: it goes to those who subscribed to pattern
	Pattern string
	Channel []byte
	Payload []byte

	frame [2][]byte // encoded for RESP2 and RESP3; empty: not yet
}

// messages are kept for the next ones. Else each message to a subscriber would be two
// pieces of garbage, and collecting them a quarter of the work of PUBLISH.
var messages = sync.Pool{New: func() any { return new(Message) }}

// send hands a message to the subscribers of a topic.
func (t *topic) send(k Kind, pattern string, channel, payload []byte) {
	m := messages.Get().(*Message)
	m.Kind, m.Pattern, m.Channel, m.Payload = k, pattern, channel, payload
	for _, s := range t.subs {
		s.Receive(m)
	}
	m.Pattern, m.Channel, m.Payload = "", nil, nil
	for i, frame := range m.frame {
		if m.frame[i] = frame[:0]; len(frame) >= LastingFrom {
			m.frame[i] = nil // somebody may have kept it
		}
	}
	messages.Put(m)
}

// Frame returns the message as a client gets it. It is shared: nobody may write to
// it. One of LastingFrom bytes or more may be kept. Only the goroutine that publishes
// may call it.
func (m *Message) Frame(resp3 bool) []byte {
	i, head := 0, byte('*')
	if resp3 {
		i, head = 1, '>'
	}
	if len(m.frame[i]) == 0 {
		m.frame[i] = m.encode(m.frame[i], head)
	}
	return m.frame[i]
}

// encode returns the message in b, or in new memory if it does not fit.
func (m *Message) encode(b []byte, head byte) []byte {
	name, parts := "message", 3
	switch m.Kind {
	case Pattern:
		name, parts = "pmessage", 4
	case Shard:
		name = "smessage"
	}
	const heads = 64 // the lengths and line ends
	if size := heads + len(m.Pattern) + len(m.Channel) + len(m.Payload); cap(b) < size {
		b = make([]byte, 0, size)
	}
	b = append(b, head, byte('0'+parts), '\r', '\n')
	b = appendBulk(b, name)
	if m.Kind == Pattern {
		b = appendBulk(b, m.Pattern)
	}
	b = appendBulk(b, m.Channel)
	return appendBulk(b, m.Payload)
}

func appendBulk[T string | []byte](b []byte, s T) []byte {
	b = append(b, '$')
	b = strconv.AppendInt(b, int64(len(s)), 10)
	b = append(b, '\r', '\n')
	b = append(b, s...)
	return append(b, '\r', '\n')
}
