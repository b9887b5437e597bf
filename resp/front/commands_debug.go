package front

import "github.com/msredis/msredis/resp/command"

// debugRows are the subcommands of DEBUG. For Redis, and so for COMMAND, DEBUG is
// one command: the rows below are hidden.
var debugRows = []Row{
	{command.Spec{
		Name: "debug", Usage: "DEBUG", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "A container for debugging commands",
		Complexity: "Depends on subcommand.",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Guarded | command.Undivided,
	}, nil},
	{command.Spec{
		Name: "sleep", Container: "debug", Usage: "DEBUG SLEEP seconds", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "Makes this connection wait",
		Complexity: "Depends on the subcommand",
		InScript:   command.SleepInScript,
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Hidden,
	}, debugSleepCommand},
	{command.Spec{
		Name: "digest", Container: "debug", Usage: "DEBUG DIGEST", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "Returns the digest of the whole state",
		Complexity: "Depends on the subcommand",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Hidden,
	}, debugDigestCommand},
	{command.Spec{
		Name: "reload", Container: "debug", Usage: "DEBUG RELOAD", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "Writes a snapshot, drops the state in memory and loads it again",
		Complexity: "Depends on the subcommand",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Hidden,
	}, debugReloadCommand},
	{command.Spec{
		Name: "set-active-expire", Container: "debug", Usage: "DEBUG SET-ACTIVE-EXPIRE <0 | 1>", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "Switches the active expiry of keys off or on",
		Complexity: "Depends on the subcommand",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Hidden,
	}, debugSetActiveExpireCommand},
	{command.Spec{
		Name: "stringmatch-len", Container: "debug", Usage: "DEBUG STRINGMATCH-LEN pattern string", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "Matches a pattern as KEYS does",
		Complexity: "Depends on the subcommand",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Hidden | command.Local,
	}, debugStringmatchLenCommand},
	{command.Spec{
		Name: "error", Container: "debug", Usage: "DEBUG ERROR string", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "Answers with that error",
		Complexity: "Depends on the subcommand",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Hidden | command.Local,
	}, debugErrorCommand},
	{command.Spec{
		Name: "log", Container: "debug", Usage: "DEBUG LOG message", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "Writes a line to the log of the node",
		Complexity: "Depends on the subcommand",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Hidden | command.Local,
	}, debugLogCommand},
	{command.Spec{
		Name: "protocol", Container: "debug", Usage: "DEBUG PROTOCOL <STRING | INTEGER | DOUBLE | BIGNUM | NULL | ARRAY | SET | MAP | ATTRIB | PUSH | VERBATIM | TRUE | FALSE>", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "Answers with a reply of that type",
		Complexity: "Depends on the subcommand",
		InScript:   command.ProtocolInScript,
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Hidden,
	}, debugProtocolCommand},
	{command.Spec{
		Name: "populate", Container: "debug", Usage: "DEBUG POPULATE count [prefix [size]]", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "Makes so many keys that are not there yet",
		Complexity: "Depends on the subcommand",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Hidden,
	}, debugPopulateCommand},
	{command.Spec{
		Name: "listpack", Container: "debug", Usage: "DEBUG LISTPACK key", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "Tells whether the value is a listpack",
		Complexity: "Depends on the subcommand",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Hidden,
	}, debugListpackCommand},
	{command.Spec{
		Name: "quicklist", Container: "debug", Usage: "DEBUG QUICKLIST key [full]", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "Tells whether the value is a quicklist",
		Complexity: "Depends on the subcommand",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Hidden,
	}, debugQuicklistCommand},
	{command.Spec{
		Name: "quicklist-packed-threshold", Container: "debug", Usage: "DEBUG QUICKLIST-PACKED-THRESHOLD size", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "Accepted, without effect",
		Complexity: "Depends on the subcommand",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Hidden,
	}, debugPackedThresholdCommand},
	{command.Spec{
		Name: "replybuffer", Container: "debug", Usage: "DEBUG REPLYBUFFER <PEAK-RESET-TIME | RESIZING> value", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "Accepted, without effect",
		Complexity: "Depends on the subcommand",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Hidden,
	}, debugReplybufferCommand},
	{command.Spec{
		Name: "set-disable-deny-scripts", Container: "debug", Usage: "DEBUG SET-DISABLE-DENY-SCRIPTS <0 | 1>", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "Scripts may call DEBUG PROTOCOL and SLEEP",
		Complexity: "Depends on the subcommand",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Hidden,
	}, debugDenyScriptsCommand},
	{command.Spec{
		Name: "pause-cron", Container: "debug", Usage: "DEBUG PAUSE-CRON <0 | 1>", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "Accepted, without effect",
		Complexity: "Depends on the subcommand",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Hidden,
	}, debugOKCommand},
	{command.Spec{
		Name: "dict-resizing", Container: "debug", Usage: "DEBUG DICT-RESIZING <0 | 1>", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "Accepted, without effect",
		Complexity: "Depends on the subcommand",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Hidden,
	}, debugOKCommand},
	{command.Spec{
		Name: "loadaof", Container: "debug", Usage: "DEBUG LOADAOF", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "Does what RELOAD does: the log and the snapshots are one",
		Complexity: "Depends on the subcommand",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Hidden,
	}, debugReloadCommand},
	{command.Spec{
		Name: "help", Container: "debug", Usage: "DEBUG HELP", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "Returns helpful text about the different subcommands",
		Complexity: "Depends on the subcommand",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Hidden | command.Local,
	}, debugHelpCommand},
}
