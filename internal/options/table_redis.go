package options

// fixed has the options of Redis of which only one value is true here. The Doc
// is the reason, for the log and for CONFIG SET.
var fixed = []Row{
	{Name: "appendonly", Kind: Bool, Default: "yes", Effect: Fixed,
		Doc: "every write is in the log before it is answered"},
	{Name: "appendfsync", Kind: Enum, Default: "always", Effect: Fixed, Enum: []string{"everysec", "always", "no"},
		Doc: "a write is synced on a majority before it is answered"},
	{Name: "daemonize", Kind: Bool, Default: "no", Effect: Fixed,
		Doc: "the server stays in the foreground; leave the background to systemd or a container"},

	{Name: "replicaof", Alias: "slaveof", Kind: Text, Default: "", Effect: Refused, Multi: true, norm: replicaOf,
		Doc: "nodes are joined with initial-cluster or join"},
}

// ignored has the options of Redis 7.4 that a redis.conf may contain and that
// have no counterpart here. Their values are checked and kept, and shown by
// CONFIG GET, so that files and tools made for Redis work.
var ignored = []Row{
	{Name: "save", Kind: Text, Default: "", Multi: true, Adds: true, norm: savePoints},
	{Name: "oom-score-adj-values", Kind: Text, Default: "0 200 800", Multi: true, norm: oomScores},
	{Name: "bind-source-addr", Kind: Text},
	{Name: "cluster-announce-hostname", Kind: Text},
	{Name: "cluster-config-file", Kind: Text, Default: "nodes.conf"},
	{Name: "appendfilename", Kind: Text, Default: "appendonly.aof"},
	{Name: "appenddirname", Kind: Text, Default: "appendonlydir"},
	{Name: "dbfilename", Kind: Text, Protected: true, Default: "dump.rdb"},
	{Name: "replica-announce-ip", Alias: "slave-announce-ip", Kind: Text},
	{Name: "proc-title-template", Kind: Text, Default: "{title} {listen-addr} {server-mode}"},
	{Name: "ignore-warnings", Kind: Text},
	{Name: "syslog-ident", Kind: Text, Default: "redis"},
	{Name: "server-cpulist", Alias: "server_cpulist", Kind: Text},
	{Name: "bio-cpulist", Alias: "bio_cpulist", Kind: Text},
	{Name: "aof-rewrite-cpulist", Alias: "aof_rewrite_cpulist", Kind: Text},
	{Name: "bgsave-cpulist", Alias: "bgsave_cpulist", Kind: Text},
	{Name: "cluster-announce-human-nodename", Kind: Text},
	{Name: "locale-collate", Kind: Text}, // SORT ALPHA goes by the C locale on all nodes
	{Name: "req-res-logfile", Kind: Text, Hidden: true},
	{Name: "tls-dh-params-file", Kind: Text},

	{Name: "activedefrag", Kind: Bool, Default: "no"},
	{Name: "activerehashing", Kind: Bool, Default: "yes"},
	{Name: "always-show-logo", Kind: Bool, Default: "no"},
	{Name: "aof-disable-auto-gc", Kind: Bool, Default: "no", Hidden: true},
	{Name: "aof-load-truncated", Kind: Bool, Default: "yes"},
	{Name: "aof-rewrite-incremental-fsync", Kind: Bool, Default: "yes"},
	{Name: "aof-timestamp-enabled", Kind: Bool, Default: "no"},
	{Name: "aof-use-rdb-preamble", Kind: Bool, Default: "yes"},
	{Name: "cluster-allow-pubsubshard-when-down", Kind: Bool, Default: "yes"},
	{Name: "cluster-allow-reads-when-down", Kind: Bool, Default: "no"},
	{Name: "cluster-allow-replica-migration", Kind: Bool, Default: "yes"},
	{Name: "cluster-replica-no-failover", Alias: "cluster-slave-no-failover", Kind: Bool, Default: "no"},
	{Name: "cluster-require-full-coverage", Kind: Bool, Default: "yes"},
	{Name: "crash-log-enabled", Kind: Bool, Default: "yes"},
	{Name: "crash-memcheck-enabled", Kind: Bool, Default: "yes"},
	{Name: "disable-thp", Kind: Bool, Default: "yes"},
	{Name: "dynamic-hz", Kind: Bool, Default: "yes"},
	{Name: "hide-user-data-from-log", Kind: Bool, Default: "no"},
	{Name: "use-exit-on-panic", Kind: Bool, Default: "no", Hidden: true},
	{Name: "io-threads-do-reads", Kind: Bool, Default: "no"},
	{Name: "jemalloc-bg-thread", Kind: Bool, Default: "yes"},
	{Name: "lazyfree-lazy-eviction", Kind: Bool, Default: "no"},
	{Name: "lazyfree-lazy-expire", Kind: Bool, Default: "no"},
	{Name: "lazyfree-lazy-server-del", Kind: Bool, Default: "no"},
	{Name: "lazyfree-lazy-user-del", Kind: Bool, Default: "no"},
	{Name: "lazyfree-lazy-user-flush", Kind: Bool, Default: "no"},
	{Name: "no-appendfsync-on-rewrite", Kind: Bool, Default: "no"},
	{Name: "rdb-del-sync-files", Kind: Bool, Default: "no"},
	{Name: "rdb-save-incremental-fsync", Kind: Bool, Default: "yes"},
	{Name: "rdbchecksum", Kind: Bool, Default: "yes"},
	{Name: "rdbcompression", Kind: Bool, Default: "yes"},
	{Name: "repl-disable-tcp-nodelay", Kind: Bool, Default: "no"},
	{Name: "repl-diskless-sync", Kind: Bool, Default: "yes"},
	{Name: "replica-announced", Kind: Bool, Default: "yes"},
	{Name: "replica-ignore-disk-write-errors", Kind: Bool, Default: "no"},
	{Name: "replica-ignore-maxmemory", Alias: "slave-ignore-maxmemory", Kind: Bool, Default: "yes"},
	{Name: "replica-lazy-flush", Alias: "slave-lazy-flush", Kind: Bool, Default: "no"},
	{Name: "replica-read-only", Alias: "slave-read-only", Kind: Bool, Default: "yes"},
	{Name: "replica-serve-stale-data", Alias: "slave-serve-stale-data", Kind: Bool, Default: "yes"},
	{Name: "set-proc-title", Kind: Bool, Default: "yes"},
	{Name: "stop-writes-on-bgsave-error", Kind: Bool, Default: "yes"},
	{Name: "syslog-enabled", Kind: Bool, Default: "no"},
	{Name: "tls-prefer-server-ciphers", Kind: Bool, Default: "no"},

	{Name: "cluster-preferred-endpoint-type", Kind: Enum, Default: "ip", Enum: []string{"ip", "hostname", "unknown-endpoint"}},
	{Name: "oom-score-adj", Kind: Enum, Default: "no", Enum: []string{"no", "yes", "relative", "absolute"}},
	{Name: "propagation-error-behavior", Kind: Enum, Default: "ignore", Enum: []string{"ignore", "panic", "panic-on-replicas"}},
	{Name: "repl-diskless-load", Kind: Enum, Default: "disabled", Enum: []string{"disabled", "on-empty-db", "swapdb"}},
	{Name: "sanitize-dump-payload", Kind: Enum, Default: "no", Enum: []string{"no", "yes", "clients"}},
	{Name: "shutdown-on-sigint", Kind: Enum, Default: "default", Enum: []string{"default", "save", "nosave", "now", "force"}},
	{Name: "shutdown-on-sigterm", Kind: Enum, Default: "default", Enum: []string{"default", "save", "nosave", "now", "force"}},
	{Name: "syslog-facility", Kind: Enum, Default: "local0", Enum: []string{"user", "local0", "local1", "local2", "local3",
		"local4", "local5", "local6", "local7"}},

	{Name: "active-defrag-cycle-max", Kind: Int, Default: "25", Min: 1, Max: 99},
	{Name: "active-defrag-cycle-min", Kind: Int, Default: "1", Min: 1, Max: 99},
	{Name: "active-defrag-max-scan-fields", Kind: Int, Default: "1000", Min: 1, Max: maxInt64},
	{Name: "active-defrag-threshold-lower", Kind: Int, Default: "10", Max: 1000},
	{Name: "active-defrag-threshold-upper", Kind: Int, Default: "100", Max: 1000},
	{Name: "active-expire-effort", Kind: Int, Default: "1", Min: 1, Max: 10},
	{Name: "auto-aof-rewrite-percentage", Kind: Int, Default: "100", Max: maxInt32},
	{Name: "cluster-migration-barrier", Kind: Int, Default: "1", Max: maxInt32},
	{Name: "cluster-node-timeout", Kind: Int, Default: "15000", Max: maxInt64},
	{Name: "cluster-replica-validity-factor", Alias: "cluster-slave-validity-factor", Kind: Int, Default: "10", Max: maxInt32},
	{Name: "hz", Kind: Int, Default: "10", Max: maxInt32},
	{Name: "key-load-delay", Kind: Int, Default: "0", Min: -1 << 31, Max: maxInt32, Hidden: true},
	{Name: "max-new-connections-per-cycle", Kind: Int, Default: "10", Min: 1, Max: 1000},
	{Name: "max-new-tls-connections-per-cycle", Kind: Int, Default: "1", Min: 1, Max: 1000},
	{Name: "client-default-resp", Kind: Int, Default: "2", Min: 2, Max: 3, Hidden: true},
	{Name: "cluster-ping-interval", Kind: Int, Default: "0", Max: maxInt64, Hidden: true},
	{Name: "rdb-key-save-delay", Kind: Int, Default: "0", Min: -1 << 31, Max: maxInt32, Hidden: true},
	{Name: "watchdog-period", Kind: Int, Default: "0", Max: maxInt32, Hidden: true},
	{Name: "loading-process-events-interval-bytes", Kind: Int, Default: "2097152", Min: 1024, Max: maxInt32, Hidden: true},
	{Name: "maxmemory-eviction-tenacity", Kind: Int, Default: "10", Max: 100},
	{Name: "min-replicas-max-lag", Alias: "min-slaves-max-lag", Kind: Int, Default: "10", Max: maxInt32},
	{Name: "min-replicas-to-write", Alias: "min-slaves-to-write", Kind: Int, Default: "0", Max: maxInt32},
	{Name: "repl-backlog-ttl", Kind: Int, Default: "3600", Max: maxInt64},
	{Name: "repl-diskless-sync-delay", Kind: Int, Default: "5", Max: maxInt32},
	{Name: "repl-diskless-sync-max-replicas", Kind: Int, Default: "0", Max: maxInt32},
	{Name: "repl-ping-replica-period", Alias: "repl-ping-slave-period", Kind: Int, Default: "10", Min: 1, Max: maxInt32},
	{Name: "repl-timeout", Kind: Int, Default: "60", Min: 1, Max: maxInt32},
	{Name: "replica-announce-port", Alias: "slave-announce-port", Kind: Int, Default: "0", Max: maxPort},
	{Name: "replica-priority", Alias: "slave-priority", Kind: Int, Default: "100", Max: maxInt32},
	{Name: "socket-mark-id", Kind: Int, Default: "0", Max: 1<<32 - 1},
	{Name: "tcp-backlog", Kind: Int, Default: "511", Max: maxInt32},
	{Name: "tls-session-cache-size", Kind: Int, Default: "20480", Max: maxInt32},

	{Name: "active-defrag-ignore-bytes", Kind: Memory, Default: "100mb", Min: 1, Max: maxInt64},
	{Name: "auto-aof-rewrite-min-size", Kind: Memory, Default: "64mb", Max: maxInt64},
	{Name: "cluster-link-sendbuf-limit", Kind: Memory, Default: "0", Max: maxInt64},
	{Name: "repl-backlog-size", Kind: Memory, Default: "1mb", Min: 1, Max: maxInt64},
}

// valkey has the options of Valkey 8 that Redis does not have, and that have no
// counterpart here either. They are read and kept, and only shown by their names.
var valkey = []Row{
	{Name: "availability-zone", Kind: Text, Hidden: true},
	{Name: "cluster-announce-client-ipv4", Kind: Text, Hidden: true},
	{Name: "cluster-announce-client-ipv6", Kind: Text, Hidden: true},
	{Name: "debug-context", Kind: Text, Hidden: true},
	{Name: "cluster-slot-stats-enabled", Kind: Bool, Default: "no", Hidden: true},
	{Name: "dual-channel-replication-enabled", Kind: Bool, Default: "no", Hidden: true},
	{Name: "enable-debug-assert", Kind: Bool, Default: "no", Hidden: true},
	{Name: "extended-redis-compatibility", Kind: Bool, Default: "no", Hidden: true},
	{Name: "cluster-blacklist-ttl", Kind: Int, Default: "60", Max: maxInt64, Hidden: true},
	{Name: "events-per-io-thread", Kind: Int, Default: "2", Max: maxInt32, Hidden: true},
	{Name: "prefetch-batch-max-size", Kind: Int, Default: "16", Max: 128, Hidden: true},
}

// forgotten are options of older versions that Redis reads over.
var forgotten = []string{"list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands"}

// refusedDirectives are lines of a file that are no options, with the reason why
// they end the start: to read over them would surprise.
var refusedDirectives = map[string]string{
	"loadmodule": "there are no modules",
	"sentinel":   "there is no Sentinel mode: a cluster elects its leader itself",
}
