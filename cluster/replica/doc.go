// Package replica is the core of one raft group on one node. It proposes and forwards
// writes, confirms reads, and keeps the membership. It has no goroutine, no clock, no disk
// and no socket. So a simulation can drive any number of replicas on one thread.
//
// # The driver's duties
//
// You hold a Replica. Your duties:
//
//  1. Call its methods from one goroutine at a time, and Poll after any of them.
//  2. Send Output.Messages in order. They may get lost, late or doubled.
//  3. Do the Append jobs in order: write and fsync, Append to the Storage, then
//     call Appended. Nothing else makes a write durable.
//  4. Do the Apply jobs in order, each entry once, through a Machine, then call
//     Applied. An answer goes to a client only after that.
//  5. Let a confirmed read run when the applied index has reached its index.
//  6. Call Tick at a steady pace.
//  7. Give every input the node's clock: the machine's when the process began,
//     and from then on the monotonic one. clock.go tells why.
//  8. Call TakeHeld when there is nothing else to do, and send the messages that it returns.
//     Otherwise the others learn the commit index a tick late. commitnotice.go tells why.
//  9. See that the From of a message is the member that it came from. All else in a
//     message is checked here. validate.go tells why.
//
// # Exactly once
//
// The units that wait at one moment are cut into a bundle. The bundle gets the next number
// of this node and incarnation. A node keeps its bundles until it sees them applied. It
// hands all of them out again, in order, when leader or term change or one of them seems
// lost. The state machine (Ledger) applies the bundle that continues a node's sequence and
// skips any other. So any number of copies may reach the log.
//
// # Definite and indefinite
//
// A proposal that is not yet in a bundle has never left the node, and can be withdrawn for
// certain. After that its outcome is unknown until it is applied.
package replica
