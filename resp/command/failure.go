package command

// Failure is why a unit has no replies.
type Failure struct {
	// Text is the error reply, from package reply.
	Text string
	// Unknown: the writes may have been executed, or may be yet. Otherwise
	// the unit certainly did not run and will not.
	Unknown bool
}

func (f *Failure) Error() string { return f.Text }
