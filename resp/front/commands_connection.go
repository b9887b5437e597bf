package front

import "github.com/msredis/msredis/resp/command"

// connectionRows are the commands about the connection itself.
var connectionRows = []Row{
	{command.Spec{
		Name: "ping", Usage: "PING [message]", Since: "1.0.0", Group: command.GroupConnection,
		Summary:    "Ping the server",
		Complexity: "O(1)",
		Flags:      command.Fast | command.Local | command.WhileSubscribed, Tips: []string{"request_policy:all_shards", "response_policy:all_succeeded"},
		InScript: command.PingInScript,
	}, pingCommand},
	{command.Spec{
		Name: "echo", Usage: "ECHO message", Since: "1.0.0", Group: command.GroupConnection,
		Summary:    "Echo the given string",
		Complexity: "O(1)",
		Flags:      command.Loading | command.Stale | command.Fast | command.Local,
		InScript:   command.EchoInScript,
	}, echoCommand},
	{command.Spec{
		Name: "auth", Usage: "AUTH [username] password", Since: "1.0.0", Group: command.GroupConnection,
		Summary:    "Authenticate to the server",
		Complexity: "O(N) where N is the number of passwords defined for the user",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Fast | command.NoAuth | command.AllowBusy | command.Local,
		Secrets:    secretsFrom(1),
	}, authCommand},
	{command.Spec{
		Name: "hello", Usage: "HELLO [protover [AUTH username password] [SETNAME clientname]]", Since: "6.0.0", Group: command.GroupConnection,
		Summary:    "Handshake with Redis",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Fast | command.NoAuth | command.AllowBusy,
		Secrets:    helloSecrets,
	}, helloCommand},
	{command.Spec{
		Name: "select", Usage: "SELECT index", Since: "1.0.0", Group: command.GroupConnection,
		Summary:    "Change the selected database for the current connection",
		Complexity: "O(1)",
		Flags:      command.Loading | command.Stale | command.Fast | command.Local | command.Selects,
		InScript:   command.SelectInScript,
	}, selectCommand},
	{command.Spec{
		Name: "quit", Usage: "QUIT", FixedArity: -1, Since: "1.0.0", Group: command.GroupConnection, Deprecated: "7.2.0", ReplacedBy: "just closing the connection",
		Summary:    "Close the connection",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Fast | command.NoAuth | command.AllowBusy | command.Local | command.Immediate | command.WhileSubscribed,
	}, quitCommand},
	{command.Spec{
		Name: "reset", Usage: "RESET", Since: "6.2.0", Group: command.GroupConnection,
		Summary:    "Reset the connection",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Fast | command.NoAuth | command.AllowBusy | command.Immediate | command.WhileSubscribed,
	}, resetCommand},
	{command.Spec{
		Name: "client", Usage: "CLIENT", Since: "2.4.0", Group: command.GroupConnection,
		Summary:    "A container for client connection commands",
		Complexity: "Depends on subcommand.",
		Flags:      command.KeepsCaching,
	}, nil},
	{command.Spec{
		Name: "id", Container: "client", Usage: "CLIENT ID", Since: "5.0.0", Group: command.GroupConnection,
		Summary:    "Returns the client ID for the current connection",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Local,
	}, clientIDCommand},
	{command.Spec{
		Name: "getname", Container: "client", Usage: "CLIENT GETNAME", Since: "2.6.9", Group: command.GroupConnection,
		Summary:    "Get the current connection name",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Local,
	}, clientGetnameCommand},
	{command.Spec{
		Name: "setname", Container: "client", Usage: "CLIENT SETNAME connection-name", Since: "2.6.9", Group: command.GroupConnection,
		Summary:    "Set the current connection name",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Local, Tips: []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
	}, clientSetnameCommand},
	{command.Spec{
		Name: "setinfo", Container: "client", Usage: "CLIENT SETINFO <LIB-NAME libname | LIB-VER libver>", Since: "7.2.0", Group: command.GroupConnection,
		Summary:    "Sets information specific to the client or connection",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Local, Tips: []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
	}, clientSetinfoCommand},
	{command.Spec{
		Name: "info", Container: "client", Usage: "CLIENT INFO", Since: "6.2.0", Group: command.GroupConnection,
		Summary:    "Returns information about the current client connection.",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Local, Tips: []string{"nondeterministic_output"},
	}, clientInfoCommand},
	{command.Spec{
		Name: "list", Container: "client", Usage: "CLIENT LIST [TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [ID client-id [client-id ...]]", Since: "2.4.0", Group: command.GroupConnection,
		Summary:    "Get the list of client connections",
		Complexity: "O(N) where N is the number of client connections",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Local, Tips: []string{"nondeterministic_output"},
	}, clientListCommand},
	{command.Spec{
		Name: "kill", Container: "client", FixedArity: -3, Usage: "CLIENT KILL <ip:port | <[ID client-id] | [TYPE <NORMAL | MASTER | SLAVE | REPLICA | PUBSUB>] | [USER username] | [ADDR ip:port] | [LADDR ip:port] | [SKIPME yes/no] | [MAXAGE maxage]> [<[ID client-id] | [TYPE <NORMAL | MASTER | SLAVE | REPLICA | PUBSUB>] | [USER username] | [ADDR ip:port] | [LADDR ip:port] | [SKIPME yes/no] | [MAXAGE maxage]> ...]>", Since: "2.4.0", Group: command.GroupConnection,
		Summary:    "Kill the connection of a client",
		Complexity: "O(N) where N is the number of client connections",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale,
	}, clientKillCommand},
	{command.Spec{
		Name: "pause", Container: "client", Usage: "CLIENT PAUSE timeout [WRITE | ALL]", Since: "3.0.0", Group: command.GroupConnection,
		Summary:    "Stop processing commands from clients for some time",
		Complexity: "O(1)",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale,
	}, clientPauseCommand},
	{command.Spec{
		Name: "unpause", Container: "client", Usage: "CLIENT UNPAUSE", Since: "6.2.0", Group: command.GroupConnection,
		Summary:    "Resume processing of clients that were paused",
		Complexity: "O(N) Where N is the number of paused clients",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale,
	}, clientUnpauseCommand},
	{command.Spec{
		Name: "reply", Container: "client", Usage: "CLIENT REPLY <ON | OFF | SKIP>", Since: "3.2.0", Group: command.GroupConnection,
		Summary:    "Instruct the server whether to reply to commands",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.Loading | command.Stale,
	}, clientReplyCommand},
	{command.Spec{
		Name: "no-evict", Container: "client", Usage: "CLIENT NO-EVICT <ON | OFF>", Since: "7.0.0", Group: command.GroupConnection,
		Summary:    "Set client eviction mode for the current connection",
		Complexity: "O(1)",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Local,
	}, clientNoEvictCommand},
	{command.Spec{
		Name: "no-touch", Container: "client", Usage: "CLIENT NO-TOUCH <ON | OFF>", Since: "7.2.0", Group: command.GroupConnection,
		Summary:    "Controls whether commands sent by the client affect the LRU/LFU of accessed keys",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Local,
	}, clientNoTouchCommand},
	{command.Spec{
		Name: "getredir", Container: "client", Usage: "CLIENT GETREDIR", Since: "6.0.0", Group: command.GroupConnection,
		Summary:    "Get tracking notifications redirection client ID if any",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Local,
	}, clientGetredirCommand},
	{command.Spec{
		Name: "tracking", Container: "client", Usage: "CLIENT TRACKING <ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]", Since: "6.0.0", Group: command.GroupConnection,
		Summary:    "Enable or disable server assisted client side caching support",
		Complexity: "O(1). Some options may introduce additional complexity.",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Local,
	}, clientTrackingCommand},
	{command.Spec{
		Name: "trackinginfo", Container: "client", Usage: "CLIENT TRACKINGINFO", Since: "6.2.0", Group: command.GroupConnection,
		Summary:    "Return information about server assisted client side caching for the current connection",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Local,
	}, clientTrackinginfoCommand},
	{command.Spec{
		Name: "caching", Container: "client", Usage: "CLIENT CACHING <YES | NO>", Since: "6.0.0", Group: command.GroupConnection,
		Summary:    "Instruct the server about tracking or not keys in the next request",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Local,
	}, clientCachingCommand},
	{command.Spec{
		Name: "unblock", Container: "client", Usage: "CLIENT UNBLOCK client-id [TIMEOUT | ERROR]", Since: "5.0.0", Group: command.GroupConnection,
		Summary:    "Unblock a client blocked in a blocking command from a different connection",
		Complexity: "O(log N) where N is the number of client connections",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale | command.Local,
	}, clientUnblockCommand},
	{command.Spec{
		Name: "help", Container: "client", Usage: "CLIENT HELP", Since: "5.0.0", Group: command.GroupConnection,
		Summary:    "Show helpful text about the different subcommands",
		Complexity: "O(1)",
		Flags:      command.Loading | command.Stale | command.Local,
	}, clientHelpCommand},
}
