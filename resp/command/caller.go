package command

import "math"

// Caller is the user who makes a call. A node checks the call when it comes, against the
// users that the node knows. The table of users may be another one where the call is
// executed. It is checked again there, so the log has the caller, too. Nobody changes a
// Caller once it is in use.
type Caller struct {
	User string
	// Version is that of the table of users which the call was checked against.
	Version uint64
	// Unproven: the connection was let in without a password, as the default user, and
	// has shown nothing yet that says when. The password may be older than the connection.
	Unproven bool
	// Node: a node makes the call as a part of a command of a client's, which was checked
	// (the DUMP of a MIGRATE). The call needs no right of its own.
	Node bool
}

// Unchecked is the Version of a call that has not been checked yet: no table has it.
const Unchecked = math.MaxUint64

// ByNode is the caller of a call that a node makes as a part of another one.
var ByNode = &Caller{Node: true}

// nobody made a call that has no Caller: the default user did, when there had never been
// a change of users.
var nobody Caller

// Caller returns who makes the call, never nil.
func (c *Call) Caller() *Caller {
	if c.By == nil {
		return &nobody
	}
	return c.By
}

// Same reports whether two callers are alike.
func (c *Caller) Same(d *Caller) bool { return c == d || *c == *d }
