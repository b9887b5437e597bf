package compat

import (
	"strconv"
	"strings"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

var hashFamily = Family{
	Name: "hashes",
	Commands: `hset hset hset hset hsetnx hget hmset hmget hgetall hdel hdel hexists hlen hstrlen hkeys hvals hincrby hincrby
hincrbyfloat hrandfield hscan`,
	Line:  fieldLine,
	Later: `hexpire hpexpireat hpersist hpexpiretime hexpiretime hgetdel hgetex hgetex hsetex hsetex`,
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
	Encodings: map[string]string{"listpackex": "listpack"}, // docs/DIVERGENCE.md#lists-hashes-sets-sorted-sets
	// Large hashes have an order of their own. Elements that are drawn at random from
	// one cannot be compared.
	Same: map[string]func([]string, wire.Value, wire.Value) bool{
		"hgetall": sameElements, "hkeys": sameElements, "hvals": sameElements,
		"hrandfield": sameLength, "hscan": sameScan, "hpexpiretime": sameMoments, "hexpiretime": sameMoments,
	},
}

// fieldOptions are the options of the commands that have FIELDS. Times are either
// over or far from those that a test takes.
var fieldOptions = map[string][]string{
	"hexpire":      {"1000", "100000 NX", "100000 XX", "5000 GT", "5000 LT", "0", "-1", "x", "1000 WHAT"},
	"hpexpireat":   {"4102444800000", "4102444800001 NX", "4102444800002 XX", "4102444800003 GT", "4102444800000 LT", "1", "70368744177664"},
	"hpersist":     {""},
	"hexpiretime":  {""},
	"hpexpiretime": {""},
	"hgetdel":      {"", "", "", "WHAT"},
	"hgetex":       {"", "PERSIST", "PERSIST", "EX 100000", "PX 100000000", "EXAT 4102444800", "PXAT 4102444800001", "EX 0", "PXAT 1", "EX x", "EX -1", "EX 1000 PERSIST", "KEEPTTL", "FNX"},
	"hsetex":       {"", "FNX", "FXX", "KEEPTTL", "FXX KEEPTTL", "EX 100000", "FNX PX 100000000", "EXAT 4102444800 FXX", "PXAT 4102444800001", "PXAT 1", "FXX EX 0", "EX", "PERSIST", "FNX FXX", "EX 1000 KEEPTTL"},
}

// fieldLine makes a line of a command that has FIELDS; nil: command has none. The
// options may stand in front of it or behind.
func fieldLine(g *Generator, command string) []string {
	options, known := fieldOptions[command]
	if !known {
		return nil
	}
	line, words := []string{command, g.key()}, strings.Fields(g.pick(options))
	behind := strings.HasSuffix(command, "etex") && g.Rand.IntN(4) == 0
	if !behind {
		line = append(line, words...)
	}
	n := 1 + g.Rand.IntN(4)
	number := strconv.Itoa(n)
	if g.Rand.IntN(20) == 0 {
		number = g.pick(integers)
	}
	if g.Rand.IntN(30) > 0 {
		line = append(line, g.anyCase("FIELDS"))
	}
	line = append(line, number)
	for range n {
		line = append(line, g.member())
		if command == "hsetex" {
			line = append(line, g.member())
		}
	}
	if behind {
		line = append(line, words...)
	}
	return line
}

// sameMoments compares lists of moments, which may be from now on.
func sameMoments(_ []string, want, got wire.Value) bool {
	if len(want.Elems) != len(got.Elems) || want.Kind != got.Kind {
		return false
	}
	for i := range want.Elems {
		if !near(want.Elems[i], got.Elems[i], clockTolerance) {
			return false
		}
	}
	return len(want.Elems) > 0 || want.Equal(got)
}
