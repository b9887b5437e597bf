package compat

import (
	"slices"
	"strings"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

var sortedSetFamily = Family{
	Listpacks: true,
	Name:      "sortedsets",
	Commands: `zadd zadd zadd zadd zadd zadd zadd zadd zadd zadd zadd zadd zrem zscore zmscore zincrby zincrby zcard zcount zlexcount
zrange zrange zrange zrangestore zrangebyscore zrevrangebyscore zrangebylex zrevrangebylex zrevrange zrank zrevrank
zremrangebyrank zremrangebyscore zremrangebylex zpopmin zpopmax zmpop zrandmember
zunion zunionstore zinter zinterstore zintercard zdiff zdiffstore zscan sadd`,
	Value: func(g *Generator, a Arg) (string, bool) {
		switch {
		case a.Name == "member":
			return g.member(), true
		case a.Name == "score" || a.Name == "increment" || a.Name == "weight":
			return g.score(), true
		case a.Name == "min" || a.Name == "max":
			return g.bound(false), true
		case a.Name == "count" && (g.Command == "zmpop" || g.Command == "zpopmin" || g.Command == "zpopmax"):
			return g.pick(counts), true
		case a.Name == "count" && g.Command == "zrandmember":
			return g.pick(drawn), true
		}
		return "", false
	},
	Line: sortedSetLine,
	Same: map[string]func([]string, wire.Value, wire.Value) bool{
		"zrandmember": sameLength, "zscan": sameScan,
	},
}

// bound is an end of a range of scores, ranks or members.
func (g *Generator) bound(lex bool) string {
	switch {
	case lex && g.Rand.IntN(4) == 0:
		return g.pick([]string{"-", "+", "[", "(", "x", ""})
	case lex:
		return g.pick([]string{"[", "("}) + g.member()
	case g.Rand.IntN(4) == 0:
		return g.pick([]string{"-inf", "+inf", "(0", "(-1", "(inf", "0", "-1"})
	case g.Rand.IntN(2) == 0:
		return g.integer()
	}
	return g.pick([]string{"", "", "("}) + g.score()
}

// lexKeys hold sorted sets whose scores are equal. Ranges of members are asked of
// them alone: where scores differ, they are chance, see
// docs/DIVERGENCE.md#lists-hashes-sets-sorted-sets.
var lexKeys = []string{"lex1", "lex2"}

func sortedSetLine(g *Generator, command string) []string {
	key := -1 // where the key of a sorted set with equal scores has to be
	switch command {
	case "zrank", "zrevrank": // of Redis 7.2 they take more
		return []string{command, g.key(), g.member()}
	case "zadd":
		if g.Rand.IntN(4) > 0 {
			return nil
		}
		line := []string{command, g.pick(lexKeys)}
		for range 1 + g.Rand.IntN(4) {
			line = append(line, "0", g.member())
		}
		return line
	case "zlexcount", "zrangebylex", "zrevrangebylex", "zremrangebylex", "zrange":
		key = 1
	case "zrangestore":
		key = 2
	default:
		return nil
	}
	line := g.FromSyntax()
	has := func(word string) bool {
		return slices.ContainsFunc(line, func(w string) bool { return strings.EqualFold(w, word) })
	}
	lex := strings.Contains(command, "lex") || has("BYLEX")
	if lex {
		line[key] = g.pick(lexKeys)
	}
	if g.Rand.IntN(10) > 0 {
		for i := key + 1; i <= key+2; i++ {
			if lex || has("BYSCORE") {
				line[i] = g.bound(lex)
			} else {
				line[i] = g.integer()
			}
		}
	}
	return line
}
