package command

import (
	"time"

	"github.com/msredis/msredis/resp/reply"
)

// Unit is what a connection hands over at once: the commands of one read from
// its socket that need the data, in order. Either it is in the log as a whole
// or not at all.
//
// The connection owns the unit, and may not touch it between handing it over
// and being told that it is done.
type Unit struct {
	Calls []Call
	// W collects the replies in order, one for every call and Literal; its protocol is
	// the client's. Its Buf may hold replies to earlier commands already and becomes
	// the connection's output as it is. The code that runs the unit appends to it, and
	// neither resets W nor keeps Buf. After a Failure nothing may be written to it any
	// more.
	W reply.Writer
	// Time is the clock for answers that count from now (TTL), in Unix milliseconds. It
	// is log time for a unit with writes, else the leader's clock when it confirmed the
	// read. Set by the backend.
	Time int64
	// Late is set by a read of the store that met a deadline which Time has reached and log
	// time has not. Its answers begin at Begin in W, and are not to be given. A run
	// behind the next entry answers truly.
	Late  bool
	Begin reply.Point
	// Ran is the time for which the store was busy with a batch of units without
	// writes. Together is the number of these units, this one among them. Set by the
	// backend.
	Ran      time.Duration
	Together int
	// Stale allows an answer from the node's applied state without asking
	// the leader (READONLY connections). Only for units that write nothing.
	Stale bool
	// Whole has the first call of a unit without writes run as if W had no portion:
	// it is larger than one. Done is how many of the calls were run when the
	// portion was full; the others were not. Set by the backend then.
	Whole bool
	Done  int
	// Failed are the calls of a transaction without writes that have failed, if a part of its
	// reply was sent before its end. Set by the backend.
	Failed []FailedCall
	// Client is the id of the connection, for logs.
	Client uint64
	// Bytes is the sum of the arguments' lengths of the calls that write.
	Bytes int
}

// FailedCall is a call of a transaction, by its place there, and its error.
type FailedCall struct {
	Call int
	Text string
}

// Writes reports whether any call has to go through the log.
func (u *Unit) Writes() bool {
	for i := range u.Calls {
		if u.Calls[i].Writes() {
			return true
		}
	}
	return false
}

// Reset empties u for reuse; it keeps what is allocated.
func (u *Unit) Reset() {
	clear(u.Calls)
	u.Calls, u.Bytes, u.Time, u.Stale, u.Late, u.Whole, u.Done, u.Failed = u.Calls[:0], 0, 0, false, false, false, 0, nil
	u.W.Reset()
}

// Completer is told the outcome of a unit that was started.
type Completer interface {
	// Complete is called once, with what Write or Read of front.Backend would
	// have returned: the unit is its owner's again. It must not block.
	Complete(err error)
}
