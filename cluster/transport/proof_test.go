package transport

import (
	"bytes"
	"fmt"
	"io"
	"math/rand"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/raft/v3/raftpb"

	"github.com/msredis/msredis/cluster/transport/secure"
	"github.com/msredis/msredis/internal/testcluster/testcerts"
	"github.com/msredis/msredis/internal/tlsconf"
)

// guards returns, for each mode, what gives a node its guard.
func guards(t testing.TB) map[string]func(id uint64) *secure.Guard {
	t.Helper()
	ca := testcerts.New(t, t.TempDir(), "ca")
	return map[string]func(uint64) *secure.Guard{
		"open": func(uint64) *secure.Guard { return nil },
		"secret": func(uint64) *secure.Guard {
			return secure.WithSecrets([][]byte{[]byte("a secret that all nodes have")})
		},
		"TLS": func(id uint64) *secure.Guard { return certified(t, ca, fmt.Sprintf("n%d", id)) },
	}
}

func certified(t testing.TB, ca *testcerts.CA, name string) *secure.Guard {
	t.Helper()
	cert, key := ca.Issue(t, name)
	s, err := tlsconf.New(tlsconf.Files{Cert: cert, Key: key, CAFile: ca.File})
	must(t, err)
	return secure.WithTLS(s, func() bool { return true })
}

// TestAllThatGoes: messages in their order, short and long, a snapshot, a call and news
// go between two nodes in each mode.
func TestAllThatGoes(t *testing.T) {
	t.Parallel()
	for mode, guard := range guards(t) {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			var heard listener
			next := uint64(1)
			a, b := pair(t, func(o *Options) {
				o.Guard, o.News = guard(next), heard.open
				next++
			})
			whole := make([]byte, 5<<20)
			rand.New(rand.NewSource(1)).Read(whole)

			const count = 2000
			for i := range uint64(count) {
				data := whole[:i%3000]
				if i%500 == 7 {
					data = whole[:3*longMessage+i]
				}
				a.Send(0, []*raftpb.Message{msg(1, 2, i, data)})
			}
			eventually(t, "all messages", func() bool { return b.received() == count })
			inOrder(t, b, 0, count)
			for i, m := range b.got {
				want := whole[:i%3000]
				if i%500 == 7 {
					want = whole[:3*longMessage+i]
				}
				if !bytes.Equal(m.GetEntries()[0].GetData(), want) {
					t.Fatalf("message %d is another one", i)
				}
			}

			var got []byte
			b.snapshot = func(_ *raftpb.Message, body io.Reader) (err error) {
				got, err = io.ReadAll(body)
				return err
			}
			result := make(chan error, 1)
			a.SendSnapshot(0, msgSnap(2, 5), io.NopCloser(bytes.NewReader(whole)), func(err error) { result <- err })
			if err := <-result; err != nil || !bytes.Equal(got, whole) {
				t.Errorf("snapshot of %d bytes: %v", len(got), err)
			}

			answer, _, err := Call(t.Context(), guard(1), b.addr, testCluster, "echo", whole[:20000])
			if err != nil || !bytes.Equal(answer, whole[:20000]) {
				t.Errorf("call: %d bytes, %v", len(answer), err)
			}

			eventually(t, "news", func() bool { return heard.line() != nil })
			for i := range 100 {
				heard.line().Send(fmt.Appendf(nil, "%d", i), true)
			}
			eventually(t, "all news", func() bool { return heard.count() == 100 })

			// Signs of life come back on the same connections.
			if s := a.Stats()[0]; s.Connects != 1 {
				t.Errorf("%d connections", s.Connects)
			}
			seen := a.LastSeen(2)
			eventually(t, "a sign of life", func() bool { return a.LastSeen(2).After(seen) })
		})
	}
}

// TestStrangersGetNothing: without proof nothing that comes is looked at, whatever it
// asks for: no message, snapshot, news or call reaches the node. In answer there is at
// most one line that says what is missing.
func TestStrangersGetNothing(t *testing.T) {
	t.Parallel()
	all := guards(t)
	for _, mode := range []string{"secret", "TLS"} {
		var touched atomic.Int64
		b := start(t, 2, "", func(o *Options) {
			o.Guard = all[mode](2)
			o.News = func(uint64, *Wire) NewsPeer { touched.Add(1); return &listener{} }
		})
		b.snapshot = func(*raftpb.Message, io.Reader) error { touched.Add(1); return nil }
		b.admit = func(uint64) error { touched.Add(1); return nil }
		b.SetPeers([]Peer{{ID: 1, Addr: "127.0.0.1:1"}})
		call := appendFrame(nil, kindCall, []byte("\x04echohello"))
		strangers := []*secure.Guard{
			nil, secure.WithSecrets([][]byte{[]byte("another secret, of a stranger")}),
			certified(t, testcerts.New(t, t.TempDir(), "ca"), "n1"),
		}
		for _, what := range []purpose{forMessages, forSnapshot, forCall, forNews} {
			for i, g := range strangers {
				conn, err := net.Dial("tcp", b.addr)
				must(t, err)
				must(t, conn.SetDeadline(time.Now().Add(5*time.Second)))
				h := hello{version, what, testCluster, 1, 2, Process{}}
				if i > 0 {
					_, in, _, err := greet(g, conn, h, 5*time.Second)
					if err == nil && what == forCall {
						_, err = in.expect(kindAnswer)
					}
					if err == nil {
						t.Errorf("%s: stranger %d is let in for %d", mode, i, what)
					}
					conn.Close()
					continue
				}
				// It says all that a member would say, without waiting.
				conn.Write(append(append(h.append(nil), call...), frameOf(msg(1, 2, 1, []byte("x")))...))
				answer, err := io.ReadAll(conn)
				if err != nil || !strings.HasSuffix(string(answer), secure.ErrUnproven.Error()) {
					t.Errorf("%s: it is told %q, %v", mode, answer, err)
				}
				conn.Close()
			}
		}
		_, _, inErr := Call(t.Context(), nil, b.addr, testCluster, "echo", nil)
		if inErr == nil || !strings.Contains(inErr.Error(), "cluster-secret-file") {
			t.Errorf("%s: a call without proof: %v", mode, inErr)
		}
		if touched.Load() != 0 || b.received() != 0 {
			t.Errorf("%s: %d handlers were called, %d messages came", mode, touched.Load(), b.received())
		}
	}
}

// TestOtherMembersCertificate: a certificate of the cluster is no pass for another
// member's name: neither as the one that connects, nor as the one that is connected to.
func TestOtherMembersCertificate(t *testing.T) {
	t.Parallel()
	ca := testcerts.New(t, t.TempDir(), "ca")
	a := start(t, 1, "", func(o *Options) { o.Guard = certified(t, ca, "n1") })
	b := start(t, 2, "", func(o *Options) { o.Guard = certified(t, ca, "n3") })
	a.knows(a, b)
	b.knows(a, b)
	eventually(t, "a turns b away", func() bool {
		s := b.Stats()[0]
		return s.Refused != "" && strings.Contains(s.Refused, `not node "n2"'s`)
	})
	if a.connected(2) || !b.LastSeen(1).IsZero() && b.received() > 0 {
		t.Error("a talks to b")
	}
}

// TestFloodBeforeProof: a thousand connections that begin to prove themselves and stop
// take little memory, and leave a member's messages alone.
func TestFloodBeforeProof(t *testing.T) {
	t.Parallel()
	for mode, guard := range guards(t) {
		a := start(t, 1, "", func(o *Options) { o.Guard = guard(1) })
		b := start(t, 2, "", func(o *Options) { o.Guard = guard(2) })
		a.knows(a, b)
		b.knows(a, b)
		eventually(t, "connections", func() bool { return a.connected(2) && b.connected(1) })
		for i := range 1000 {
			nc, err := net.Dial("tcp", b.addr)
			must(t, err)
			defer nc.Close()
			half := [][]byte{[]byte("msredis\x01half a nonce"), {0x16, 3, 1, 1, 0, 1}, hello{version, forMessages, testCluster, 1, 2, Process{}}.append(nil)[:30]}[i%3]
			nc.Write(half)
			a.Send(0, []*raftpb.Message{msg(1, 2, uint64(i))})
		}
		eventually(t, "all messages", func() bool { return b.received() == 1000 })
		inOrder(t, b, 0, 1000)
		b.Transport.mu.Lock()
		n := len(b.inbound)
		b.Transport.mu.Unlock()
		if s := a.Stats()[0]; n > MaxStrangers || s.Connects != 1 {
			t.Errorf("%s: %d strangers, %d connections of the member", mode, n, s.Connects)
		}
	}
}

// TestListenLater: a transport without a listener can connect and call, and takes
// connections from Listen on.
func TestListenLater(t *testing.T) {
	t.Parallel()
	b := start(t, 2, "", nil)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	a := &node{id: 1, addr: ln.Addr().String(), unreachable: map[uint64]int{}}
	a.Transport, err = New(Options{ClusterID: testCluster, Self: 1, Handler: a, Log: quiet})
	must(t, err)
	t.Cleanup(a.Close)
	a.knows(b)
	b.knows(a)
	eventually(t, "a connects", func() bool { return a.connected(2) })
	if a.Listens() {
		t.Error("it listens")
	}
	a.Listen(ln)
	eventually(t, "b connects", func() bool { return b.connected(1) })
	second, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	a.Listen(second)
	if _, err := net.Dial("tcp", second.Addr().String()); err == nil {
		t.Error("a second listener stays open")
	}
}
