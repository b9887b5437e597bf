package transport

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

// together sends a message in parts to a receiver.
func together(t *testing.T, m *raftpb.Message) *raftpb.Message {
	t.Helper()
	l, err := encodeLong(1, m)
	must(t, err)
	if l.left != 1+proto.Size(m) {
		t.Errorf("%d bytes, %d as a whole", l.left, 1+proto.Size(m))
	}
	var p parts
	for {
		fr := newFrames(bytes.NewReader(l.appendPart(nil)), maxStreamFrame)
		body, err := fr.expect(kindPart)
		must(t, err)
		whole, err := p.add(body, 1<<30)
		must(t, err)
		if whole != nil {
			group, whole, err := groupOf(whole, 2)
			must(t, err)
			got, err := decodeMessage(whole, m.GetFrom(), m.GetTo(), true)
			must(t, err)
			if group != 1 {
				t.Errorf("it came for group %d", group)
			}
			return got
		}
		if most := max(2*len(p.buf)+2*longMessage, 8*len(p.buf)); cap(p.buf) > most {
			t.Fatalf("%d bytes are reserved, %d have come", cap(p.buf), len(p.buf))
		}
	}
}

// TestParts: what goes in parts comes as it was, whatever its entries are.
func TestParts(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 1))
	data := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return b
	}
	heartbeat := &raftpb.Message{Type: raftpb.MsgHeartbeat.Enum(), From: new(uint64(1)), To: new(uint64(2)), Context: data(2 * longMessage)}
	prop := &raftpb.Message{Type: raftpb.MsgProp.Enum(), From: new(uint64(1)), To: new(uint64(2)), Entries: []*raftpb.Entry{{Data: data(3 * partBytes)}}}
	for i, m := range []*raftpb.Message{
		msg(1, 2, 1, data(2*longMessage)),
		msg(1, 2, 1, nil, []byte{}, data(1), data(refBytes-1), data(refBytes), data(refBytes+1), data(20*longMessage), nil),
		msg(1, 2, 1, data(partBytes-partHead), data(partBytes)),
		heartbeat, prop, msg(1, 2, 1),
	} {
		if got := together(t, m); !proto.Equal(got, m) {
			t.Errorf("message %d is another one", i)
		}
	}
}

// TestPartsThatDoNotFit: what is not the next part of what has begun ends the
// connection, and nothing is reserved for what is only announced.
func TestPartsThatDoNotFit(t *testing.T) {
	t.Parallel()
	part := func(left byte, n int) []byte { return append([]byte{left, 0, 0, 0, 0, 0, 0, 0}, make([]byte, n)...) }
	for name, bodies := range map[string][][]byte{
		"empty":               {part(9, 0)},
		"short":               {{1, 2}},
		"more than announced": {part(3, 4)},
		"another":             {part(9, 3), part(9, 3)},
		"too long":            {part(101, 3)},
		"far too long":        {bytes.Repeat([]byte{255}, 20)},
	} {
		var p parts
		var err error
		for _, b := range bodies {
			if err == nil {
				_, err = p.add(b, 100)
			}
		}
		if err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// TestHeartbeatsOvertake: while a long message is on its way to a member that reads
// slowly, heartbeats come through. Messages with entries stay in their order.
func TestHeartbeatsOvertake(t *testing.T) {
	t.Parallel()
	a, b := pair(t, nil)
	const size = 64 << 20
	a.Send(0, []*raftpb.Message{msg(1, 2, 1)})
	a.Send(0, []*raftpb.Message{msg(1, 2, 2, make([]byte, size))})
	for i := range uint64(20) {
		a.Send(0, []*raftpb.Message{msg(1, 2, 3+i, []byte("x"))})
		a.Send(0, []*raftpb.Message{{Type: raftpb.MsgHeartbeat.Enum(), From: new(uint64(1)), To: new(uint64(2)), Term: new(i + 1)}})
	}
	eventually(t, "all of them", func() bool { return b.received() == 42 })
	got, _ := b.heard()
	next, before := uint64(1), 0 // heartbeats that came before the long one
	for _, m := range got {
		switch {
		case m.GetType() == raftpb.MsgHeartbeat:
			if next <= 2 {
				before++
			}
		case m.GetIndex() != next:
			t.Fatalf("message %d where %d belongs", m.GetIndex(), next)
		default:
			next++
		}
	}
	if before < 10 {
		t.Errorf("%d heartbeats of 20 came before the long message", before)
	}
	if s := a.Stats()[0]; s.Dropped != 0 || s.QueuedBytes != 0 {
		t.Errorf("%+v", s)
	}
}

// FuzzParts puts any parts together: no memory is taken for what is only announced, and
// what comes out is as long as it was said to be.
func FuzzParts(f *testing.F) {
	l, err := encodeLong(1, msg(1, 2, 7, make([]byte, 300)))
	must(f, err)
	whole := l.appendPart(nil)[headBytes:]
	f.Add(append([]byte{byte(len(whole)), byte(len(whole) >> 8)}, whole...))
	f.Add([]byte{9, 0, 2, 0, 0, 0, 0, 0, 0, 0, 'a', 9, 0, 1, 0, 0, 0, 0, 0, 0, 0, 'b'})
	f.Add([]byte{9, 0, 255, 255, 255, 255, 255, 255, 255, 255, 'a'})
	f.Add([]byte{8, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		const most = 1 << 20
		var p parts
		came := 0
		for len(data) > 2 {
			n := min(int(data[0])|int(data[1])<<8, len(data)-2)
			part := data[2 : 2+n]
			data = data[2+n:]
			total := p.total
			if total == 0 && n > partHead {
				total = int(binary.LittleEndian.Uint64(part))
			}
			came += n
			whole, err := p.add(part, most)
			if err != nil {
				return
			}
			if cap(p.buf) > 8*came+longMessage {
				t.Fatalf("%d bytes came, %d were reserved", came, cap(p.buf))
			}
			if whole == nil {
				continue
			}
			if len(whole) != total {
				t.Fatalf("%d bytes of %d", len(whole), total)
			}
			if _, whole, err = groupOf(whole, 2); err == nil {
				_, _ = decodeMessage(whole, 1, 2, true)
			}
		}
	})
}
