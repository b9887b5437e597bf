package robust

import (
	"fmt"

	"github.com/anishathalye/porcupine"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// register is one string per key: GET, SET, SET NX, GETSET, DEL, and
// compare-and-set by WATCH, GET, MULTI, SET, EXEC. Every value that is written
// is written once, so a read says which write it has seen.
type register struct {
	*arena
}

type registerIn struct {
	op    string // get set setnx getset del cas
	value string // that is written
	want  string // cas: what was read under WATCH; "" for no value
}

// registerOut is a reply. A missing value is "", as none that is written is.
type registerOut struct {
	value string // get, getset: what was there
	done  bool   // setnx, del, cas: it had an effect
}

var registerKind = kind{
	model: porcupine.Model{
		Init: func() any { return "" },
		Step: func(state, input, output any) (bool, any) {
			was, in := state.(string), input.(registerIn)
			out, known := output.(registerOut)
			switch in.op {
			case "get":
				return !known || out.value == was, was
			case "set":
				return true, in.value
			case "getset":
				return !known || out.value == was, in.value
			case "setnx":
				if was != "" {
					return !known || !out.done, was
				}
				return !known || out.done, in.value
			case "del":
				return !known || out.done == (was != ""), ""
			}
			// EXEC may fail although the value is the old one again: it was
			// another when it was watched.
			if known && !out.done {
				return true, was
			}
			if was != in.want {
				return !known, was
			}
			return true, in.value
		},
		DescribeOperation: func(input, output any) string {
			in := input.(registerIn)
			text := in.op + " " + in.value
			if in.op == "cas" {
				text = fmt.Sprintf("cas %q -> %q", in.want, in.value)
			}
			if out, known := output.(registerOut); known {
				return fmt.Sprintf("%s: %q %v", text, out.value, out.done)
			}
			return text + ": unknown"
		},
	},
	look: func(c *client, key string) (any, any, outcome) {
		v, o := c.one("GET", key)
		return registerIn{op: "get"}, registerOut{value: v.Text}, o
	},
}

func newRegister(r *run, w *tally) workload { return &register{newArena(r, w, 3, registerKind)} }

func (g *register) step(c *client) {
	s := g.enter(c.rnd)
	defer g.leave(c, s)
	ops := []string{"get", "get", "get", "set", "set", "setnx", "getset", "del", "cas", "cas"}
	in := registerIn{op: ops[c.rnd.IntN(len(ops))]}
	if in.op != "get" && in.op != "del" {
		in.value = fmt.Sprintf("p%d.%d", c.process, c.rnd.Uint32())
	}
	if in.op == "cas" {
		g.compareAndSet(c, s, in)
		return
	}
	g.record(c, s, in, func() (any, outcome) {
		var v wire.Value
		var o outcome
		switch in.op {
		case "get":
			v, o = c.one("GET", s.key)
		case "set":
			_, o = c.one("SET", s.key, in.value)
		case "getset":
			v, o = c.one("GETSET", s.key, in.value)
		case "setnx":
			v, o = c.one("SET", s.key, in.value, "NX")
			return registerOut{done: v.Text == "OK"}, o
		case "del":
			v, o = c.one("DEL", s.key)
			return registerOut{done: v.Text == "1"}, o
		}
		if in.op == "set" {
			return registerOut{}, o
		}
		return registerOut{value: v.Text}, o
	})
}

// compareAndSet is three operations: two reads, and what EXEC makes of the value.
// The first read is there because of a row in docs/DIVERGENCE.md: for a key that
// was absent when it was watched, EXEC asks only whether it is absent. A value
// that was there before and after WATCH was there at WATCH, too, as each is
// written once.
func (g *register) compareAndSet(c *client, s *span, in registerIn) {
	before, o := g.get(c, s)
	if o != done {
		return
	}
	if _, o := c.one("WATCH", s.key); o != done {
		return
	}
	value, o := g.get(c, s)
	if o != done {
		return // and the connection, which has watched, is closed
	}
	if value != before {
		c.one("UNWATCH")
		return
	}
	in.want = value
	g.record(c, s, in, func() (any, outcome) {
		v, o := c.tx([]string{"SET", s.key, in.value})
		return registerOut{done: !v.IsNil()}, o
	})
}

// get is a read that is written down.
func (g *register) get(c *client, s *span) (string, outcome) {
	out, o := g.record(c, s, registerIn{op: "get"}, func() (any, outcome) {
		v, o := c.one("GET", s.key)
		return registerOut{value: v.Text}, o
	})
	v, _ := out.(registerOut)
	return v.value, o
}

func (g *register) finish(c *client) { g.arena.finish(c) }
