package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/msredis/msredis/cluster/transport/secure"
	"github.com/msredis/msredis/internal/bind"
	"github.com/msredis/msredis/internal/options"
	"github.com/msredis/msredis/internal/tlsconf"
)

// How the options say what other nodes have to prove. Without any of them nodes talk
// on this machine's loopback addresses only, for trying things out. There every process
// of the machine can be a node.

// refreshEvery is how often it is looked whether files with secrets or certificates
// have changed.
const refreshEvery = 5 * time.Second

// guard is what the options make of the peer port.
type guard struct {
	*secure.Guard                // nil: open
	certs         *tlsconf.Store // nil: no TLS
	opts          *options.Set
	warn          func(msg string, args ...any)
	info          func(msg string, args ...any)

	mu      sync.Mutex
	secrets [][]byte // of the file
	said    string   // what was wrong with the files the last time
}

var tlsOptions = []string{"tls-cert-file", "tls-key-file", "tls-key-file-pass", "tls-ca-cert-file", "tls-ca-cert-dir", "tls-protocols", "tls-ciphers"}

func tlsFiles(value func(name string) string) tlsconf.Files {
	return tlsconf.Files{
		Cert: value("tls-cert-file"), Key: value("tls-key-file"), KeyPass: value("tls-key-file-pass"),
		CAFile: value("tls-ca-cert-file"), CADir: value("tls-ca-cert-dir"),
		Protocols: value("tls-protocols"), Ciphers: value("tls-ciphers"),
	}
}

// openGuard reads the options, and has CONFIG SET change what can change.
func (p *process) openGuard() (*guard, error) {
	o := p.opts
	g := &guard{opts: o, warn: p.log.Warn, info: p.log.Info}
	file, secret := o.Text("cluster-secret-file"), o.String("cluster-secret")
	switch {
	case o.Bool("tls-cluster") && (file.Load() != "" || secret != ""):
		return nil, errors.New("tls-cluster and a cluster-secret exclude each other: a node asks for certificates or for the secret")
	case file.Load() != "" && secret != "":
		return nil, errors.New("either cluster-secret-file or cluster-secret")
	case o.Bool("tls-cluster"):
		var err error
		if g.certs, err = tlsconf.New(tlsFiles(o.String)); err != nil {
			return nil, err
		}
		g.Guard = secure.WithTLS(g.certs, func() bool { return o.Bool("tls-cluster-name-check") })
		o.CheckTogether(tlsOptions, func(value func(string) string) error { return tlsconf.Check(tlsFiles(value)) })
		for _, name := range tlsOptions {
			o.OnChange(name, func() { g.report(g.certs.Load(tlsFiles(o.String)), "certificates") })
		}
	case file.Load() != "":
		secrets, err := g.readSecrets(file.Load())
		if err != nil {
			return nil, err
		}
		g.Guard, g.secrets = secure.WithSecrets(secrets), secrets
		o.CheckTogether([]string{"cluster-secret-file"}, func(value func(string) string) error {
			_, err := g.readSecrets(value("cluster-secret-file"))
			return err
		})
		o.OnChange("cluster-secret-file", g.refresh)
	case secret != "":
		secrets, err := secure.ParseSecrets([]byte(secret))
		if err != nil {
			return nil, fmt.Errorf("cluster-secret: %w", err)
		}
		g.Guard = secure.WithSecrets(secrets)
	}
	if g.Guard == nil || file.Load() == "" && g.certs == nil { // a file cannot be named later
		o.CheckTogether([]string{"cluster-secret-file"}, func(func(string) string) error {
			return errors.New("this node was started without one: start it again with it")
		})
	}
	return g, g.fits()
}

func (g *guard) readSecrets(path string) ([][]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cluster-secret-file: %w", err)
	}
	if st, err := os.Stat(path); err == nil && st.Mode()&0o002 != 0 {
		return nil, fmt.Errorf("cluster-secret-file %s: everybody may write it", path)
	}
	secrets, err := secure.ParseSecrets(data)
	if err != nil {
		return nil, fmt.Errorf("cluster-secret-file %s: %w", path, err)
	}
	return secrets, nil
}

// fits reports why a node that asks for no proof cannot have the members that the
// options give it.
func (g *guard) fits() error {
	if g.Guard != nil {
		return nil
	}
	addrs := []string{}
	for _, n := range g.opts.Nodes() {
		addrs = append(addrs, n.Addr)
	}
	if join := g.opts.String("join"); join != "" {
		addrs = append(addrs, join)
	}
	i := slices.IndexFunc(addrs, func(addr string) bool { return !loopback(addr) })
	if i < 0 {
		return nil
	}
	return fmt.Errorf("%s is not on this machine, and %w. Make a secret: openssl rand -hex 32 >secret; "+
		"give all nodes that file: --cluster-secret-file secret", addrs[i], secure.ErrAway)
}

// loopback reports whether an address host:port is one of this machine alone.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	ips, err := net.LookupIP(host)
	return err == nil && len(ips) > 0 && !slices.ContainsFunc(ips, func(ip net.IP) bool { return !ip.IsLoopback() })
}

// bind is where the node listens for others. A node that asks for no proof listens to its
// own machine, wherever clients may come from.
func (g *guard) bind() string {
	word := g.opts.Words("bind")[0]
	if a := bind.Parse(word); g.Guard == nil && !loopback(net.JoinHostPort(a.Host, "0")) {
		if a.Network == "tcp6" {
			return "::1"
		}
		return "127.0.0.1"
	}
	return word
}

// listener returns what opens the port for other nodes.
func (g *guard) listener(port int64) func() (net.Listener, error) {
	return func() (net.Listener, error) {
		l, err := bind.Listen(net.ListenConfig{}, []string{g.bind()}, int(port))
		if err != nil {
			return nil, fmt.Errorf("peer port: %w", err)
		}
		if g.Guard == nil {
			g.warn("every process of this machine can be a node: without cluster-secret-file or tls-cluster nodes prove nothing", "peer", l[0].Addr())
		}
		return l[0], nil
	}
}

// refresh takes over files that have changed. Until they are right, what was read
// before stays.
func (g *guard) refresh() {
	if g.certs != nil {
		changed, err := g.certs.Refresh()
		if changed || err != nil {
			g.report(err, "certificates")
		}
		return
	}
	path := g.opts.String("cluster-secret-file")
	if g.Guard == nil || path == "" {
		return
	}
	secrets, err := g.readSecrets(path)
	g.mu.Lock()
	changed := err != nil || !slices.EqualFunc(secrets, g.secrets, bytes.Equal)
	if err == nil {
		g.secrets = secrets
	}
	g.mu.Unlock()
	if err == nil && changed {
		g.SetSecrets(secrets)
	}
	if changed {
		g.report(err, "secrets")
	}
}

// follow refreshes now and then until ctx ends.
func (g *guard) follow(ctx context.Context) {
	tick := time.NewTicker(refreshEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			g.refresh()
		}
	}
}

// report says how it went to read files again.
func (g *guard) report(err error, what string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case err == nil:
		g.said = ""
		g.info("read again what other nodes have to prove", "files", what)
	case err.Error() != g.said:
		g.said = err.Error()
		g.warn("what other nodes have to prove cannot be read again; it stays as it was", "err", err)
	}
}
