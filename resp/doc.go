// Package resp is the wire: it accepts connections, cuts what clients send into
// commands and writes the replies back.
//
// A few event loops (io-threads) serve all connections. A loop reads what has
// come, has the sessions start their pipelines, and then works for all of them
// together; see loop and Handler.Work. What may take long is served by a
// goroutine of its own, so that a loop waits for the disk at most.
//
// redcon cuts the commands. It stands behind a guard that lets only whole,
// well-formed commands through and enforces Redis's limits, so that no input can
// reach the parts of redcon that panic or that parse a growing request again and
// again from its start.
//
// What the commands mean is the business of a Session, which package front
// provides; resp knows nothing of it.
package resp
