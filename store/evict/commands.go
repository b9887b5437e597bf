// Package evict has the command by which keys leave to make room. It is no
// client's: the leader sends it, for keys that it has chosen (store.Chooser).
package evict

import (
	"strconv"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// Name is the command's.
const Name = "evict"

// Rows are the commands of this package.
var Rows = []keyspace.Row{
	{Spec: command.Spec{
		Name: Name, Since: "1.0.0", Group: command.GroupServer,
		Usage:      "EVICT key version",
		Summary:    "Delete a key to make room, if it is as it was when it was chosen",
		Complexity: "O(1)",
		Flags:      command.Write | command.Fast | command.Admin | command.NoScript | command.Internal | command.Hidden,
	}, Run: evict},
}

// Args returns the arguments of a call.
func Args(key string, version uint64) [][]byte {
	return [][]byte{[]byte(Name), []byte(key), strconv.AppendUint(nil, version, 10)}
}

// evict deletes the key if nobody has changed it since the leader chose it. Between
// the two the log may bring another value: a client was told that it is safe, and
// the policy has not looked at it. The version is that of the key's last change,
// the same on all nodes, so all of them come to the same.
//
// Whether the data still exceeds maxmemory is not asked: that is an option of each
// node, and the log must mean the same to all.
func evict(c *keyspace.Ctx) {
	version, err := strconv.ParseUint(string(c.Args[2]), 10, 64)
	if err != nil {
		c.W.Error(reply.ErrNotInteger)
		return
	}
	e := c.Peek(c.Args[1])
	if e == nil || e.Version() != version {
		c.W.Int(0)
		return
	}
	c.Evict(e)
	c.W.Int(1)
}
