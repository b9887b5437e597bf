package keyspace

import (
	"bytes"

	"github.com/msredis/msredis/resp/command"
)

// declared panics if the running command uses a key that its row does not tell
// of: its shard might not be locked. (SWAPDB, SORT … BY and the like hold all of
// them, and the keys of a lease are locked with the lease.)
func (c *Ctx) declared(key []byte) {
	found := c.Cmd.AnyKey(c.Args)
	c.Cmd.Keys(c.Args, func(pos int, _ command.KeyFlags) {
		found = found || bytes.Equal(c.Args[pos], key)
	})
	if !found {
		panic("keyspace: " + c.Cmd.FullName + " uses a key that its row does not declare")
	}
}
