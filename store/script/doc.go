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
//
// A script in the log locks all shards, and a batch that has one is not split among
// lanes by it. By BenchmarkCall, the locks cost some 23 µs a batch, and a script of a GET
// and a SET some 6 µs beside its commands. Only batches of 512 calls and more go to
// lanes, so single commands of 50 clients never do. With the locks of the declared keys
// alone a script could meet another key. If it has not written yet, it can run again with
// all locks, as a read does (store/scripts.go). If it has written, there is no way out.
// The missing lock cannot be taken out of order, for a reader of several shards may wait
// for one that is held. And nothing undoes what a handler has changed. So the scripts
// would have to be known that keep to their keys. This is not built.
//
// EVAL carries its text in the log. An entry with the hash alone would need the text when
// it is applied. By then SCRIPT FLUSH, or newer scripts of EVAL, may have put it out of
// the table. The call could then only fail, where Redis runs it. EVALSHA is for clients
// that mind the size.
package script
