package pubsub

import "strconv"

// Kind is one of the three namespaces of subscriptions.
type Kind uint8

// The kinds.
const (
	Channel Kind = iota
	Pattern
	Shard
	Kinds = 3
)

// Message is a message on its way to the subscribers of a node.
type Message struct {
	Kind    Kind // Pattern: it goes to those who subscribed to pattern
	Pattern string
	Channel []byte
	Payload []byte

	frame [2][]byte // encoded for RESP2 and RESP3; nil: not yet
}

// Frame returns the message as a client gets it. It is shared: nobody may write
// to it. Only the goroutine that publishes may call it.
func (m *Message) Frame(resp3 bool) []byte {
	if !resp3 {
		if m.frame[0] == nil {
			m.frame[0] = m.encode('*')
		}
		return m.frame[0]
	}
	if m.frame[1] == nil {
		m.frame[1] = m.encode('>')
	}
	return m.frame[1]
}

func (m *Message) encode(head byte) []byte {
	name, parts := "message", 3
	switch m.Kind {
	case Pattern:
		name, parts = "pmessage", 4
	case Shard:
		name = "smessage"
	}
	const heads = 64 // the lengths and line ends
	b := make([]byte, 0, heads+len(m.Pattern)+len(m.Channel)+len(m.Payload))
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
