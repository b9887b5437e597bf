package front

import (
	"time"

	"github.com/msredis/msredis/resp/command"
)

// Backend is what the sessions need of the rest of the node. package cluster provides
// it; the tests of this package bring their own.
//
// All methods may be called from many goroutines. None blocks for ever: what waits for
// the cluster is bounded by request-timeout.
//
// The methods for operators (Failover to Meet, Save, Reload, Digest) may fail with any
// error. Its text is shown to the client, behind ERR.
type Backend interface {
	// Write runs a unit that has at least one write. It returns when the unit
	// was applied on this node, with every reply in u.W, or with a
	// *command.Failure.
	Write(u *command.Unit) error
	// Read runs a unit without writes, linearizably, or from the node's
	// applied state if u.Stale. On a *command.Failure nothing was run. If the
	// portion of u.W was full before the end, only the first u.Done calls were.
	Read(u *command.Unit) error
	// StartWrite and StartRead are Write and Read without the waiting. If the outcome
	// is known at once, it is returned and done is true. Else c is told, by any
	// goroutine and possibly before they return. A unit that was started waits for
	// Work.
	StartWrite(u *command.Unit, c command.Completer) (done bool, err error)
	StartRead(u *command.Unit, c command.Completer) (done bool, err error)
	// Work does what was started as far as it can be done now; see
	// resp.Handler.
	Work() (more bool)
	// Versions returns the versions of keys for WATCH, read linearizably; see
	// command.IsAbsent.
	Versions(db int, keys [][]byte) ([]uint64, error)
	// Long guesses whether a call is a read that would take long with the present
	// values, in the order of a millisecond or more. It never waits, and is asked for
	// every read that is not flagged Fast.
	Long(c *command.Call) bool
	// Large guesses the bytes of the reply to a read, 0 if it is small. It never waits,
	// and costs little where all values are small.
	Large(c *command.Call) int
	// Reads reports whether a call of a script is known to write nothing. It never
	// waits.
	Reads(c *command.Call) bool
	// Harmless is Reads for a script that need not be known yet: it says of itself that it
	// writes nothing. So it may have to go through the log all the same.
	Harmless(c *command.Call) bool
	// KillScript ends the scripts, or the functions, that read on this node. It
	// returns the error for the client if there is none.
	KillScript(function bool) (errText string)
	// OverMemory reports whether commands flagged DenyOOM are refused now.
	// It is asked for every such command: an atomic load, no more.
	OverMemory() bool
	// Room returns how many bytes commands flagged DenyOOM may add now; the disk of
	// the node has no room for more. It is asked like OverMemory.
	Room() int64

	// Alone reports whether no other node can change anything: what this one has applied
	// is all there is.
	Alone() bool
	// View returns what is known of the cluster now. The caller may keep it;
	// it does not change.
	View() *View
	// Info gathers the figures for INFO. It may take milliseconds.
	Info() *Info

	// Failover hands leadership to the named member, or to the most advanced
	// one if name is empty, and returns when another member leads.
	Failover(name string) error
	// Forget removes a member for good.
	Forget(name string) error
	// Meet adds the node whose peer address is given; see CLUSTER MEET.
	Meet(addr string) error

	// Save writes a snapshot and returns when it is safe on disk.
	Save() error
	// LastSave is when the last snapshot was finished, Unix seconds.
	LastSave() int64
	// Reload writes a snapshot, drops the state in memory and loads it again.
	Reload() error
	// Digest returns the digest of the state as 40 hexadecimal digits and the
	// log index it stands for, after a linearizable read.
	Digest() (digest string, index uint64, err error)
	// Replicas returns how many other members hold all that was applied here
	// when it was called, waiting at most timeout for n of them.
	Replicas(n int, timeout time.Duration) int
	// SetActiveExpire switches off (DEBUG SET-ACTIVE-EXPIRE 0) or on the
	// ticks by which this node, as leader, moves log time.
	SetActiveExpire(on bool)
}

// Member is one node of the cluster.
type Member struct {
	ID         uint64
	Name       string
	ClientAddr string // host:port for clients
	TLSPort    int    // for clients that talk TLS; the only port if it is that of ClientAddr
	PeerAddr   string // host:port for the other members
	Learner    bool   // receives the log, does not vote yet
	// Alive is this node's view: for the leader by the answers it gets, for a
	// follower by its connections.
	Alive bool
	// Match is how much of the log the member is known to hold (leader only).
	Match uint64
}

// View is the cluster as one node knows it at one moment.
type View struct {
	ClusterID uint64
	Self      uint64
	Leader    uint64 // 0: none known
	Term      uint64
	Members   []Member // ordered by ID; includes Self
	// Quorum reports whether this node would take a command now.
	Quorum bool
}

// Info is what INFO and the metrics show of the backend.
type Info struct {
	// raft
	State        string // leader, follower, candidate, pre-candidate, learner
	Term         uint64
	Commit       uint64
	Applied      uint64
	LastIndex    uint64
	FirstIndex   uint64
	SnapshotAt   uint64 // log index of the last snapshot
	LeaderSwitch uint64 // changes of leader seen
	LogTime      int64  // Unix ms
	Entries      uint64 // applied since the start
	QueuedUnits  int
	QueuedBytes  int
	// persistence
	WALBytes       int64
	SnapshotBytes  int64
	LastSave       int64 // Unix s
	LastSaveOK     bool
	SaveRunning    bool
	SaveRunningFor time.Duration
	Saves          uint64 // snapshots written since the start
	ChangesUnsaved uint64
	LastSaveTook   time.Duration
	// Installing: a leader's snapshot is being taken in, beside the data that is
	// served. A node opens its doors when its own data are loaded.
	Installing bool
	// memory
	DataBytes int64 // by the deterministic accounting that maxmemory uses
	// keyspace, by database; only those that have keys
	DB          map[int]DBInfo
	ExpiredKeys uint64
	// ExpiredFields are of hashes.
	ExpiredFields uint64
	Leases        int
	// scripts
	Scripts, ScriptBytes, Libraries, Functions, LibraryBytes int64
	// Views is how many keys are frozen for long reads. HeldBytes are in memory for views
	// alone, those of snapshots included.
	Views, HeldBytes int64
	Evicted          uint64
	Hits             uint64 // lookups by reads on this node that found a key
	Misses           uint64
}

// DBInfo is one line of INFO keyspace.
type DBInfo struct {
	Keys, Expires, AvgTTL int64 // AvgTTL in milliseconds
	SubExpiry             int64 // keys of which parts expire
	// The share of the dictionary and the deadlines of the keys in DataBytes.
	DictBytes, ExpiryBytes int64
}
