// Package resp is the wire: it accepts connections, cuts what clients send into
// commands and writes the replies back.
//
// A few event loops (io-threads) serve all connections. A loop reads what has come, has
// the sessions start their pipelines, and then works for all of them together; see loop
// and Handler.Work. Calls that may take long are served by goroutines of their own, so
// that a loop waits for the disk at most.
//
// redcon cuts the commands. It stands behind a guard that lets only whole, well-formed
// commands through and enforces Redis's limits. Some parts of redcon panic, and some
// parse a growing request again and again from its start. No input can reach them.
//
// The meaning of commands is the business of a Session, which package front provides.
// resp knows nothing of it.
package resp
