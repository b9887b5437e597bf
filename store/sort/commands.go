// Package sort is the family of SORT and SORT_RO. They bring the elements of a list, a
// set or a sorted set into an order that other keys may tell. It knows the containers
// of the other families and has no value of its own.
package sort

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

const (
	usage      = " key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA]"
	complexity = "O(N+M*log(M)) where N is the number of elements in the list or set to sort, and M the number of returned elements. When the elements are not sorted, complexity is O(N)."
)

// Rows are SORT and SORT_RO. The keys that they read by BY and GET cannot be told
// before they run. So the store locks everything for them.
var Rows = []keyspace.Row{
	{Spec: command.Spec{
		Name: "sort", Since: "1.0.0", Group: command.GroupGeneric,
		Usage:      "SORT" + usage + " [STORE destination]",
		Summary:    "Sort the elements in a list, set or sorted set",
		Complexity: complexity,
		Flags:      command.Write | command.DenyOOM,
		ACL:        []string{"@set", "@sortedset", "@list", "@dangerous", "-@keyspace"},
		Keys: append(readKeys(), command.KeySpec{
			Flags: command.KeyOW | command.KeyUpdate, Unknown: true,
			Notes: "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the argument array",
		}),
		ByOptions: byOptions,
	}, Run: func(c *keyspace.Ctx) { run(c, true) }},
	{Spec: command.Spec{
		Name: "sort_ro", Since: "7.0.0", Group: command.GroupGeneric,
		Usage:      "SORT_RO" + usage,
		Summary:    "Sort the elements in a list, set or sorted set. Read-only variant of SORT.",
		Complexity: complexity,
		Flags:      command.ReadOnly,
		ACL:        []string{"@set", "@sortedset", "@list", "@dangerous", "-@keyspace"},
		Keys:       readKeys(),
		ByOptions:  byOptionsRO,
	}, Run: func(c *keyspace.Ctx) { run(c, false) }},
}

func readKeys() []command.KeySpec {
	return []command.KeySpec{
		{Flags: command.KeyRO | command.KeyAccess, First: 1},
		{
			Flags: command.KeyRO | command.KeyAccess, Unknown: true,
			Notes: "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort",
		},
	}
}
