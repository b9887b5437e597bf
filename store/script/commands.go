package script

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

const (
	evalFlags  = command.NoScript | command.Stale | command.SkipMonitor | command.NoMandatoryKeys | command.MovableKeys | command.Script | command.Logged
	keysNote   = "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE"
	keysNoteRO = "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS"
)

func scriptKeys(flags command.KeyFlags, notes string) []command.KeySpec {
	return []command.KeySpec{{Flags: flags, Notes: notes, NumKeys: 2}}
}

// Rows are the commands of the package. An Engine has their handlers.
var Rows = []keyspace.Row{
	{Spec: command.Spec{
		Name: "eval", Usage: "EVAL script numkeys [key [key ...]] [arg [arg ...]]", Since: "2.6.0", Group: command.GroupScripting,
		Summary:    "Execute a Lua script server side",
		Complexity: "Depends on the script that is executed.",
		Flags:      evalFlags,
		Keys:       scriptKeys(command.KeyRW|command.KeyAccess|command.KeyUpdate, keysNote),
	}},
	{Spec: command.Spec{
		Name: "evalsha", Usage: "EVALSHA sha1 numkeys [key [key ...]] [arg [arg ...]]", Since: "2.6.0", Group: command.GroupScripting,
		Summary:    "Execute a Lua script server side",
		Complexity: "Depends on the script that is executed.",
		Flags:      evalFlags,
		Keys:       scriptKeys(command.KeyRW|command.KeyAccess|command.KeyUpdate, ""),
	}},
	{Spec: command.Spec{
		Name: "eval_ro", Usage: "EVAL_RO script numkeys key [key ...] arg [arg ...]", Since: "7.0.0", Group: command.GroupScripting,
		Summary:    "Execute a read-only Lua script server side",
		Complexity: "Depends on the script that is executed.",
		Flags:      evalFlags | command.ReadOnly,
		Keys:       scriptKeys(command.KeyRO|command.KeyAccess, keysNoteRO),
		FixedArity: -3,
	}},
	{Spec: command.Spec{
		Name: "evalsha_ro", Usage: "EVALSHA_RO sha1 numkeys key [key ...] arg [arg ...]", Since: "7.0.0", Group: command.GroupScripting,
		Summary:    "Execute a read-only Lua script server side",
		Complexity: "Depends on the script that is executed.",
		Flags:      evalFlags | command.ReadOnly,
		Keys:       scriptKeys(command.KeyRO|command.KeyAccess, ""),
		FixedArity: -3,
	}},
	{Spec: command.Spec{
		Name: "load", Container: "script", Usage: "SCRIPT LOAD script", Since: "2.6.0", Group: command.GroupScripting,
		Summary:    "Load the specified Lua script into the script cache.",
		Complexity: "O(N) with N being the length in bytes of the script body.",
		Flags:      command.NoScript | command.Stale | command.WholeKeyspace | command.Logged,
		Tips:       []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
	}},
	{Spec: command.Spec{
		Name: "exists", Container: "script", Usage: "SCRIPT EXISTS sha1 [sha1 ...]", Since: "2.6.0", Group: command.GroupScripting,
		Summary:    "Check existence of scripts in the script cache.",
		Complexity: "O(N) with N being the number of scripts to check (so checking a single script is an O(1) operation).",
		Flags:      command.NoScript,
		Tips:       []string{"request_policy:all_shards", "response_policy:agg_logical_and"},
	}},
	{Spec: command.Spec{
		Name: "flush", Container: "script", Usage: "SCRIPT FLUSH [ASYNC | SYNC]", Since: "2.6.0", Group: command.GroupScripting,
		Summary:    "Remove all the scripts from the script cache.",
		Complexity: "O(N) with N being the number of scripts in cache",
		Flags:      command.NoScript | command.WholeKeyspace | command.Logged,
		Tips:       []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
	}},
}
