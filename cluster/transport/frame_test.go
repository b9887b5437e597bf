package transport

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand"
	"testing"
	"testing/iotest"

	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

func TestFramesInPieces(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewSource(1))
	var wire []byte
	var want [][]byte
	for i := range 300 {
		n := rnd.Intn(300)
		if i%60 == 59 {
			n = rnd.Intn(3 * maxReadAhead)
		}
		body := make([]byte, n)
		rnd.Read(body)
		want = append(want, body)
		wire = appendFrame(wire, kindChunk, body)
	}
	for name, r := range map[string]io.Reader{
		"all at once": bytes.NewReader(wire),
		"halves":      iotest.HalfReader(bytes.NewReader(wire)),
		"with eof":    iotest.DataErrReader(bytes.NewReader(wire)),
		"odd pieces":  &pieces{wire, rnd},
	} {
		f := newFrames(r, 1<<24)
		for i, w := range want {
			k, body, err := f.read()
			if err != nil || k != kindChunk || !bytes.Equal(body, w) {
				t.Fatalf("%s: frame %d: kind %d, %d bytes, %v", name, i, k, len(body), err)
			}
		}
		if _, _, err := f.read(); err != io.EOF {
			t.Errorf("%s: at the end: %v", name, err)
		}
	}
}

type pieces struct {
	b   []byte
	rnd *rand.Rand
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.b) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.b[:min(len(p.b), 1+p.rnd.Intn(5000))])
	p.b = p.b[n:]
	return n, nil
}

// TestMemoryFollowsBytes announces a huge frame and sends little of it.
func TestMemoryFollowsBytes(t *testing.T) {
	t.Parallel()
	for _, sent := range []int{0, 1 << 10, 1 << 20, 5 << 20} {
		head := binary.LittleEndian.AppendUint32(nil, 1<<30-1)
		f := newFrames(io.MultiReader(bytes.NewReader(append(head, make([]byte, 5)...)), bytes.NewReader(make([]byte, sent))), 1<<30)
		if _, _, err := f.read(); err != io.ErrUnexpectedEOF {
			t.Errorf("%d bytes: %v", sent, err)
		}
		if len(f.buf) > max(2*readBytes, 2*(sent+headBytes)) {
			t.Errorf("%d bytes came, %d were reserved", sent, len(f.buf))
		}
	}
}

// FuzzFrames reads arbitrary bytes as a stream of frames and messages. What is a
// message comes out the same after it was sent again.
func FuzzFrames(f *testing.F) {
	f.Add([]byte{})
	f.Add(frameOf(msg(1, 2, 7, []byte("data"), nil)))
	f.Add(appendFrame(frameOf(msgSnap(2, 9)), kindAlive))
	f.Add(appendFrame(nil, kindMessage, []byte("\x00\x10\x02\x3a\x00")))
	f.Add(append(binary.LittleEndian.AppendUint32(nil, 1<<31), 1, 2, 3, 4, 5, 6))
	f.Add(hello{version, forCall, 1, 2, 3, Process{}}.append(nil))
	f.Fuzz(func(t *testing.T, wire []byte) {
		// The checksum would keep the fuzzer out.
		for i := 0; i+headBytes <= len(wire); {
			n := int(binary.LittleEndian.Uint32(wire[i:]))
			if n < 0 || n > len(wire)-i-headBytes {
				break
			}
			end := i + headBytes + n
			part := wire[i:end:end]
			endFrame(part, 0, kind(part[8]))
			i = end
		}
		fr := newFrames(bytes.NewReader(wire), 1<<16)
		for {
			k, body, err := fr.read()
			if err != nil {
				return
			}
			switch k {
			case kindHello:
				if h, err := parseHello(body); err == nil && !bytes.Equal(h.append(nil)[headBytes:], body[:helloBytes+8*len(h.process.Lasts)]) {
					t.Errorf("introduction %+v of %x", h, body)
				}
			case kindWelcome, kindAnswer:
				parseStatus(body)
			case kindMessage, kindSnapshot:
				_, body, err := groupOf(body, 2)
				if err != nil {
					continue
				}
				m, err := decodeMessage(body, 1, 2, false)
				owned, oerr := decodeMessage(bytes.Clone(body), 1, 2, true)
				if (err == nil) != (oerr == nil) || err == nil && !proto.Equal(m, owned) {
					t.Errorf("decoded in two ways: %v, %v; %v, %v", m, err, owned, oerr)
				}
				if err != nil {
					continue
				}
				again, err := decodeMessage(frameOf(m)[headBytes+1:], 1, 2, false)
				if err != nil || !proto.Equal(m, again) {
					t.Errorf("%v became %v: %v", m, again, err)
				}
			}
		}
	})
}

func TestPlausible(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]*raftpb.Message{
		"heartbeat": {Type: raftpb.MsgHeartbeat.Enum(), From: new(uint64(1)), To: new(uint64(2)), Commit: new(uint64(1)), Context: []byte("ctx")},
		"append":    msg(1, 2, 1, nil, []byte("x")),
		"no term":   {Type: raftpb.MsgProp.Enum(), From: new(uint64(1)), To: new(uint64(2)), Entries: []*raftpb.Entry{{Data: []byte("proposal")}}},
	} {
		b, err := proto.Marshal(m)
		must(t, err)
		if got, err := decodeMessage(b, 1, 2, false); err != nil || !proto.Equal(got, m) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// What comes in another member's name, for another member, or of a kind that is no
// peer's, is no message.
func TestImplausible(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(m *raftpb.Message){
		"from another member": func(m *raftpb.Message) { m.From = new(uint64(3)) },
		"from nobody":         func(m *raftpb.Message) { m.From = nil },
		"from the receiver":   func(m *raftpb.Message) { m.From = new(uint64(2)) },
		"for another member":  func(m *raftpb.Message) { m.To = new(uint64(3)) },
		"a local kind":        func(m *raftpb.Message) { m.Type = raftpb.MsgHup.Enum() },
		"a request of raft's": func(m *raftpb.Message) { m.Type = raftpb.MsgTransferLeader.Enum() },
		"for a storage":       func(m *raftpb.Message) { m.Responses = []*raftpb.Message{{}} },
	} {
		m := msg(1, 2, 1, []byte("x"))
		change(m)
		b, err := proto.Marshal(m)
		must(t, err)
		if got, err := decodeMessage(b, 1, 2, false); err == nil {
			t.Errorf("%s: taken as %v", name, got)
		}
	}
}
