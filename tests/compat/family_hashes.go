package compat

import "github.com/msredis/msredis/internal/testcluster/wire"

var hashFamily = Family{
	Name: "hashes",
	Commands: `hset hset hset hset hsetnx hget hmset hmget hgetall hdel hdel hexists hlen hstrlen hkeys hvals hincrby hincrby
hincrbyfloat hrandfield hscan`,
	Value: func(g *Generator, a Arg) (string, bool) {
		switch {
		case a.Name == "field":
			return g.member(), true
		case a.Name == "value" && g.Rand.IntN(3) == 0:
			return g.integer(), true
		case a.Name == "increment" && g.Command == "hincrbyfloat":
			return g.pick(floats), true
		case a.Name == "count" && g.Command == "hrandfield":
			return g.pick(drawn), true
		}
		return "", false
	},
	// Large hashes have an order of their own. What is drawn at random from one
	// cannot be compared.
	Same: map[string]func([]string, wire.Value, wire.Value) bool{
		"hgetall": sameElements, "hkeys": sameElements, "hvals": sameElements,
		"hrandfield": sameLength, "hscan": sameScan,
	},
}
