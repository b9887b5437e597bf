package keyspace

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// Reader runs calls that only read, outside of the log. It is confined to one
// goroutine at a time, and made by Keyspace.NewReader.
type Reader struct {
	ctx    Ctx
	warm   Warmer
	frozen *Views // nil: there are none; see Views
}

// For says whose calls are run from now on.
func (r *Reader) For(client uint64) { r.ctx.client = client }

// Client is whose calls are run.
func (r *Reader) Client() uint64 { return r.ctx.client }

// Warmer returns the reader's own.
func (r *Reader) Warmer() *Warmer { return &r.warm }

// NewReader returns a reader of ks.
func (ks *Keyspace) NewReader() *Reader { return &Reader{ctx: Ctx{ks: ks}} }

// Call runs a call while the locks of its keys are held for reading. now is log time,
// read after the locks were taken, clock the time that answers count from. With alone
// the caller holds no lock and the call is one over the WholeKeyspace, which takes them
// one by one.
//
// It returns true if the call met something that has expired by the clock, and not by
// log time. The answer is then of no use. A key that a client has seen gone must not
// come back, and it is not known whether log time gets there under this leader.
func (r *Reader) Call(run Handler, call *command.Call, w *reply.Writer, now, clock int64, alone bool) (late bool) {
	c := &r.ctx
	c.begin(call, w, 0)
	c.Now, c.Clock, c.alone, c.late = now, max(now, clock), alone, false
	c.read(run)
	c.Cmd, c.Args, c.W, c.footprint = nil, nil, nil, nil
	return c.late
}

// read runs the handler of a read. One that panics is broken off.
func (c *Ctx) read(run Handler) {
	mark, errors, done := len(c.W.Buf), c.W.Errors, false
	defer func() {
		if !done && c.ks.broken != nil {
			c.breakOff(recover(), mark, errors)
		}
	}()
	run(c)
	done = true
}
