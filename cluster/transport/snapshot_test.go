package transport

import (
	"bytes"
	"errors"
	"io"
	"math/rand"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"go.etcd.io/raft/v3/raftpb"
	"google.golang.org/protobuf/proto"
)

func msgSnap(to, index uint64) *raftpb.Message {
	return &raftpb.Message{Type: raftpb.MsgSnap.Enum(), From: new(uint64(1)), To: &to, Term: new(uint64(1)),
		Snapshot: &raftpb.Snapshot{Metadata: &raftpb.SnapshotMetadata{Index: &index, Term: new(uint64(1))}}}
}

// closer tells when it was closed.
type closer struct {
	io.Reader
	closed int
}

func (c *closer) Close() error { c.closed++; return nil }

func TestSnapshot(t *testing.T) {
	t.Parallel()
	whole := make([]byte, 3*chunkBytes+17)
	rand.New(rand.NewSource(1)).Read(whole)
	readAll := func(_ *raftpb.Message, body io.Reader) error {
		b, err := io.ReadAll(body)
		if err == nil && !bytes.Equal(b, whole) {
			err = errors.New("not what was sent")
		}
		return err
	}
	for _, c := range []struct {
		name  string
		to    uint64
		body  io.Reader
		taker func(*raftpb.Message, io.Reader) error
		want  string // in the sender's error; "": none
	}{
		{"whole", 2, bytes.NewReader(whole), readAll, ""},
		{"byte by byte", 2, bytes.NewReader(whole), func(m *raftpb.Message, body io.Reader) error {
			return readAll(m, iotest.OneByteReader(body))
		}, ""},
		{"empty", 2, strings.NewReader(""), func(_ *raftpb.Message, body io.Reader) error {
			b, err := io.ReadAll(body)
			if len(b) > 0 {
				err = errors.New("not empty")
			}
			return err
		}, ""},
		{"receiver fails", 2, bytes.NewReader(whole), func(_ *raftpb.Message, body io.Reader) error {
			io.CopyN(io.Discard, body, 1000)
			return errors.New("disk full")
		}, "refused by the peer: disk full"},
		{"receiver fails early", 2, io.LimitReader(neverending{}, 200<<20), func(_ *raftpb.Message, body io.Reader) error {
			return errors.New("busy")
		}, "refused by the peer: busy"},
		{"body fails", 2, iotest.TimeoutReader(bytes.NewReader(whole)), func(_ *raftpb.Message, body io.Reader) error {
			if _, err := io.ReadAll(body); err != io.ErrUnexpectedEOF {
				t.Errorf("the receiver reads %v", err)
			}
			return errors.New("not whole")
		}, "timeout"},
		{"unknown member", 9, bytes.NewReader(whole), readAll, "not a peer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, b := pair(t, nil)
			sent := msgSnap(c.to, 77)
			b.snapshot = func(m *raftpb.Message, body io.Reader) error {
				if !proto.Equal(m, sent) {
					t.Errorf("the message came as %v", m)
				}
				return c.taker(m, body)
			}
			body, done := &closer{Reader: c.body}, make(chan error, 2)
			a.SendSnapshot(0, sent, body, func(err error) { done <- err })
			err := <-done
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("the sender hears %v, want %q", err, c.want)
			}
			if body.closed != 1 {
				t.Errorf("the body was closed %d times", body.closed)
			}
			select {
			case <-done:
				t.Error("done was called twice")
			default:
			}
		})
	}
}

type neverending struct{}

func (neverending) Read(b []byte) (int, error) { return len(b), nil }

// TestSnapshotDoesNotStandInTheWay sends messages while a snapshot is stuck.
func TestSnapshotDoesNotStandInTheWay(t *testing.T) {
	t.Parallel()
	a, b := pair(t, nil)
	begun, release := make(chan struct{}), make(chan struct{})
	b.snapshot = func(_ *raftpb.Message, body io.Reader) error {
		close(begun)
		<-release
		_, err := io.Copy(io.Discard, body)
		return err
	}
	done := make(chan error, 1)
	a.SendSnapshot(0, msgSnap(2, 1), io.NopCloser(io.LimitReader(neverending{}, 20<<20)), func(err error) { done <- err })
	<-begun
	for i := range uint64(100) {
		a.Send(0, []*raftpb.Message{msg(1, 2, i)})
	}
	eventually(t, "messages", func() bool { return b.received() == 100 })
	close(release)
	must(t, <-done)
}

// TestBrokenOffSnapshot cuts the connection, or the end, off.
func TestBrokenOffSnapshot(t *testing.T) {
	t.Parallel()
	head, err := proto.MarshalOptions{}.MarshalAppend([]byte{0}, msgSnap(2, 1))
	must(t, err)
	begin := appendFrame(hello{version, forSnapshot, testCluster, 1, 2, Process{}}.append(nil), kindSnapshot, head)
	begin = appendFrame(begin, kindChunk, []byte("chunk"))
	for name, end := range map[string][]byte{
		"no end":      nil,
		"half a head": {1, 0, 0},
		"wrong count": appendFrame(nil, kindEnd, []byte("\x06\x00\x00\x00\x00\x00\x00\x00")),
		"short count": appendFrame(nil, kindEnd, []byte("\x05")),
		"bad chunk":   append(appendFrame(nil, kindChunk, []byte("x"))[:8], 'z', 'z'),
		"other frame": frameOf(msg(1, 2, 1)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t, 2, "", nil)
			result := make(chan error, 1)
			b.snapshot = func(_ *raftpb.Message, body io.Reader) error {
				got, err := io.ReadAll(body)
				if string(got) != "chunk" {
					t.Errorf("read %q", got)
				}
				result <- err
				return err
			}
			b.SetPeers(nil)
			conn, err := net.Dial("tcp", b.addr)
			must(t, err)
			defer conn.Close()
			conn.Write(append(begin[:len(begin):len(begin)], end...))
			conn.(*net.TCPConn).CloseWrite()
			select {
			case err := <-result:
				if err == nil {
					t.Error("taken as whole")
				}
			case <-time.After(10 * time.Second):
				t.Error("the handler waits")
			}
		})
	}
}
