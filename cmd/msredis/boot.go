package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/msredis/msredis/cluster"
	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/internal/bind"
	"github.com/msredis/msredis/internal/blocking"
	"github.com/msredis/msredis/internal/metrics"
	"github.com/msredis/msredis/internal/options"
	"github.com/msredis/msredis/internal/tlsconf"
	"github.com/msredis/msredis/resp"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/front"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store"
)

// process is a running node and what belongs to it.
type process struct {
	opts     *options.Set
	log      *slog.Logger
	started  time.Time
	addrs    addresses
	registry *prometheus.Registry
	metrics  *metrics.Server // nil: off
	tls      *tlsconf.Server // the certificates for clients; nil: none talks TLS
	wire     *resp.Server
	node     atomic.Pointer[cluster.Node] // nil while it is being opened
	sessions *front.Server
	blocking *blocking.Queues // of the clients that wait for keys
	audience *front.Audience  // the clients that hear of what happens
	users    *acl.Users       // of the configuration; nil: it has none

	shutdown chan front.ShutdownOptions // SHUTDOWN was accepted
	failed   chan error                 // the node cannot go on
	served   chan struct{}              // closed when the last client is gone
}

// serve runs a node until it is told to stop. The error is the one line for
// whoever started it.
func serve(opts *options.Set) error {
	log, err := openLog(opts)
	if err != nil {
		return err
	}
	p := &process{
		opts: opts, log: log, started: time.Now(), registry: metrics.NewRegistry(),
		shutdown: make(chan front.ShutdownOptions, 1), failed: make(chan error, 1), served: make(chan struct{}),
		blocking: blocking.New(), audience: front.NewAudience(opts),
	}
	if err = p.run(); err != nil && opts.String("logfile") != "" && !errors.Is(err, cluster.ErrMoves) {
		log.Error(err.Error()) // who reads the file does not see standard error
	}
	return err
}

// run is the life of a node, in order.
func (p *process) run() error {
	p.log.Info("msredis is starting", "version", versionAndCommit(), "go", runtime.Version(), "cores", runtime.GOMAXPROCS(0))
	setProcs()
	go paceGC()
	for _, note := range p.opts.Notes() {
		p.log.Warn(note)
	}
	if err := boundClients(p.opts, openFiles(), p.log.Warn); err != nil {
		return err
	}
	ctx, stop := p.signals()
	defer stop()

	var err error
	if p.addrs, err = advertised(p.opts); err != nil {
		return err
	}
	if err = p.portsAreFree(); err != nil {
		return err
	}
	if p.tls, err = p.openTLS(ctx); err != nil {
		return err
	}
	if err = p.openAsClient(); err != nil {
		return err
	}
	dir, err := filepath.Abs(p.opts.String("dir"))
	if err != nil {
		return err
	}
	lock, err := openDataDir(dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err = p.serveMetrics(); err != nil {
		return err
	}
	defer p.closeMetrics()
	table, err := newTable()
	if err != nil {
		return err
	}
	if _, err = table.Renamed(renames(p.opts)); err != nil {
		return err
	}
	if err = p.givenUsers(table); err != nil {
		return err
	}
	p.tell(tellStarting)
	node, err := p.openNode(ctx, dir, table)
	if err != nil {
		if ctx.Err() != nil {
			p.log.Info("stopped before the node was ready")
			return nil
		}
		return err
	}
	p.node.Store(node)
	if err = p.listenClients(node, table); err != nil {
		return errors.Join(err, node.Close())
	}
	p.settleSettings(ctx, node)
	p.settleUsers(ctx, node)
	removePid, err := writePid(p.opts.String("pidfile"))
	if err != nil {
		return errors.Join(err, node.Close())
	}
	defer removePid()
	go func() {
		p.wire.Serve()
		close(p.served)
	}()
	// Redis's words: tools that start a server wait for them.
	p.log.Info("Ready to accept connections", "addr", p.opts.String("bind"), "port", p.opts.Int("port"), "tls-port", p.opts.Int("tls-port"), "peer", p.addrs.peer, "dir", dir)
	p.tell(tellReady)
	return p.wait(ctx)
}

// signals returns a context that ends with the first signal to stop; the second
// one ends the process.
func (p *process) signals() (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE) // a closed terminal or log pipe is no reason to stop
	ch := make(chan os.Signal, 2)
	signal.Notify(ch, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		sig := <-ch
		p.log.Info("received a signal, shutting down", "signal", sig.String())
		cancel()
		sig = <-ch
		p.log.Warn("received a second signal, exiting at once", "signal", sig.String())
		os.Exit(1)
	}()
	return ctx, func() {
		signal.Stop(ch)
		cancel()
	}
}

// portsAreFree finds a taken client port before anything is loaded. The ports are opened
// for good when there is a node behind them. Until then clients are refused, and go
// elsewhere, instead of being left waiting.
func (p *process) portsAreFree() error {
	for _, name := range []string{"port", "tls-port"} {
		if port := p.opts.Int(name); port != 0 {
			listeners, err := bind.Listen(net.ListenConfig{}, p.opts.Words("bind"), int(port))
			bind.Close(listeners)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *process) openNode(ctx context.Context, dir string, table *command.Table) (*cluster.Node, error) {
	o := p.opts
	guard, err := p.openGuard()
	if err != nil {
		return nil, err
	}
	go guard.follow(ctx)
	initial := map[string]string{}
	for _, n := range o.Nodes() {
		initial[n.Name] = n.Addr
	}
	password := o.String("masterauth")
	if password == "" {
		password = o.String("requirepass")
	}
	broken := brokenCalls(p.log, p.registry)
	return cluster.Open(ctx, cluster.Options{
		Dir: dir, Name: o.String("node-name"),
		Guard: guard.Guard, Listen: guard.listener(p.addrs.peerPort), PeerAddr: p.addrs.peer, ClientAddr: p.addrs.client, TLSPort: p.addrs.tlsPort,
		Initial: initial, Without: o.Without(), Join: o.String("join"), JoinUser: o.String("masteruser"), JoinPassword: password, JoinTLS: p.asClient,
		Agreed: o.Agreed(), Groups: int(o.Int("groups")),
		ElectionTimeout:  o.Duration("election-timeout"),
		RequestTimeout:   o.Duration("request-timeout"),
		SnapshotLogBytes: o.Int("snapshot-log-bytes"),
		Table:            table,
		NewStore: func(seed uint64) (*store.Store, error) {
			st, err := store.New(store.Options{
				Table: table, Rows: store.Rows(), Kinds: store.Kinds(),
				Databases: int(o.Int("databases")), Lanes: int(o.Int("lanes")), HashSeed: seed,
				Waits: p.blocking, Listener: ears{p.audience}, Accounts: ears{p.audience}, TablesChanged: p.followSettings,
				UsersChanged: p.audience.FollowUsers, Broken: broken,
			})
			if err == nil {
				st.Scripts().Log(p.scriptLog)
			}
			return st, err
		},
		Hub:       p.audience.Hub(),
		MaxMemory: o.Number("maxmemory").Load, Crowded: p.audience.Crowded,
		Log:      p.log,
		Registry: p.registry,
		Fatal:    func(err error) { p.failed <- err },
	})
}

// listenClients makes the server for clients; it serves them once it is told to.
func (p *process) listenClients(node *cluster.Node, table *command.Table) error {
	var err error
	limits := p.limits()
	p.sessions, err = front.New(front.Options{
		Table: table, Backend: node, Config: p.opts, Log: p.log, Version: version, Started: p.started, Groups: int(p.opts.Int("groups")),
		Shutdown: func(o front.ShutdownOptions) {
			select {
			case p.shutdown <- o:
			default: // one is enough
			}
		},
		Renames: renames(p.opts), Wire: p.wireStats, Blocking: p.blocking, Audience: p.audience, Secured: limits.RequireAuth.Store, AsClient: p.asClient,
	})
	if err != nil {
		return err
	}
	p.sessions.HoldUsers()
	p.wire, err = resp.Listen(resp.Options{
		Bind: p.opts.Words("bind"), Port: clientPort(p.opts), TLSPort: int(p.opts.Int("tls-port")), TLS: p.wireTLS(),
		Unix: p.opts.String("unixsocket"), UnixPerm: p.opts.FileMode("unixsocketperm"), UnixGroup: p.opts.String("unixsocketgroup"),
		Limits: limits, Handler: p.sessions, Log: p.log,
		Loops: eventLoops(int(p.opts.Int("io-threads"))),
	})
	if err != nil {
		return err
	}
	p.sessions.Relieve(p.wire.Relieve)
	p.opts.Try("bind", func(words string) error {
		if p.wire.Rebind(strings.Fields(words)) != nil {
			return errors.New(reply.ErrBind) // the log has the cause
		}
		return nil
	})
	p.registry.MustRegister(p.sessions.Collector(), wireCollector{p.wire}, nodeCollector{node})
	return node.Attach(p.wire.Watch)
}

// wait waits for the end and brings it about.
func (p *process) wait(ctx context.Context) error {
	var o front.ShutdownOptions
	select {
	case err := <-p.failed:
		if errors.Is(err, cluster.ErrMoves) {
			return errors.Join(p.stop(front.ShutdownOptions{Now: true}), err)
		}
		// The disk or the state cannot be trusted: nothing more is written.
		return err
	case o = <-p.shutdown:
		p.log.Info("asked to shut down by a client", "save", o.Save, "now", o.Now)
	case <-ctx.Done():
	}
	return p.stop(o)
}

// serveMetrics starts the HTTP server, if there is to be one, before the node is open.
// A node that takes long to load is alive, and not ready.
func (p *process) serveMetrics() error {
	port := p.opts.Int("metrics-port")
	if port == 0 {
		return nil
	}
	listeners, err := bind.Listen(net.ListenConfig{}, p.opts.Words("bind"), int(port))
	if err != nil {
		return fmt.Errorf("metrics port: %w", err)
	}
	p.metrics = metrics.New(metrics.Options{Registry: p.registry, Ready: p.ready, Pprof: p.opts.Bool("metrics-pprof"), Token: p.opts.Text("metrics-token").Load, TLS: p.metricsTLS(), Log: p.log})
	for _, l := range listeners {
		p.metrics.Serve(l)
	}
	return nil
}

func (p *process) closeMetrics() {
	if p.metrics == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = p.metrics.Close(ctx) // a scraper that takes too long is cut off
}

// ready reports why the node would not take a command now.
func (p *process) ready() error {
	node := p.node.Load()
	switch {
	case node == nil:
		return errors.New("starting")
	case !node.View().Quorum:
		return errors.New("no leader with a majority")
	}
	return nil
}

// writePid writes the process id into a file, if one is named, and returns what
// removes it.
func writePid(path string) (remove func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	if err := os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644); err != nil {
		return nil, fmt.Errorf("pidfile: %w", err)
	}
	return func() { os.Remove(path) }, nil
}
