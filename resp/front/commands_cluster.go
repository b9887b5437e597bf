package front

import "github.com/msredis/msredis/resp/command"

// clusterRows are the commands about the cluster, and those of Redis's
// replication that have no meaning here.
var clusterRows = []Row{
	{command.Spec{
		Name: "cluster", Usage: "CLUSTER", Since: "3.0.0", Group: command.GroupCluster,
		Summary:    "A container for cluster commands",
		Complexity: "Depends on subcommand.",
	}, nil},
	{command.Spec{
		Name: "members", Container: "cluster", Usage: "CLUSTER MEMBERS", Since: "1.0.0", Group: command.GroupCluster,
		Summary:    "Lists the members of the cluster as this node knows them, one a line",
		Complexity: "O(N) where N is the number of members",
		Flags:      command.Stale | command.Hidden, Tips: []string{"nondeterministic_output"},
	}, clusterMembersCommand},
	{command.Spec{
		Name: "info", Container: "cluster", Usage: "CLUSTER INFO", Since: "3.0.0", Group: command.GroupCluster,
		Summary:    "Provides info about Redis Cluster node state",
		Complexity: "O(1)",
		Flags:      command.Stale | command.Topology, Tips: []string{"nondeterministic_output"},
	}, clusterInfoCommand},
	{command.Spec{
		Name: "nodes", Container: "cluster", Usage: "CLUSTER NODES", Since: "3.0.0", Group: command.GroupCluster,
		Summary:    "Get Cluster config for the node",
		Complexity: "O(N) where N is the total number of Cluster nodes",
		Flags:      command.Stale | command.Topology, Tips: []string{"nondeterministic_output"},
	}, clusterNodesCommand},
	{command.Spec{
		Name: "slots", Container: "cluster", Usage: "CLUSTER SLOTS", Since: "3.0.0", Group: command.GroupCluster, Deprecated: "7.0.0", ReplacedBy: "`CLUSTER SHARDS`",
		Summary:    "Get array of Cluster slot to node mappings",
		Complexity: "O(N) where N is the total number of Cluster nodes",
		Flags:      command.Loading | command.Stale | command.Topology, Tips: []string{"nondeterministic_output"},
	}, clusterSlotsCommand},
	{command.Spec{
		Name: "shards", Container: "cluster", Usage: "CLUSTER SHARDS", Since: "7.0.0", Group: command.GroupCluster,
		Summary:    "Get array of cluster slots to node mappings",
		Complexity: "O(N) where N is the total number of cluster nodes",
		Flags:      command.Loading | command.Stale | command.Topology, Tips: []string{"nondeterministic_output"},
	}, clusterShardsCommand},
	{command.Spec{
		Name: "links", Container: "cluster", Usage: "CLUSTER LINKS", Since: "7.0.0", Group: command.GroupCluster,
		Summary:    "Returns a list of all TCP links to and from peer nodes in cluster",
		Complexity: "O(N) where N is the total number of Cluster nodes",
		Flags:      command.Stale | command.Topology, Tips: []string{"nondeterministic_output"},
	}, clusterLinksCommand},
	{command.Spec{
		Name: "myid", Container: "cluster", Usage: "CLUSTER MYID", Since: "3.0.0", Group: command.GroupCluster,
		Summary:    "Return the node id",
		Complexity: "O(1)",
		Flags:      command.Stale | command.Topology,
	}, clusterMyIDCommand},
	{command.Spec{
		Name: "myshardid", Container: "cluster", Usage: "CLUSTER MYSHARDID", Since: "7.2.0", Group: command.GroupCluster,
		Summary:    "Returns the shard ID of a node.",
		Complexity: "O(1)",
		Flags:      command.Stale | command.Topology, Tips: []string{"nondeterministic_output"},
	}, clusterMyShardIDCommand},
	{command.Spec{
		Name: "keyslot", Container: "cluster", Usage: "CLUSTER KEYSLOT key", Since: "3.0.0", Group: command.GroupCluster, Keys: command.NoKeys,
		Summary:    "Returns the hash slot of the specified key",
		Complexity: "O(N) where N is the number of bytes in the key",
		Flags:      command.Stale | command.Local | command.Topology,
	}, clusterKeyslotCommand},
	{command.Spec{
		Name: "replicas", Container: "cluster", Usage: "CLUSTER REPLICAS node-id", Since: "5.0.0", Group: command.GroupCluster,
		Summary:    "List replica nodes of the specified master node",
		Complexity: "O(1)",
		Flags:      command.Admin | command.Stale | command.Topology, Tips: []string{"nondeterministic_output"},
	}, clusterReplicasCommand},
	{command.Spec{
		Name: "slaves", Container: "cluster", Usage: "CLUSTER SLAVES node-id", Since: "3.0.0", Group: command.GroupCluster, Deprecated: "5.0.0", ReplacedBy: "`CLUSTER REPLICAS`",
		Summary:    "Lists the replica nodes of a master node.",
		Complexity: "O(N) where N is the number of replicas.",
		Flags:      command.Admin | command.Stale | command.Topology, Tips: []string{"nondeterministic_output"},
	}, clusterReplicasCommand},
	{command.Spec{
		Name: "count-failure-reports", Container: "cluster", Usage: "CLUSTER COUNT-FAILURE-REPORTS node-id", Since: "3.0.0", Group: command.GroupCluster,
		Summary:    "Return the number of failure reports active for a given node",
		Complexity: "O(N) where N is the number of failure reports",
		Flags:      command.Admin | command.Stale | command.Topology, Tips: []string{"nondeterministic_output"},
	}, clusterCountFailureReportsCommand},
	{command.Spec{
		Name: "failover", Container: "cluster", Usage: "CLUSTER FAILOVER [FORCE | TAKEOVER]", Since: "3.0.0", Group: command.GroupCluster,
		Summary:    "Forces a replica to perform a manual failover of its master.",
		Complexity: "O(1)",
		Flags:      command.Admin | command.Stale | command.NoAsyncLoading,
	}, clusterFailoverCommand},
	{command.Spec{
		Name: "forget", Container: "cluster", Usage: "CLUSTER FORGET node-id", Since: "3.0.0", Group: command.GroupCluster,
		Summary:    "Remove a node from the nodes table",
		Complexity: "O(1)",
		Flags:      command.Admin | command.Stale | command.NoAsyncLoading,
	}, clusterForgetCommand},
	{command.Spec{
		Name: "meet", Container: "cluster", Usage: "CLUSTER MEET ip port [cluster_bus_port]", Since: "3.0.0", Group: command.GroupCluster,
		Summary:    "Force a node cluster to handshake with another node",
		Complexity: "O(1)",
		Flags:      command.Admin | command.Stale | command.NoAsyncLoading,
	}, clusterMeetCommand},
	{command.Spec{
		Name: "reset", Container: "cluster", Usage: "CLUSTER RESET [HARD | SOFT]", Since: "3.0.0", Group: command.GroupCluster,
		Summary:    "Reset a Redis Cluster node",
		Complexity: "O(N) where N is the number of known nodes. The command may execute a FLUSHALL as a side effect.",
		Flags:      command.Admin | command.NoScript | command.Stale | command.Topology,
	}, clusterResetCommand},
	{command.Spec{
		Name: "help", Container: "cluster", Usage: "CLUSTER HELP", Since: "5.0.0", Group: command.GroupCluster,
		Summary:    "Show helpful text about the different subcommands",
		Complexity: "O(1)",
		Flags:      command.Loading | command.Stale | command.Local,
	}, clusterHelpCommand},
	{command.Spec{
		Name: "readonly", Usage: "READONLY", Since: "3.0.0", Group: command.GroupCluster,
		Summary:    "Enables read queries for a connection to a cluster replica node",
		Complexity: "O(1)",
		Flags:      command.Loading | command.Stale | command.Fast, ACL: []string{"@connection"},
	}, readonlyCommand},
	{command.Spec{
		Name: "readwrite", Usage: "READWRITE", Since: "3.0.0", Group: command.GroupCluster,
		Summary:    "Disables read queries for a connection to a cluster replica node",
		Complexity: "O(1)",
		Flags:      command.Loading | command.Stale | command.Fast, ACL: []string{"@connection"},
	}, readwriteCommand},
	{command.Spec{
		Name: "asking", Usage: "ASKING", Since: "3.0.0", Group: command.GroupCluster,
		Summary:    "Sent by cluster clients after an -ASK redirect",
		Complexity: "O(1)",
		Flags:      command.Fast | command.Local | command.Topology, ACL: []string{"@connection"},
	}, askingCommand},
	{command.Spec{
		Name: "replicaof", Usage: "REPLICAOF <host port | NO ONE>", Since: "5.0.0", Group: command.GroupServer,
		Summary:    "Make the server a replica of another instance, or promote it as master.",
		Complexity: "O(1)",
		Flags:      command.Admin | command.NoScript | command.Stale | command.NoAsyncLoading | command.Local,
	}, replicaofCommand},
	{command.Spec{
		Name: "slaveof", Usage: "SLAVEOF <host port | NO ONE>", Since: "1.0.0", Group: command.GroupServer, Deprecated: "5.0.0", ReplacedBy: "`REPLICAOF`",
		Summary:    "Make the server a replica of another instance, or promote it as master.",
		Complexity: "O(1)",
		Flags:      command.Admin | command.NoScript | command.Stale | command.NoAsyncLoading | command.Local,
	}, slaveofCommand},
	{command.Spec{
		Name: "failover", Usage: "FAILOVER [TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]", Since: "6.2.0", Group: command.GroupServer,
		Summary:    "Start a coordinated failover between this server and one of its replicas.",
		Complexity: "O(1)",
		Flags:      command.Admin | command.NoScript | command.Stale | command.Local,
	}, failoverCommand},
	{command.Spec{
		Name: "psync", FixedArity: -3, Usage: "PSYNC replicationid offset", Since: "2.8.0", Group: command.GroupServer,
		Summary:    "Internal command used for replication",
		Complexity: "",
		Flags:      command.Admin | command.NoScript | command.NoAsyncLoading | command.NoMulti | command.Local,
	}, psyncCommand},
	{command.Spec{
		Name: "sync", Usage: "SYNC", Since: "1.0.0", Group: command.GroupServer,
		Summary:    "Internal command used for replication",
		Complexity: "",
		Flags:      command.Admin | command.NoScript | command.NoAsyncLoading | command.NoMulti | command.Local,
	}, syncCommand},
}
