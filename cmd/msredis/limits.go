package main

import (
	"time"

	"github.com/msredis/msredis/internal/options"
	"github.com/msredis/msredis/resp"
)

// limits returns the limits of the client server; they follow the options.
func (p *process) limits() *resp.Limits {
	l := resp.NewLimits()
	follow := func(name string, apply func()) {
		apply()
		p.opts.OnChange(name, apply)
	}
	o := p.opts
	follow("maxclients", func() { l.MaxClients.Store(o.Int("maxclients")) })
	follow("proto-max-bulk-len", func() { l.MaxBulk.Store(o.Int("proto-max-bulk-len")) })
	follow("client-query-buffer-limit", func() { l.QueryBuffer.Store(o.Int("client-query-buffer-limit")) })
	follow("client-output-buffer-limit", func() {
		normal, replica, pubsub := o.OutputLimits()
		l.SetOutput(resp.ClassNormal, outputLimit(normal))
		l.SetOutput(resp.ClassReplica, outputLimit(replica))
		l.SetOutput(resp.ClassPubSub, outputLimit(pubsub))
	})
	follow("timeout", func() { l.IdleTimeout.Store(int64(o.Duration("timeout"))) })
	follow("auth-timeout", func() { l.AuthTimeout.Store(int64(o.Duration("auth-timeout"))) })
	follow("tcp-keepalive", func() { l.KeepAlive.Store(int64(o.Duration("tcp-keepalive"))) })
	follow("protected-mode", func() { l.Protected.Store(o.Bool("protected-mode")) })
	return l
}

func outputLimit(o options.OutputLimit) resp.OutputLimit {
	return resp.OutputLimit{Hard: o.Hard, Soft: o.Soft, SoftFor: time.Duration(min(o.SoftSeconds, maxSoftSeconds)) * time.Second}
}

// maxSoftSeconds is longer than any process lives, and a time.Duration holds it.
const maxSoftSeconds = 1 << 32
