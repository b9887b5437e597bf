package front

import "github.com/msredis/msredis/resp/command"

// transactionRows are the commands around MULTI. EXEC has no handler: it becomes a
// call of the unit, see (*Session).execute.
var transactionRows = []Row{
	{command.Spec{
		Name: "multi", Usage: "MULTI", Since: "1.2.0", Group: command.GroupTransactions,
		Summary:    "Mark the start of a transaction block",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Fast | command.AllowBusy | command.Local | command.Immediate,
	}, multiCommand},
	{command.Spec{
		Name: "exec", Usage: "EXEC", Since: "1.2.0", Group: command.GroupTransactions,
		Summary:    "Execute all commands issued after MULTI",
		Complexity: "Depends on commands in the transaction",
		Flags:      command.NoScript | command.Loading | command.Stale | command.SkipSlowlog | command.Immediate,
	}, nil},
	{command.Spec{
		Name: "discard", Usage: "DISCARD", Since: "2.0.0", Group: command.GroupTransactions,
		Summary:    "Discard all commands issued after MULTI",
		Complexity: "O(N), when N is the number of queued commands",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Fast | command.AllowBusy | command.Local | command.Immediate,
	}, discardCommand},
	{command.Spec{
		Name: "watch", Usage: "WATCH key [key ...]", Since: "2.2.0", Group: command.GroupTransactions, KeyFlags: command.KeyRO,
		Summary:    "Watch the given keys to determine execution of the MULTI/EXEC block",
		Complexity: "O(1) for every key.",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Fast | command.AllowBusy | command.Immediate,
	}, watchCommand},
	{command.Spec{
		Name: "unwatch", Usage: "UNWATCH", Since: "2.2.0", Group: command.GroupTransactions,
		Summary:    "Forget about all watched keys",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Fast | command.AllowBusy | command.Local,
	}, unwatchCommand},
}
