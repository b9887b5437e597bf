package metrics

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"
)

// TestManyConnections: hundreds of clients connect and say nothing, or begin a
// request and do not end it. The server has no more than MaxConns of them, and one
// that asks is answered.
func TestManyConnections(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := New(Options{Registry: NewRegistry(), Ready: func() error { return nil }, Log: slog.New(slog.DiscardHandler)})
	s.Serve(l)
	defer s.Close(context.Background())
	ask := func() {
		t.Helper()
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
		r, err := client.Get("http://" + l.Addr().String() + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != http.StatusOK {
			t.Fatal(r.Status)
		}
	}
	for i := range 4 * MaxConns {
		nc, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		if i%2 == 0 {
			io.WriteString(nc, "GET /metrics HTTP/1.1\r\nHost: x\r\n")
		}
		if i%50 == 0 {
			ask()
		}
	}
	ask()
	s.conns.mu.Lock()
	defer s.conns.mu.Unlock()
	if n := len(s.conns.list); n > MaxConns {
		t.Errorf("%d connections", n)
	}
}
