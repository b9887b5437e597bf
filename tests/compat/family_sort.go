package compat

import "strconv"

// sortFamily has no numbers out of range: what Redis does behind one is chance,
// see docs/DIVERGENCE.md#hyperloglog-geo-sort.
var sortFamily = Family{
	Listpacks: true,
	Name:      "sort",
	Commands:  `sort sort sort sort sort sort sort sort_ro sort_ro sort_ro rpush rpush rpush lpush sadd sadd zadd zadd hset hset mset mset lrange`,
	Value: func(g *Generator, a Arg) (string, bool) {
		switch {
		case a.Type == "pattern":
			return g.pick(sortPatterns), true
		case a.Name == "element" || a.Name == "member":
			return g.pick(sorted), true
		case a.Type == "key" && g.Command == "zadd":
			return g.pick(sortedSetKeys), true
		case a.Name == "field":
			return g.pick([]string{"f", "g", ""}), true
		case a.Name == "value":
			return g.pick(sorted), true
		case a.Name == "score":
			return strconv.Itoa(g.Rand.IntN(20) - 5), true
		case a.Type == "key" && (g.Command == "mset" || g.Command == "hset"):
			return g.pick([]string{"w_", "o_", "h_"}) + g.pick(sorted), true
		}
		return "", false
	},
	// Sets have an order of their own, unless they are of integers.
	Line: func(g *Generator, command string) []string {
		switch {
		case command == "sort" && g.Rand.IntN(4) == 0:
			return sortZSetLine(g)
		case command != "sadd":
			return nil
		}
		line := []string{"SADD", g.key()}
		for range 1 + g.Rand.IntN(6) {
			line = append(line, strconv.Itoa(g.Rand.IntN(40)-5))
		}
		return line
	},
	// The order of a set that is no intset shows, see docs/DIVERGENCE.md.
	Steady:    "set-max-intset-entries",
	Encodings: map[string]string{"skiplist": "listpack"},
}

var (
	sorted       = []string{"1", "2", "3", "4", "10", "20", "-5", "2.5", "1e3", "01", "1.0", "7", "8", "9", "a", "b", ""}
	sortPatterns = []string{"w_*", "w_*", "o_*", "h_*->f", "h_*->g", "h_*", "nosort", "#", "*", "w_*->", "none_*", "w_*->f", "h_*->"}
)

// sortZSetLine sorts a sorted set. There is no ALPHA: the order of elements that
// a pattern does not tell apart is the server's own.
func sortZSetLine(g *Generator) []string {
	line := []string{"SORT", g.pick(sortedSetKeys)}
	for _, more := range [][]string{
		{"BY", g.pick(sortPatterns)}, {"LIMIT", g.integer(), g.integer()}, {"GET", g.pick(sortPatterns)}, {"DESC"}, {"STORE", g.key()},
	} {
		if g.Rand.IntN(2) == 0 {
			line = append(line, more...)
		}
	}
	return line
}

// sortedSetKeys are where sort makes its sorted sets.
var sortedSetKeys = []string{"z1", "z2"}
