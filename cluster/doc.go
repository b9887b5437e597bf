// Package cluster makes a node of a msredis cluster out of a store, a log, a
// shelf of snapshots and connections to the other members. A Node is the
// backend of the sessions in resp/front.
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
// (Group.Work): it proposes all of it in one entry, writes the log, applies and
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
//	maintain, remember     the membership; what is known of the other members (meetings.go)
//	compare                as leader: has the members compare their data (compare.go)
//
// All of it is in work.go; the mutex of the group guards the queues between the
// roles and is never held during work.
//
// # Queues and their bounds
//
//	units, reads     one per connection: maxclients
//	messages         maxMessages; whoever delivers them waits
//	log, apply jobs  what raft has under way: maxInflightBytes per peer
package cluster
