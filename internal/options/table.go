package options

import "time"

// Headings of --help, in the order in which they are printed.
const (
	groupNetwork = "Network"
	groupGeneral = "General"
	groupLimits  = "Limits"
	groupCluster = "Cluster"
	groupStorage = "Storage"
	groupTLS     = "TLS"
	groupOperate = "Monitoring"
	groupShared  = "Settings of the cluster"
)

var groups = []string{groupGeneral, groupNetwork, groupLimits, groupStorage, groupCluster, groupTLS, groupOperate, groupShared}

// table has the options that mean something here. Names, defaults and bounds
// are Redis 7.0's wherever Redis has the option.
var table = []Row{
	{Name: "dir", Group: groupGeneral, Kind: Text, Effect: Start, Protected: true, Default: "./data",
		norm: nonEmpty, Doc: "Directory of the log and the snapshots; created if it is missing"},
	{Name: "databases", Group: groupGeneral, Kind: Int, Effect: Start, Default: "16", Min: 1, Max: maxInt32, Agreed: true,
		Doc: "Number of logical databases (SELECT); fixed when the cluster is founded, and the same on all its nodes"},
	{Name: "loglevel", Group: groupGeneral, Kind: Enum, Default: "notice", Enum: []string{"debug", "verbose", "notice", "warning", "nothing"},
		Doc: "Least severity of the lines that are logged"},
	{Name: "logfile", Group: groupGeneral, Kind: Text, Effect: Start, Default: "",
		Doc: "File that log lines are appended to; empty: standard output"},
	{Name: "pidfile", Group: groupGeneral, Kind: Text, Effect: Start, Default: "",
		Doc: "File that holds the process id while the server runs"},
	{Name: "shutdown-timeout", Group: groupGeneral, Kind: Int, Default: "10", Max: maxInt32, Unit: time.Second,
		Doc: "Seconds that a shutdown waits for commands in flight and for another node to take the lead"},

	{Name: "port", Group: groupNetwork, Kind: Int, Effect: Start, Default: "6379", Min: 1, Max: maxPort,
		Doc: "TCP port for clients"},
	{Name: "bind", Group: groupNetwork, Kind: Text, Default: "127.0.0.1", Multi: true, norm: bindAddresses,
		Doc: "Addresses to listen on; * and ::* mean all of IPv4 and IPv6; one that starts with - may be unavailable"},
	{Name: "unixsocket", Group: groupNetwork, Kind: Text, Effect: Start, Default: "",
		Doc: "Path of a Unix socket for clients of this machine; empty: none"},
	{Name: "unixsocketperm", Group: groupNetwork, Kind: Text, Effect: Start, Default: "0", norm: fileMode,
		Doc: "Permissions of the Unix socket, in octal; 0: as the umask has it"},
	{Name: "unixsocketgroup", Group: groupNetwork, Kind: Text, Effect: Start, Default: "", Hidden: true,
		Doc: "Group that the Unix socket belongs to; empty: that of the process"},
	{Name: "protected-mode", Group: groupNetwork, Kind: Bool, Default: "yes",
		Doc: "While the default user has no password, clients from other machines are turned away"},
	{Name: "requirepass", Group: groupNetwork, Kind: Text, Default: "", Secret: true,
		Doc: "Password that clients give with AUTH; empty: none"},
	{Name: "timeout", Group: groupNetwork, Kind: Int, Default: "0", Max: maxInt32, Unit: time.Second,
		Doc: "Seconds after which an idle client is disconnected; 0: never"},
	{Name: "tcp-keepalive", Group: groupNetwork, Kind: Int, Default: "300", Max: maxInt32, Unit: time.Second,
		Doc: "Seconds between TCP keepalive probes to clients; 0: none"},
	{Name: "io-threads", Group: groupNetwork, Kind: Int, Effect: Start, Default: "0", Max: 128,
		Doc: "Event loops that read from and write to clients; 0: one for two cores"},

	{Name: "maxclients", Group: groupLimits, Kind: Int, Default: "10000", Min: 1, Max: 1<<32 - 1,
		Doc: "Number of client connections"},
	{Name: "maxmemory", Group: groupLimits, Kind: Memory, Default: "0", Max: maxInt64,
		Doc: "Size of the data at which commands that may add to it get -OOM; 0: no limit"},
	{Name: "client-query-buffer-limit", Group: groupLimits, Kind: Memory, Default: "1gb", Min: 1 << 20, Max: maxInt64,
		Doc: "Bytes of one command and what is pipelined behind it that are held for a client"},
	{Name: "client-output-buffer-limit", Group: groupLimits, Kind: Text, Multi: true, norm: outputLimits,
		Default: "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
		Doc:     "Per class of client: hard limit, soft limit and its seconds for replies that the client does not read"},

	{Name: "snapshot-log-bytes", Group: groupStorage, Kind: Memory, Effect: Start, Default: "64mb", Min: 1 << 20, Max: maxInt64,
		Doc: "A snapshot is written when the log has grown by so much since the last one"},
	{Name: "lanes", Group: groupStorage, Kind: Int, Effect: Start, Default: "0", Max: 256,
		Doc: "Goroutines that apply a large batch of writes; 0: one for two cores, for the others have connections to serve"},

	{Name: "node-name", Group: groupCluster, Kind: Text, Effect: Start, Default: "n1", norm: nodeName,
		Doc: "Name of this node, unique in its cluster and kept for good"},
	{Name: "peer-port", Alias: "cluster-port", Group: groupCluster, Kind: Int, Effect: Start, Default: "0", Max: maxPort,
		Doc: "TCP port for the other nodes; 0: port + 10000"},
	{Name: "initial-cluster", Group: groupCluster, Kind: Text, Effect: Start, Default: "", norm: initialCluster,
		Doc: "The nodes of a new cluster, name=host:peer-port,…, the same text on each; empty: this node alone"},
	{Name: "found-without", Group: groupCluster, Kind: Text, Effect: Start, Default: "", norm: nodeNames,
		Doc: "Names in initial-cluster, with commas, of nodes that are gone for good: the others found a new cluster without them"},
	{Name: "join", Group: groupCluster, Kind: Text, Effect: Start, Default: "", norm: hostPort,
		Doc: "Client address host:port of any node of a cluster that this new node joins"},
	{Name: "masterauth", Alias: "primaryauth", Group: groupCluster, Kind: Text, Effect: Start, Default: "", Secret: true,
		Doc: "Password of the cluster that is joined; empty: the same as requirepass"},
	{Name: "cluster-secret-file", Group: groupCluster, Kind: Text, Default: "",
		Doc: "File with the secret that the nodes prove to each other, the same on each; more lines are secrets that are taken as well"},
	{Name: "cluster-secret", Group: groupCluster, Kind: Text, Effect: Start, Default: "", Secret: true, Masked: true, Hidden: true,
		Doc: "The secret itself, for a file that only its owner reads; on the command line everybody on the machine sees it"},
	{Name: "tls-cluster", Group: groupTLS, Kind: Bool, Effect: Start, Default: "no",
		Doc: "Nodes talk TLS, and each shows a certificate of the CA: in the place of cluster-secret"},
	{Name: "tls-cluster-name-check", Group: groupTLS, Kind: Bool, Default: "yes",
		Doc: "A node's certificate has its node-name among its DNS names, or as common name"},
	{Name: "tls-cert-file", Group: groupTLS, Kind: Text, Default: "", Reloads: true,
		Doc: "Certificate of this node in PEM, with its chain"},
	{Name: "tls-key-file", Group: groupTLS, Kind: Text, Default: "", Reloads: true,
		Doc: "The certificate's key in PEM"},
	{Name: "tls-key-file-pass", Group: groupTLS, Kind: Text, Default: "", Secret: true,
		Doc: "Passphrase of the key, if it is encrypted"},
	{Name: "tls-ca-cert-file", Group: groupTLS, Kind: Text, Default: "", Reloads: true,
		Doc: "Certificates of the CA in PEM"},
	{Name: "tls-ca-cert-dir", Group: groupTLS, Kind: Text, Default: "", Reloads: true,
		Doc: "Directory of files with certificates of CAs"},
	{Name: "tls-protocols", Group: groupTLS, Kind: Text, Default: "",
		Doc: "TLS versions, of TLSv1.2 and TLSv1.3; empty: both"},
	{Name: "tls-ciphers", Group: groupTLS, Kind: Text, Default: "",
		Doc: "Cipher suites of TLS 1.2, with colons; empty: all that are held to be secure"},
	{Name: "cluster-enabled", Group: groupCluster, Kind: Bool, Effect: Start, Default: "no",
		Doc: "Clients see one server (no), or a Redis Cluster whose nodes they learn and choose from (yes)"},
	{Name: "cluster-announce-ip", Group: groupCluster, Kind: Text, Effect: Start, Default: "",
		Doc: "Address or host name at which clients and nodes reach this node, where it is not the one it binds"},
	{Name: "cluster-announce-port", Group: groupCluster, Kind: Int, Effect: Start, Default: "0", Max: maxPort,
		Doc: "Client port as seen from outside; 0: port"},
	{Name: "cluster-announce-bus-port", Group: groupCluster, Kind: Int, Effect: Start, Default: "0", Max: maxPort,
		Doc: "Peer port as seen from outside; 0: peer-port"},
	{Name: "election-timeout", Group: groupCluster, Kind: Int, Effect: Start, Default: "1000", Min: 50, Max: 60_000, Unit: time.Millisecond,
		Doc: "Milliseconds without word from a leader after which another one is elected; heartbeats come ten times as often"},
	{Name: "request-timeout", Group: groupCluster, Kind: Int, Effect: Start, Default: "5000", Min: 100, Max: 600_000, Unit: time.Millisecond,
		Doc: "Milliseconds that a command waits for the cluster before it is answered with an error"},

	{Name: "notify-keyspace-events", Group: groupOperate, Kind: Text, Default: "", norm: keyspaceEvents,
		Doc: "Which events of keys this node publishes to its subscribers, in Redis's letters; empty: none"},
	{Name: "tracking-table-max-keys", Group: groupLimits, Kind: Int, Default: "1000000", Max: maxInt64,
		Doc: "Number of keys that are remembered for clients that cache what they read; 0: no limit"},
	{Name: "slowlog-log-slower-than", Group: groupOperate, Kind: Int, Default: "10000", Min: -1, Max: maxInt64, Unit: time.Microsecond,
		Doc: "Microseconds from which a command enters the slow log; -1: none does"},
	{Name: "slowlog-max-len", Group: groupOperate, Kind: Int, Default: "128", Max: maxInt64,
		Doc: "Number of commands in the slow log"},
	{Name: "latency-monitor-threshold", Group: groupOperate, Kind: Int, Default: "0", Max: maxInt64, Unit: time.Millisecond,
		Doc: "Milliseconds from which an event is recorded for LATENCY; 0: none is"},
	{Name: "enable-debug-command", Group: groupOperate, Kind: Enum, Effect: Start, Default: "no", Enum: []string{"no", "yes", "local"},
		Doc: "Clients that may use DEBUG: none, all, or those on this machine"},
	{Name: "enable-module-command", Group: groupOperate, Kind: Enum, Effect: Start, Default: "no", Enum: []string{"no", "yes", "local"},
		Doc: "Clients that may use MODULE, which has no modules to load: none, all, or those on this machine"},
	{Name: "enable-protected-configs", Group: groupOperate, Kind: Enum, Effect: Start, Default: "no", Enum: []string{"no", "yes", "local"},
		Doc: "Clients that may change the options that Redis protects: none, all, or those on this machine"},
	{Name: "metrics-port", Group: groupOperate, Kind: Int, Effect: Start, Default: "0", Max: maxPort,
		Doc: "HTTP port of /metrics, /healthz and /readyz; 0: off"},
	{Name: "metrics-pprof", Group: groupOperate, Kind: Bool, Effect: Start, Default: "no",
		Doc: "Serve Go's profiles under /debug/pprof on the metrics port"},
}
