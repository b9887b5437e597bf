package compat

import (
	"strconv"
	"strings"
)

// The values that arguments take. Numbers are chosen so that no command makes a string
// of more than some kilobytes. No deadline falls into the time that a test takes.
var (
	keys     = []string{"a", "b", "c", "d", "e", "f", "{a}1", "\x00\xff"}
	texts    = []string{"", "x", "hello world", "0", "1", "-1", "10", "007", "3.5", "1e3", "abc\x00def", "\xff\xf0", "9223372036854775807", "-9223372036854775808", "inf", "   1"}
	integers = []string{"0", "1", "-1", "2", "3", "5", "-3", "7", "10", "100", "-100", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1.5", "x", ""}
	small    = []string{"0", "1", "2", "3", "7", "8", "10", "31", "100", "1000"}
	offsets  = append([]string{"-1", "4294967296", "9223372036854775807", "x"}, append(small, small...)...)
	floats   = []string{"0", "1", "-1", "0.5", "0.1", "-0.1", "3.0e3", "1e10", "-1.25", "100", "abc", "nan", "inf", ""}
	patterns = []string{"*", "a", "?", "[a-c]", "[^a]", "{*", "*1", "\\a", "[", "", "**"}
	counts   = []string{"1", "1", "2", "3", "5", "100", "0", "-1", "x"}
	drawn    = []string{"1", "2", "5", "-1", "-3", "-10", "0", "500", "x", "9223372036854775808"}
	scores   = []string{"0", "1", "-1", "2", "3", "1.5", "-0.5", "0.1", "1e10", "1e-5", "3.0e3", "inf", "-inf", "+inf", "9007199254740993", "-0", "0x10"}
	dbs      = []string{"0", "0", "1", "1", "2", "16", "-1", "x"}
	fields   = []string{"u8", "i8", "u1", "i5", "u4", "i16", "u16", "u32", "i64", "u63", "u64", "i65", "x8", "u"}
	bits     = []string{"0", "1", "0", "1", "2", "-1", "x"}
	moments  = []string{"1", "0", "-1", "4102444800", "4102444801", "4102444800000", "4102444800001", "9223372036854775807", "x"}

	strayWords = append([]string{"NX", "XX", "GET", "EX", "PX", "KEEPTTL", "GT", "LT", "BIT", "BYTE", "COUNT", "MATCH", "TYPE", "REPLACE", "DB", "WHAT"}, integers...)
)

// word is an argument: what the family has for it, or something that suits its
// type or name.
func (g *Generator) word(a Arg) string {
	if g.Family.Value != nil {
		if word, ok := g.Family.Value(g, a); ok {
			return word
		}
	}
	switch name := strings.ToLower(a.Name); {
	case a.Type == "key":
		return g.key()
	case name == "db" || name == "index" || name == "index1" || name == "index2" || name == "destination-db":
		return g.pick(dbs)
	case name == "bit" || g.Command == "setbit" && name == "value":
		return g.pick(bits)
	case name == "offset":
		if strings.HasPrefix(g.Command, "bitfield") && g.Rand.IntN(4) == 0 {
			return "#" + g.pick(small)
		}
		return g.pick(offsets)
	case name == "encoding":
		return g.pick(fields)
	case name == "seconds" || name == "milliseconds":
		return g.duration(name == "milliseconds")
	case a.Type == "unix-time" || strings.HasPrefix(name, "unix-time"):
		return g.pick(moments)
	case name == "increment" && g.Command == "incrbyfloat" || a.Type == "double":
		return g.pick(floats)
	case name == "cursor":
		return "0"
	case a.Type == "pattern" || name == "pattern":
		return g.pick(patterns)
	case name == "type":
		return g.pick([]string{"string", "STRING", "list", "nosuch"})
	case a.Type == "integer":
		return g.integer()
	}
	return g.pick(texts)
}

// key is one of a few names, most of the time one of very few.
func (g *Generator) key() string {
	if g.Rand.IntN(4) > 0 {
		return g.pick(keys[:3])
	}
	return g.pick(keys)
}

// integer is a small number, in a while a large one or none.
func (g *Generator) integer() string {
	if g.Rand.IntN(10) == 0 {
		return g.pick(integers)
	}
	return strconv.Itoa(g.Rand.IntN(16) - 4)
}

// member is an element of a container: one of a few, or one of many.
func (g *Generator) member() string {
	switch g.Rand.IntN(16) {
	case 0:
		return g.pick(texts)
	case 1:
		return strings.Repeat("long", 1+g.Rand.IntN(30))
	case 2, 3:
		return strconv.Itoa(g.Rand.IntN(600) - 50)
	case 4, 5:
		return "m" + strconv.Itoa(g.Rand.IntN(600))
	}
	return g.pick([]string{"a", "b", "c", "d", "e", "1", "2", "3", "10", "-5"})
}

// score is a score of a sorted set, one in a while none.
func (g *Generator) score() string {
	switch g.Rand.IntN(12) {
	case 0:
		return g.pick([]string{"abc", "nan", "", " 1", "1x"})
	case 1, 2:
		return strconv.FormatFloat(g.Rand.NormFloat64()*100, 'g', -1, 64)
	case 3, 4, 5:
		return strconv.Itoa(g.Rand.IntN(20) - 5)
	}
	return g.pick(scores)
}

// duration is a time to live: far away, over at once, or none. No two are so
// close to each other that the time between two commands matters.
func (g *Generator) duration(ms bool) string {
	switch g.Rand.IntN(8) {
	case 0:
		return g.pick([]string{"0", "-1", "-100", "x", "1.5", "9223372036854775807", "9223372036854775"})
	}
	n := 1000 + g.Rand.IntN(1_000_000)
	if ms {
		n *= 1000
	}
	return strconv.Itoa(n)
}
