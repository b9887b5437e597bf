// Package command is the vocabulary that all parts of msredis share. It has the name of
// each command, its usage, the keys it touches and its effects on them. One command is
// one row; arity, key positions, ACL categories, COMMAND and docs/COMMANDS.md follow
// from the row.
//
// The package knows neither sessions nor data. Rows are declared where their handlers
// live (store/<family>/commands.go, resp/front/commands.go). They are put together into
// one Table when the process starts.
package command

// Flags say what a command is, in Redis's own words (COMMAND INFO shows them).
type Flags uint64

// Redis's command flags, and behind them msredis's own.
const (
	Write           Flags = 1 << iota // may change the data: goes through the log
	ReadOnly                          // reads data, changes none
	DenyOOM                           // may grow memory: refused above maxmemory
	Admin                             // for operators
	PubSub                            // publish / subscribe
	NoScript                          // not from a script
	Blocking                          // may block the client
	Loading                           // allowed while the data is loaded
	Stale                             // allowed without a majority
	SkipMonitor                       // not shown by MONITOR
	SkipSlowlog                       // not in the slow log
	Asking                            // allowed on a slot that is being imported
	Fast                              // O(1) or O(log n)
	NoAuth                            // allowed before AUTH
	MayReplicate                      // may produce a write
	NoMulti                           // not inside MULTI
	MovableKeys                       // key positions depend on the arguments
	AllowBusy                         // allowed while a script runs
	NoAsyncLoading                    // not during asynchronous loading
	NoMandatoryKeys                   // may have no key at all
	ProtectedMode                     //

	// WholeKeyspace: the command concerns every key (FLUSHALL, SWAPDB, KEYS,
	// RANDOMKEY …). As a write it is applied while all shards are held.
	WholeKeyspace
	// Slow: a read whose cost grows with the data (KEYS, DEBUG DIGEST): it is
	// never run by the applier in the middle of a pipeline.
	Slow
	// Local: answered by the session itself, without the backend. The reply does not
	// depend on the data, so it may stand in a unit as a literal.
	Local
	// Conditional: a write that often finds nothing to change (SADD of a member, SETNX
	// of a key that is there, LPOP of an empty list). Where a read need ask nobody it
	// is tried as one first, and is no business of the log if it changes nothing. Its
	// handler may do so at any moment: it changes the data through the context alone.
	Conditional
	// Logged: goes through the log as a write does, though it is none to Redis: a
	// message that is published in a transaction.
	Logged
	// Internal: only nodes make such calls; to a client the command is unknown.
	Internal
	// Script: runs a script, which may use any key and write, unless the call is
	// known to do neither (Call.Reads).
	Script
	// Hidden: ours alone (LEASE …) or internal; not part of Redis's COMMAND.
	Hidden

	// Immediate: runs at once in MULTI, which queues every other command.
	Immediate
	// WhileSubscribed: a RESP2 client that has subscriptions may send it.
	WhileSubscribed
	// Publishes: sends a message. Standing alone, the command is no business of the
	// log; in a transaction or behind writes it is a part of their entry.
	Publishes
	// Selects: the argument is the database of what stands behind the command.
	Selects
	// Topology: shows a Redis Cluster, or is for its clients: refused where
	// cluster-enabled is off.
	Topology
	// Guarded: allowed as enable-debug-command says. A container's subcommands are
	// guarded with it.
	Guarded
	// Undivided: a container that is one command to Redis. So a wrong number of
	// arguments and an unknown subcommand are the same error.
	Undivided
	// Unnoticed: looks at keys from outside. So a missing key is no keyspace event.
	Unnoticed
	// KeepsCaching: does not use up what CLIENT CACHING says of the next command.
	KeepsCaching
)

// inherited are the flags that a container's subcommands have with it.
const inherited = Guarded | Undivided | Unnoticed | KeepsCaching

// Has reports whether all of f are set.
func (s Flags) Has(f Flags) bool { return s&f == f }

// Group is a command group of Redis's documentation (COMMAND DOCS, "group").
type Group string

// The groups.
const (
	GroupConnection   Group = "connection"
	GroupGeneric      Group = "generic"
	GroupString       Group = "string"
	GroupBitmap       Group = "bitmap"
	GroupHash         Group = "hash"
	GroupList         Group = "list"
	GroupSet          Group = "set"
	GroupSortedSet    Group = "sorted-set"
	GroupStream       Group = "stream"
	GroupHyperLogLog  Group = "hyperloglog"
	GroupGeo          Group = "geo"
	GroupPubSub       Group = "pubsub"
	GroupScripting    Group = "scripting"
	GroupTransactions Group = "transactions"
	GroupServer       Group = "server"
	GroupCluster      Group = "cluster"
	GroupLease        Group = "lease"
)

// KeyFlags say what a command does with the keys of one KeySpec; the names are
// Redis's (COMMAND INFO, "key specifications").
type KeyFlags uint16

// Key flags.
const (
	KeyRO KeyFlags = 1 << iota
	KeyRW
	KeyOW
	KeyRM
	KeyAccess
	KeyUpdate
	KeyInsert
	KeyDelete
	KeyNotKey
	KeyIncomplete
	KeyVariable
)

// KeySpec tells where keys stand in the arguments. Positions count from 0, the
// command's name (for a subcommand: the container's name, so that the first
// argument behind "OBJECT ENCODING" is at 2).
//
// Three forms, as in Redis:
//   - a range: from First to Last on every Step. Last 0 means First, a negative
//     Last counts from the end; Step 0 means 1.
//   - a count argument (NumKeys > 0: its position): so many keys from
//     NumKeys+1 on every Step.
//   - a keyword (Keyword != ""): the keys follow it, to Last counted from the
//     first of them. It is searched from position From on; a negative From
//     counts from the end and searches backwards.
//
// Redis has a fourth, Unknown, for what none of them can tell: it only shows in
// COMMAND INFO, and the row's ByOptions reads the arguments. The same goes for the
// keyword of an option that may be missing (Option).
type KeySpec struct {
	Flags KeyFlags
	Notes string // for COMMAND INFO

	First, Last, Step int
	NumKeys           int
	Keyword           string
	From              int
	Unknown           bool
	Option            bool
	// Limit is for a range with Last -1. The keys are the first Limit-th part of the
	// arguments that follow (2 for "STREAMS key … id …"). 0: all of them.
	Limit int
}

// Options are what the arguments of a call make of its footprint, where no key spec
// can tell. The functions that return them read arguments as the handlers do: what a
// handler accepts they find, and what it refuses does not matter.
type Options struct {
	// Flags are those of the key whose spec is flagged KeyVariable.
	Flags KeyFlags
	// Stores are the positions of keys that options name and that are written. 0:
	// there is none.
	Stores [maxStores]int
	// First and Last are the positions of the keys, if First is not 0, in the place
	// of those that the first key spec tells.
	First, Last int
	// Fault: the keys cannot be told, and the handler will answer an error.
	Fault bool
	// AnyKey: the call may use keys that are not in its arguments.
	AnyKey bool
	// AllKeys is set if keys are used whose names are in the data: it says how. The user
	// needs the right to do so with every key. AllKeysError is the error for others.
	AllKeys      KeyFlags
	AllKeysError string
	// Always: a call of a command flagged Conditional changes something, whatever
	// there is.
	Always bool
	// Tables are those that the call needs beside those of the row.
	Tables Tables
}

// Channels are the arguments of a command that are channels, or patterns of channels.
// First 0: there is none.
type Channels struct {
	First    int
	Last     bool // up to the last argument; else there is one
	Patterns bool
}

// Until returns the position of the last channel among n arguments.
func (c *Channels) Until(n int) int {
	if c.Last {
		return n - 1
	}
	return c.First
}

// NoKeys is for a row whose usage line names something "key" that is none to
// the cluster (CLUSTER KEYSLOT).
var NoKeys = []KeySpec{}

// Spec is one row of the command table.
//
// Most rows are Name, Usage, Summary, Since, Group, Complexity and Flags; the
// other fields are for what these do not tell.
type Spec struct {
	Name       string // lower case; of a subcommand its own name only ("list")
	Container  string // for a subcommand: the container's name
	Usage      string // "SET key value [NX | XX] [GET] …", as the documentation writes it
	Summary    string
	Since      string // Redis version; for msredis's own commands msredis's
	Group      Group
	Complexity string
	Flags      Flags
	// ACL lists categories beyond those that flags and group imply; one with a
	// '-' in front ("-@keyspace") takes an implied one away.
	ACL  []string
	Tips []string

	// KeyFlags are those of the keys that the usage line names. 0: RO|Access for
	// a command that reads, RW|Update for one that writes.
	KeyFlags KeyFlags
	// Keys replaces what the usage line tells of keys.
	Keys []KeySpec
	// ByOptions, if set, tells what the options of a call make of its footprint.
	ByOptions func(args [][]byte) Options
	// Tables are those that the command needs beside keys.
	Tables Tables
	// Gather is how several groups answer a command that is for all of them.
	Gather Gather
	// LeaseArg is the position of the id of a lease that gets another end, or loses its
	// keys: the shards of these are locked. 0: there is none.
	LeaseArg int
	// FixedArity replaces what the usage line tells of the arity; 0: it tells.
	FixedArity int

	// Channels tells which arguments are channels that a user needs a right to.
	Channels Channels

	// InScript answers the command where a script calls it, if it is one of a
	// session that scripts may use: it needs no data.
	InScript func(c *ScriptedCall)
	// Secrets tells which arguments of a call are secrets: neither the slow log nor
	// MONITOR shows them. nil: none is.
	Secrets func(args [][]byte) (secret func(i int) bool)
	// Wait is how the command waits for keys; nil: it never does.
	Wait *Wait

	Deprecated string // version since which the command is deprecated
	ReplacedBy string // by what, in Markdown
}
