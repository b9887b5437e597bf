package reply

import (
	"bytes"
	"fmt"
	"strings"
)

// The error texts a client can see. They are Redis 7.0's own, to the letter,
// wherever Redis has one; the few that only a replicated server needs stand in
// the last block. No other file of msredis spells an error reply.
const (
	ErrSyntax        = "ERR syntax error"
	ErrWrongType     = "WRONGTYPE Operation against a key holding the wrong kind of value"
	ErrNotInteger    = "ERR value is not an integer or out of range"
	ErrNotFloat      = "ERR value is not a valid float"
	ErrNoSuchKey     = "ERR no such key"
	ErrSameObject    = "ERR source and destination objects are the same"
	ErrOutOfRange    = "ERR value is out of range"
	ErrIndexRange    = "ERR index out of range"
	ErrOverflow      = "ERR increment or decrement would overflow"
	ErrNaNOrInf      = "ERR increment would produce NaN or Infinity"
	ErrStringTooLong = "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
	ErrOffsetRange   = "ERR offset is out of range"
	ErrDBIndex       = "ERR DB index is out of range"
	ErrOOM           = "OOM command not allowed when used memory > 'maxmemory'."
	ErrNoRoom        = "MISCONF Errors writing to the AOF file: No space left on device"
	ErrNoAuth        = "NOAUTH Authentication required."
	ErrWrongPass     = "WRONGPASS invalid username-password pair or user is disabled."
	ErrNoPass        = "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?"
	ErrNoProto       = "NOPROTO unsupported protocol version"
	ErrExecAbort     = "EXECABORT Transaction discarded because of previous errors."
	ErrNestedMulti   = "ERR MULTI calls can not be nested"
	ErrExecNoMulti   = "ERR EXEC without MULTI"
	ErrDiscNoMulti   = "ERR DISCARD without MULTI"
	ErrWatchInMulti  = "ERR WATCH inside MULTI is not allowed"
	ErrMaxClients    = "ERR max number of clients reached"
	ErrProtected     = "DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. In this mode connections are only accepted from the loopback interface. If you want to connect from external computers to Redis you may adopt one of the following solutions: 1) Just disable protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis from the same host the server is running, however MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable the protected mode by editing the Redis configuration file, and setting the protected mode option to 'no', and then restarting the server. 3) If you started the server manually just for testing, restart it with the '--protected-mode no' option. 4) Setup a an authentication password for the default user. NOTE: You only need to do one of the above things in order for the server to start accepting connections from the outside."
	ErrNotInMulti    = "ERR Command not allowed inside a transaction"
	ErrInvalidCursor = "ERR invalid cursor"
	ErrNoValues      = "ERR NOVALUES option can only be used in HSCAN"
	ErrInvalidExpire = "ERR invalid expire time in '%s' command" // %s: the command's full name
	ErrTimeoutNotInt = "ERR timeout is not an integer or out of range"
)

// Subscribers.
const (
	// %s: the command's full name.
	ErrSubscriber      = "ERR Can't execute '%s': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
	ErrMonitorInMulti  = "ERR MONITOR isn't allowed for DENY BLOCKING client"
	ErrMonitorKeyspace = "ERR Replica can't interact with the keyspace"
	ErrShardInMulti    = "ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client"
)

// CONFIG.
const (
	ErrConfigUnknown = "ERR Unknown option or number of arguments for CONFIG SET - '%s'"                         // %s: the option
	ErrTooManyFiles  = "The operating system is not able to handle the specified number of clients, try with %d" // %d: the most
	ErrConfigSet     = "ERR CONFIG SET failed (possibly related to argument '%s') - %s"                          // %s: the option, the reason
	ErrBind          = "Failed to bind to specified addresses."
	ErrUpdateTLS     = "Unable to update TLS configuration. Check server logs."
	ErrConfigNoFile  = "ERR The server is running without a config file"
	ErrConfigRewrite = "ERR Rewriting config file: %s" // %s: the reason
)

// Strings, bitmaps and keys.
const (
	ErrArity          = "ERR wrong number of arguments for '%s' command" // %s: the command's full name
	ErrIntRange       = "ERR value is out of range, value must between %d and %d"
	ErrDecrOverflow   = "ERR decrement would overflow"
	ErrLCSType        = "ERR The specified keys must contain string values"
	ErrLCSLenAndIdx   = "ERR If you want both the length and indexes, please just use IDX."
	ErrLCSMemory      = "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"
	ErrBitOffset      = "ERR bit offset is not an integer or out of range"
	ErrBitValue       = "ERR bit is not an integer or out of range"
	ErrBitArgument    = "ERR The bit argument must be 1 or 0."
	ErrBitopNot       = "ERR BITOP NOT must be called with a single source key."
	ErrBitopTwo       = "ERR BITOP %s must be called with at least two source keys." // %s: the operation
	ErrBitfieldType   = "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
	ErrBitfieldMode   = "ERR Invalid OVERFLOW type specified"
	ErrBitfieldRO     = "ERR BITFIELD_RO only supports the GET subcommand"
	ErrExpireOption   = "ERR Unsupported option %s" // %s: the option
	ErrExpireNegative = "ERR invalid expire time, must be >= 0"
	ErrExpireNX       = "ERR NX and XX, GT or LT options at the same time are not compatible"
	ErrExpireGTLT     = "ERR GT and LT options at the same time are not compatible"
	ErrFirstDB        = "ERR invalid first DB index"
	ErrSecondDB       = "ERR invalid second DB index"
	ErrLFU            = "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust."
	ErrNotLFU         = "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust."
	ErrInvalidSlot    = "ERR Invalid slot"
	ErrInvalidSlotKey = "ERR Invalid slot or number of keys"
)

// Lists and hashes.
const (
	ErrRankZero        = "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list"
	ErrCountNegative   = "ERR COUNT can't be negative"
	ErrMaxlenNegative  = "ERR MAXLEN can't be negative"
	ErrFieldsMissing   = "ERR Mandatory argument FIELDS is missing or not at the right position"
	ErrNumFields       = "ERR Parameter `numFields` should be greater than 0"
	ErrNumFieldsRange  = "ERR Number of fields must be a positive integer"
	ErrNumFieldsArgs   = "ERR The `numfields` parameter must match the number of arguments"
	ErrNoFields        = "ERR missing FIELDS argument"
	ErrManyFields      = "ERR FIELDS keyword specified multiple times"
	ErrFieldsNumber    = "ERR invalid number of fields"
	ErrFewArguments    = "ERR wrong number of arguments"
	ErrUnknownArgument = "ERR unknown argument: %s" // %s: the argument
	ErrNotThisArgument = "ERR unknown argument"
	ErrNoTime          = "ERR missing expire time"
	ErrManyConditions  = "ERR Only one of FXX or FNX arguments can be specified"
	ErrManyTimes       = "ERR Only one of EX, PX, EXAT, PXAT or %s arguments can be specified" // %s: KEEPTTL or PERSIST
	ErrNumKeys         = "ERR numkeys should be greater than 0"
	ErrNumKeysValue    = "ERR invalid numkeys value"
	ErrNumPairs        = "ERR wrong number of key-value pairs"
	ErrDigest          = "ERR must be exactly 16 hexadecimal characters"
	ErrDelexType       = "ERR Key should be of string type if conditions are specified"
	ErrDelexCondition  = "ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE"
	ErrCountZero       = "ERR count should be greater than 0"
	ErrHashNotInt      = "ERR hash value is not an integer"
	ErrHashNotFloat    = "ERR hash value is not a float"
	ErrValueNaNOrInf   = "ERR value is NaN or Infinity"
)

// Streams.
const (
	ErrStreamID        = "ERR Invalid stream ID specified as stream command argument"
	ErrStreamStart     = "ERR invalid start ID for the interval"
	ErrStreamEnd       = "ERR invalid end ID for the interval"
	ErrStreamIDZero    = "ERR The ID specified in XADD must be greater than 0-0"
	ErrStreamIDSmall   = "ERR The ID specified in XADD is equal or smaller than the target stream top item"
	ErrStreamExhausted = "ERR The stream has exhausted the last possible ID, unable to add more items"
	ErrTrimBoth        = "ERR syntax error, MAXLEN and MINID options at the same time are not compatible"
	ErrTrimMaxlen      = "ERR The MAXLEN argument must be >= 0."
	ErrTrimLimit       = "ERR The LIMIT argument must be >= 0."
	ErrTrimLimitAlone  = "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy"
	ErrTrimLimitExact  = "ERR syntax error, LIMIT cannot be used without the special ~ option"
	ErrNumIDs          = "ERR Number of IDs must be a positive integer"
	ErrNumIDsArgs      = "ERR The `numids` parameter must match the number of arguments"
	ErrNoIDs           = "ERR IDS option is required"
	ErrImportMode      = "ERR Server is not in import mode"
	ErrTrimNone        = "ERR syntax error, XTRIM must be called with a trimming strategy"
	ErrSetIDAdded      = "ERR entries_added must be positive"
	ErrSetIDDeleted    = "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"
	ErrSetIDBelow      = "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id"
	ErrSetIDSmall      = "ERR The ID specified in XSETID is smaller than the target stream top item"
	ErrSetIDLength     = "ERR The entries_added specified in XSETID is smaller than the target stream length"
	ErrReadUnbalanced  = "ERR Unbalanced '%s' list of streams: for each stream key an ID or '%s' must be specified." // %s: the command, and what stands for the last ID
	ErrReadGroup       = "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead."
	ErrReadNoAck       = "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead."
	ErrReadNoGroup     = "ERR Missing GROUP option for XREADGROUP"
	ErrReadDollar      = "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set."
	ErrReadPlus        = "ERR The + ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The + ID would just return an empty result set."
	ErrReadNew         = "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option."
	ErrGroupNoKey      = "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically."
	ErrGroupExists     = "BUSYGROUP Consumer Group name already exists"
	ErrGroupRead       = "ERR value for ENTRIESREAD must be positive or -1"
	ErrClaimMinIdle    = "ERR Invalid min-idle-time argument for %s" // %s: XCLAIM or XAUTOCLAIM
	ErrClaimCount      = "ERR COUNT must be > 0"
	ErrClaimOption     = "ERR Invalid %s option argument for XCLAIM" // %s: the option
)

// NoGroup is the error for a consumer group that does not exist, or whose stream
// does not.
func NoGroup(key, group []byte) string {
	return fmt.Sprintf("NOGROUP No such key '%s' or consumer group '%s'", quoted(key, len(key)), quoted(group, len(group)))
}

// NoGroupToRead is NoGroup for XREADGROUP.
func NoGroupToRead(key, group []byte) string {
	return NoGroup(key, group) + " in XREADGROUP with GROUP option"
}

// NoGroupOf is the error for a consumer group that a stream does not have.
func NoGroupOf(group, key []byte) string {
	return fmt.Sprintf("NOGROUP No such consumer group '%s' for key name '%s'", quoted(group, len(group)), quoted(key, len(key)))
}

// ClaimOption is the error for an argument that XCLAIM does not know.
func ClaimOption(option []byte) string {
	return fmt.Sprintf("ERR Unrecognized XCLAIM option '%s'", quoted(option, len(option)))
}

// Sets and sorted sets.
const (
	ErrNumKeysArgs   = "ERR Number of keys can't be greater than number of args"
	ErrNumKeysNeeded = "ERR at least 1 input key is needed for '%s' command" // %s: the command's full name
	ErrLimitNegative = "ERR LIMIT can't be negative"
	ErrXXAndNX       = "ERR XX and NX options at the same time are not compatible"
	ErrGTLTAndNX     = "ERR GT, LT, and/or NX options at the same time are not compatible"
	ErrIncrPairs     = "ERR INCR option supports a single increment-element pair"
	ErrScoreNaN      = "ERR resulting score is not a number (NaN)"
	ErrScoreRange    = "ERR min or max is not a float"
	ErrLexRange      = "ERR min or max not valid string range item"
	ErrLimitRank     = "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"
	ErrScoresLex     = "ERR syntax error, WITHSCORES not supported in combination with BYLEX"
	ErrWeight        = "ERR weight value is not a float"
)

// HyperLogLogs, geo and SORT.
const (
	ErrNotHLL         = "WRONGTYPE Key is not a valid HyperLogLog string value."
	ErrCorruptHLL     = "INVALIDOBJ Corrupted HLL object detected"
	ErrNotSparseHLL   = "ERR HLL encoding is not sparse"
	ErrNoSpecifiedKey = "ERR The specified key does not exist"
	ErrPFDebug        = "ERR Unknown PFDEBUG subcommand '%s'"       // %s: the subcommand
	ErrLonLat         = "ERR invalid longitude,latitude pair %s,%s" // %s: the two
	ErrGeoUnit        = "ERR unsupported unit provided. please use M, KM, FT, MI"
	ErrGeoRadius      = "ERR need numeric radius"
	ErrGeoRadiusSign  = "ERR radius cannot be negative"
	ErrGeoWidth       = "ERR need numeric width"
	ErrGeoHeight      = "ERR need numeric height"
	ErrGeoBoxSign     = "ERR height or width cannot be negative"
	ErrGeoMember      = "ERR could not decode requested zset member"
	ErrGeoCount       = "ERR COUNT must be > 0"
	ErrGeoStore       = "ERR %s is not compatible with WITHDIST, WITHHASH and WITHCOORD options" // %s: command or option
	ErrGeoFrom        = "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for %s"    // %s: the command as the client spelled it
	ErrGeoBy          = "ERR exactly one of BYRADIUS and BYBOX can be specified for %s"          // %s: likewise
	ErrGeoAny         = "ERR the ANY argument requires COUNT argument"
	ErrSortScore      = "ERR One or more scores can't be converted into double"
)

// DUMP and RESTORE.
const (
	ErrBusyKey    = "BUSYKEY Target key name already exists."
	ErrRestoreTTL = "ERR Invalid TTL value, must be >= 0"
	ErrIdletime   = "ERR Invalid IDLETIME value, must be >= 0"
	ErrFreq       = "ERR Invalid FREQ value, must be >= 0 and <= 255"
	ErrDumpFooter = "ERR DUMP payload version or checksum are wrong"
	ErrDumpFormat = "ERR Bad data format"
	ErrNoDump     = "ERR values of this type cannot be serialized"
)

// Errors that Redis has no word for, because it has no majority to wait for.
// A code says whether the command may have run: CLUSTERDOWN and TRYAGAIN are
// definite (it did not and will not), UNKNOWN is not.
const (
	ErrCrossSlot    = "CROSSSLOT Keys in request don't hash to the same slot"
	ErrNoQuorum     = "CLUSTERDOWN The cluster is down: no majority of the nodes can be reached"
	ErrUnknown      = "UNKNOWN The command was sent to the cluster but its outcome was not learned in time; it may or may not have been executed"
	ErrShuttingDown = "CLUSTERDOWN This node is shutting down"
	// ErrNotUnderstood is definite, too: the leader did not let it into the log.
	ErrNotUnderstood = "ERR the leader is of another version of msredis, which cannot execute this; nothing was executed"
	ErrTooLarge      = "ERR command exceeds the size of a log entry, %d MB"                    // %d: the most
	ErrTxTooLarge    = "ERR transaction exceeds the size of a log entry, %d MB or %d commands" // %d: the most
	ErrNoHandler     = "ERR this command cannot be executed here"
	ErrNoSuchLease   = "ERR no such lease"
	ErrLeaseExists   = "ERR lease already exists"
	ErrLeaseTTL      = "ERR invalid lease TTL"
	ErrLeaseID       = "ERR invalid lease id"
)

// COMMAND.
const (
	ErrGetKeysUnknown = "ERR Invalid command specified"
	ErrGetKeysNone    = "ERR The command has no key arguments"
	ErrGetKeysArity   = "ERR Invalid number of arguments specified for command"
	ErrGetKeysArgs    = "ERR Invalid arguments specified for command"
)

// maxQuoted is how many bytes of a client's words an error text repeats.
const maxQuoted = 128

// UnknownCommand is the error for a command that does not exist; args has at
// least its name.
func UnknownCommand(args [][]byte) string {
	var rest strings.Builder
	for _, arg := range args[1:] {
		if rest.Len() >= maxQuoted {
			break
		}
		fmt.Fprintf(&rest, "'%s' ", quoted(arg, maxQuoted-rest.Len()))
	}
	return fmt.Sprintf("ERR unknown command '%s', with args beginning with: %s", quoted(args[0], maxQuoted), rest.String())
}

// UnknownSubcommand is the error for a container that has no such subcommand.
func UnknownSubcommand(container string, sub []byte) string {
	return fmt.Sprintf("ERR unknown subcommand '%s'. Try %s HELP.", quoted(sub, maxQuoted), strings.ToUpper(container))
}

// WrongArity is the error for a wrong number of arguments. name is the full
// name of the command ("client|list").
func WrongArity(name string) string { return fmt.Sprintf(ErrArity, name) }

// quoted cuts b as C's "%.*s" does: after n bytes or before a zero byte.
func quoted(b []byte, n int) []byte {
	if zero := bytes.IndexByte(b, 0); zero >= 0 {
		b = b[:zero]
	}
	return b[:min(n, len(b))]
}

// Sessions, operation and the cluster.
const (
	ErrExecAbortFor     = "EXECABORT Transaction discarded because of: %s" // %s: the error, without ERR
	ErrDebugNotAllowed  = "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server."
	ErrHelloProto       = "ERR Protocol version is not an integer or out of range"
	ErrHelloAuth        = "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time"
	ErrClientName       = "ERR Client names cannot contain spaces, newlines or special characters."
	ErrClientAttribute  = "ERR %s cannot contain spaces, newlines or special characters." // %s: LIB-NAME or LIB-VER as the client spelled it
	ErrClientInfoOption = "ERR Unrecognized option '%s'"
	ErrClientType       = "ERR Unknown client type '%s'"
	ErrClientID         = "ERR Invalid client ID"
	ErrClientIDRange    = "ERR client-id should be greater than 0"
	ErrMaxAge           = "ERR maxage is not an integer or out of range"
	ErrMaxAgeRange      = "ERR maxage should be greater than 0"
	ErrCommandLogType   = "ERR type should be one of the following: slow, large-request, large-reply"
	ErrIdle             = "ERR idle is not an integer or out of range"
	ErrIdleRange        = "ERR idle should be greater than 0"
	ErrClientDB         = "ERR DB is not an integer or out of range"
	ErrClientDBRange    = "ERR DB number should be between 0 and %d"
	ErrClientFlags      = "ERR Unknown flags found in the provided filter: %s"
	ErrNoSuchClient     = "ERR No such client"
	ErrNoSuchUser       = "ERR No such user '%s'"
	ErrPauseMode        = "ERR CLIENT PAUSE mode must be WRITE or ALL"
	ErrTimeoutRange     = "ERR timeout is out of range"
	ErrTimeoutNegative  = "ERR timeout is negative"
	ErrTimeoutNotFloat  = "ERR timeout is not a float or out of range"
	ErrUnblocked        = "UNBLOCKED client unblocked via CLIENT UNBLOCK"
	ErrUnblockReason    = "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"
	ErrCaching          = "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled"
	ErrCachingYes       = "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."
	ErrCachingNo        = "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode."

	ErrTrackingRedirects = "ERR A client can only redirect to a single other client"
	ErrTrackingNoClient  = "ERR The client ID you want redirect to does not exist"
	ErrTrackingPrefix    = "ERR PREFIX option requires BCAST mode to be enabled"
	ErrTrackingBcast     = "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode."
	ErrTrackingBcastOpt  = "ERR OPTIN and OPTOUT are not compatible with BCAST"
	ErrTrackingOpts      = "ERR You can't specify both OPTIN mode and OPTOUT mode"
	ErrTrackingOptSwitch = "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode."
	// %s: the prefix, "an existing" or "another provided", the other prefix.
	ErrTrackingOverlap  = "ERR Prefix '%s' overlaps with %s prefix '%s'. Prefixes for a single client must not overlap."
	ErrSlowlogCount     = "ERR count should be greater than or equal to -1"
	ErrNoSamples        = "ERR No samples available for event '%s'"
	ErrACLCategory      = "ERR Unknown category '%s'"
	ErrNotPositive      = "ERR value is out of range, must be positive"
	ErrSaveRunning      = "ERR Background save already in progress"
	ErrNoShutdown       = "ERR No shutdown in progress."
	ErrShutdown         = "ERR Errors trying to SHUTDOWN. Check logs."
	ErrUnknownNode      = "ERR Unknown node %s"
	ErrNotMaster        = "ERR The specified node is not a master"
	ErrForgetSelf       = "ERR I tried hard but I can't forget myself..."
	ErrFailoverMaster   = "ERR You should send CLUSTER FAILOVER to a replica"
	ErrMeetBasePort     = "ERR Invalid base port specified: %s"
	ErrMeetBusPort      = "ERR Invalid bus port specified: %s"
	ErrMeetAddress      = "ERR Invalid node address specified: %s:%s"
	ErrModuleNotAllowed = "ERR MODULE command not allowed. If the enable-module-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server."
	ErrModuleLoad       = "ERR Error loading the extension. Please check the server logs."
	ErrModuleUnload     = "ERR Error unloading module: no such module with that name"
	ErrMigrateKeys      = "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string"
	ErrMigrateConnect   = "IOERR error or timeout connecting to the client"
	ErrMigrateWrite     = "IOERR error or timeout writing to target instance"
	ErrMigrateRead      = "IOERR error or timeout reading to target instance"
	ErrMigrateTarget    = "ERR Target instance replied with error: %s"
	ErrMigrateChanged   = "TRYAGAIN The key changed each time it was sent: it is still here, and the copy at the target is older; send MIGRATE again with REPLACE"
	ErrProtocolName     = "ERR Wrong protocol type name. Please use one of the following: string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false"
	ErrResp2            = "ERR RESP2 is not supported by this command"
	ErrNotListpack      = "ERR Not a listpack encoded object."
	ErrNotQuicklist     = "ERR Not a quicklist encoded object."
	ErrPackedThreshold  = "ERR argument must be a memory value bigger than 1 and smaller than 4gb"
	ErrClusterDisabled  = "ERR This instance has cluster support disabled"
	ErrClusterReset     = "ERR CLUSTER RESET is not supported: remove the node with CLUSTER FORGET on another one and start it with an empty directory"
	ErrNoReplicaOf      = "ERR REPLICAOF is not supported: nodes join a cluster with --join or --initial-cluster"
	ErrNoSync           = "ERR this server does not replicate to Redis"
	ErrNoFailover       = "ERR FAILOVER is not supported: use CLUSTER FAILOVER"
	ErrOther            = "ERR %s" // %s: why something that an operator asked for did not work
)

// BrokenOff is the error for a command that a bug has broken off, and for the keys that it
// was changing. It is the same on all nodes.
func BrokenOff(command string, deleted int) string {
	text := fmt.Sprintf("ERR internal error: '%s' was broken off, see the log of the server", command)
	if deleted > 0 {
		text += fmt.Sprintf("; the keys that it was changing are deleted: %d", deleted)
	}
	return text
}

// HelloOption is the error for an argument that HELLO does not know.
func HelloOption(option []byte) string {
	return fmt.Sprintf("ERR Syntax error in HELLO option '%s'", quoted(option, len(option)))
}

// SubcommandSyntax is the error of a container that tells neither a wrong
// subcommand nor a wrong number of its arguments apart.
func SubcommandSyntax(container string, sub []byte) string {
	return fmt.Sprintf("ERR unknown subcommand or wrong number of arguments for '%s'. Try %s HELP.",
		quoted(sub, maxQuoted), strings.ToUpper(container))
}

// Scripts and functions.
const (
	ErrNoScript            = "NOSCRIPT No matching script. Please use EVAL."
	ErrBusyScript          = "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."
	ErrBusyFunction        = "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE."
	ErrScriptWrote         = "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command."
	ErrScriptLogged        = "UNKILLABLE Sorry the script is in the log and all nodes run it. It ends when it has used up script-budget."
	ErrNotBusy             = "NOTBUSY No scripts in execution right now."
	ErrScriptNonLocal      = "ERR Script attempted to access a non local key in a cluster node"
	ErrScriptNumKeys       = "ERR Number of keys can't be negative"
	ErrScriptShebang       = "ERR Invalid script shebang"
	ErrScriptEngine        = "ERR Invalid engine in script shebang"
	ErrScriptEngineIs      = "ERR Unexpected engine in script shebang: %s"   // %s: the word
	ErrScriptOption        = "ERR Unknown lua shebang option: %s"            // %s: the option
	ErrScriptFlag          = "ERR Unexpected flag in script shebang: %s"     // %s: the flag
	ErrScriptCompile       = "ERR Error compiling script (new function): %s" // %s: Lua's error
	ErrScriptReadOnly      = "ERR Can not execute a script with write flag using *_ro command."
	ErrScriptOOM           = "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'"
	ErrScriptFlush         = "ERR SCRIPT FLUSH only support SYNC|ASYNC option"
	ErrScriptDebug         = "ERR SCRIPT DEBUG is not supported: a script runs on all nodes at once"
	ErrScriptBudget        = "ERR script exceeded its budget of %d instructions" // %d: the budget
	ErrScriptMemory        = "ERR script exceeded its memory"
	ErrScriptKilled        = "ERR Error running script (call to %s): Script killed by user with SCRIPT KILL..." // %s: the script
	ErrScriptArgs          = "ERR Please specify at least one argument for this redis lib call"
	ErrScriptArgTypes      = "ERR Lua redis lib command arguments must be strings or integers"
	ErrScriptCommand       = "ERR Unknown Redis command called from script"
	ErrScriptArity         = "ERR Wrong number of args calling Redis command from script"
	ErrScriptNotHere       = "ERR This Redis command is not allowed from script"
	ErrScriptWrites        = "ERR Write commands are not allowed from read-only scripts."
	ErrScriptStack         = "ERR reached lua stack limit"
	ErrScriptSha1          = "ERR wrong number of arguments"
	ErrScriptReplyArgs     = "ERR wrong number or type of arguments"
	ErrScriptLogArgs       = "ERR redis.log() requires two arguments or more."
	ErrScriptLogLevelType  = "ERR First argument must be a number (log level)."
	ErrScriptLogLevel      = "ERR Invalid log level."
	ErrScriptRespArgs      = "ERR redis.setresp() requires one argument."
	ErrScriptResp          = "ERR RESP version must be 2 or 3."
	ErrScriptReplArgs      = "ERR redis.set_repl() requires one argument."
	ErrScriptRepl          = "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE."
	ErrScriptACL           = "ERR Invalid command passed to redis.acl_check_cmd()"
	ErrScriptNoText        = "ERR unknown error"
	ErrScriptError         = "ERR %s" // %s: what the script has raised
	ErrScriptFault         = "ERR fault of the script machine: %s"
	ErrLibraryMetadata     = "ERR Missing library metadata"
	ErrLibraryBadMetadata  = "ERR Invalid library metadata"
	ErrLibraryValue        = "ERR Invalid metadata value given: %s"
	ErrLibraryTwoNames     = "ERR Invalid metadata value, name argument was given multiple times"
	ErrLibraryNoName       = "ERR Library name was not given"
	ErrLibraryName         = "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long"
	ErrLibraryEngine       = "ERR Engine '%s' not found"
	ErrLibraryExists       = "ERR Library '%s' already exists"
	ErrLibraryRestored     = "ERR Library %s already exists" // %s: the library, in FUNCTION RESTORE
	ErrLibraryCompile      = "ERR Error compiling function: %s"
	ErrLibraryRegister     = "ERR Error registering functions: %s"
	ErrLibraryEmpty        = "ERR No functions registered"
	ErrLibraryTimeout      = "FUNCTION LOAD timeout"
	ErrLibraryNotFound     = "ERR Library not found"
	ErrFunctionTaken       = "ERR Function %s already exists"
	ErrFunctionTwice       = "ERR Function already exists in the library"
	ErrFunctionNotFound    = "ERR Function not found"
	ErrFunctionKeys        = "ERR Bad number of keys provided"
	ErrFunctionOption      = "ERR Unknown option given: %s"
	ErrFunctionFlush       = "ERR FUNCTION FLUSH only supports SYNC|ASYNC option"
	ErrFunctionPattern     = "ERR library name argument was not given"
	ErrFunctionArgument    = "ERR Unknown argument %s"
	ErrFunctionPolicy      = "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE."
	ErrFunctionType        = "ERR given type is not a function"
	ErrRegisterOutside     = "ERR redis.register_function can only be called on FUNCTION LOAD command"
	ErrRegisterArgs        = "ERR wrong number of arguments to redis.register_function"
	ErrRegisterSingle      = "ERR calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments)."
	ErrRegisterFirst       = "ERR first argument to redis.register_function must be a string"
	ErrRegisterSecond      = "ERR second argument to redis.register_function must be a function"
	ErrRegisterKey         = "ERR named argument key given to redis.register_function is not a string"
	ErrRegisterName        = "ERR function_name argument given to redis.register_function must be a string"
	ErrRegisterDescription = "ERR description argument given to redis.register_function must be a string"
	ErrRegisterCallback    = "ERR callback argument given to redis.register_function must be a function"
	ErrRegisterFlags       = "ERR flags argument to redis.register_function must be a table representing function flags"
	ErrRegisterFlag        = "ERR unknown flag given"
	ErrRegisterUnknown     = "ERR unknown argument given to redis.register_function"
	ErrRegisterNoName      = "ERR redis.register_function must get a function name argument"
	ErrRegisterNoCallback  = "ERR redis.register_function must get a callback argument"
	ErrScriptReplySize     = "ERR the script's reply is too large"
)
