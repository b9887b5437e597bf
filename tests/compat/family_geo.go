package compat

import (
	"math"
	"strconv"
	"strings"

	"github.com/msredis/msredis/internal/testcluster/wire"
)

var geoFamily = Family{
	Name: "geo",
	Commands: `geoadd geoadd geoadd geoadd geoadd geoadd geopos geohash geodist geodist
georadius georadius georadius_ro georadiusbymember georadiusbymember_ro geosearch geosearch geosearch geosearch
geosearchstore geosearchstore zadd zrem zrange zcard`,
	Value: func(g *Generator, a Arg) (string, bool) {
		switch a.Name {
		case "longitude":
			return g.degrees(180), true
		case "latitude":
			return g.degrees(85.05112878), true
		case "radius", "width", "height":
			return g.length(), true
		case "member", "member1", "member2":
			return g.member(), true
		case "score":
			return g.score(), true
		case "count":
			return g.pick(counts), true
		case "start", "stop":
			return g.integer(), true
		}
		return "", false
	},
	SameContent: alikeNumbers,
	Same: map[string]func([]string, wire.Value, wire.Value) bool{
		"zrange": func(_ []string, want, got wire.Value) bool { return alikeNumbers(formatLine(want), formatLine(got)) },
	},
}

// alikeNumbers compares texts word by word, and numbers but for the last digits:
// distances depend on how the C library computes sines, see
// docs/DIVERGENCE.md#hyperloglog-geo-sort.
func alikeNumbers(want, got string) bool {
	const tolerance = 1e-13
	a, b := strings.Fields(want), strings.Fields(got)
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, errX := strconv.ParseFloat(strings.Trim(a[i], `,"[]`), 64)
		y, errY := strconv.ParseFloat(strings.Trim(b[i], `,"[]`), 64)
		near := errX == nil && errY == nil && math.Abs(x-y) <= tolerance*math.Abs(x)
		if a[i] != b[i] && !near {
			return false
		}
	}
	return true
}

// degrees is a coordinate, often one near others.
func (g *Generator) degrees(limit float64) string {
	switch g.Rand.IntN(24) {
	case 0:
		return g.pick([]string{"0", "-0", "180", "-180", "85.05112878", "-85.05112878", "90", "181", "x", "inf", "nan", "1e-10", ""})
	case 1, 2, 3:
		return strconv.FormatFloat((2*g.Rand.Float64()-1)*limit, 'g', -1, 64)
	case 4:
		return strconv.FormatFloat((2*g.Rand.Float64()-1)*limit/180, 'g', -1, 64)
	}
	return strconv.FormatFloat(float64(g.Rand.IntN(41)-20)/8+13, 'g', -1, 64)
}

func (g *Generator) length() string {
	switch g.Rand.IntN(10) {
	case 0:
		return g.pick([]string{"0", "-1", "x", "1e10", "inf", "nan", "1e-5", "-0"})
	case 1:
		return strconv.Itoa(g.Rand.IntN(25_000_000))
	case 2, 3, 4, 5:
		return strconv.Itoa(g.Rand.IntN(1_000_000))
	}
	return strconv.FormatFloat(float64(g.Rand.IntN(10_000))/16, 'g', -1, 64)
}
