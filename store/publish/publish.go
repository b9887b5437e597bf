// Package publish has the messages that are published by calls in the log: in a
// transaction, a script, or behind writes of the same pipeline. All others are no
// business of the state machine; see package front.
//
// Such a message belongs to its entry: every node hands it to its own
// subscribers when it applies the call. The state does not know of it.
package publish

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

// Rows are the commands of the family.
var Rows = []keyspace.Row{
	{Spec: command.Spec{
		Name: "publish", Usage: "PUBLISH channel message", Since: "2.0.0", Group: command.GroupPubSub,
		Summary:    "Post a message to a channel",
		Complexity: "O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number of subscribed patterns (by any client).",
		Flags:      command.PubSub | command.Loading | command.Stale | command.Fast | command.Logged | command.MayReplicate | command.Publishes,
		Channels:   command.Channels{First: 1},
	}, Run: func(c *keyspace.Ctx) { publish(c, false) }},
	{Spec: command.Spec{
		Name: "spublish", Usage: "SPUBLISH shardchannel message", Since: "7.0.0", Group: command.GroupPubSub,
		Summary:    "Post a message to a shard channel",
		Complexity: "O(N) where N is the number of clients subscribed to the receiving shard channel.",
		Flags:      command.PubSub | command.Loading | command.Stale | command.Fast | command.Logged | command.MayReplicate | command.Publishes,
		Channels:   command.Channels{First: 1},
		Keys:       []command.KeySpec{{Flags: command.KeyNotKey, First: 1}},
	}, Run: func(c *keyspace.Ctx) { publish(c, true) }},
}

func publish(c *keyspace.Ctx, shard bool) {
	c.Publish(c.Args[1], c.Args[2], shard)
	c.W.Int(c.Receivers(c.Args[1], shard))
}
