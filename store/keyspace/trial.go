package keyspace

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// A trial runs the handler of a write where only reads are allowed, to find out whether
// it would change anything. If it would change nothing, its reply is that of the
// command, as if the command had run at this moment. Otherwise the trial is broken off
// before the first change, and the command has to go through the log.

// unfit is what a trial is broken off with.
type unfit struct{}

// changes is called by everything that a handler can change the data with,
// before it does.
func (c *Ctx) changes() {
	if c.trial {
		panic(unfit{})
	}
}

// Try is Call for a call of a write flagged Conditional. It reports whether there
// was nothing to change; if not, what it wrote is to be dropped.
func (r *Reader) Try(run Handler, call *command.Call, w *reply.Writer, now, clock int64) (unchanged bool) {
	c := &r.ctx
	c.trial = true
	defer func() {
		c.trial = false
		c.Cmd, c.Args, c.W, c.footprint = nil, nil, nil, nil
		if !unchanged {
			if cause := recover(); cause != nil && cause != (unfit{}) && c.ks.broken == nil {
				panic(cause) // a bug of the handler; else the log meets it, for all nodes alike
			}
		}
	}()
	c.begin(call, w, 0)
	c.Now, c.Clock, c.late = now, max(now, clock), false
	run(c)
	return !c.late // the log has a time at which it is gone
}
