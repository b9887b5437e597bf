package zset

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

// blockingRows are the commands on sorted sets that block; see package list for
// what their handlers are.
var blockingRows = []keyspace.Row{
	{Spec: command.Spec{
		Name: "bzmpop", Since: "7.0.0", Group: command.GroupSortedSet,
		Usage:      "BZMPOP timeout numkeys key [key ...] <MIN | MAX> [COUNT count]",
		Summary:    "Remove and return members with scores in a sorted set or block until one is available",
		Complexity: "O(K) + O(M*log(N)) where K is the number of provided keys, N being the number of elements in the sorted set, and M being the number of elements popped.",
		Flags:      command.Write | command.Blocking,
		Wait:       command.WaitMPopZSet,
		KeyFlags:   command.KeyRW | command.KeyAccess | command.KeyDelete,
	}, Run: bzmpop},
	{Spec: command.Spec{
		Name: "bzpopmax", Since: "5.0.0", Group: command.GroupSortedSet,
		Usage:      "BZPOPMAX key [key ...] timeout",
		Summary:    "Remove and return the member with the highest score from one or more sorted sets, or block until one is available",
		Complexity: "O(log(N)) with N being the number of elements in the sorted set.",
		Flags:      command.Write | command.Blocking | command.Fast,
		Wait:       command.WaitPopZSet,
		KeyFlags:   command.KeyRW | command.KeyAccess | command.KeyDelete,
	}, Run: bzpopmax},
	{Spec: command.Spec{
		Name: "bzpopmin", Since: "5.0.0", Group: command.GroupSortedSet,
		Usage:      "BZPOPMIN key [key ...] timeout",
		Summary:    "Remove and return the member with the lowest score from one or more sorted sets, or block until one is available",
		Complexity: "O(log(N)) with N being the number of elements in the sorted set.",
		Flags:      command.Write | command.Blocking | command.Fast,
		Wait:       command.WaitPopZSet,
		KeyFlags:   command.KeyRW | command.KeyAccess | command.KeyDelete,
	}, Run: bzpopmin},
}

func bzpopmin(c *keyspace.Ctx) { popFirst(c, false) }
func bzpopmax(c *keyspace.Ctx) { popFirst(c, true) }

// popFirst pops from the first of the keys that has a sorted set.
func popFirst(c *keyspace.Ctx, highest bool) {
	last := len(c.Args) - 1
	if !c.Timeout(last) {
		return
	}
	for _, key := range c.Args[1:last] {
		e := c.Lookup(key)
		z, ok := Of(c, e)
		if !ok {
			return
		}
		if z != nil {
			c.W.Array(3)
			c.W.Bulk(key)
			pop(c, key, e, z, 1, highest, false)
			return
		}
	}
	c.W.NullArray()
}

func bzmpop(c *keyspace.Ctx) { mpop(c, 2) }
