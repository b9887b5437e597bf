package compat

// stringFamily are strings, bitmaps, and what goes on around them.
var stringFamily = Family{
	Name: "strings",
	Commands: `set set set set get get getex getex getdel getset getrange setrange substr
strlen append append incr decr incrby decrby incrbyfloat mget mset msetnx setex psetex setnx lcs
setbit setbit getbit bitcount bitpos bitop bitop bitfield bitfield bitfield bitfield_ro
unlink touch expire pexpire ttl pttl expiretime pexpiretime rename renamenx copy move
multi multi exec exec discard watch object|encoding
randomkey keys scan dbsize flushdb flushall swapdb select unwatch ping echo`,
	Value: func(g *Generator, a Arg) (string, bool) {
		if a.Name == "operation" {
			return g.pick([]string{"AND", "OR", "XOR", "NOT", "and", "NAND"}), true
		}
		return "", false
	},
}
