package resp

import (
	"sync/atomic"
	"time"
)

// Limits are the bounds of a Server that may change while it runs (CONFIG SET).
// The fields are read at each use, so a change holds from the next command on.
type Limits struct {
	MaxClients    atomic.Int64 // connections at a time
	MaxBulk       atomic.Int64 // proto-max-bulk-len: bytes in one argument
	QueryBuffer   atomic.Int64 // client-query-buffer-limit: bytes in one command
	IdleTimeout   atomic.Int64 // timeout: nanoseconds without a command after which a client is disconnected; 0: never
	AuthTimeout   atomic.Int64 // auth-timeout: nanoseconds in which a new client has to authenticate, if it has to; 0: any
	OutputTimeout atomic.Int64 // nanoseconds after which a client that takes nothing of its replies is disconnected; 0: never
	KeepAlive     atomic.Int64 // tcp-keepalive: nanoseconds between probes, for connections accepted from now on; 0: off
	Protected     atomic.Bool  // protected-mode: while RequireAuth is off, clients from other machines are turned away
	RequireAuth   atomic.Bool  // new connections have to authenticate first (requirepass)

	output [classes]struct{ hard, soft, softFor atomic.Int64 }
}

// Class is the kind of a client, by which its output is bounded.
type Class uint32

// The classes of client-output-buffer-limit. MONITOR is an ordinary client, as in
// Redis.
const (
	ClassNormal Class = iota
	ClassReplica
	ClassPubSub
	classes
)

// OutputLimit bounds the bytes that wait to be sent to one client, of replies and
// of messages.
type OutputLimit struct {
	Hard    int64 // a client for which so much waits is disconnected; 0: no limit
	Soft    int64 // so much may wait for SoftFor; 0: no limit
	SoftFor time.Duration
}

// SetOutput sets client-output-buffer-limit of a class.
func (l *Limits) SetOutput(class Class, o OutputLimit) {
	limit := &l.output[class]
	limit.hard.Store(o.Hard)
	limit.soft.Store(o.Soft)
	limit.softFor.Store(int64(o.SoftFor))
}

// Output returns client-output-buffer-limit of a class.
func (l *Limits) Output(class Class) OutputLimit {
	limit := &l.output[class]
	return OutputLimit{Hard: limit.hard.Load(), Soft: limit.soft.Load(), SoftFor: time.Duration(limit.softFor.Load())}
}

// NewLimits returns Redis's defaults.
func NewLimits() *Limits {
	l := new(Limits)
	l.MaxClients.Store(10000)
	l.MaxBulk.Store(512 << 20)
	l.QueryBuffer.Store(1 << 30)
	l.SetOutput(ClassReplica, OutputLimit{Hard: 256 << 20, Soft: 64 << 20, SoftFor: time.Minute})
	l.SetOutput(ClassPubSub, OutputLimit{Hard: 32 << 20, Soft: 8 << 20, SoftFor: time.Minute})
	l.OutputTimeout.Store(int64(60 * time.Second))
	l.Protected.Store(true)
	l.KeepAlive.Store(int64(300 * time.Second))
	return l
}

// Bounds that Redis has compiled in. maxArgs is smaller: in Redis 7 it is INT_MAX, but
// a command of more arguments would not fit into a log entry.
const (
	// maxArgs is how many arguments a command may have.
	maxArgs = 1024 * 1024
	// maxArgBytes is the largest length of an argument, whatever the options say. It is
	// far more than memory can hold. It is so little that the lengths of maxArgs
	// arguments add up without an overflow.
	maxArgBytes = 1 << 40
	// maxInline bounds an inline command and the header lines of RESP.
	maxInline = 64 * 1024
	// maxUnauthArgs and maxUnauthBulk bound what a client may send before it
	// has authenticated.
	maxUnauthArgs = 10
	maxUnauthBulk = 16384
	// maxUnauthQuery bounds all of a command before that. Redis has no such bound: ten
	// arguments of maxUnauthBulk, from each of ten thousand strangers, are 1.6 GB. A user
	// and a password of maxUnauthBulk each fit.
	maxUnauthQuery = 2*maxUnauthBulk + 8*1024
)

// bounds are the limits of one command of one connection at one moment.
type bounds struct {
	authenticated bool
	args          int   // arguments
	bulk          int   // bytes in one argument
	maxBulk       int64 // bytes in one argument when authenticated
	query         int64 // bytes in all
}

func (l *Limits) bounds(authenticated bool) bounds {
	b := bounds{authenticated: authenticated, args: maxArgs, maxBulk: min(l.MaxBulk.Load(), maxArgBytes), query: l.QueryBuffer.Load()}
	b.bulk = int(b.maxBulk)
	if !authenticated {
		b.args, b.bulk, b.query = maxUnauthArgs, min(b.bulk, maxUnauthBulk), min(b.query, maxUnauthQuery)
	}
	return b
}
