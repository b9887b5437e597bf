// Package set is the family of sets of strings.
//
// Families that take sets as input, as sorted sets do, use Of and a Set's
// methods.
package set

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

// Rows are the commands on sets.
var Rows = []keyspace.Row{
	{Spec: command.Spec{
		Name: "sadd", Since: "1.0.0", Group: command.GroupSet,
		Usage:      "SADD key member [member ...]",
		Summary:    "Add one or more members to a set",
		Complexity: "O(1) for each element added, so O(N) to add N elements when the command is called with multiple arguments.",
		Flags:      command.Write | command.Conditional | command.DenyOOM | command.Fast,
		KeyFlags:   command.KeyRW | command.KeyInsert,
	}, Run: sadd},
	{Spec: command.Spec{
		Name: "scard", Since: "1.0.0", Group: command.GroupSet,
		Usage:      "SCARD key",
		Summary:    "Get the number of members in a set",
		Complexity: "O(1)",
		Flags:      command.ReadOnly | command.Fast,
		KeyFlags:   command.KeyRO,
	}, Run: scard},
	{Spec: command.Spec{
		Name: "sdiff", Since: "1.0.0", Group: command.GroupSet,
		Usage:      "SDIFF key [key ...]",
		Summary:    "Subtract multiple sets",
		Complexity: "O(N) where N is the total number of elements in all given sets.",
		Flags:      command.ReadOnly,
		Tips:       []string{"nondeterministic_output_order"},
	}, Run: sdiff},
	{Spec: command.Spec{
		Name: "sdiffstore", Since: "1.0.0", Group: command.GroupSet,
		Usage:      "SDIFFSTORE destination key [key ...]",
		Summary:    "Subtract multiple sets and store the resulting set in a key",
		Complexity: "O(N) where N is the total number of elements in all given sets.",
		Flags:      command.Write | command.DenyOOM,
	}, Run: sdiffstore},
	{Spec: command.Spec{
		Name: "sinter", Since: "1.0.0", Group: command.GroupSet,
		Usage:      "SINTER key [key ...]",
		Summary:    "Intersect multiple sets",
		Complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
		Flags:      command.ReadOnly,
		Tips:       []string{"nondeterministic_output_order"},
	}, Run: sinter},
	{Spec: command.Spec{
		Name: "sintercard", Since: "7.0.0", Group: command.GroupSet,
		Usage:      "SINTERCARD numkeys key [key ...] [LIMIT limit]",
		Summary:    "Intersect multiple sets and return the cardinality of the result",
		Complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
		Flags:      command.ReadOnly,
	}, Run: sintercard},
	{Spec: command.Spec{
		Name: "sinterstore", Since: "1.0.0", Group: command.GroupSet,
		Usage:      "SINTERSTORE destination key [key ...]",
		Summary:    "Intersect multiple sets and store the resulting set in a key",
		Complexity: "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of sets.",
		Flags:      command.Write | command.DenyOOM,
		Keys: []command.KeySpec{
			{Flags: command.KeyOW | command.KeyUpdate, First: 1},
			{Flags: command.KeyRO | command.KeyAccess, First: 2, Last: -1},
		},
	}, Run: sinterstore},
	{Spec: command.Spec{
		Name: "sismember", Since: "1.0.0", Group: command.GroupSet,
		Usage:      "SISMEMBER key member",
		Summary:    "Determine if a given value is a member of a set",
		Complexity: "O(1)",
		Flags:      command.ReadOnly | command.Fast,
		KeyFlags:   command.KeyRO,
	}, Run: sismember},
	{Spec: command.Spec{
		Name: "smembers", Since: "1.0.0", Group: command.GroupSet,
		Usage:      "SMEMBERS key",
		Summary:    "Get all the members in a set",
		Complexity: "O(N) where N is the set cardinality.",
		Flags:      command.ReadOnly,
		Tips:       []string{"nondeterministic_output_order"},
	}, Run: smembers, Reach: keyspace.ReachReplied},
	{Spec: command.Spec{
		Name: "smismember", Since: "6.2.0", Group: command.GroupSet,
		Usage:      "SMISMEMBER key member [member ...]",
		Summary:    "Returns the membership associated with the given elements for a set",
		Complexity: "O(N) where N is the number of elements being checked for membership",
		Flags:      command.ReadOnly | command.Fast,
	}, Run: smismember},
	{Spec: command.Spec{
		Name: "smove", Since: "1.0.0", Group: command.GroupSet,
		Usage:      "SMOVE source destination member",
		Summary:    "Move a member from one set to another",
		Complexity: "O(1)",
		Flags:      command.Write | command.Conditional | command.Fast,
		Keys: []command.KeySpec{
			{Flags: command.KeyRW | command.KeyAccess | command.KeyDelete, First: 1},
			{Flags: command.KeyRW | command.KeyInsert, First: 2},
		},
	}, Run: smove},
	{Spec: command.Spec{
		Name: "spop", Since: "1.0.0", Group: command.GroupSet,
		Usage:      "SPOP key [count]",
		Summary:    "Remove and return one or multiple random members from a set",
		Complexity: "Without the count argument O(1), otherwise O(N) where N is the value of the passed count.",
		Flags:      command.Write | command.Conditional | command.Fast,
		KeyFlags:   command.KeyRW | command.KeyAccess | command.KeyDelete,
		Tips:       []string{"nondeterministic_output"},
	}, Run: spop},
	{Spec: command.Spec{
		Name: "srandmember", Since: "1.0.0", Group: command.GroupSet,
		Usage:      "SRANDMEMBER key [count]",
		Summary:    "Get one or multiple random members from a set",
		Complexity: "Without the count argument O(1), otherwise O(N) where N is the absolute value of the passed count.",
		Flags:      command.ReadOnly,
		Tips:       []string{"nondeterministic_output"},
	}, Run: srandmember, Reach: keyspace.ReachDraw},
	{Spec: command.Spec{
		Name: "srem", Since: "1.0.0", Group: command.GroupSet,
		Usage:      "SREM key member [member ...]",
		Summary:    "Remove one or more members from a set",
		Complexity: "O(N) where N is the number of members to be removed.",
		Flags:      command.Write | command.Conditional | command.Fast,
		KeyFlags:   command.KeyRW | command.KeyDelete,
	}, Run: srem},
	{Spec: command.Spec{
		Name: "sscan", Since: "2.8.0", Group: command.GroupSet,
		Usage:      "SSCAN key cursor [MATCH pattern] [COUNT count]",
		Summary:    "Incrementally iterate Set elements",
		Complexity: "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection..",
		Flags:      command.ReadOnly,
		Tips:       []string{"nondeterministic_output"},
	}, Run: sscan, Reach: keyspace.ReachScan},
	{Spec: command.Spec{
		Name: "sunion", Since: "1.0.0", Group: command.GroupSet,
		Usage:      "SUNION key [key ...]",
		Summary:    "Add multiple sets",
		Complexity: "O(N) where N is the total number of elements in all given sets.",
		Flags:      command.ReadOnly,
		Tips:       []string{"nondeterministic_output_order"},
	}, Run: sunion},
	{Spec: command.Spec{
		Name: "sunionstore", Since: "1.0.0", Group: command.GroupSet,
		Usage:      "SUNIONSTORE destination key [key ...]",
		Summary:    "Add multiple sets and store the resulting set in a key",
		Complexity: "O(N) where N is the total number of elements in all given sets.",
		Flags:      command.Write | command.DenyOOM,
	}, Run: sunionstore},
}
