// Package blocking holds the clients of a node that wait for keys: BLPOP and its like.
// It is pure: no goroutine, no clock, no I/O.
//
// A client waits on the node that it is connected to, in the queue of each of its keys,
// in order of arrival. The applier of that node tells of the keys that somebody waits
// for when they change (Ready). Then the first clients of the queue get a Turn. One of
// them, in the name of all, tries the command again without blocking, as an ordinary
// write through the log. A client that got nothing waits on, at the place it had.
//
// Every node applies every entry. So each of them sees that a key is ready, and the
// clients of several nodes may try for the same element. The log decides. Nothing is
// popped twice, because popping is one write that either finds the element or does not.
// Nothing stays behind while a client waits. The rest of a key is known after each
// change, and is offered again whenever a Turn has ended.
//
// One Turn at a time per queue keeps the order of its clients. As many clients as there
// are elements take part in it: one element wakes one client.
//
// # How a client waits
//
//	q.Enter(c)      it has its places; no Turn concerns it yet
//	                look whether there is something already
//	q.Park(c)       from here on a Signal comes through c.C
//	q.Leave(c)      timeout, end of the connection …
//
// A key that changes after Enter is noticed, and what was there before is seen by a
// look behind it: so nothing is missed.
package blocking
