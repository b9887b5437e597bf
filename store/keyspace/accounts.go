package keyspace

import (
	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/resp/command"
)

// Accounts takes the figures of what scripts do, on the node of their clients. It
// is no part of the state machine: nothing in the state follows from it. It is
// called from many goroutines, while shards are locked, and must not block.
type Accounts interface {
	// Clock returns the nanoseconds of a clock that never goes back.
	Clock() int64
	// Reads is told of a call that only reads, before it is run. client is the one whose
	// script makes it.
	Reads(client uint64, call *command.Call)
	// Called takes a call that a script has made. The call is valid during Called only.
	Called(c *ScriptCall)
	// Denied is told of a call whose caller may not make it any more. In a script it is
	// told of calls to which the caller has no right.
	Denied(client uint64, call *command.Call, d acl.Denial, from acl.Context)
	// Erred corrects the number of errors that clients were told: by n of the code that
	// text begins with.
	Erred(text string, n int)
	// Runs is told how many scripts and functions in the log take long now, whenever that
	// changes. They are run by all nodes, whoever's they are.
	Runs(scripts, functions int)
}

// ScriptCall is a call that a script has made.
type ScriptCall struct {
	Cmd  *command.Command // nil: there is no such command
	Args [][]byte
	Took int64 // nanoseconds
	// Err is the error that the script got, "" if it got none.
	Err string
	// Rejected: the call was not run.
	Rejected bool
}

// Account sets who takes the figures of scripts.
func (ks *Keyspace) Account(a Accounts) { ks.accounts = a }

// Counted reports whether this node takes the figures of what a script does: it has
// the client.
func (c *Ctx) Counted() bool { return !c.W.Discard && c.ks.accounts != nil }

// AccountsClock is Accounts.Clock, for a script that is Counted.
func (c *Ctx) AccountsClock() int64 { return c.ks.accounts.Clock() }

// ReadsKeys is Accounts.Reads for a script that is Counted.
func (c *Ctx) ReadsKeys(call *command.Call) {
	c.ks.accounts.Reads(c.clientID(), call)
}

// Called takes a call of a script that is Counted. A script that reads may have to
// run again with more locks: what it did the first time was counted then.
func (c *Ctx) Called(call *ScriptCall) {
	if c.seen > 0 {
		c.seen--
		return
	}
	c.told++
	c.ks.accounts.Called(call)
}

// Denied is Accounts.Denied for a call of a script that is Counted.
func (c *Ctx) Denied(call *command.Call, d acl.Denial) {
	if c.seen == 0 {
		c.ks.accounts.Denied(c.clientID(), call, d, acl.InScript)
	}
}

func (c *Ctx) clientID() uint64 {
	if c.lane != nil {
		return c.lane.events.client
	}
	return c.client
}

// Runs is Accounts.Runs, if there is somebody who takes the figures.
func (c *Ctx) Runs(scripts, functions int) {
	if c.ks.accounts != nil {
		c.ks.accounts.Runs(scripts, functions)
	}
}

// Erred is Accounts.Erred for a script that is Counted.
func (c *Ctx) Erred(text string, n int) { c.ks.accounts.Erred(text, n) }
