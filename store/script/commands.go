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

// row is a command of the package, and how an Engine runs it.
type row struct {
	command.Spec
	run  func(e *Engine, c *keyspace.Ctx)
	text bool // the call has the text of the script
	// known finds the script that a call runs; nil if nobody knows it yet. It is
	// set for all commands flagged Script.
	known func(e *Engine, args [][]byte) *traits
	// function: the script is a function. One that nobody knows is an error then,
	// and nothing that the nodes have to keep.
	function bool
}

// Rows are the commands of the package. An Engine has their handlers.
var Rows = func() []keyspace.Row {
	list := make([]keyspace.Row, len(rows))
	for i := range rows {
		list[i].Spec = rows[i].Spec
	}
	return list
}()

var rows = []row{
	{Spec: command.Spec{
		Name: "eval", Usage: "EVAL script numkeys [key [key ...]] [arg [arg ...]]", Since: "2.6.0", Group: command.GroupScripting,
		Summary:    "Execute a Lua script server side",
		Complexity: "Depends on the script that is executed.",
		Flags:      evalFlags,
		Tables:     command.TableScripts,
		Keys:       scriptKeys(command.KeyRW|command.KeyAccess|command.KeyUpdate, keysNote),
	}, run: func(e *Engine, c *keyspace.Ctx) { e.eval(c, false) }, known: knownFlagged, text: true},
	{Spec: command.Spec{
		Name: "evalsha", Usage: "EVALSHA sha1 numkeys [key [key ...]] [arg [arg ...]]", Since: "2.6.0", Group: command.GroupScripting,
		Summary:    "Execute a Lua script server side",
		Complexity: "Depends on the script that is executed.",
		Flags:      evalFlags,
		Tables:     command.TableScripts,
		Keys:       scriptKeys(command.KeyRW|command.KeyAccess|command.KeyUpdate, ""),
	}, run: func(e *Engine, c *keyspace.Ctx) { e.evalsha(c, false) }, known: knownHash},
	{Spec: command.Spec{
		Name: "eval_ro", Usage: "EVAL_RO script numkeys key [key ...] arg [arg ...]", Since: "7.0.0", Group: command.GroupScripting,
		Summary:    "Execute a read-only Lua script server side",
		Complexity: "Depends on the script that is executed.",
		Flags:      evalFlags | command.ReadOnly,
		Tables:     command.TableScripts,
		Keys:       scriptKeys(command.KeyRO|command.KeyAccess, keysNoteRO),
		FixedArity: -3,
	}, run: func(e *Engine, c *keyspace.Ctx) { e.eval(c, true) }, known: knownText, text: true},
	{Spec: command.Spec{
		Name: "evalsha_ro", Usage: "EVALSHA_RO sha1 numkeys key [key ...] arg [arg ...]", Since: "7.0.0", Group: command.GroupScripting,
		Summary:    "Execute a read-only Lua script server side",
		Complexity: "Depends on the script that is executed.",
		Flags:      evalFlags | command.ReadOnly,
		Tables:     command.TableScripts,
		Keys:       scriptKeys(command.KeyRO|command.KeyAccess, ""),
		FixedArity: -3,
	}, run: func(e *Engine, c *keyspace.Ctx) { e.evalsha(c, true) }, known: knownHash},
	{Spec: command.Spec{
		Name: "load", Container: "script", Usage: "SCRIPT LOAD script", Since: "2.6.0", Group: command.GroupScripting,
		Summary:    "Load the specified Lua script into the script cache.",
		Complexity: "O(N) with N being the length in bytes of the script body.",
		Flags:      command.NoScript | command.Stale | command.WholeKeyspace | command.Logged,
		Tables:     command.TableScripts,
		Tips:       []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
	}, run: (*Engine).scriptLoad},
	{Spec: command.Spec{
		Name: "exists", Container: "script", Usage: "SCRIPT EXISTS sha1 [sha1 ...]", Since: "2.6.0", Group: command.GroupScripting,
		Summary:    "Check existence of scripts in the script cache.",
		Complexity: "O(N) with N being the number of scripts to check (so checking a single script is an O(1) operation).",
		Flags:      command.NoScript,
		Tables:     command.TableScripts,
		Tips:       []string{"request_policy:all_shards", "response_policy:agg_logical_and"},
	}, run: (*Engine).scriptExists},
	{Spec: command.Spec{
		Name: "show", Container: "script", Usage: "SCRIPT SHOW sha1", Since: "8.0.0", Group: command.GroupScripting,
		Summary:    "Show the text of a script of the script cache.",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.Stale,
		Tables:     command.TableScripts,
	}, run: (*Engine).scriptShow},
	{Spec: command.Spec{
		Name: "flush", Container: "script", Usage: "SCRIPT FLUSH [ASYNC | SYNC]", Since: "2.6.0", Group: command.GroupScripting,
		Summary:    "Remove all the scripts from the script cache.",
		Complexity: "O(N) with N being the number of scripts in cache",
		Flags:      command.NoScript | command.WholeKeyspace | command.Logged,
		Tables:     command.TableScripts,
		Tips:       []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
	}, run: (*Engine).scriptFlush},
	{Spec: command.Spec{
		Name: "fcall", Usage: "FCALL function numkeys key [key ...] arg [arg ...]", Since: "7.0.0", Group: command.GroupScripting,
		Summary:    "Invoke a function",
		Complexity: "Depends on the function that is executed.",
		Flags:      evalFlags,
		Tables:     command.TableFunctions,
		Keys:       scriptKeys(command.KeyRW|command.KeyAccess|command.KeyUpdate, keysNote),
		FixedArity: -3,
	}, run: func(e *Engine, c *keyspace.Ctx) { e.fcall(c, false) }, known: knownFunction, function: true},
	{Spec: command.Spec{
		Name: "fcall_ro", Usage: "FCALL_RO function numkeys key [key ...] arg [arg ...]", Since: "7.0.0", Group: command.GroupScripting,
		Summary:    "Invoke a read-only function",
		Complexity: "Depends on the function that is executed.",
		Flags:      evalFlags | command.ReadOnly,
		Tables:     command.TableFunctions,
		Keys:       scriptKeys(command.KeyRO|command.KeyAccess, keysNoteRO),
		FixedArity: -3,
	}, run: func(e *Engine, c *keyspace.Ctx) { e.fcall(c, true) }, known: knownFunction, function: true},
	{Spec: command.Spec{
		Name: "load", Container: "function", Usage: "FUNCTION LOAD [REPLACE] function-code", Since: "7.0.0", Group: command.GroupScripting,
		Summary:    "Create a function with the given arguments (name, code, description)",
		Complexity: "O(1) (considering compilation time is redundant)",
		Flags:      command.Write | command.DenyOOM | command.NoScript | command.WholeKeyspace,
		Tables:     command.TableFunctions,
		Tips:       []string{"request_policy:all_shards", "response_policy:all_succeeded"},
	}, run: (*Engine).functionLoad},
	{Spec: command.Spec{
		Name: "delete", Container: "function", Usage: "FUNCTION DELETE library-name", Since: "7.0.0", Group: command.GroupScripting,
		Summary:    "Delete a function by name",
		Complexity: "O(1)",
		Flags:      command.Write | command.NoScript | command.WholeKeyspace,
		Tables:     command.TableFunctions,
		Tips:       []string{"request_policy:all_shards", "response_policy:all_succeeded"},
	}, run: (*Engine).functionDelete},
	{Spec: command.Spec{
		Name: "flush", Container: "function", Usage: "FUNCTION FLUSH [ASYNC | SYNC]", Since: "7.0.0", Group: command.GroupScripting,
		Summary:    "Deleting all functions",
		Complexity: "O(N) where N is the number of functions deleted",
		Flags:      command.Write | command.NoScript | command.WholeKeyspace,
		Tables:     command.TableFunctions,
		Tips:       []string{"request_policy:all_shards", "response_policy:all_succeeded"},
	}, run: (*Engine).functionFlush},
	{Spec: command.Spec{
		Name: "restore", Container: "function", Usage: "FUNCTION RESTORE serialized-value [FLUSH | APPEND | REPLACE]", Since: "7.0.0", Group: command.GroupScripting,
		Summary:    "Restore all the functions on the given payload",
		Complexity: "O(N) where N is the number of functions on the payload",
		Flags:      command.Write | command.DenyOOM | command.NoScript | command.WholeKeyspace,
		Tables:     command.TableFunctions,
		Tips:       []string{"request_policy:all_shards", "response_policy:all_succeeded"},
	}, run: (*Engine).functionRestore},
	{Spec: command.Spec{
		Name: "list", Container: "function", Usage: "FUNCTION LIST [LIBRARYNAME library-name-pattern] [WITHCODE]", Since: "7.0.0", Group: command.GroupScripting,
		Summary:    "List information about all the functions",
		Complexity: "O(N) where N is the number of functions",
		Flags:      command.NoScript,
		Tables:     command.TableFunctions,
		Tips:       []string{"nondeterministic_output_order"},
	}, run: (*Engine).functionList},
	{Spec: command.Spec{
		Name: "stats", Container: "function", Usage: "FUNCTION STATS", Since: "7.0.0", Group: command.GroupScripting,
		Summary:    "Return information about the function currently running (name, description, duration)",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.AllowBusy,
		Tables:     command.TableFunctions,
		Tips:       []string{"nondeterministic_output", "request_policy:all_shards", "response_policy:special"},
	}, run: (*Engine).functionStats},
	{Spec: command.Spec{
		Name: "dump", Container: "function", Usage: "FUNCTION DUMP", Since: "7.0.0", Group: command.GroupScripting,
		Summary:    "Dump all functions into a serialized binary payload",
		Complexity: "O(N) where N is the number of functions",
		Flags:      command.NoScript,
		Tables:     command.TableFunctions,
	}, run: (*Engine).functionDump},
}
