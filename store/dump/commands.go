// Package dump is the family of commands that move values between servers in
// Redis's own serialisation: DUMP and RESTORE. It knows no family of values; each
// brings its form with its keyspace.Kind.
package dump

import (
	"github.com/msredis/msredis/internal/rdb"
	"github.com/msredis/msredis/internal/settings"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

// Rows returns the commands, for values of these kinds.
func Rows(kinds []*keyspace.Kind) []keyspace.Row {
	var l loaders
	for _, k := range kinds {
		if k.RDB == nil {
			continue
		}
		for _, t := range k.RDB.Types {
			l[t] = k.RDB.Load
		}
	}
	return []keyspace.Row{
		{Spec: command.Spec{
			Name: "dump", Since: "2.6.0", Group: command.GroupGeneric,
			Usage:      "DUMP key",
			Summary:    "Return a serialized version of the value stored at the specified key.",
			Complexity: "O(1) to access the key and additional O(N*M) to serialize it, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1).",
			Flags:      command.ReadOnly,
			Tips:       []string{"nondeterministic_output"},
		}, Run: dump},
		{Spec: command.Spec{
			Name: "restore", Since: "2.6.0", Group: command.GroupGeneric,
			Usage:      "RESTORE key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]",
			Summary:    "Create a key using the provided serialized value, previously obtained using DUMP.",
			Complexity: "O(1) to create the new key and additional O(N*M) to reconstruct the serialized value, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1). However for sorted set values the complexity is O(N*M*log(N)) because inserting values into sorted sets is O(log(N)).",
			Flags:      command.Write | command.DenyOOM,
			KeyFlags:   command.KeyOW | command.KeyUpdate,
			ACL:        []string{"@dangerous"},
		}, Run: l.restore},
		// Commands that are sent to a cluster while slots move; here nothing moves.
		{Spec: command.Spec{
			Name: "restore-asking", Since: "3.0.0", Group: command.GroupServer,
			Usage:      "RESTORE-ASKING key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]",
			Summary:    "An internal command for migrating keys in a cluster",
			Complexity: "O(1) to create the new key and additional O(N*M) to reconstruct the serialized value, where N is the number of Redis objects composing the value and M their average size. For small string values the time complexity is thus O(1)+O(1*M) where M is small, so simply O(1). However for sorted set values the complexity is O(N*M*log(N)) because inserting values into sorted sets is O(log(N)).",
			Flags:      command.Write | command.DenyOOM | command.Asking,
			KeyFlags:   command.KeyOW | command.KeyUpdate,
			ACL:        []string{"@keyspace", "@dangerous"},
		}, Run: l.restore},
	}
}

// loaders has the function that reads values of a type; nil: there is none.
type loaders [256]func(s *settings.Values, t rdb.Type, d *rdb.Decoder) (keyspace.Value, error)
