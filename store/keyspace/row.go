package keyspace

import "github.com/msredis/msredis/resp/command"

// Handler runs one command: a pure function of the context's arguments, times, seed and
// keys. Arity is checked already. It must answer exactly one reply.
//
// The same log has to give the same state everywhere. So a handler has no clock, no
// random source but Ctx.Rand, no map iteration whose order shows, and no environment.
// It validates everything before it changes anything.
type Handler func(c *Ctx)

// Row is a command with its handler.
type Row struct {
	command.Spec
	Run   Handler
	Reach Reach
}
