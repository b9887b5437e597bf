package front

import "github.com/msredis/msredis/resp/command"

// moduleRows are the subcommands of MODULE.
var moduleRows = []Row{
	{command.Spec{
		Name: "module", Usage: "MODULE", Since: "4.0.0", Group: command.GroupServer,
		Summary:    "A container for module commands",
		Complexity: "Depends on subcommand.",
	}, nil},
	{command.Spec{
		Name: "list", Container: "module", Usage: "MODULE LIST", Since: "4.0.0", Group: command.GroupServer,
		Summary:    "List all modules loaded by the server",
		Complexity: "O(N) where N is the number of loaded modules.",
		Flags:      command.Admin | command.NoScript, Tips: []string{"nondeterministic_output_order"},
	}, moduleListCommand},
	{command.Spec{
		Name: "load", Container: "module", Usage: "MODULE LOAD path [arg [arg ...]]", Since: "4.0.0", Group: command.GroupServer,
		Summary:    "Load a module",
		Complexity: "O(1)",
		Flags:      command.Admin | command.NoScript | command.NoAsyncLoading | command.ProtectedMode,
	}, moduleLoadCommand},
	{command.Spec{
		Name: "loadex", Container: "module", Usage: "MODULE LOADEX path [CONFIG name value [CONFIG name value ...]] [ARGS args [args ...]]", Since: "7.0.0", Group: command.GroupServer,
		Summary:    "Load a module with extended parameters",
		Complexity: "O(1)",
		Flags:      command.Admin | command.NoScript | command.NoAsyncLoading | command.ProtectedMode,
	}, moduleLoadCommand},
	{command.Spec{
		Name: "unload", Container: "module", Usage: "MODULE UNLOAD name", Since: "4.0.0", Group: command.GroupServer,
		Summary:    "Unload a module",
		Complexity: "O(1)",
		Flags:      command.Admin | command.NoScript | command.NoAsyncLoading | command.ProtectedMode,
	}, moduleUnloadCommand},
	{command.Spec{
		Name: "help", Container: "module", Usage: "MODULE HELP", Since: "5.0.0", Group: command.GroupServer,
		Summary:    "Show helpful text about the different subcommands",
		Complexity: "O(1)",
		Flags:      command.Loading | command.Stale | command.Local,
	}, moduleHelpCommand},
}

// migrateRow is MIGRATE.
var migrateRow = Row{command.Spec{
	Name: "migrate", Since: "2.6.0", Group: command.GroupGeneric,
	Usage:      "MIGRATE host port <key | \"\"> destination-db timeout [COPY] [REPLACE] [[AUTH password] | [AUTH2 username password]] [KEYS key [key ...]]",
	Summary:    "Atomically transfer a key from a Redis instance to another one.",
	Complexity: "This command actually executes a DUMP+DEL in the source instance, and a RESTORE in the target instance. See the pages of these commands for time complexity. Also an O(N) data transfer between the two instances is performed.",
	Flags:      command.Write | command.MovableKeys,
	Secrets:    migrateSecrets,
	ACL:        []string{"@keyspace", "@dangerous"},
	Tips:       []string{"nondeterministic_output"},
	Keys: []command.KeySpec{
		{Flags: command.KeyRW | command.KeyAccess | command.KeyDelete, First: 3},
		{Flags: command.KeyRW | command.KeyAccess | command.KeyDelete | command.KeyIncomplete, Keyword: "KEYS", From: -2, Last: -1, Option: true},
	},
	ByOptions: migrateOptions,
}, migrateCommand}

// migrateOptions finds the keys of MIGRATE. The key stands at its place. With the option
// KEYS an empty one stands there, and the keys follow the option.
func migrateOptions(args [][]byte) command.Options {
	for i := 6; i < len(args); i++ {
		switch {
		case command.Is(args[i], "AUTH"):
			i++
		case command.Is(args[i], "AUTH2"):
			i += 2
		case command.Is(args[i], "KEYS") && len(args[3]) != 0:
			return command.Options{Fault: true} // a syntax error
		case command.Is(args[i], "KEYS"):
			return command.Options{First: i + 1, Last: len(args) - 1}
		}
	}
	return command.Options{First: 3, Last: 3}
}
