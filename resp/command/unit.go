package command

import (
	"time"

	"github.com/msredis/msredis/resp/reply"
)

// Call is one command of a client on its way to its reply.
type Call struct {
	Cmd  *Command
	Args [][]byte // with the name; immutable, kept alive by whoever keeps a slice of it
	DB   int      // the logical database selected when the command was read

	// Literal is the finished reply of a call that needs no data (Cmd may be
	// nil then): it only stands here to keep its place in the pipeline.
	Literal []byte

	// Reads is set for a script of which it is known that it writes nothing: the
	// call need not go through the log.
	Reads bool
	// Over is set for a script, or a transaction with some, if the node of the
	// client was over its memory limit: the nodes must not decide that each for
	// itself.
	Over bool

	// Tx makes the call an EXEC. Cmd is EXEC's row.
	Tx *Tx
}

// Writes reports whether the call has to go through the log.
func (c *Call) Writes() bool {
	if c.Tx != nil {
		return c.Tx.Writes()
	}
	return c.Literal == nil && !c.Reads && c.Cmd.Flags&(Write|Logged) != 0
}

// SetOver sets Over, and that of the calls of a transaction.
func (c *Call) SetOver() {
	c.Over = true
	if c.Tx != nil {
		for i := range c.Tx.Calls {
			c.Tx.Calls[i].Over = true
		}
	}
}

// Conditional reports whether the call is a write that is worth being tried as a
// read first. Without one of its conditions SET always changes something.
func (c *Call) Conditional() bool {
	if c.Tx != nil || c.Literal != nil || c.Cmd.Flags&Conditional == 0 {
		return false
	}
	if c.Cmd.FullName != "set" {
		return true
	}
	for _, word := range c.Args[min(3, len(c.Args)):] {
		if equalFold(word, "NX") || equalFold(word, "XX") {
			return true
		}
	}
	return false
}

// Tx is the body of a MULTI … EXEC.
type Tx struct {
	Calls   []Call // without literals or nested transactions
	Watches []Watch
}

// Writes reports whether any of the queued commands may change data. A
// transaction that only reads is run as a read.
func (t *Tx) Writes() bool {
	for i := range t.Calls {
		if t.Calls[i].Writes() {
			return true
		}
	}
	return false
}

// Watch is one WATCHed key with the version it had then. EXEC carries it in the
// log, so every node decides alike, whichever node the client is connected to.
type Watch struct {
	DB      int
	Key     []byte
	Version uint64 // see keyspace.Version
}

// Absent is set in the version of a key that did not exist.
const Absent = 1 << 63

// Absent reports whether the key did not exist.
func (w *Watch) Absent() bool { return IsAbsent(w.Version) }

// IsAbsent reports whether a version is that of a key that does not exist.
func IsAbsent(version uint64) bool { return version&Absent != 0 }

// Unit is what a connection hands over at once: the commands of one read from
// its socket that need the data, in order. Either it is in the log as a whole
// or not at all.
//
// The connection owns the unit, and may not touch it between handing it over
// and being told that it is done.
type Unit struct {
	Calls []Call
	// W collects the replies in order, one for every call and Literal; its
	// protocol is the client's. Its Buf may hold replies to earlier commands
	// already and becomes the connection's output as it is: whoever runs the
	// unit appends, and neither resets W nor keeps Buf. After a Failure
	// nothing may be written to it any more.
	W reply.Writer
	// Time is the clock for answers that count from now (TTL), in Unix
	// milliseconds: log time for a unit with writes, else the leader's clock
	// when it confirmed the read. Set by the backend.
	Time int64
	// Late is set by a read of the store that met something of which the deadline is
	// at or before Time, but not before log time yet: its answers, which begin at
	// Begin in W, are not to be given. Later is true again.
	Late  bool
	Begin reply.Point
	// Ran is for how long the store was busy with a batch of units without writes,
	// and Together how many they were, this one among them. Set by the backend.
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
	// Client is the id of the connection, for logs.
	Client uint64
	// Bytes is the sum of the arguments' lengths of the calls that write.
	Bytes int
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
	u.Calls, u.Bytes, u.Time, u.Stale, u.Late, u.Whole, u.Done = u.Calls[:0], 0, 0, false, false, false, 0
	u.W.Reset()
}

// Completer is told the outcome of a unit that was started.
type Completer interface {
	// Complete is called once, with what Write or Read of front.Backend would
	// have returned: the unit is its owner's again. It must not block.
	Complete(err error)
}
