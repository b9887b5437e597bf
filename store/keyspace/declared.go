package keyspace

import (
	"bytes"
	"unsafe"

	"github.com/msredis/msredis/internal/invariants"
)

// shardOf returns the shard of a key that the running command uses. The slot of a key
// in the arguments is known from the footprint.
func (c *Ctx) shardOf(key []byte) int {
	f := c.footprint
	n := f.Len()
	for i := range n {
		at := c.lastKey + i // handlers take their keys in order, mostly
		if at >= n {
			at -= n
		}
		k := f.Key(at)
		if arg := c.Args[k.Pos]; unsafe.SliceData(arg) == unsafe.SliceData(key) && len(arg) == len(key) {
			c.lastKey = at
			return ShardOfSlot(k.Slot)
		}
	}
	if invariants.Enabled {
		c.declared(key)
	}
	return ShardOf(key)
}

// declared panics if the running command uses a key that its row does not tell
// of: its shard might not be locked. (SWAPDB, SORT … BY and the like hold all of
// them, and the keys of a lease are locked with the lease.)
func (c *Ctx) declared(key []byte) {
	f := c.footprint
	found := f.AnyKey()
	for i := range f.Len() {
		found = found || bytes.Equal(c.Args[f.Key(i).Pos], key)
	}
	if !found {
		panic("keyspace: " + c.Cmd.FullName + " uses a key that its row does not declare")
	}
}
