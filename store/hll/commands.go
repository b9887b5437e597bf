// Package hll is the family of HyperLogLogs: strings that count distinct
// elements. They are bytes in Redis's own representation, so GET, SET and DUMP
// move them between servers.
package hll

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

// Rows are the commands on HyperLogLogs.
var Rows = []keyspace.Row{
	{Spec: command.Spec{
		Name: "pfadd", Since: "2.8.9", Group: command.GroupHyperLogLog,
		Usage:      "PFADD key [element [element ...]]",
		Summary:    "Adds the specified elements to the specified HyperLogLog.",
		Complexity: "O(1) to add every element.",
		Flags:      command.Write | command.Conditional | command.DenyOOM | command.Fast,
		KeyFlags:   command.KeyRW | command.KeyInsert,
	}, Run: pfadd},
	{Spec: command.Spec{
		Name: "pfcount", Since: "2.8.9", Group: command.GroupHyperLogLog,
		Usage:      "PFCOUNT key [key ...]",
		Summary:    "Return the approximated cardinality of the set(s) observed by the HyperLogLog at key(s).",
		Complexity: "O(1) with a very small average constant time when called with a single key. O(N) with N being the number of keys, and much bigger constant times, when called with multiple keys.",
		Flags:      command.ReadOnly | command.MayReplicate,
		Keys: []command.KeySpec{{
			Flags: command.KeyRW | command.KeyAccess, First: 1, Last: -1,
			Notes: "RW because it may change the internal representation of the key, and propagate to replicas",
		}},
	}, Run: pfcount},
	{Spec: command.Spec{
		Name: "pfdebug", Since: "2.8.9", Group: command.GroupHyperLogLog,
		Usage:      "PFDEBUG subcommand key",
		Summary:    "Internal commands for debugging HyperLogLog values",
		Complexity: "N/A",
		Flags:      command.Write | command.DenyOOM | command.Admin,
		KeyFlags:   command.KeyRW | command.KeyAccess,
	}, Run: pfdebug},
	{Spec: command.Spec{
		Name: "pfmerge", Since: "2.8.9", Group: command.GroupHyperLogLog,
		Usage:      "PFMERGE destkey sourcekey [sourcekey ...]",
		Summary:    "Merge N different HyperLogLogs into a single one.",
		Complexity: "O(N) to merge N HyperLogLogs, but with high constant times.",
		Flags:      command.Write | command.DenyOOM,
		Keys: []command.KeySpec{
			{Flags: command.KeyRW | command.KeyAccess | command.KeyInsert, First: 1},
			{Flags: command.KeyRO | command.KeyAccess, First: 2, Last: -1},
		},
		FixedArity: -2, // no source is fine
	}, Run: pfmerge},
}
