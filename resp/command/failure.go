package command

import "github.com/msredis/msredis/resp/reply"

// Failure is why a unit has no replies.
type Failure struct {
	// Text is the error reply, from package reply.
	Text string
	// Unknown: the writes may have been executed, or may be yet. Otherwise
	// the unit certainly did not run and will not.
	Unknown bool
}

func (f *Failure) Error() string { return f.Text }

// For is the error reply for one of the calls of a unit that failed.
func (f *Failure) For(c *Call) string {
	if c.Writes() || !f.Unknown {
		return f.Text
	}
	// Whether the writes beside it happen or not: a read that gave no answer did nothing.
	return reply.ErrNoQuorum
}

// PartFailure is why a unit for several groups has no replies in its W: a part of it
// failed. Replies are those to all of its calls.
type PartFailure struct{ Replies []byte }

func (f *PartFailure) Error() string { return "a part of the unit failed" }
