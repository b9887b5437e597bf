// Package leases is the LEASE family: deadlines that many keys share, kept alive and
// revoked as one. Redis has no such commands.
//
// A lease is granted for a time, with an id that is given or chosen. Keys are attached
// to it (LEASE ATTACH, SET … LEASE id) and then end with it. When it expires or is
// revoked, all of them are deleted at one position of the log. An attached key has no
// deadline of its own; TTL shows the lease's. EXPIRE, PERSIST and a SET without KEEPTTL
// detach it.
package leases

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// Rows are the commands of the family.
var Rows = []keyspace.Row{
	{Spec: command.Spec{
		Name: "lease", Since: "1.0.0", Group: command.GroupLease,
		Usage:      "LEASE",
		Summary:    "A container for commands on leases: deadlines that many keys share",
		Complexity: "Depends on subcommand.",
		Flags:      command.Hidden,
	}},
	{Spec: command.Spec{
		Name: "grant", Container: "lease", Since: "1.0.0", Group: command.GroupLease,
		Usage:      "LEASE GRANT milliseconds [id]",
		Summary:    "Grant a lease and return its id, a positive integer that is chosen if it is not given",
		Complexity: "O(log(N)) where N is the number of leases.",
		Flags:      command.Write | command.Fast | command.Hidden,
		Tables:     command.TableLeases,
	}, Run: grant},
	{Spec: command.Spec{
		Name: "attach", Container: "lease", Since: "1.0.0", Group: command.GroupLease,
		Usage:      "LEASE ATTACH id key [key ...]",
		Summary:    "Attach keys to a lease, in place of their own deadline or another lease, and return how many of them exist",
		Complexity: "O(N) where N is the number of keys.",
		Flags:      command.Write | command.Hidden,
		Tables:     command.TableLeases,
		KeyFlags:   command.KeyRW | command.KeyUpdate,
	}, Run: attach},
	{Spec: command.Spec{
		Name: "detach", Container: "lease", Since: "1.0.0", Group: command.GroupLease,
		Usage:      "LEASE DETACH key [key ...]",
		Summary:    "Detach keys from the leases they are attached to, so that they never expire, and return how many were",
		Complexity: "O(N) where N is the number of keys.",
		Flags:      command.Write | command.Hidden,
		Tables:     command.TableLeases,
		KeyFlags:   command.KeyRW | command.KeyUpdate,
	}, Run: detach},
	{Spec: command.Spec{
		Name: "keepalive", Container: "lease", Since: "1.0.0", Group: command.GroupLease,
		Usage:      "LEASE KEEPALIVE id",
		Summary:    "Start a lease's time again and return it, in milliseconds",
		Complexity: "O(log(N)) where N is the number of leases.",
		Flags:      command.Write | command.Fast | command.Hidden,
		Tables:     command.TableLeases,
		LeaseArg:   2,
	}, Run: keepalive},
	{Spec: command.Spec{
		Name: "revoke", Container: "lease", Since: "1.0.0", Group: command.GroupLease,
		Usage:      "LEASE REVOKE id",
		Summary:    "End a lease now and return how many keys were deleted with it",
		Complexity: "O(N) where N is the number of keys that are attached.",
		Flags:      command.Write | command.Hidden,
		Tables:     command.TableLeases,
		LeaseArg:   2,
		ByOptions: func([][]byte) command.Options {
			return command.Options{AllKeys: command.KeyUpdate, AllKeysError: reply.ErrRevoke}
		},
	}, Run: revoke},
	{Spec: command.Spec{
		Name: "ttl", Container: "lease", Since: "1.0.0", Group: command.GroupLease,
		Usage:      "LEASE TTL id",
		Summary:    "Show how long a lease lasts, for how long it was granted (both in milliseconds) and how many keys it has",
		Complexity: "O(1)",
		Flags:      command.ReadOnly | command.Fast | command.Hidden,
		Tables:     command.TableLeases,
	}, Run: ttl},
	{Spec: command.Spec{
		Name: "list", Container: "lease", Since: "1.0.0", Group: command.GroupLease,
		Usage:      "LEASE LIST",
		Summary:    "List the ids of all leases, in ascending order",
		Complexity: "O(N log(N)) where N is the number of leases.",
		Flags:      command.ReadOnly | command.Hidden,
		Tables:     command.TableLeases,
	}, Run: list},
	{Spec: command.Spec{
		Name: "keys", Container: "lease", Since: "1.0.0", Group: command.GroupLease,
		Usage:      "LEASE KEYS id",
		Summary:    "List the keys of the selected database that are attached to a lease, sorted",
		Complexity: "O(N log(N)) where N is the number of keys that are attached.",
		Flags:      command.ReadOnly | command.Hidden,
		Tables:     command.TableLeases,
	}, Run: keys},
}
