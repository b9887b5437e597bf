// Package script runs the scripts and functions of clients: EVAL, SCRIPT,
// FUNCTION and FCALL, with the Lua of Redis 7.
//
// A script is run by every node at its place in the log, never as its effects.
// So nothing in Lua may depend on the machine: what does is left out or made
// to follow from the entry.
package script
