// Package stream is the family of streams.
//
// A Stream is a sequence of entries in packed chunks, and the groups of
// consumers that share the work of reading them.
package stream

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

// readKeys tells where the keys of XREAD and XREADGROUP stand: they are the
// first half of what follows STREAMS.
func readKeys(from int) []command.KeySpec {
	return []command.KeySpec{{Flags: command.KeyRO | command.KeyAccess, Keyword: "STREAMS", From: from, Last: -1, Limit: 2}}
}

// Rows are the commands on streams.
var Rows = []keyspace.Row{
	{Spec: command.Spec{
		Name: "xack", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XACK key group id [id ...]",
		Summary:    "Marks a pending message as correctly processed, effectively removing it from the pending entries list of the consumer group. Return value of the command is the number of messages successfully acknowledged, that is, the IDs we were actually able to resolve in the PEL.",
		Complexity: "O(1) for each message ID processed.",
		Flags:      command.Write | command.Fast,
	}, Run: xack},
	{Spec: command.Spec{
		Name: "xackdel", Since: "8.2.0", Group: command.GroupStream,
		Usage:      "XACKDEL key group [KEEPREF | DELREF | ACKED] IDS numids id [id ...]",
		Summary:    "Acknowledge entries of a group and delete them, with what other groups have of them",
		Complexity: "O(1) for each entry and group.",
		Flags:      command.Write | command.Fast,
		KeyFlags:   command.KeyRW | command.KeyUpdate | command.KeyDelete,
	}, Run: xackdel},
	{Spec: command.Spec{
		Name: "xadd", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XADD key [NOMKSTREAM] [<MAXLEN | MINID> [= | ~] threshold [LIMIT count]] <* | id> field value [field value ...]",
		Summary:    "Appends a new entry to a stream",
		Complexity: "O(1) when adding a new entry, O(N) when trimming where N being the number of entries evicted.",
		Flags:      command.Write | command.DenyOOM | command.Fast,
		Tips:       []string{"nondeterministic_output"},
		Keys: []command.KeySpec{{
			Flags: command.KeyRW | command.KeyUpdate, First: 1,
			Notes: "UPDATE instead of INSERT because of the optional trimming feature",
		}},
	}, Run: xadd},
	{Spec: command.Spec{
		Name: "xautoclaim", Since: "6.2.0", Group: command.GroupStream,
		Usage:      "XAUTOCLAIM key group consumer min-idle-time start [COUNT count] [JUSTID]",
		Summary:    "Changes (or acquires) ownership of messages in a consumer group, as if the messages were delivered to the specified consumer.",
		Complexity: "O(1) if COUNT is small.",
		Flags:      command.Write | command.Fast,
		Tips:       []string{"nondeterministic_output"},
		KeyFlags:   command.KeyRW | command.KeyDelete,
	}, Run: xautoclaim},
	{Spec: command.Spec{
		Name: "xclaim", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XCLAIM key group consumer min-idle-time id [id ...] [IDLE ms] [TIME unix-time-milliseconds] [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID id]",
		Summary:    "Changes (or acquires) ownership of a message in a consumer group, as if the message was delivered to the specified consumer.",
		Complexity: "O(log N) with N being the number of messages in the PEL of the consumer group.",
		Flags:      command.Write | command.Fast,
		Tips:       []string{"nondeterministic_output"},
	}, Run: xclaim},
	{Spec: command.Spec{
		Name: "xdel", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XDEL key id [id ...]",
		Summary:    "Removes the specified entries from the stream. Returns the number of items actually deleted, that may be different from the number of IDs passed in case certain IDs do not exist.",
		Complexity: "O(1) for each single item to delete in the stream, regardless of the stream size.",
		Flags:      command.Write | command.Fast,
		KeyFlags:   command.KeyRW | command.KeyDelete,
	}, Run: xdel},
	{Spec: command.Spec{
		Name: "xdelex", Since: "8.2.0", Group: command.GroupStream,
		Usage:      "XDELEX key [KEEPREF | DELREF | ACKED] IDS numids id [id ...]",
		Summary:    "Delete entries of a stream, with what the groups have of them",
		Complexity: "O(1) for each entry and group.",
		Flags:      command.Write | command.Fast,
		KeyFlags:   command.KeyRW | command.KeyDelete,
	}, Run: xdelex},
	{Spec: command.Spec{
		Name: "xgroup", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XGROUP",
		Summary:    "A container for consumer groups commands",
		Complexity: "Depends on subcommand.",
	}},
	{Spec: command.Spec{
		Name: "create", Container: "xgroup", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XGROUP CREATE key group <id | $> [MKSTREAM] [ENTRIESREAD entries-read]",
		Summary:    "Create a consumer group.",
		Complexity: "O(1)",
		Flags:      command.Write | command.DenyOOM,
		KeyFlags:   command.KeyRW | command.KeyInsert,
	}, Run: xgroupCreate},
	{Spec: command.Spec{
		Name: "createconsumer", Container: "xgroup", Since: "6.2.0", Group: command.GroupStream,
		Usage:      "XGROUP CREATECONSUMER key group consumer",
		Summary:    "Create a consumer in a consumer group.",
		Complexity: "O(1)",
		Flags:      command.Write | command.DenyOOM,
		KeyFlags:   command.KeyRW | command.KeyInsert,
	}, Run: xgroupCreateConsumer},
	{Spec: command.Spec{
		Name: "delconsumer", Container: "xgroup", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XGROUP DELCONSUMER key group consumer",
		Summary:    "Delete a consumer from a consumer group.",
		Complexity: "O(1)",
		Flags:      command.Write,
		KeyFlags:   command.KeyRW | command.KeyDelete,
	}, Run: xgroupDelConsumer},
	{Spec: command.Spec{
		Name: "destroy", Container: "xgroup", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XGROUP DESTROY key group",
		Summary:    "Destroy a consumer group.",
		Complexity: "O(N) where N is the number of entries in the group's pending entries list (PEL).",
		Flags:      command.Write,
		KeyFlags:   command.KeyRW | command.KeyDelete,
	}, Run: xgroupDestroy},
	{Spec: command.Spec{
		Name: "help", Container: "xgroup", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XGROUP HELP",
		Summary:    "Show helpful text about the different subcommands",
		Complexity: "O(1)",
		Flags:      command.Loading | command.Stale,
	}, Run: xgroupHelp},
	{Spec: command.Spec{
		Name: "setid", Container: "xgroup", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XGROUP SETID key group <id | $> [ENTRIESREAD entries-read]",
		Summary:    "Set a consumer group to an arbitrary last delivered ID value.",
		Complexity: "O(1)",
		Flags:      command.Write,
	}, Run: xgroupSetID},
	{Spec: command.Spec{
		Name: "xinfo", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XINFO",
		Summary:    "A container for stream introspection commands",
		Complexity: "Depends on subcommand.",
	}},
	{Spec: command.Spec{
		Name: "consumers", Container: "xinfo", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XINFO CONSUMERS key group",
		Summary:    "List the consumers in a consumer group",
		Complexity: "O(1)",
		Flags:      command.ReadOnly,
		Tips:       []string{"nondeterministic_output"},
	}, Run: xinfoConsumers},
	{Spec: command.Spec{
		Name: "groups", Container: "xinfo", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XINFO GROUPS key",
		Summary:    "List the consumer groups of a stream",
		Complexity: "O(1)",
		Flags:      command.ReadOnly,
	}, Run: xinfoGroups},
	{Spec: command.Spec{
		Name: "help", Container: "xinfo", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XINFO HELP",
		Summary:    "Show helpful text about the different subcommands",
		Complexity: "O(1)",
		Flags:      command.Loading | command.Stale,
	}, Run: xinfoHelp},
	{Spec: command.Spec{
		Name: "stream", Container: "xinfo", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XINFO STREAM key [FULL [COUNT count]]",
		Summary:    "Get information about a stream",
		Complexity: "O(1)",
		Flags:      command.ReadOnly,
	}, Run: xinfoStream},
	{Spec: command.Spec{
		Name: "xlen", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XLEN key",
		Summary:    "Return the number of entries in a stream",
		Complexity: "O(1)",
		Flags:      command.ReadOnly | command.Fast,
		KeyFlags:   command.KeyRO,
	}, Run: xlen},
	{Spec: command.Spec{
		Name: "xpending", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XPENDING key group [[IDLE min-idle-time] start end count [consumer]]",
		Summary:    "Return information and entries from a stream consumer group pending entries list, that are messages fetched but never acknowledged.",
		Complexity: "O(N) with N being the number of elements returned, so asking for a small fixed number of entries per call is O(1). O(M), where M is the total number of entries scanned when used with the IDLE filter. When the command returns just the summary and the list of consumers is small, it runs in O(1) time; otherwise, an additional O(N) time for iterating every consumer.",
		Flags:      command.ReadOnly,
		Tips:       []string{"nondeterministic_output"},
	}, Run: xpending},
	{Spec: command.Spec{
		Name: "xrange", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XRANGE key start end [COUNT count]",
		Summary:    "Return a range of elements in a stream, with IDs matching the specified IDs interval",
		Complexity: "O(N) with N being the number of elements being returned. If N is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1).",
		Flags:      command.ReadOnly,
	}, Run: xrange},
	{Spec: command.Spec{
		Name: "xread", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XREAD [COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]",
		Summary:    "Return never seen elements in multiple streams, with IDs greater than the ones reported by the caller for each stream. Can block.",
		Complexity: "For each stream mentioned: O(N) with N being the number of elements being returned, it means that XREAD-ing with a fixed COUNT is O(1). Note that when the BLOCK option is used, XADD will pay O(M) time in order to serve the M clients blocked on the stream getting new data.",
		Flags:      command.ReadOnly | command.Blocking,
		Wait:       command.WaitStreams,
		Keys:       readKeys(1),
	}, Run: xread},
	{Spec: command.Spec{
		Name: "xreadgroup", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XREADGROUP GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK] STREAMS key [key ...] id [id ...]",
		Summary:    "Return new entries from a stream using a consumer group, or access the history of the pending entries for a given consumer. Can block.",
		Complexity: "For each stream mentioned: O(M) with M being the number of elements returned. If M is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1). On the other side when XREADGROUP blocks, XADD will pay the O(N) time in order to serve the N clients blocked on the stream getting new data.",
		Flags:      command.Write | command.Blocking,
		Wait:       command.WaitGroup,
		Keys:       readKeys(4),
	}, Run: xreadgroup},
	{Spec: command.Spec{
		Name: "xrevrange", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XREVRANGE key end start [COUNT count]",
		Summary:    "Return a range of elements in a stream, with IDs matching the specified IDs interval, in reverse order (from greater to smaller IDs) compared to XRANGE",
		Complexity: "O(N) with N being the number of elements returned. If N is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1).",
		Flags:      command.ReadOnly,
	}, Run: xrevrange},
	{Spec: command.Spec{
		Name: "xsetid", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XSETID key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]",
		Summary:    "An internal command for replicating stream values",
		Complexity: "O(1)",
		Flags:      command.Write | command.DenyOOM | command.Fast,
	}, Run: xsetid},
	{Spec: command.Spec{
		Name: "xtrim", Since: "5.0.0", Group: command.GroupStream,
		Usage:      "XTRIM key <MAXLEN | MINID> [= | ~] threshold [LIMIT count]",
		Summary:    "Trims the stream to (approximately if '~' is passed) a certain size",
		Complexity: "O(N), with N being the number of evicted entries. Constant times are very small however, since entries are organized in macro nodes containing multiple entries that can be released with a single deallocation.",
		Flags:      command.Write,
		Tips:       []string{"nondeterministic_output"},
		KeyFlags:   command.KeyRW | command.KeyDelete,
	}, Run: xtrim},
}
