package list

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

// The handlers of the commands that block do the command's work at its place in the
// log: they pop, or answer that there is nothing. The command does the same in a
// transaction. The session waits, and tries again when it hears that there is something
// (package blocking).

// blockingRows are the commands on lists that block.
var blockingRows = []keyspace.Row{
	{Spec: command.Spec{
		Name: "blmove", Since: "6.2.0", Group: command.GroupList,
		Usage:      "BLMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT> timeout",
		Summary:    "Pop an element from a list, push it to another list and return it; or block until one is available",
		Complexity: "O(1)",
		Flags:      command.Write | command.DenyOOM | command.Blocking,
		Wait:       command.WaitMove,
		Keys:       moveKeys,
	}, Run: blmove},
	{Spec: command.Spec{
		Name: "blmpop", Since: "7.0.0", Group: command.GroupList,
		Usage:      "BLMPOP timeout numkeys key [key ...] <LEFT | RIGHT> [COUNT count]",
		Summary:    "Pop elements from a list, or block until one is available",
		Complexity: "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
		Flags:      command.Write | command.Blocking,
		Wait:       command.WaitMPopList,
		KeyFlags:   command.KeyRW | command.KeyAccess | command.KeyDelete,
	}, Run: blmpop},
	{Spec: command.Spec{
		Name: "blpop", Since: "2.0.0", Group: command.GroupList,
		Usage:      "BLPOP key [key ...] timeout",
		Summary:    "Remove and get the first element in a list, or block until one is available",
		Complexity: "O(N) where N is the number of provided keys.",
		Flags:      command.Write | command.Blocking,
		Wait:       command.WaitPopList,
		KeyFlags:   command.KeyRW | command.KeyAccess | command.KeyDelete,
	}, Run: blpop},
	{Spec: command.Spec{
		Name: "brpop", Since: "2.0.0", Group: command.GroupList,
		Usage:      "BRPOP key [key ...] timeout",
		Summary:    "Remove and get the last element in a list, or block until one is available",
		Complexity: "O(N) where N is the number of provided keys.",
		Flags:      command.Write | command.Blocking,
		Wait:       command.WaitPopList,
		KeyFlags:   command.KeyRW | command.KeyAccess | command.KeyDelete,
	}, Run: brpop},
	{Spec: command.Spec{
		Name: "brpoplpush", Since: "2.2.0", Group: command.GroupList,
		Usage:      "BRPOPLPUSH source destination timeout",
		Summary:    "Pop an element from a list, push it to another list and return it; or block until one is available",
		Complexity: "O(1)",
		Flags:      command.Write | command.DenyOOM | command.Blocking,
		Wait:       command.WaitMoveTail,
		Keys:       moveKeys,
		Deprecated: "6.2.0", ReplacedBy: "`BLMOVE` with the `RIGHT` and `LEFT` arguments",
	}, Run: brpoplpush},
}

func blpop(c *keyspace.Ctx) { popFirst(c, left) }
func brpop(c *keyspace.Ctx) { popFirst(c, right) }

// popFirst pops from the first of the keys that has a list.
func popFirst(c *keyspace.Ctx, at end) {
	last := len(c.Args) - 1
	if !c.Timeout(last) {
		return
	}
	for _, key := range c.Args[1:last] {
		e, l, ok := lookup(c, key)
		if !ok {
			return
		}
		if e != nil {
			c.Edit(e)
			c.W.Array(2)
			c.W.Bulk(key)
			c.W.Bulk(l.peek(at))
			l.pop(at)
			notifyPop(c, l, at, key)
			return
		}
	}
	c.W.NullArray()
}

func blmpop(c *keyspace.Ctx) { mpop(c, 2) }

func brpoplpush(c *keyspace.Ctx) {
	if c.Timeout(3) {
		move(c, right, left)
	}
}

func blmove(c *keyspace.Ctx) {
	from, ok := endArg(c, 3)
	if !ok {
		return
	}
	to, ok := endArg(c, 4)
	if ok && c.Timeout(5) {
		move(c, from, to)
	}
}
