package storetest

import (
	"errors"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// BrokenRows returns commands whose handlers panic, for the tests of what that does. They
// run the handlers of other rows, and panic behind them, before the changes are settled:
//
//	BROKEN key command [argument ...]         "BROKEN k RPUSH 1" is RPUSH k 1, and a panic
//	BROKEN3 key command [argument ...]        panics where the client speaks RESP3
//	BROKENTELL key                            panics when it has asked how many this node's listeners are
//	BROKENREAD key                            panics in the middle of its reply
//	SMASH key                                 leaves a value of Other that panics if it is asked anything, and panics
//	ROT key                                   leaves such a value, without a word
func BrokenRows(rows []keyspace.Row) []keyspace.Row {
	run := map[string]keyspace.Handler{}
	for i := range rows {
		if rows[i].Container == "" {
			run[rows[i].Name] = rows[i].Run
		}
	}
	before := func(c *keyspace.Ctx) {
		name := ""
		for _, b := range c.Args[2] {
			name += string(b | 0x20)
		}
		args := append([][]byte{c.Args[2], c.Args[1]}, c.Args[3:]...)
		c.Args = args // the key stays where it is, as locks and declarations want it
		run[name](c)
	}
	row := func(name, usage string, flags command.Flags, run keyspace.Handler) keyspace.Row {
		return keyspace.Row{Run: run, Spec: command.Spec{
			Name: name, Usage: usage, Since: "1.0.0", Group: command.GroupGeneric, Summary: "Panic", Complexity: "O(1)", Flags: flags,
		}}
	}
	return []keyspace.Row{
		row("broken", "BROKEN key command [argument ...]", command.Write, func(c *keyspace.Ctx) {
			before(c)
			var none []int
			_ = none[len(c.Args)]
		}),
		row("broken3", "BROKEN3 key command [argument ...]", command.Write, func(c *keyspace.Ctx) {
			before(c)
			if c.W.Resp3() {
				panic(errors.New("a reply of RESP3"))
			}
		}),
		row("brokentell", "BROKENTELL key", command.Write, func(c *keyspace.Ctx) {
			if c.Receivers(c.Args[1], false) > 0 {
				panic("somebody listens")
			}
		}),
		row("brokenread", "BROKENREAD key", command.ReadOnly, func(c *keyspace.Ctx) {
			c.Lookup(c.Args[1])
			c.W.Array(3)
			c.W.Error(reply.ErrSyntax)
			panic("in the middle of a reply")
		}),
		row("smash", "SMASH key", command.Write, func(c *keyspace.Ctx) {
			e := c.Lookup(c.Args[1])
			if e == nil {
				return
			}
			if l, ok := e.Value().(*list); ok {
				c.Edit(e)
				l.smashed = true
				panic("a value that cannot be asked any more")
			}
		}),
		row("rot", "ROT key", command.Write, func(c *keyspace.Ctx) {
			c.Lookup(c.Args[1]).Value().(*list).smashed = true
			c.W.OK()
		}),
	}
}
