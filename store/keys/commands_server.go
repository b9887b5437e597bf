package keys

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

// serverRows are the commands that Redis counts among those of the server, and
// the subcommands of its containers that need the data.
var serverRows = []keyspace.Row{
	{Spec: command.Spec{
		Name: "dbsize", Since: "1.0.0", Group: command.GroupServer,
		Usage:      "DBSIZE",
		Summary:    "Return the number of keys in the selected database",
		Complexity: "O(1)",
		Gather:     command.GatherSum,
		Flags:      command.ReadOnly | command.Fast | command.WholeKeyspace,
		ACL:        []string{"@keyspace"},
		Tips:       []string{"request_policy:all_shards", "response_policy:agg_sum"},
	}, Run: dbsize},
	{Spec: command.Spec{
		Name: "flushall", Since: "1.0.0", Group: command.GroupServer,
		Usage:      "FLUSHALL [ASYNC | SYNC]",
		Summary:    "Remove all keys from all databases",
		Complexity: "O(N) where N is the total number of keys in all databases",
		Gather:     command.GatherAlike,
		Flags:      command.Write | command.WholeKeyspace,
		ACL:        []string{"@keyspace", "@dangerous"},
		Tips:       []string{"request_policy:all_shards", "response_policy:all_succeeded"},
	}, Run: flushall},
	{Spec: command.Spec{
		Name: "flushdb", Since: "1.0.0", Group: command.GroupServer,
		Usage:      "FLUSHDB [ASYNC | SYNC]",
		Summary:    "Remove all keys from the current database",
		Complexity: "O(N) where N is the number of keys in the selected database",
		Gather:     command.GatherAlike,
		Flags:      command.Write | command.WholeKeyspace,
		ACL:        []string{"@keyspace", "@dangerous"},
		Tips:       []string{"request_policy:all_shards", "response_policy:all_succeeded"},
	}, Run: flushdb},
	{Spec: command.Spec{
		Name: "swapdb", Since: "4.0.0", Group: command.GroupServer,
		Usage:      "SWAPDB index1 index2",
		Summary:    "Swaps two Redis databases",
		Complexity: "O(N) where N is the count of clients watching or blocking on keys from both databases.",
		Flags:      command.Write | command.Fast | command.WholeKeyspace,
		ACL:        []string{"@keyspace", "@dangerous"},
	}, Run: swapdb},
	{Spec: command.Spec{
		Name: "usage", Container: "memory", Since: "4.0.0", Group: command.GroupServer,
		Usage:      "MEMORY USAGE key [SAMPLES count]",
		Summary:    "Estimate the memory usage of a key",
		Complexity: "O(N) where N is the number of samples.",
		Flags:      command.ReadOnly,
		KeyFlags:   command.KeyRO,
	}, Run: memoryUsage},
	{Spec: command.Spec{
		Name: "countkeysinslot", Container: "cluster", Since: "3.0.0", Group: command.GroupCluster,
		Usage:      "CLUSTER COUNTKEYSINSLOT slot",
		Summary:    "Return the number of local keys in the specified hash slot",
		Complexity: "O(1)",
		Gather:     command.GatherSum,
		Flags:      command.Stale | command.WholeKeyspace | command.Topology,
	}, Run: countKeysInSlot},
	{Spec: command.Spec{
		Name: "getkeysinslot", Container: "cluster", Since: "3.0.0", Group: command.GroupCluster,
		Usage:      "CLUSTER GETKEYSINSLOT slot count",
		Summary:    "Return local key names in the specified hash slot",
		Complexity: "O(log(N)) where N is the number of requested keys",
		Gather:     command.GatherArrays,
		Flags:      command.Stale | command.WholeKeyspace | command.Topology,
		Tips:       []string{"nondeterministic_output"},
	}, Run: getKeysInSlot},
	{Spec: command.Spec{
		Name: "object", Container: "debug", Since: "1.0.0", Group: command.GroupServer,
		Usage:      "DEBUG OBJECT key",
		Summary:    "Show how the value of a key is kept",
		Complexity: "O(N) where N is the size of the value",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Hidden,
		KeyFlags:   command.KeyRO,
	}, Run: debugObject},
	{Spec: command.Spec{
		Name: "digest-value", Container: "debug", Since: "5.0.0", Group: command.GroupServer,
		Usage:      "DEBUG DIGEST-VALUE [key ...]",
		Summary:    "Show the digest of each key's value",
		Complexity: "O(N) where N is the size of the values",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Hidden,
		Keys:       []command.KeySpec{{Flags: command.KeyRO, First: 2, Last: -1}},
	}, Run: debugDigestValue},
}
