package main

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"time"

	"github.com/msredis/msredis/internal/options"
	"github.com/msredis/msredis/internal/tlsconf"
	"github.com/msredis/msredis/resp"
	"github.com/msredis/msredis/resp/reply"
)

// clientTLSOptions are those on which the connections of clients depend, besides
// tlsOptions.
var clientTLSOptions = []string{"tls-auth-clients", "tls-ciphersuites", "tls-session-caching", "tls-session-cache-timeout"}

// asClientOptions are those on which connections depend that the node makes as a client.
var asClientOptions = append([]string{"tls-replication", "tls-client-cert-file", "tls-client-key-file", "tls-client-key-file-pass"}, tlsOptions...)

// clientsOf reads them.
func clientsOf(o *options.Set, value func(name string) string) tlsconf.Clients {
	return tlsconf.Clients{
		Auth: value("tls-auth-clients"), Suites: value("tls-ciphersuites"), Resume: value("tls-session-caching") == "yes",
		ResumeFor: o.DurationOf("tls-session-cache-timeout", value("tls-session-cache-timeout")),
	}
}

// openTLS loads the certificates for clients, and has CONFIG SET change them. It returns
// nil if no client talks TLS.
func (p *process) openTLS(ctx context.Context) (*tlsconf.Server, error) {
	o := p.opts
	if o.Int("tls-port") == 0 && !o.Bool("metrics-tls") {
		return nil, nil
	}
	value := func(name string) string { return o.Get(name)[0].Value }
	certs, err := tlsconf.NewServer(tlsFiles(o.String), clientsOf(o, value))
	if err != nil {
		return nil, err
	}
	all := append(append([]string{}, tlsOptions...), clientTLSOptions...)
	o.CheckTogether(all, func(value func(string) string) error {
		if err := tlsconf.CheckServer(tlsFiles(value), clientsOf(o, value)); err != nil {
			p.log.Warn("Failed applying new configuration", "err", err)
			return errors.New(reply.ErrUpdateTLS)
		}
		return nil
	})
	for _, name := range all {
		o.OnChange(name, func() {
			if err := certs.Load(tlsFiles(o.String), clientsOf(o, value)); err != nil {
				p.log.Warn("the certificates for clients cannot be read again; they stay as they were", "err", err)
			}
		})
	}
	go followCertificates(ctx, certs, p.log)
	return certs, nil
}

// followCertificates takes over certificates whose files have changed, until ctx ends.
func followCertificates(ctx context.Context, certs *tlsconf.Server, log *slog.Logger) {
	tick := time.NewTicker(refreshEvery)
	defer tick.Stop()
	for said := ""; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		changed, err := certs.Refresh()
		switch {
		case changed:
			said = ""
			log.Info("read the certificates for clients again", "expires", certs.Expires())
		case err != nil && err.Error() != said:
			said = err.Error()
			log.Warn("the certificates for clients cannot be read again; they stay as they were", "err", err)
		}
	}
}

// tlsClientFiles are the files of the node where it is a client itself.
func tlsClientFiles(value func(name string) string) tlsconf.Files {
	files := tlsFiles(value)
	if cert := value("tls-client-cert-file"); cert != "" {
		files.Cert, files.Key, files.KeyPass = cert, value("tls-client-key-file"), value("tls-client-key-file-pass")
	}
	return files
}

// asClient is how the node talks to the client port of another server, for join and
// MIGRATE. nil: in plain text. The files are read for each connection, so those that were
// renewed need no word.
func (p *process) asClient() (*tls.Config, error) {
	return p.clientConfig(func(name string) string { return p.opts.Get(name)[0].Value })
}

func (p *process) clientConfig(value func(name string) string) (*tls.Config, error) {
	if value("tls-replication") != "yes" {
		return nil, nil
	}
	// As in Redis the other's certificate is one of the CA, whatever its names.
	config, err := tlsconf.Client(tlsClientFiles(value), "")
	if err == nil && config.RootCAs == nil {
		err = errors.New("tls-replication needs tls-ca-cert-file or tls-ca-cert-dir")
	}
	if err != nil {
		p.log.Warn("no TLS with other servers", "err", err)
	}
	return config, err
}

// openAsClient reads the files for the first time, and has CONFIG SET refuse others that
// cannot be read.
func (p *process) openAsClient() error {
	p.opts.CheckTogether(asClientOptions, func(value func(string) string) error {
		if _, err := p.clientConfig(value); err != nil {
			return errors.New(reply.ErrUpdateTLS)
		}
		return nil
	})
	_, err := p.asClient()
	return err
}

// wireTLS gives the certificates to the server for clients; nil: there is no TLS.
func (p *process) wireTLS() func() *tls.Config {
	if p.opts.Int("tls-port") == 0 {
		return nil
	}
	return p.tls.Config
}

// metricsTLS gives them to that for figures, likewise.
func (p *process) metricsTLS() *tls.Config {
	if !p.opts.Bool("metrics-tls") {
		return nil
	}
	return p.tls.Anonymous()
}

// clientPort is the port for plain text, as resp has it.
func clientPort(o *options.Set) int {
	if port := o.Int("port"); port != 0 {
		return int(port)
	}
	return resp.NoPort
}
