package compat

import "github.com/msredis/msredis/internal/testcluster/wire"

// setFamily has no SPOP: it takes what it likes.
var setFamily = Family{
	Listpacks: true,
	Name:      "sets",
	Commands: `sadd sadd sadd sadd sadd srem srem sismember smismember smembers scard srandmember smove
sinter sinterstore sintercard sunion sunionstore sdiff sdiffstore sscan`,
	Value: func(g *Generator, a Arg) (string, bool) {
		switch {
		case a.Name == "member":
			return g.member(), true
		case a.Name == "count" && g.Command == "srandmember":
			return g.pick(drawn), true
		}
		return "", false
	},
	Same: map[string]func([]string, wire.Value, wire.Value) bool{
		"smembers": sameElements, "sinter": sameElements, "sunion": sameElements, "sdiff": sameElements,
		"srandmember": sameLength, "sscan": sameScan,
	},
}
