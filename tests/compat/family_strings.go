package compat

import "strings"

// stringFamily are strings, bitmaps, and what goes on around them.
var stringFamily = Family{
	Name: "strings",
	Commands: `set set set set get get getex getex getdel getset getrange setrange substr
strlen append append incr decr incrby decrby incrbyfloat mget mset msetnx setex psetex setnx lcs
setbit setbit getbit bitcount bitpos bitop bitop bitfield bitfield bitfield bitfield_ro
unlink touch expire pexpire ttl pttl expiretime pexpiretime rename renamenx copy move
multi multi exec exec discard watch object|encoding
randomkey keys scan dbsize flushdb flushall swapdb select unwatch ping echo`,
	Later: "delex delex delifeq digest msetex",
	Value: func(g *Generator, a Arg) (string, bool) {
		switch {
		case a.Name == "operation":
			return g.pick([]string{"AND", "OR", "XOR", "NOT", "and", "NAND"}), true
		case strings.HasSuffix(a.Name, "-digest"):
			return g.pick([]string{"2d06800538d394c2", "2d06800538d394c2", "2D06800538D394C2", "0000000000000000"}), true
		case strings.HasSuffix(a.Name, "-value"):
			return g.pick([]string{"", "", "1", "10"}), true
		case (g.Command == "set" || g.Command == "msetex") && a.Name == "value" && g.Rand.IntN(2) == 0:
			return g.pick([]string{"", "1", "10"}), true
		}
		return "", false
	},
}
