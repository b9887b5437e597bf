// Package group is one raft group on one node: its replica, its log, its data and its
// snapshots, and the goroutines that bring units through them.
//
// You hold a Group. Open reads its files, Start lets it take part, Stop ends it and Close
// closes the files.
//
//	Write, Read, Versions             a client's goroutine waits for them
//	StartWrite, StartRead, Work       an event loop begins many and does the work
//	Messages, Received, Unreachable,  what the connections to the other members bring
//	Snapshot
//	View, Watch, Await                leader, term and members
//	Change, Transfer, Progress        what a leader can do, and knows of the others
//	Store, Applied, LastIndex,        what there is
//	LastSave, Stats, Replicas, Digest
//	Save, Reload                      snapshots
//	SumPart, Between                  looks at the state at one position of the log
//	EndEmpty, SetActiveExpire         for CLUSTER MEET and DEBUG
//	Stopped                           closed when it has ended
//
// # Who does what
//
// A group's work has three roles. Each is taken by one goroutine at a time, and
// any goroutine that waits for the group may take any of them:
//
//	core    steps the replica: proposals and messages in, jobs out
//	log     writes and fsyncs Append jobs to the WAL, in order
//	apply   feeds Apply jobs to the store, in order, and wakes the clients
//
// There is no goroutine that a command has to be handed to. An event loop of
// package resp that has begun what its clients sent takes the roles itself
// (Work): it proposes all of it in one entry, writes the log, applies and
// sends the replies, without a switch, and looks at its clients and at the
// messages of the other members between two batches. A goroutine that serves one client at length does the same for
// itself; while the roles are taken, the units of others gather, and the one that
// leaves with its answer passes the work on to one that still waits and would
// have to be woken anyway (leader-follower, as in group commit).
//
//	event loops            StartWrite, StartRead, Work: every role and the reads, a batch at a time;
//	                       the first of them delivers the peers' messages, too (Attach)
//	goroutines of clients  Write, Read: may take every role
//	transport's goroutines deliver messages while no event loop does; core, apply; log unless leader or much
//	worker (1 per group)   takes what nobody else can: woken as a last resort
//	ticker (1 per group)   raft ticks, deadlines, clients that waited too long; the peers' messages
//	                       while whoever delivers them is in an fsync
//	snapshot (0 or 1)      writes a delta to the shelf
//
// All of it is in work.go; the mutex of the group guards the queues between the
// roles and is never held during work.
//
// # Queues and their bounds
//
//	units, reads     one per connection: maxclients
//	messages         maxMessages; whoever delivers them waits
//	log, apply jobs  what raft has under way: maxInflightBytes per peer
package group
