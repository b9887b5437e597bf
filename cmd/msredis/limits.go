package main

import (
	"syscall"
	"time"

	"github.com/msredis/msredis/internal/options"
	"github.com/msredis/msredis/resp"
)

// reservedFiles are the file descriptors that a node needs besides those of its
// clients: log segments, snapshots, peers, metrics.
const reservedFiles = 512

// limits returns the limits of the client server; they follow the options.
func (p *process) limits() *resp.Limits {
	l := resp.NewLimits()
	follow := func(name string, apply func()) {
		apply()
		p.opts.OnChange(name, apply)
	}
	o := p.opts
	follow("maxclients", func() { l.MaxClients.Store(p.clientsThatFit(o.Int("maxclients"))) })
	follow("proto-max-bulk-len", func() { l.MaxBulk.Store(o.Int("proto-max-bulk-len")) })
	follow("client-query-buffer-limit", func() { l.QueryBuffer.Store(o.Int("client-query-buffer-limit")) })
	follow("client-output-buffer-limit", func() {
		normal, replica, pubsub := o.OutputLimits()
		l.SetOutput(resp.ClassNormal, outputLimit(normal))
		l.SetOutput(resp.ClassReplica, outputLimit(replica))
		l.SetOutput(resp.ClassPubSub, outputLimit(pubsub))
	})
	follow("timeout", func() { l.IdleTimeout.Store(int64(o.Duration("timeout"))) })
	follow("tcp-keepalive", func() { l.KeepAlive.Store(int64(o.Duration("tcp-keepalive"))) })
	follow("requirepass", func() { l.RequireAuth.Store(o.String("requirepass") != "") })
	return l
}

func outputLimit(o options.OutputLimit) resp.OutputLimit {
	return resp.OutputLimit{Hard: o.Hard, Soft: o.Soft, SoftFor: time.Duration(min(o.SoftSeconds, maxSoftSeconds)) * time.Second}
}

// maxSoftSeconds is longer than any process lives, and a time.Duration holds it.
const maxSoftSeconds = 1 << 32

// clientsThatFit bounds maxclients by the open files that the system grants
// this process. The Go runtime has raised the soft limit already.
func (p *process) clientsThatFit(want int64) int64 {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return want
	}
	room := max(int64(min(files.Cur, 1<<40))-reservedFiles, 1)
	if want > room {
		p.log.Warn("maxclients is bounded by the open files that the system allows", "maxclients", want, "clients", room, "files", files.Cur)
		return room
	}
	return want
}
