package metrics

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// serve starts a server on a free port and returns a function that gets a path.
func serve(t *testing.T, o Options) func(path string) (status int, body string) {
	t.Helper()
	o.Log = slog.New(slog.DiscardHandler)
	if o.Registry == nil {
		o.Registry = NewRegistry()
	}
	s := New(o)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Serve(l)
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
			c.Close()
			t.Error("still listening after Close")
		}
	})
	return func(path string) (int, string) {
		t.Helper()
		r, err := http.Get("http://" + l.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r.StatusCode, string(body)
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	keys := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "test_keys", Help: "Keys."}, func() float64 { return 42 })
	registry := NewRegistry()
	registry.MustRegister(keys)
	var leaderless atomic.Bool
	get := serve(t, Options{
		Registry: registry,
		Ready: func() error {
			if leaderless.Load() {
				return errors.New("no leader")
			}
			return nil
		},
	})
	for _, c := range []struct {
		path   string
		down   bool
		status int
		want   string
	}{
		{"/metrics", false, 200, "\ntest_keys 42\n"},
		{"/metrics", false, 200, "\ngo_goroutines "},
		{"/metrics", false, 200, "\nprocess_start_time_seconds "},
		{"/metrics", true, 200, "\ntest_keys 42\n"},
		{"/healthz", false, 200, "ok\n"},
		{"/healthz", true, 200, "ok\n"},
		{"/readyz", false, 200, "ok\n"},
		{"/readyz", true, 503, "no leader\n"},
		{"/readyz", false, 200, "ok\n"},
		{"/debug/pprof/", false, 404, ""},
		{"/", false, 404, ""},
	} {
		leaderless.Store(c.down)
		status, body := get(c.path)
		if status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s (down: %v) = %d, want %d with %q", c.path, c.down, status, c.status, c.want)
		}
	}
}

func TestPprof(t *testing.T) {
	t.Parallel()
	get := serve(t, Options{Ready: func() error { return nil }, Pprof: true})
	if status, body := get("/debug/pprof/"); status != 200 || !strings.Contains(body, "goroutine") {
		t.Errorf("/debug/pprof/ = %d", status)
	}
}
