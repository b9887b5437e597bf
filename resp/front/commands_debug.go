package front

import "github.com/msredis/msredis/resp/command"

// debugRows are the subcommands of DEBUG. For Redis, and so for COMMAND, DEBUG is
// one command: the rows below are hidden.
var debugRows = []Row{
	{command.Spec{
		Name: "debug", Usage: "DEBUG", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "A container for debugging commands",
		Complexity: "Depends on subcommand.",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale,
	}, nil},
	{command.Spec{
		Name: "sleep", Container: "debug", Usage: "DEBUG SLEEP seconds", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "Makes this connection wait",
		Complexity: "Depends on the subcommand",
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
		Name: "help", Container: "debug", Usage: "DEBUG HELP", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "Returns helpful text about the different subcommands",
		Complexity: "Depends on the subcommand",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Hidden | command.Local,
	}, debugHelpCommand},
}
