package compat

import (
	"strconv"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

// dumpFamily moves values, which other families' commands change in between.
var dumpFamily = Family{
	Listpacks: true,
	Name:      "dump",
	Commands: `dump dump dump dump restore restore restore restore restore restore
append incr rpush rpush lpop lset linsert lrem ltrim sadd sadd srem hset hset hincrby hdel zadd zadd zincrby zrem xadd xadd xdel xtrim`,
	Value: func(g *Generator, a Arg) (string, bool) {
		switch {
		case a.Name == "serialized-value":
			return g.payload(), true
		case g.Command == "restore" && a.Name == "ttl": // none that ends within the test
			return g.pick([]string{"0", "0", "0", "0", "100000", "33000000000000", "-1", "1.5"}), true
		case g.Command == "zadd" && a.Type == "double":
			return g.score(), true
		}
		return "", false
	},
	Line: func(g *Generator, command string) []string {
		if command != "xadd" {
			return nil
		}
		id := strconv.Itoa(g.Rand.IntN(50)) + "-" + strconv.Itoa(g.Rand.IntN(20))
		return []string{"XADD", g.key(), id, g.member(), g.member()}
	},
	Same: map[string]func([]string, wire.Value, wire.Value) bool{"dump": sameDump},
}

// sameDump compares payloads. The order of large sets and hashes is the server's
// own affair, and a set of integers in Redis remembers how large they once were.
func sameDump(_ []string, want, got wire.Value) bool {
	const set, hash, intset = 2, 4, 11
	if want.Kind == wire.Bulk && got.Kind == wire.Bulk && want.Text[0] == got.Text[0] {
		switch want.Text[0] {
		case set, hash:
			return len(want.Text) == len(got.Text)
		case intset:
			return true
		}
	}
	return want.Equal(got)
}

// payload returns what DUMP has answered once, rarely with a wrong byte.
func (g *Generator) payload() string {
	p := []byte(g.pick(payloads))
	if g.Rand.IntN(10) == 0 {
		p[g.Rand.IntN(len(p))]++
	}
	return string(p)
}

// payloads are of Redis 7.0.15.
var payloads = []string{
	"\x00\xc0\x11\x0a\x00\xe4\x03)E<\xf4+\x1c",
	"\x00\x04word\x0a\x00uoO\x803\xbf\xe2\xcf",
	"\x00\xc3\x09<\x01xx\xe0/\x00\x01xx\x0a\x00\x13jK\xd6\x1c\xb5\x07\xae",
	"\x12\x01\x02\x0f\x0f\x00\x00\x00\x03\x00\x81a\x02\x81b\x02\x07\x01\xff\x0a\x00\xa4\xd5}\x13~\x93C\x9c",
	"\x0b\x14\x04\x00\x00\x00\x03\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\xe0\x93\x04\x00\x0a\x00t/3HHlj9",
	"\x02\x01\x01a\x0a\x00b\x96\xe9~D\xd2\x1am",
	"\x10\x12\x12\x00\x00\x00\x04\x00\x81f\x02\x81v\x02\x81n\x02\x05\x01\xff\x0a\x00\x84\x90\x93\x9fW\xb4\xf3\xc2",
	"\x04\x01\x01f\xc3\x09@F\x01yy\xe09\x00\x01yy\x0a\x00\xee\x85\xcb\x01\xa5\xbb\xf4\x09",
	"\x11\x14\x14\x00\x00\x00\x04\x00\x81a\x02\x01\x01\x81b\x02\x832.5\x04\xff\x0a\x00\xd4Ln\xa4\xf6D\xd9\xd7",
	"\x05\x01\xc3\x09@F\x01zz\xe09\x00\x01zz\x00\x00\x00\x00\x00\x00\xf0?\x0a\x00=\xfc\xb3\xba\xee\x8e!\xec",
	"\x13\x01\x10\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x01\x1d\x1d\x00\x00\x00\x0a\x00\x01\x01\x00\x01\x01\x01\x81f\x02\x00\x01\x02\x01\x00\x01\x00\x01\x81v\x02\x04\x01\xff\x01\x03\x01\x03\x01\x00\x00\x01\x00\x0a\x00\\\x11b\xcb:t\x7f\x98",
}
