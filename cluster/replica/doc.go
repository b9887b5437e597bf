// Package replica is the core of one raft group on one node: what to propose,
// to whom to forward, which reads are confirmed, who is a member. It has no
// goroutine, no clock, no disk and no socket, so a simulation can drive any
// number of them on one thread.
//
// You hold a Replica. Your duties:
//
//  1. Call its methods from one goroutine at a time, and Poll after any of them.
//  2. Send Output.Messages in order. They may get lost, late or doubled.
//  3. Do the Append jobs in order: write and fsync, Append to the Storage, then
//     call Appended. Nothing else makes a write durable.
//  4. Do the Apply jobs in order, each entry once, through a Machine, then call
//     Applied. An answer goes to a client only after that.
//  5. Let a granted read run when the applied index has reached the grant's.
//  6. Call Tick at a steady pace.
//  7. Give every input the node's clock: the machine's when the process began,
//     and from then on the monotonic one. clock.go tells why.
//  8. Call Late when there is nothing else to do, and send what it returns, or
//     others hear of what is committed a tick late. late.go tells why.
//  9. See that the From of a message is the member that it came from. All else that
//     a message says is checked here; doubt.go tells why.
//
// # Exactly once
//
// The units that wait at one moment are cut into a bundle, which gets the next
// number of this node and incarnation. A node keeps its bundles until it sees
// them applied and hands all of them out again, in order, whenever leader or
// term change or one of them seems lost. The state machine (Ledger) takes the
// bundle that continues a node's sequence and skips any other, so it does not
// matter how many copies reach the log.
//
// # Definite and indefinite
//
// A proposal that was not cut into a bundle yet has never left the node and can
// be withdrawn for certain. After that nobody knows until it is applied.
package replica
