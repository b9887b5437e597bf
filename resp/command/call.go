package command

// Call is one command of a client on its way to its reply. It is made by NewCall,
// NewExec or NewLiteral.
type Call struct {
	Cmd  *Command
	Args [][]byte // with the name; immutable, kept alive by whoever keeps a slice of it
	DB   int      // the logical database selected when the command was read

	// Literal is the finished reply of a call that needs no data (Cmd may be nil then).
	// It only stands here to keep its place in the pipeline.
	Literal []byte

	// Tx makes the call an EXEC. Cmd is EXEC's row.
	Tx *Tx

	// Reads is set for a script of which it is known that it writes nothing: the
	// call need not go through the log.
	Reads bool
	// Over is set for a script, or a transaction with some, if the node of the client
	// was over its memory limit. The nodes must not decide that each for itself.
	Over bool
	// NoTouch is set for a call of a client that leaves no trace in the uses of keys. It
	// is not in the log, and so a write is one all the same on other nodes.
	NoTouch bool

	// By is who makes the call; see Caller and SetBy.
	By *Caller

	footprint Footprint
}

// NewCall returns a call of a command. The arity is right. The memory for the keys of
// a call that has several is taken from room, unless that is nil.
func NewCall(cmd *Command, args [][]byte, db int, room *KeyRoom) (c Call) {
	c.Set(cmd, args, db, room)
	return c
}

// Set is NewCall in place of another call.
func (c *Call) Set(cmd *Command, args [][]byte, db int, room *KeyRoom) {
	c.Cmd, c.Args, c.DB = cmd, args, db
	c.Literal, c.Tx, c.Reads, c.Over, c.NoTouch = nil, nil, false, false, false
	c.footprint.set(cmd, args, room)
}

// NewExec returns the call of a transaction, whose calls are complete.
func NewExec(cmd *Command, tx *Tx, room *KeyRoom) (c Call) {
	c.Cmd, c.Tx = cmd, tx
	c.footprint.setTx(tx, room)
	return c
}

// NewLiteral returns a call that is a finished reply.
func NewLiteral(reply []byte) Call {
	return Call{Literal: reply, footprint: Footprint{bits: made}}
}

// Footprint tells what the call touches.
func (c *Call) Footprint() *Footprint {
	if c.footprint.bits == 0 {
		panic("command: a call without a footprint: NewCall makes one")
	}
	return &c.footprint
}

// EachKey calls fn with every key of the call; of a transaction with those that it
// watches, and those of its calls.
func (c *Call) EachKey(fn func(key []byte, k Key)) {
	f := c.Footprint()
	for i := range f.Len() {
		k := f.Key(i)
		if c.Tx != nil {
			fn(c.Tx.Watches[k.Pos].Key, k)
		} else {
			fn(c.Args[k.Pos], k)
		}
	}
	if c.Tx != nil {
		for i := range c.Tx.Calls {
			c.Tx.Calls[i].EachKey(fn)
		}
	}
}

// Writes reports whether the call has to go through the log.
func (c *Call) Writes() bool { return c.Footprint().writes != 0 }

// SetReads sets Reads: the call writes nothing.
func (c *Call) SetReads() {
	c.Reads = true
	c.footprint.writes = 0
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

// SetNoTouch sets NoTouch, and that of the calls of a transaction.
func (c *Call) SetNoTouch() {
	c.NoTouch = true
	if c.Tx != nil {
		for i := range c.Tx.Calls {
			c.Tx.Calls[i].NoTouch = true
		}
	}
}

// SetBy sets By, and that of the calls of a transaction.
func (c *Call) SetBy(by *Caller) {
	c.By = by
	if c.Tx != nil {
		for i := range c.Tx.Calls {
			c.Tx.Calls[i].By = by
		}
	}
}

// Tx is the body of a MULTI … EXEC.
type Tx struct {
	Calls   []Call // without literals or nested transactions
	Watches []Watch
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
