package lualib

import (
	"fmt"
	"math"

	"github.com/msredis/msredis/internal/lua"
)

// json is the library cjson of one state, with its settings.
type json struct {
	null *lua.LUserData
	jsonSettings
}

// jsonSettings are what scripts can set.
type jsonSettings struct {
	sparseConvert int // 1: excessively sparse arrays become objects
	sparseRatio   int // from so many times the elements on; 0: never
	sparseSafe    int // but not up to this index
	encodeDepth   int
	decodeDepth   int
	precision     int // digits of numbers
	keepBuffer    int // kept without effect: buffers are Go's business
	encodeInvalid int // infinities and NaN: 0 refused, 1 as C writes them, 2 null
	decodeInvalid int // 1: numbers that JSON does not have are read
}

func defaultJSON() jsonSettings {
	return jsonSettings{
		sparseRatio: 2, sparseSafe: 10, encodeDepth: 1000, decodeDepth: 1000,
		precision: numberPrecision, keepBuffer: 1, decodeInvalid: 1,
	}
}

// OpenCJSON sets the global table cjson: JSON, after lua-cjson 2.1.0 as Redis has it.
// The function that it returns sets the library's settings to their defaults again. It
// has to be called between two scripts that must not see each other.
func OpenCJSON(l *lua.LState) (reset func()) {
	null := l.NullUserData()
	j := &json{null: null, jsonSettings: defaultJSON()}
	l.SetGlobal("cjson", j.library(l))
	return func() { j.jsonSettings = defaultJSON() }
}

func (j *json) library(l *lua.LState) *lua.LTable {
	t := register(l, "cjson", map[string]func(call) int{
		"encode": j.encode,
		"decode": j.decode,
		"new": func(c call) int {
			other := &json{null: j.null, jsonSettings: defaultJSON()}
			before := c.GetGlobal("cjson")
			t := other.library(c.LState)
			c.SetGlobal("cjson", before)
			c.Push(t)
			return 1
		},
		"encode_sparse_array": func(c call) int {
			c.atMost(3)
			c.option(1, &j.sparseConvert, offOn)
			c.intOption(2, &j.sparseRatio, 0, math.MaxInt32)
			c.intOption(3, &j.sparseSafe, 0, math.MaxInt32)
			return 3
		},
		"encode_max_depth":        func(c call) int { return c.onlyInt(&j.encodeDepth, 1, math.MaxInt32) },
		"decode_max_depth":        func(c call) int { return c.onlyInt(&j.decodeDepth, 1, math.MaxInt32) },
		"encode_number_precision": func(c call) int { return c.onlyInt(&j.precision, 1, numberPrecision) },
		"encode_keep_buffer":      func(c call) int { return c.onlyOption(&j.keepBuffer, offOn) },
		"encode_invalid_numbers":  func(c call) int { return c.onlyOption(&j.encodeInvalid, offOnNull) },
		"decode_invalid_numbers":  func(c call) int { return c.onlyOption(&j.decodeInvalid, offOn) },
	})
	t.RawSetString("null", j.null)
	t.RawSetString("_NAME", lua.LString("cjson"))
	t.RawSetString("_VERSION", lua.LString("2.1.0"))
	return t
}

var (
	offOn     = []string{"off", "on"}
	offOnNull = []string{"off", "on", "null"}
)

// atMost raises an error if there are more than n arguments, and makes those that
// are missing nil: the results come behind them.
func (c call) atMost(n int) {
	if c.GetTop() > n {
		c.argError(n+1, "found too many arguments")
	}
	for c.GetTop() < n {
		c.Push(lua.LNil)
	}
}

func (c call) onlyInt(setting *int, least, most int) int {
	c.atMost(1)
	c.intOption(1, setting, least, most)
	return 1
}

func (c call) onlyOption(setting *int, names []string) int {
	c.atMost(1)
	c.option(1, setting, names)
	return 1
}

// intOption sets a setting if argument n is there, and pushes what it is.
func (c call) intOption(n int, setting *int, least, most int) {
	if c.Get(n) != lua.LNil {
		v := int(int32(c.integer(n)))
		if v < least || v > most {
			c.argError(1, fmt.Sprintf("expected integer between %d and %d", least, most))
		}
		*setting = v
	}
	c.Push(lua.LNumber(*setting))
}

// option is intOption for one of some names; the first two are also false and
// true, and are shown so.
func (c call) option(n int, setting *int, names []string) {
	switch v := c.Get(n).(type) {
	case *lua.LNilType:
	case lua.LBool:
		*setting = 0
		if v {
			*setting = 1
		}
	default:
		text, found := c.string(n), false
		for i, name := range names {
			if name == text {
				*setting, found = i, true
			}
		}
		if !found {
			c.argError(n, fmt.Sprintf("invalid option '%s'", text))
		}
	}
	if *setting <= 1 {
		c.Push(lua.LBool(*setting == 1))
	} else {
		c.Push(lua.LString(names[*setting]))
	}
}
