// Package mutant names the ways in which a build may be broken on purpose, to
// show that the tests find it. They exist with the build tag "mutants" alone;
// elsewhere On is the constant false, and what it guards is not compiled.
package mutant

// Name is one way to be broken.
type Name string

// Faults in the product's own code.
const (
	ReusedContext  Name = "read-index-context-used-again" // a late answer confirms later reads
	NoDedupe       Name = "ledger-takes-every-bundle"     // retries are applied twice
	NoReadIndex    Name = "reads-without-a-round"         // a leader confirms reads by itself
	UnsettledReads Name = "reads-before-the-first-entry"  // a new leader confirms reads at once
	StampJumps     Name = "stamp-is-the-leaders-clock"    // log time is what a leader's clock shows
	StampFalls     Name = "stamp-goes-back"               // log time may go back with a new leader
	NoResend       Name = "no-resend"                     // what was lost on the way is not handed out again
	BundlesReused  Name = "same-numbers-after-a-restart"  // bundles are numbered per node, not per start
	SnapshotLedger Name = "snapshot-without-ledger"       // who installs a snapshot knows no positions
	StaleApply     Name = "apply-behind-a-snapshot"       // entries that a snapshot brought are applied again
	LostAsDone     Name = "unknown-as-refused"            // a bundle on its way is called not executed
	ClockUnknown   Name = "reads-before-the-clock"        // a new leader confirms reads before it knows what time it is
	IDsReused      Name = "member-ids-are-used-again"     // who joins gets the id of who was removed
	HalfDone       Name = "half-done-changes-stay"        // a key that a broken off handler was changing is kept
	Unchecked      Name = "whatever-comes-is-believed"    // messages and forwarded bundles are not looked at
	ScriptChance   Name = "scripts-draw-on"               // a script's random numbers go on from those of the script before
	OldRights      Name = "rights-of-when-it-was-sent"    // a command runs under the rights that its user had when it came
	OlderCopies    Name = "older-copies-are-let-in"       // a member may come back with what it had before
)

// Faults in the simulation's model of the duties around it: the disk, the order of
// things.
const (
	AckBeforeSync   Name = "acknowledged-before-fsync"
	VoteNotSynced   Name = "vote-not-persisted"
	ReadsUnapplied  Name = "reads-before-applied"
	PurgeEarly      Name = "log-purged-before-snapshot"
	CrossedReplies  Name = "replies-crossed"
	LocalExpiry     Name = "each-node-expires-by-its-clock"
	LocalEviction   Name = "a-leader-evicts-without-the-log"
	LateReads       Name = "late-reads-are-answered"
	InstallUnderway Name = "reads-from-a-half-installed-snapshot"
	LeavesAtOnce    Name = "the-removed-end-at-once"
)

// Faults of writers: each forgets that somebody else may have a node, or an element.
const (
	PageShared   Name = "pages-are-changed-under-views"
	DirShared    Name = "directories-are-changed-under-views"
	PairShared   Name = "pairs-are-changed-under-views"
	TimeShared   Name = "deadlines-are-changed-under-views"
	NodeShared   Name = "nodes-are-changed-under-views"
	ScoreShared  Name = "scores-are-changed-under-views"
	BranchShared Name = "branches-are-changed-under-views"
	LeafShared   Name = "leaves-are-changed-under-views"
	BytesShared  Name = "bytes-are-changed-under-views"
	BlockShared  Name = "blocks-are-changed-under-views"
	ChunkShared  Name = "chunks-are-changed-under-views"
	GroupShared  Name = "groups-are-changed-under-views"
	NackShared   Name = "pendings-are-changed-under-views"
	OldMark      Name = "views-leave-the-mark"   // a container takes nodes for its own that it has lent
	EarlyEnd     Name = "one-view-ends-them-all" // nodes may be changed when one of many views has ended
)

// Views are the faults of writers. The store's own tests have to find them.
var Views = []Name{
	PageShared, DirShared, PairShared, TimeShared, NodeShared, ScoreShared, BranchShared, LeafShared, BytesShared,
	BlockShared, ChunkShared, GroupShared, NackShared, OldMark, EarlyEnd,
}

// All are those that the simulation has to find.
var All = []Name{
	ReusedContext, NoDedupe, NoReadIndex, UnsettledReads, StampJumps, StampFalls, NoResend, BundlesReused, SnapshotLedger,
	StaleApply, LostAsDone, IDsReused, OlderCopies, OldRights, ScriptChance, HalfDone, Unchecked, AckBeforeSync, VoteNotSynced, ReadsUnapplied, PurgeEarly, CrossedReplies, LocalExpiry, LocalEviction,
	InstallUnderway, ClockUnknown, LateReads, LeavesAtOnce,
}
