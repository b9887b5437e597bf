package transport

import (
	"encoding/binary"
	"errors"
	"fmt"

	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// A long message is one with large entries. It goes over the connection in parts, and
// the short messages that come meanwhile go between them. A heartbeat behind 64 MB
// comes too late on a slow machine, and the followers elect another leader.
//
// So messages may be overtaken. Messages with entries (MsgApp, MsgProp) never pass each
// other. raft and the ledger of bundles would take that for a loss, and have them sent
// again. For the others it does not matter. A heartbeat or an answer is true whether an
// earlier message has come or not, because that may have been lost.
//
// The data of the entries is not copied until a part is made of it. On the other side
// the whole message is the memory of the entries.

const (
	// longMessage is from how many bytes on a message is sent in parts.
	longMessage = 1 << 20
	// partBytes is how much of it goes at once: on a network of 100 Mbit/s that takes
	// 20 ms.
	partBytes = 256 << 10
	// refBytes is from how many bytes on the data of an entry is not copied.
	refBytes = 64 << 10
	// partHead is what a part begins with: how many bytes of the message are left, it
	// included.
	partHead = 8
)

// The fields of raft's messages that are taken apart here.
const (
	fieldEntries   = 7 // of a message
	fieldEntryData = 4 // of an entry
)

// longOne is a message that is sent in parts.
type longOne struct {
	pieces [][]byte // of its encoding
	left   int      // bytes
}

// carriesEntries reports whether a message must not be overtaken by others that do.
func carriesEntries(m *raftpb.Message) bool {
	return m.GetType() == raftpb.MsgApp || m.GetType() == raftpb.MsgProp
}

// encodeLong encodes a message of a group. Large data is not copied: it must not change
// any more.
func encodeLong(group int, m *raftpb.Message) (*longOne, error) {
	entries := m.Entries
	m.Entries = nil
	buf, err := proto.MarshalOptions{}.MarshalAppend([]byte{byte(group)}, m)
	m.Entries = entries
	if err != nil {
		return nil, err
	}
	l := &longOne{}
	for _, e := range entries {
		head, err := proto.Marshal(&raftpb.Entry{Type: e.Type, Term: e.Term, Index: e.Index})
		if err != nil {
			return nil, err
		}
		data := e.GetData()
		size := len(head)
		if data != nil {
			size += protowire.SizeTag(fieldEntryData) + protowire.SizeBytes(len(data))
		}
		buf = protowire.AppendTag(buf, fieldEntries, protowire.BytesType)
		buf = protowire.AppendVarint(buf, uint64(size))
		buf = append(buf, head...)
		if data == nil {
			continue
		}
		buf = protowire.AppendTag(buf, fieldEntryData, protowire.BytesType)
		buf = protowire.AppendVarint(buf, uint64(len(data)))
		if len(data) < refBytes {
			buf = append(buf, data...)
			continue
		}
		l.add(buf)
		l.add(data)
		buf = nil
	}
	l.add(buf)
	return l, nil
}

func (l *longOne) add(piece []byte) {
	if len(piece) > 0 {
		l.pieces = append(l.pieces, piece)
		l.left += len(piece)
	}
}

// appendPart appends a frame with the next part to buf.
func (l *longOne) appendPart(buf []byte) []byte {
	start := len(buf)
	buf = beginFrame(buf)
	buf = binary.LittleEndian.AppendUint64(buf, uint64(l.left))
	for room := partBytes; room > 0 && len(l.pieces) > 0; {
		n := min(room, len(l.pieces[0]))
		buf = append(buf, l.pieces[0][:n]...)
		room, l.left = room-n, l.left-n
		if l.pieces[0] = l.pieces[0][n:]; len(l.pieces[0]) == 0 {
			l.pieces = l.pieces[1:]
		}
	}
	endFrame(buf, start, kindPart)
	return buf
}

// parts puts a long message together.
type parts struct {
	buf   []byte
	total int // 0: none is on its way
}

var errParts = errors.New("parts of a message that do not fit together")

// add takes a part, and returns the message when it is whole. Memory is taken for what
// has come, not for what is announced.
func (p *parts) add(body []byte, most int) (whole []byte, err error) {
	if len(body) <= partHead {
		return nil, errParts
	}
	left := binary.LittleEndian.Uint64(body)
	body = body[partHead:]
	if p.total == 0 {
		if left > uint64(most) {
			return nil, fmt.Errorf("%w: a message of %d bytes, %d allowed", errTooLong, left, most)
		}
		p.total = int(left)
	}
	if left != uint64(p.total-len(p.buf)) || uint64(len(body)) > left {
		return nil, errParts
	}
	if need := len(p.buf) + len(body); need > cap(p.buf) {
		size := min(max(2*need, longMessage), p.total)
		if need >= p.total/8 { // doubling further would copy all of it once more
			size = p.total
		}
		p.buf = append(make([]byte, 0, size), p.buf...)
	}
	p.buf = append(p.buf, body...)
	if len(p.buf) < p.total {
		return nil, nil
	}
	whole = p.buf
	*p = parts{}
	return whole, nil
}

// unmarshalOwned decodes a message whose bytes are its own from now on: the data of
// its entries is not copied.
func unmarshalOwned(body []byte, m *raftpb.Message) error {
	var rest []byte
	var entries []*raftpb.Entry
	err := fields(body, func(num protowire.Number, field, value []byte) error {
		if num != fieldEntries || value == nil {
			rest = append(rest, field...)
			return nil
		}
		var head, data []byte
		err := fields(value, func(num protowire.Number, field, value []byte) error {
			if num == fieldEntryData && value != nil {
				data = value
			} else {
				head = append(head, field...)
			}
			return nil
		})
		e := &raftpb.Entry{}
		if err == nil {
			err = proto.Unmarshal(head, e)
		}
		e.Data = data
		entries = append(entries, e)
		return err
	})
	if err == nil {
		err = proto.Unmarshal(rest, m)
	}
	m.Entries = entries
	return err
}

// fields calls fn for each field of an encoded message. It passes the number, all
// bytes, and the content if the field is a string of bytes.
func fields(b []byte, fn func(num protowire.Number, field, value []byte) error) error {
	for len(b) > 0 {
		num, typ, head := protowire.ConsumeTag(b)
		if head < 0 {
			return protowire.ParseError(head)
		}
		n := protowire.ConsumeFieldValue(num, typ, b[head:])
		if n < 0 {
			return protowire.ParseError(n)
		}
		var value []byte
		if typ == protowire.BytesType {
			v, _ := protowire.ConsumeBytes(b[head:])
			value = v[:len(v):len(v)]
		}
		if err := fn(num, b[:head+n], value); err != nil {
			return err
		}
		b = b[head+n:]
	}
	return nil
}
