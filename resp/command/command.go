package command

// ID numbers the commands of a Table from 0 without gaps; handlers are found by
// it. It is not stable across versions and never leaves the process.
type ID uint16

// Command is a row of a Table with all that follows from it. It is immutable.
type Command struct {
	Spec
	ID       ID
	FullName string // "set", "client|list"
	// Arity as in Redis: the number of arguments with the name (and the
	// container's name); negative: at least so many.
	Arity int
	// OneKey: exactly one key, at position 1 — the case worth a short cut.
	OneKey bool
	// KeySpecs are the row's Keys, or those that its usage line tells.
	KeySpecs []KeySpec
	// Categories are the ACL categories, with '@', in Redis's order.
	Categories []string
	// Args is the syntax behind the name, as COMMAND DOCS shows it.
	Args []Arg
	// Subs are the subcommands of a container, in the order of their rows.
	Subs []*Command

	bySub  map[string]*Command
	bits   bits   // of the footprint of each call
	writes uint32 // see Footprint.Writes
}

// ArityOK reports whether n arguments, the name included, are acceptable.
func (c *Command) ArityOK(n int) bool {
	if c.Arity >= 0 {
		return n == c.Arity
	}
	return n >= -c.Arity
}

// IsContainer reports whether the command has subcommands.
func (c *Command) IsContainer() bool { return len(c.Subs) > 0 }

// Visible reports whether COMMAND shows the command.
func (c *Command) Visible() bool { return c.Flags&Hidden == 0 }
