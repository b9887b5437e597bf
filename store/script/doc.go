// Package script runs the scripts and functions of clients: EVAL, SCRIPT, FUNCTION and
// FCALL, with the Lua of Redis 7.
//
// A script is one call in the log, and every node runs it at its place there, never its
// effects. So nothing in it may depend on the machine. Package lua leaves out the parts
// of the language that do. Time and chance come from the entry here.
//
//   - Scripts by their hash, and libraries of functions, are in the tables that all
//     nodes share (texts.go, library.go). Their compiled form is this node's.
//   - A script that is known to write nothing is a read: the session finds out with
//     Engine.Reads and keeps the call out of the log.
//   - A call of a script runs the handler of the command within the script's own
//     context (call.go, keyspace.Ctx.Inner). Its reply becomes values of Lua without a
//     socket in between (values.go).
//   - Instructions and memory are counted. A script that exceeds its budget ends at the
//     same instruction on all nodes; what it wrote before stays, as after any error in
//     Redis.
package script
