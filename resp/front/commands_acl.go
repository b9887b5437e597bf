package front

import "github.com/msredis/msredis/resp/command"

// aclRows are the commands about users.
var aclRows = []Row{
	{command.Spec{
		Name: "acl", Usage: "ACL", Since: "6.0.0", Group: command.GroupServer,
		Summary:    "A container for Access List Control commands",
		Complexity: "Depends on subcommand.",
	}, nil},
	{command.Spec{
		Name: "cat", Container: "acl", Usage: "ACL CAT [categoryname]", Since: "6.0.0", Group: command.GroupServer,
		Summary:    "List the ACL categories or the commands inside a category",
		Complexity: "O(1) since the categories and commands are a fixed set.",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Local,
	}, aclCatCommand},
	{command.Spec{
		Name: "deluser", Container: "acl", Usage: "ACL DELUSER username [username ...]", Since: "6.0.0", Group: command.GroupServer,
		Summary:    "Remove the specified ACL users and the associated rules",
		Complexity: "O(1) amortized time considering the typical user.",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale,
		Tips:       []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
		Secrets:    secretsFrom(2),
	}, aclDeluserCommand},
	{command.Spec{
		Name: "dryrun", Container: "acl", Usage: "ACL DRYRUN username command [arg [arg ...]]", Since: "7.0.0", Group: command.GroupServer,
		Summary:    "Returns whether the user can execute the given command without executing the command.",
		Complexity: "O(1).",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale,
	}, aclDryrunCommand},
	{command.Spec{
		Name: "genpass", Container: "acl", Usage: "ACL GENPASS [bits]", Since: "6.0.0", Group: command.GroupServer,
		Summary:    "Generate a pseudorandom secure password to use for ACL users",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Local,
	}, aclGenpassCommand},
	{command.Spec{
		Name: "getuser", Container: "acl", Usage: "ACL GETUSER username", Since: "6.0.0", Group: command.GroupServer,
		Summary:    "Get the rules for a specific ACL user",
		Complexity: "O(N). Where N is the number of password, command and pattern rules that the user has.",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale,
		Secrets:    secretsFrom(2),
	}, aclGetuserCommand},
	{command.Spec{
		Name: "help", Container: "acl", Usage: "ACL HELP", Since: "6.0.0", Group: command.GroupServer,
		Summary:    "Show helpful text about the different subcommands",
		Complexity: "O(1)",
		Flags:      command.Loading | command.Stale | command.Local,
	}, aclHelpCommand},
	{command.Spec{
		Name: "list", Container: "acl", Usage: "ACL LIST", Since: "6.0.0", Group: command.GroupServer,
		Summary:    "List the current ACL rules in ACL config file format",
		Complexity: "O(N). Where N is the number of configured users.",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale,
	}, aclListCommand},
	{command.Spec{
		Name: "load", Container: "acl", Usage: "ACL LOAD", Since: "6.0.0", Group: command.GroupServer,
		Summary:    "Reload the ACLs from the configured ACL file",
		Complexity: "O(N). Where N is the number of configured users.",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale,
	}, aclLoadCommand},
	{command.Spec{
		Name: "log", Container: "acl", Usage: "ACL LOG [count | RESET]", Since: "6.0.0", Group: command.GroupServer,
		Summary:    "List latest events denied because of ACLs in place",
		Complexity: "O(N) with N being the number of entries shown.",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale,
	}, aclLogCommand},
	{command.Spec{
		Name: "save", Container: "acl", Usage: "ACL SAVE", Since: "6.0.0", Group: command.GroupServer,
		Summary:    "Save the current ACL rules in the configured ACL file",
		Complexity: "O(N). Where N is the number of configured users.",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale,
		Tips:       []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
	}, aclSaveCommand},
	{command.Spec{
		Name: "setuser", Container: "acl", Usage: "ACL SETUSER username [rule [rule ...]]", Since: "6.0.0", Group: command.GroupServer,
		Summary:    "Modify or create the rules for a specific ACL user",
		Complexity: "O(N). Where N is the number of rules provided.",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale,
		Tips:       []string{"request_policy:all_nodes", "response_policy:all_succeeded"},
		Secrets:    secretsFrom(2),
	}, aclSetuserCommand},
	{command.Spec{
		Name: "users", Container: "acl", Usage: "ACL USERS", Since: "6.0.0", Group: command.GroupServer,
		Summary:    "List the username of all the configured ACL rules",
		Complexity: "O(N). Where N is the number of configured users.",
		Flags:      command.Admin | command.NoScript | command.Loading | command.Stale,
	}, aclUsersCommand},
	{command.Spec{
		Name: "whoami", Container: "acl", Usage: "ACL WHOAMI", Since: "6.0.0", Group: command.GroupServer,
		Summary:    "Return the name of the user associated to the current connection",
		Complexity: "O(1)",
		Flags:      command.NoScript | command.Loading | command.Stale | command.Local,
	}, aclWhoamiCommand},
}
