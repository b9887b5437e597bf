// Package config changes the settings of the cluster. No client sends its one command.
// CONFIG SET on any node becomes a call of it. So does the file of a founder when a
// cluster is founded.
package config

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/tables"
)

// Rows are the commands of this package.
var Rows = []keyspace.Row{
	{Spec: command.Spec{
		Name: "settings", Since: "1.0.0", Group: command.GroupServer,
		Usage:      "SETTINGS <SET | FOUND> name value [name value ...]",
		Summary:    "Change settings of the cluster, on all nodes at this place of the log",
		Complexity: "O(N) where N is the number of settings",
		Flags: command.Write | command.Admin | command.NoScript | command.Loading | command.Stale |
			command.WholeKeyspace | command.Internal | command.Hidden,
		Tables: command.TableSettings,
	}, Run: change},
}

// change sets all of the settings or none. The node that sends it has checked the
// values. FOUND has no effect when any setting was ever changed before: a new cluster
// takes over the file of the first of its founders.
func change(c *keyspace.Ctx) {
	found := c.Is(1, "FOUND")
	if pairs := c.Args[2:]; len(pairs)%2 != 0 || !found && !c.Is(1, "SET") {
		c.W.Error(reply.ErrSyntax)
		return
	}
	if found && c.Table(tables.Settings).Version() > 0 {
		c.W.OK()
		return
	}
	var names, texts []string
	for i := 2; i < len(c.Args); i += 2 {
		names, texts = append(names, string(c.Args[i])), append(texts, string(c.Args[i+1]))
	}
	if err := c.ChangeSettings(names, texts); err != nil {
		c.W.Error("ERR " + err.Error())
		return
	}
	c.W.OK()
}
