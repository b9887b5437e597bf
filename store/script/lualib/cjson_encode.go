package lualib

import (
	"math"

	"github.com/msredis/msredis/internal/lua"
)

// encoder writes one value as JSON.
type encoder struct {
	call
	*json
	out []byte
}

func (j *json) encode(c call) int {
	c.oneArgument()
	e := encoder{call: c, json: j}
	e.value(c.Get(1), 0, 1)
	c.Push(lua.LString(e.out))
	return 1
}

func (e *encoder) refuse(v lua.LValue, reason string) {
	e.fail("Cannot serialise %s: %s", v.Type().String(), reason)
}

// value appends v. slots is how much of the C stack Redis would have used.
func (e *encoder) value(v lua.LValue, depth, slots int) {
	// The same table may stand in many places: what is written may be far more than
	// what the script has.
	e.Charge(1)
	e.Pay(8)
	switch v := v.(type) {
	case lua.LString:
		e.text(string(v))
	case lua.LNumber:
		e.number(v)
	case lua.LBool:
		if v {
			e.out = append(e.out, "true"...)
		} else {
			e.out = append(e.out, "false"...)
		}
	case *lua.LNilType:
		e.out = append(e.out, "null"...)
	case *lua.LTable:
		e.table(v, depth+1, slots)
	default:
		if v == lua.LValue(e.null) {
			e.out = append(e.out, "null"...)
			return
		}
		e.refuse(v, "type not supported")
	}
}

func (e *encoder) table(t *lua.LTable, depth, slots int) {
	if depth > e.encodeDepth || slots+3 > maxSlots {
		e.fail("Cannot serialise, excessive nesting (%d)", depth)
	}
	if n := e.arrayLength(t); n > 0 {
		e.out = append(e.out, '[')
		for i := 1; i <= n; i++ {
			if i > 1 {
				e.out = append(e.out, ',')
			}
			e.value(t.RawGetInt(i), depth, slots+1)
		}
		e.out = append(e.out, ']')
		return
	}
	e.out = append(e.out, '{')
	first := true
	t.ForEach(func(key, value lua.LValue) {
		if !first {
			e.out = append(e.out, ',')
		}
		first = false
		switch k := key.(type) {
		case lua.LNumber:
			e.out = append(e.out, '"')
			e.number(k)
			e.out = append(e.out, '"')
		case lua.LString:
			e.text(string(k))
		default:
			e.refuse(key, "table key must be a number or string")
		}
		e.out = append(e.out, ':')
		e.value(value, depth, slots+2)
	})
	e.out = append(e.out, '}')
}

// arrayLength returns the length of the array that a table is, 0 or less if it is
// none.
func (e *encoder) arrayLength(t *lua.LTable) int {
	length, count := arrayLength(t, func(f float64) bool { return f >= 1 && math.Floor(f) == f })
	if e.sparseRatio > 0 && length > count*e.sparseRatio && length > e.sparseSafe {
		if e.sparseConvert == 0 {
			e.refuse(t, "excessively sparse array")
		}
		return -1
	}
	return length
}

func (e *encoder) number(n lua.LNumber) {
	f := float64(n)
	if math.IsInf(f, 0) || math.IsNaN(f) {
		switch {
		case e.encodeInvalid == 0:
			e.refuse(n, "must not be NaN or Inf")
		case e.encodeInvalid == 2:
			e.out = append(e.out, "null"...)
			return
		case math.IsNaN(f):
			e.out = append(e.out, "nan"...)
			return
		}
	}
	e.out = append(e.out, FormatNumber(f, e.precision)...)
}

// text appends a string. Its bytes stand as they are, but for control characters,
// quotes, and slashes of both kinds.
func (e *encoder) text(s string) {
	const hex = "0123456789abcdef"
	e.Charge(len(s) / 64)
	e.Pay(len(s))
	e.out = append(e.out, '"')
	for i := 0; i < len(s); i++ {
		switch b := s[i]; b {
		case '"', '\\', '/':
			e.out = append(e.out, '\\', b)
		case '\b':
			e.out = append(e.out, '\\', 'b')
		case '\t':
			e.out = append(e.out, '\\', 't')
		case '\n':
			e.out = append(e.out, '\\', 'n')
		case '\f':
			e.out = append(e.out, '\\', 'f')
		case '\r':
			e.out = append(e.out, '\\', 'r')
		default:
			if b < ' ' || b == 0x7f {
				e.out = append(e.out, '\\', 'u', '0', '0', hex[b>>4], hex[b&15])
			} else {
				e.out = append(e.out, b)
			}
		}
	}
	e.out = append(e.out, '"')
}
