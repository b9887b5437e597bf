package transport

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// FuzzGreeting sends any bytes to a node that listens, with and without an introduction that is
// right: it answers or hangs up, and takes the next one.
func FuzzGreeting(f *testing.F) {
	b := start(f, 2, "", func(o *Options) { o.MaxFrame = 1 << 16 })
	b.snapshot = nil
	b.SetPeers(nil)
	for _, what := range []purpose{forMessages, forSnapshot, forCall, 0, 255} {
		h := hello{version: version, purpose: what, cluster: testCluster, from: 1, to: 2}.append(nil)
		f.Add(h, false)
		f.Add(h[:len(h)-1], false)
		f.Add(appendFrame(h, kindCall, []byte("\x04echohello")), false)
	}
	f.Add(frameOf(msg(1, 2, 1, []byte("x"))), true)
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"), false)
	f.Add(appendFrame(nil, kindHello), false)
	f.Fuzz(func(t *testing.T, wire []byte, greet bool) {
		conn, err := net.Dial("tcp", b.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if greet {
			wire = append(hello{version: version, purpose: forMessages, cluster: testCluster, from: 1, to: 2}.append(nil), wire...)
		}
		if _, err = conn.Write(wire); err == nil {
			err = conn.(*net.TCPConn).CloseWrite()
		}
		if err != nil && !errors.As(err, new(*net.OpError)) {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		if _, err := io.Copy(io.Discard, conn); errors.As(err, new(net.Error)) && err.(net.Error).Timeout() {
			t.Error("the connection stays open")
		}
	})
}
