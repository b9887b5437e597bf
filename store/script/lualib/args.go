package lualib

import (
	"fmt"
	"slices"

	"github.com/msredis/msredis/internal/lua"
	"github.com/msredis/msredis/internal/redisnum"
)

// call is a running library function: its state, and the name under which error
// texts know it.
type call struct {
	*lua.LState
	name string
}

// maxSlots is the number of values that the C stack of Redis's Lua has room for. It
// bounds nesting and the number of results, here without a stack behind it.
const maxSlots = 8000

// register makes the global table library with its functions.
func register(l *lua.LState, library string, functions map[string]func(call) int) *lua.LTable {
	t := l.NewTable()
	names := make([]string, 0, len(functions))
	for name := range functions {
		names = append(names, name)
	}
	slices.Sort(names) // functions have numbers, in the order in which they are made
	for _, name := range names {
		run := functions[name]
		t.RawSetString(name, l.NewFunction(func(l *lua.LState) int { return run(call{l, name}) }))
	}
	l.SetGlobal(library, t)
	return t
}

// fail raises an error as luaL_error does, with the position in the script. It leaves
// the position out if another function, such as pcall, has called this one.
func (c call) fail(format string, args ...any) {
	c.RaiseError(format, args...)
}

// argError raises Lua's error for a bad argument.
func (c call) argError(n int, message string) {
	c.fail("bad argument #%d to '%s' (%s)", n, c.name, message)
}

func (c call) typeError(n int, want string) {
	got := "no value"
	if n <= c.GetTop() {
		got = c.Get(n).Type().String()
	}
	c.argError(n, fmt.Sprintf("%s expected, got %s", want, got))
}

// toNumber converts as lua_tonumber does.
func toNumber(v lua.LValue) (float64, bool) {
	switch v := v.(type) {
	case lua.LNumber:
		return float64(v), true
	case lua.LString:
		f, n, _ := redisnum.Strtod([]byte(v))
		for n > 0 && n < len(v) && isSpace(v[n]) {
			n++
		}
		return f, n > 0 && n == len(v)
	}
	return 0, false
}

func isSpace(b byte) bool { return b == ' ' || b >= '\t' && b <= '\r' }

// number returns argument n, which has to be one or a string that reads as one.
func (c call) number(n int) float64 {
	f, ok := toNumber(c.Get(n))
	if !ok {
		c.typeError(n, "number")
	}
	return f
}

// integer is number, cut off as C's conversion does.
func (c call) integer(n int) int64 { return toInt64(c.number(n)) }

// optInteger is integer, or what holds without the argument.
func (c call) optInteger(n int, otherwise int64) int64 {
	if c.Get(n) == lua.LNil {
		return otherwise
	}
	return c.integer(n)
}

// string returns argument n, which has to be a string or a number.
func (c call) string(n int) string {
	switch v := c.Get(n).(type) {
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return FormatNumber(float64(v), numberPrecision)
	}
	c.typeError(n, "string")
	return ""
}

// oneArgument raises an error unless there is exactly one.
func (c call) oneArgument() {
	if c.GetTop() != 1 {
		c.argError(1, "expected 1 argument")
	}
}
