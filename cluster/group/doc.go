// Package group is one raft group on one node. It has the replica, the log, the data
// and the snapshots, and the goroutines that bring units through them.
//
// You hold a Group. Open reads its files, Start lets it take part, Stop ends it and
// Close closes the files.
//
//	Write, Read, Versions             a client's goroutine waits for them
//	StartWrite, StartRead, Work       an event loop starts many and does the work
//	Messages, Received, Unreachable,  what the connections to the other members bring
//	Snapshot
//	View, Watch, Await, IsAlone       leader, term and members
//	Change, Transfer, Progress        what a leader can do, and knows of the others
//	Store, Applied, LastIndex,        what there is
//	LogTime, LastSave, Stats,
//	Replicas, Digest
//	Save, Reload                      snapshots
//	SyncLog, Barrier                  wait until a change of the membership is safe
//	SumPart, Between                  looks at the state at one position of the log
//	EndEmpty, SetActiveExpire         for CLUSTER MEET and DEBUG
//	Stopped                           closed when it has ended
//
// # Who does what
//
// A group's work has three roles. One goroutine at a time holds a role, and any
// goroutine that waits for the group may take any of them:
//
//	core    steps the replica: proposals and messages in, jobs out
//	log     writes append jobs to the WAL, in order, with one fsync for all that wait
//	apply   feeds apply jobs to the store, in order, and wakes the clients
//
// No goroutine is there to have commands handed to it. An event loop of package resp
// that has started the commands of its clients takes the roles itself (Work). It
// proposes all of them in one entry, writes the log, applies and sends the replies,
// without a switch of goroutine. Between two batches it looks at its clients and at the
// messages of the other members. A goroutine that serves one client at length does the
// same for itself. While the roles are taken, the units of others gather: this is group
// commit. The goroutine that leaves with its answer passes the work on to one that
// still waits and would have to be woken anyway.
//
//	event loops            StartWrite, StartRead, then Work: every role and the reads, a batch at a
//	                       time; the first of them delivers the peers' messages, too (Attach)
//	goroutines of clients  Write, Read: may take every role
//	transport's goroutines deliver messages while no event loop does; core, apply; log unless the
//	                       node leads or there is much to write
//	worker (1 per group)   takes what nobody else can: woken as a last resort
//	ticker (1 per group)   raft ticks, deadlines, clients that waited too long; the peers' messages
//	                       while the goroutine that delivers them is in an fsync
//	snapshot (0 or 1)      writes a delta to the shelf
//
// work.go has the loop that takes roles, with a policy for each kind of goroutine. The
// mutex of the group guards the queues between the roles and is never held during work.
//
// # Queues, their bounds, and who fills and drains them
//
//	started          StartRead and StartWrite for a trial; drained by Work only
//	units, reads     Write, Read, StartWrite, StartRead; drained by the core. Each connection has one
//	                 unit here at most, so maxclients bounds both queues
//	messages         Messages; drained by the core. At maxMessages their reader waits
//	events           ticks, timers, changes of the membership; drained by the core
//	log, apply jobs  the core; drained by their roles. They are what raft has under way:
//	                 maxInflightBytes per peer
//	appended,applied the log and the apply role, for the core
//
// StartWrite, StartRead and Messages queue and do no work, since their caller has more
// of the kind. It calls Work, or Received, when it has queued all. Every other method
// that fills a queue takes what roles it may before it returns, or wakes a goroutine
// that does.
//
// # One log for several groups
//
// Core and apply are roles of each group. The log role is one of each group, too, but all
// groups of a node write to one log. A goroutine that finds the log free writes itself.
// The batches of other groups gather meanwhile. The first group that waits writes all of
// them together (cluster/wal/gather.go).
package group
