// Package metrics serves what a node tells about itself over HTTP: figures for
// Prometheus, two health checks and, if asked for, Go's profiles. It knows
// nothing of what it serves: the owners of the figures register them.
package metrics

import (
	"context"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Timeouts of the HTTP server: its clients are a scraper and a health check,
// so a slow one is a broken one. A CPU profile takes its time to be written.
const (
	headerTimeout = 5 * time.Second
	idleTimeout   = 2 * time.Minute
	writeTimeout  = 30 * time.Second
)

// Options configure a Server.
type Options struct {
	// Registry has what /metrics shows; see NewRegistry.
	Registry *prometheus.Registry
	// Ready returns nil if the node would take a command now, else the reason
	// why it would not. It is called for every /readyz.
	Ready func() error
	// Pprof adds /debug/pprof.
	Pprof bool
	// Token returns the word that a client has to show as "Authorization: Bearer" for
	// figures and profiles; "": none. The health checks ask for none.
	Token func() string
	// TLS is the configuration of the connections; nil: plain text.
	TLS *tls.Config
	Log *slog.Logger
}

// Server serves one node's figures.
type Server struct {
	http  http.Server
	log   *slog.Logger
	tls   *tls.Config
	wg    sync.WaitGroup
	conns *conns
}

// NewRegistry returns a registry that has the figures of the process and of Go;
// the parts of a node add theirs.
func NewRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return r
}

// New returns a server that is not listening yet.
func New(o Options) *Server {
	mux, profiles := http.NewServeMux(), http.NewServeMux()
	mux.Handle("GET /metrics", withToken(o.Token, promhttp.HandlerFor(o.Registry, promhttp.HandlerOpts{Registry: o.Registry})))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if err := o.Ready(); err != nil {
			answer(w, http.StatusServiceUnavailable, err.Error())
			return
		}
		answer(w, http.StatusOK, "ok")
	})
	if o.Pprof {
		// Not cmdline: the command line may have passwords.
		for path, serve := range map[string]http.HandlerFunc{
			"": pprof.Index, "profile": pprof.Profile, "symbol": pprof.Symbol, "trace": pprof.Trace,
		} {
			profiles.Handle("/debug/pprof/"+path, withToken(o.Token, serve))
		}
	}
	mux.HandleFunc("/", http.NotFound)
	profiles.Handle("/", inTime(mux))
	s := &Server{log: o.Log, tls: o.TLS, conns: newConns(MaxConns)}
	s.http.Handler = profiles
	s.http.ConnState = s.conns.changed
	s.http.ReadHeaderTimeout = headerTimeout
	s.http.IdleTimeout = idleTimeout
	s.http.ErrorLog = slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug)
	return s
}

// withToken serves those who show the token.
func withToken(token func() string, next http.Handler) http.Handler {
	if token == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		want := "Bearer " + token()
		if want != "Bearer " && subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte(want)) == 0 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			answer(w, http.StatusUnauthorized, "a token is needed")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// inTime bounds for how long an answer may be under way.
func inTime(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTimeout)) // every connection has one
		next.ServeHTTP(w, r)
	})
}

func answer(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, text+"\n") // a scraper that went away is no event
}

// Serve answers requests on l, which it owns from now on, until Close.
func (s *Server) Serve(l net.Listener) {
	if s.tls != nil {
		l = tls.NewListener(l, s.tls)
	}
	s.wg.Go(func() {
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.log.Warn("metrics server stopped", "addr", l.Addr().String(), "err", err)
		}
	})
}

// Close stops listening, lets requests end until ctx does, and returns when
// nothing of the server is left.
func (s *Server) Close(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	s.wg.Wait()
	return err
}
