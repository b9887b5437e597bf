package compat

// keyFamily are commands on keys of any type: other families' commands make
// some.
var keyFamily = Family{
	Listpacks: true,
	Name:      "keys",
	Commands: `rpush sadd hset zadd append pfadd setrange
del unlink exists type touch expire expire pexpire expireat pexpireat ttl pttl expiretime pexpiretime persist
rename renamenx copy copy copy move randomkey keys scan scan dbsize flushdb flushall swapdb select
object|encoding object|encoding multi exec exec discard watch unwatch`,
	Value: func(g *Generator, a Arg) (string, bool) {
		switch {
		case g.Command == "zadd" && a.Type == "double":
			return g.score(), true
		case g.Command == "scan" && a.Name == "type":
			return g.pick([]string{"string", "list", "set", "zset", "hash", "ZSET", "nosuch"}), true
		}
		return "", false
	},
}
