package keys

import (
	"fmt"

	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// inspect returns the entry that OBJECT and MEMORY USAGE ask about, their
// argument 2. It answers null if there is none.
func inspect(c *keyspace.Ctx) *keyspace.Entry {
	e := c.Peek(c.Args[2])
	if e == nil {
		c.W.Null()
	}
	return e
}

func objectEncoding(c *keyspace.Ctx) {
	if e := inspect(c); e != nil {
		c.W.BulkString(e.Value().Encoding())
	}
}

func objectRefcount(c *keyspace.Ctx) {
	if e := inspect(c); e != nil {
		c.W.Int(refcount(e.Value()))
	}
}

// refcount is 1, except for values that Redis would share.
func refcount(v keyspace.Value) int64 {
	if shared, ok := v.(interface{ Refcount() int64 }); ok {
		return shared.Refcount()
	}
	return 1
}

func objectIdletime(c *keyspace.Ctx) {
	switch e := inspect(c); {
	case e == nil:
	case c.CountsUses():
		c.W.Error(reply.ErrLFU)
	default:
		c.W.Int(c.Idle(e))
	}
}

func objectFreq(c *keyspace.Ctx) {
	switch e := inspect(c); {
	case e == nil:
	case !c.CountsUses():
		c.W.Error(reply.ErrNotLFU)
	default:
		c.W.Int(c.Frequency(e))
	}
}

func objectHelp(c *keyspace.Ctx) {
	c.W.Array(len(objectHelpText))
	for _, line := range objectHelpText {
		c.W.Simple(line)
	}
}

var objectHelpText = []string{
	"OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
	"ENCODING <key>",
	"    Return the kind of internal representation used in order to store the value",
	"    associated with a <key>.",
	"FREQ <key>",
	"    Return the access frequency index of the <key>. The returned integer is",
	"    proportional to the logarithm of the recent access frequency of the key.",
	"IDLETIME <key>",
	"    Return the idle time of the <key>, that is the approximated number of",
	"    seconds elapsed since the last access to the key.",
	"REFCOUNT <key>",
	"    Return the number of references of the value associated with the specified",
	"    <key>.",
	"HELP",
	"    Print this help.",
}

// memoryUsage takes SAMPLES and does not need it: sizes are kept, not guessed.
func memoryUsage(c *keyspace.Ctx) {
	for i := 3; i < len(c.Args); i += 2 {
		if i+1 == len(c.Args) || !c.Is(i, "SAMPLES") {
			c.W.Error(reply.ErrSyntax)
			return
		}
		n, ok := c.Int(i + 1)
		if !ok {
			return
		}
		if n < 0 {
			c.W.Error(reply.ErrSyntax)
			return
		}
	}
	c.Purge(c.Args[2])
	if e := inspect(c); e != nil {
		c.W.Int(e.MemSize())
	}
}

// debugObject answers in Redis's form. There is no address to tell, and the
// length is that of the value in a snapshot.
func debugObject(c *keyspace.Ctx) {
	e := c.Peek(c.Args[2])
	if e == nil {
		c.W.Error(reply.ErrNoSuchKey)
		return
	}
	v, idle := e.Value(), c.Idle(e)
	const lruMask = 1<<24 - 1
	c.W.Simple(fmt.Sprintf("Value at:0x0 refcount:%d encoding:%s serializedlength:%d lru:%d lru_seconds_idle:%d",
		refcount(v), v.Encoding(), len(v.Encode(nil)), (c.Clock/1000-idle)&lruMask, idle))
}

func debugDigestValue(c *keyspace.Ctx) {
	keys := c.Args[2:]
	c.W.Array(len(keys))
	for _, key := range keys {
		c.W.Simple(c.DigestOf(c.Peek(key)))
	}
}
