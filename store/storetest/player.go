package storetest

import (
	"testing"

	"github.com/msredis/msredis/internal/recorded"
	"github.com/msredis/msredis/store/keyspace"
)

// Player returns what recorded.Run needs to play scripts against a store.
func Player(kinds []*keyspace.Kind, rows ...[]keyspace.Row) func(*testing.T) recorded.Player {
	return func(t *testing.T) recorded.Player { return New(t, kinds, rows...) }
}

// Play implements recorded.Player.
func (e *Env) Play(c recorded.Call) (reply []byte, events []string) {
	e.DB, e.Proto = c.DB, uint8(c.Proto)
	reply = e.Run(c.Args)
	return reply, e.Events()
}
