package front

import (
	"github.com/msredis/msredis/internal/pubsub"
	"github.com/msredis/msredis/resp/command"
)

const subscriberFlags = command.PubSub | command.NoScript | command.Loading | command.Stale

// pubsubRows are the commands of subscribers. PUBLISH and SPUBLISH have their rows
// where they are calls of the log, in store/publish.
var pubsubRows = []Row{
	{command.Spec{
		Name: "subscribe", Usage: "SUBSCRIBE channel [channel ...]", Since: "2.0.0", Group: command.GroupPubSub,
		Summary:    "Listen for messages published to the given channels",
		Complexity: "O(N) where N is the number of channels to subscribe to.",
		Flags:      subscriberFlags | command.WhileSubscribed,
		Channels:   command.Channels{First: 1, Last: true},
	}, subscribeHandler(pubsub.Channel, "subscribe")},
	{command.Spec{
		Name: "unsubscribe", Usage: "UNSUBSCRIBE [channel [channel ...]]", Since: "2.0.0", Group: command.GroupPubSub,
		Summary:    "Stop listening for messages posted to the given channels",
		Complexity: "O(N) where N is the number of clients already subscribed to a channel.",
		Flags:      subscriberFlags | command.WhileSubscribed,
	}, unsubscribeHandler(pubsub.Channel, "unsubscribe")},
	{command.Spec{
		Name: "psubscribe", Usage: "PSUBSCRIBE pattern [pattern ...]", Since: "2.0.0", Group: command.GroupPubSub,
		Summary:    "Listen for messages published to channels matching the given patterns",
		Complexity: "O(N) where N is the number of patterns the client is already subscribed to.",
		Flags:      subscriberFlags | command.WhileSubscribed,
		Channels:   command.Channels{First: 1, Last: true, Patterns: true},
	}, subscribeHandler(pubsub.Pattern, "psubscribe")},
	{command.Spec{
		Name: "punsubscribe", Usage: "PUNSUBSCRIBE [pattern [pattern ...]]", Since: "2.0.0", Group: command.GroupPubSub,
		Summary:    "Stop listening for messages posted to channels matching the given patterns",
		Complexity: "O(N+M) where N is the number of patterns the client is already subscribed and M is the number of total patterns subscribed in the system (by any client).",
		Flags:      subscriberFlags | command.WhileSubscribed,
	}, unsubscribeHandler(pubsub.Pattern, "punsubscribe")},
	{command.Spec{
		Name: "ssubscribe", Usage: "SSUBSCRIBE shardchannel [shardchannel ...]", Since: "7.0.0", Group: command.GroupPubSub,
		Summary:    "Listen for messages published to the given shard channels",
		Complexity: "O(N) where N is the number of shard channels to subscribe to.",
		Flags:      subscriberFlags | command.WhileSubscribed,
		Channels:   command.Channels{First: 1, Last: true},
		Keys:       []command.KeySpec{{Flags: command.KeyNotKey, First: 1, Last: -1}},
	}, subscribeHandler(pubsub.Shard, "ssubscribe")},
	{command.Spec{
		Name: "sunsubscribe", Usage: "SUNSUBSCRIBE [shardchannel [shardchannel ...]]", Since: "7.0.0", Group: command.GroupPubSub,
		Summary:    "Stop listening for messages posted to the given shard channels",
		Complexity: "O(N) where N is the number of clients already subscribed to a channel.",
		Flags:      subscriberFlags | command.WhileSubscribed,
		Keys:       []command.KeySpec{{Flags: command.KeyNotKey, First: 1, Last: -1}},
	}, unsubscribeHandler(pubsub.Shard, "sunsubscribe")},
	{command.Spec{
		Name: "pubsub", Usage: "PUBSUB", Since: "2.8.0", Group: command.GroupPubSub,
		Summary:    "A container for Pub/Sub commands",
		Complexity: "Depends on subcommand.",
	}, nil},
	{command.Spec{
		Name: "numsub", Container: "pubsub", Usage: "PUBSUB NUMSUB [channel [channel ...]]", Since: "2.8.0", Group: command.GroupPubSub,
		Summary:    "Get the count of subscribers for channels",
		Complexity: "O(N) for the NUMSUB subcommand, where N is the number of requested channels",
		Flags:      command.PubSub | command.Loading | command.Stale,
	}, pubsubNumsubHandler(pubsub.Channel)},
	{command.Spec{
		Name: "channels", Container: "pubsub", Usage: "PUBSUB CHANNELS [pattern]", Since: "2.8.0", Group: command.GroupPubSub,
		Summary:    "List active channels",
		Complexity: "O(N) where N is the number of active channels, and assuming constant time pattern matching (relatively short channels and patterns)",
		Flags:      command.PubSub | command.Loading | command.Stale, FixedArity: -2,
	}, pubsubChannelsHandler(pubsub.Channel)},
	{command.Spec{
		Name: "help", Container: "pubsub", Usage: "PUBSUB HELP", Since: "6.2.0", Group: command.GroupPubSub,
		Summary:    "Show helpful text about the different subcommands",
		Complexity: "O(1)",
		Flags:      command.Loading | command.Stale | command.Local, ACL: []string{"-@pubsub"},
	}, pubsubHelpCommand},
	{command.Spec{
		Name: "shardchannels", Container: "pubsub", Usage: "PUBSUB SHARDCHANNELS [pattern]", Since: "7.0.0", Group: command.GroupPubSub,
		Summary:    "List active shard channels",
		Complexity: "O(N) where N is the number of active shard channels, and assuming constant time pattern matching (relatively short shard channels).",
		Flags:      command.PubSub | command.Loading | command.Stale, FixedArity: -2,
	}, pubsubChannelsHandler(pubsub.Shard)},
	{command.Spec{
		Name: "shardnumsub", Container: "pubsub", Usage: "PUBSUB SHARDNUMSUB [shardchannel [shardchannel ...]]", Since: "7.0.0", Group: command.GroupPubSub,
		Summary:    "Get the count of subscribers for shard channels",
		Complexity: "O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels",
		Flags:      command.PubSub | command.Loading | command.Stale,
	}, pubsubNumsubHandler(pubsub.Shard)},
	{command.Spec{
		Name: "numpat", Container: "pubsub", Usage: "PUBSUB NUMPAT", Since: "2.8.0", Group: command.GroupPubSub,
		Summary:    "Get the count of unique patterns pattern subscriptions",
		Complexity: "O(1)",
		Flags:      command.PubSub | command.Loading | command.Stale,
	}, pubsubNumpatCommand},
}
