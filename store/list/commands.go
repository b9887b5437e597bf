// Package list is the family of lists.
//
// A List is a sequence in packed chunks. Families that read or make lists
// (SORT, RESTORE) use New, PushBack and All.
package list

import (
	"slices"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

// moveKeys are those of the commands that take from one list and give to
// another.
var moveKeys = []command.KeySpec{
	{Flags: command.KeyRW | command.KeyAccess | command.KeyDelete, First: 1},
	{Flags: command.KeyRW | command.KeyInsert, First: 2},
}

// Rows are the commands on lists.
var Rows = slices.Concat(plainRows, blockingRows)

// plainRows are those that do not block.
var plainRows = []keyspace.Row{
	{Spec: command.Spec{
		Name: "lindex", Since: "1.0.0", Group: command.GroupList,
		Usage:      "LINDEX key index",
		Summary:    "Get an element from a list by its index",
		Complexity: "O(N) where N is the number of elements to traverse to get to the element at index. This makes asking for the first or the last element of the list O(1).",
		Flags:      command.ReadOnly,
	}, Run: lindex, Reach: keyspace.ReachOne},
	{Spec: command.Spec{
		Name: "linsert", Since: "2.2.0", Group: command.GroupList,
		Usage:      "LINSERT key <BEFORE | AFTER> pivot element",
		Summary:    "Insert an element before or after another element in a list",
		Complexity: "O(N) where N is the number of elements to traverse before seeing the value pivot. This means that inserting somewhere on the left end on the list (head) can be considered O(1) and inserting somewhere on the right end (tail) is O(N).",
		Flags:      command.Write | command.DenyOOM,
		KeyFlags:   command.KeyRW | command.KeyInsert,
	}, Run: linsert},
	{Spec: command.Spec{
		Name: "llen", Since: "1.0.0", Group: command.GroupList,
		Usage:      "LLEN key",
		Summary:    "Get the length of a list",
		Complexity: "O(1)",
		Flags:      command.ReadOnly | command.Fast,
		KeyFlags:   command.KeyRO,
	}, Run: llen},
	{Spec: command.Spec{
		Name: "lmove", Since: "6.2.0", Group: command.GroupList,
		Usage:      "LMOVE source destination <LEFT | RIGHT> <LEFT | RIGHT>",
		Summary:    "Pop an element from a list, push it to another list and return it",
		Complexity: "O(1)",
		Flags:      command.Write | command.Conditional | command.DenyOOM,
		Keys:       moveKeys,
	}, Run: lmove},
	{Spec: command.Spec{
		Name: "lmpop", Since: "7.0.0", Group: command.GroupList,
		Usage:      "LMPOP numkeys key [key ...] <LEFT | RIGHT> [COUNT count]",
		Summary:    "Pop elements from a list",
		Complexity: "O(N+M) where N is the number of provided keys and M is the number of elements returned.",
		Flags:      command.Write | command.Conditional,
		KeyFlags:   command.KeyRW | command.KeyAccess | command.KeyDelete,
	}, Run: lmpop},
	{Spec: command.Spec{
		Name: "lpop", Since: "1.0.0", Group: command.GroupList,
		Usage:      "LPOP key [count]",
		Summary:    "Remove and get the first elements in a list",
		Complexity: "O(N) where N is the number of elements returned",
		Flags:      command.Write | command.Conditional | command.Fast,
		KeyFlags:   command.KeyRW | command.KeyAccess | command.KeyDelete,
	}, Run: lpop},
	{Spec: command.Spec{
		Name: "lpos", Since: "6.0.6", Group: command.GroupList,
		Usage:      "LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]",
		Summary:    "Return the index of matching elements on a list",
		Complexity: "O(N) where N is the number of elements in the list, for the average case. When searching for elements near the head or the tail of the list, or when the MAXLEN option is provided, the command may run in constant time.",
		Flags:      command.ReadOnly,
	}, Run: lpos},
	{Spec: command.Spec{
		Name: "lpush", Since: "1.0.0", Group: command.GroupList,
		Usage:      "LPUSH key element [element ...]",
		Summary:    "Prepend one or multiple elements to a list",
		Complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
		Flags:      command.Write | command.DenyOOM | command.Fast,
		KeyFlags:   command.KeyRW | command.KeyInsert,
	}, Run: lpush},
	{Spec: command.Spec{
		Name: "lpushx", Since: "2.2.0", Group: command.GroupList,
		Usage:      "LPUSHX key element [element ...]",
		Summary:    "Prepend an element to a list, only if the list exists",
		Complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
		Flags:      command.Write | command.Conditional | command.DenyOOM | command.Fast,
		KeyFlags:   command.KeyRW | command.KeyInsert,
	}, Run: lpushx},
	{Spec: command.Spec{
		Name: "lrange", Since: "1.0.0", Group: command.GroupList,
		Usage:      "LRANGE key start stop",
		Summary:    "Get a range of elements from a list",
		Complexity: "O(S+N) where S is the distance of start offset from HEAD for small lists, from nearest end (HEAD or TAIL) for large lists; and N is the number of elements in the specified range.",
		Flags:      command.ReadOnly,
	}, Run: lrange, Reach: keyspace.ReachRange},
	{Spec: command.Spec{
		Name: "lrem", Since: "1.0.0", Group: command.GroupList,
		Usage:      "LREM key count element",
		Summary:    "Remove elements from a list",
		Complexity: "O(N+M) where N is the length of the list and M is the number of elements removed.",
		Flags:      command.Write | command.Conditional,
		KeyFlags:   command.KeyRW | command.KeyDelete,
	}, Run: lrem},
	{Spec: command.Spec{
		Name: "lset", Since: "1.0.0", Group: command.GroupList,
		Usage:      "LSET key index element",
		Summary:    "Set the value of an element in a list by its index",
		Complexity: "O(N) where N is the length of the list. Setting either the first or the last element of the list is O(1).",
		Flags:      command.Write | command.DenyOOM,
	}, Run: lset},
	{Spec: command.Spec{
		Name: "ltrim", Since: "1.0.0", Group: command.GroupList,
		Usage:      "LTRIM key start stop",
		Summary:    "Trim a list to the specified range",
		Complexity: "O(N) where N is the number of elements to be removed by the operation.",
		Flags:      command.Write,
		KeyFlags:   command.KeyRW | command.KeyDelete,
	}, Run: ltrim},
	{Spec: command.Spec{
		Name: "rpop", Since: "1.0.0", Group: command.GroupList,
		Usage:      "RPOP key [count]",
		Summary:    "Remove and get the last elements in a list",
		Complexity: "O(N) where N is the number of elements returned",
		Flags:      command.Write | command.Conditional | command.Fast,
		KeyFlags:   command.KeyRW | command.KeyAccess | command.KeyDelete,
	}, Run: rpop},
	{Spec: command.Spec{
		Name: "rpoplpush", Since: "1.2.0", Group: command.GroupList,
		Usage:      "RPOPLPUSH source destination",
		Summary:    "Remove the last element in a list, prepend it to another list and return it",
		Complexity: "O(1)",
		Flags:      command.Write | command.Conditional | command.DenyOOM,
		Keys:       moveKeys,
		Deprecated: "6.2.0", ReplacedBy: "`LMOVE` with the `RIGHT` and `LEFT` arguments",
	}, Run: rpoplpush},
	{Spec: command.Spec{
		Name: "rpush", Since: "1.0.0", Group: command.GroupList,
		Usage:      "RPUSH key element [element ...]",
		Summary:    "Append one or multiple elements to a list",
		Complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
		Flags:      command.Write | command.DenyOOM | command.Fast,
		KeyFlags:   command.KeyRW | command.KeyInsert,
	}, Run: rpush},
	{Spec: command.Spec{
		Name: "rpushx", Since: "2.2.0", Group: command.GroupList,
		Usage:      "RPUSHX key element [element ...]",
		Summary:    "Append an element to a list, only if the list exists",
		Complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
		Flags:      command.Write | command.Conditional | command.DenyOOM | command.Fast,
		KeyFlags:   command.KeyRW | command.KeyInsert,
	}, Run: rpushx},
}
