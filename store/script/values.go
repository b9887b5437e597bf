package script

import (
	"bytes"
	"strconv"

	"github.com/msredis/msredis/internal/lua"
	"github.com/msredis/msredis/resp/reply"
)

// lineOf returns what stands before the end of the line.
func lineOf(b []byte) string {
	line, _, _ := bytes.Cut(b, []byte("\r\n"))
	return string(line)
}

// value makes a value of Lua of the reply that b begins with. The reply is our own
// writer's, so it is well formed.
func (m *machine) value(b []byte) (v lua.LValue, rest []byte) {
	end := bytes.IndexByte(b, '\r')
	head, rest := b[1:end], b[end+2:]
	L := m.L
	switch b[0] {
	case ':':
		return number(head), rest
	case '$':
		n := length(head)
		if n < 0 {
			return lua.LFalse, rest
		}
		L.Pay(n + 16)
		return lua.LString(rest[:n]), rest[n+2:]
	case '+':
		if string(head) == "OK" {
			return m.field(fieldOK, valueOK), rest
		}
		return m.field(fieldOK, lua.LString(head)), rest
	case '-':
		return m.field(fieldErr, lua.LString(head)), rest
	case '*':
		n := length(head)
		if n < 0 {
			return lua.LFalse, rest
		}
		t := L.CreateTable(n, 0)
		for i := 1; i <= n; i++ {
			var x lua.LValue
			x, rest = m.value(rest)
			t.RawSetInt(i, x)
		}
		return t, rest
	case '%':
		t := L.NewTable()
		for range length(head) {
			var k, x lua.LValue
			k, rest = m.value(rest)
			x, rest = m.value(rest)
			if k != lua.LNil {
				t.RawSet(k, x)
			}
		}
		return m.field(fieldMap, t), rest
	case '~':
		t := L.NewTable()
		for range length(head) {
			var k lua.LValue
			k, rest = m.value(rest)
			if k != lua.LNil {
				t.RawSet(k, lua.LTrue)
			}
		}
		return m.field(fieldSet, t), rest
	case '|': // attributes are left out, as in Redis
		for range 2 * length(head) {
			_, rest = m.value(rest)
		}
		return m.value(rest)
	case '_':
		return lua.LNil, rest
	case '#':
		if head[0] == 't' {
			return lua.LTrue, rest
		}
		return lua.LFalse, rest
	case ',':
		f, _ := strconv.ParseFloat(string(head), 64)
		return m.field(fieldDouble, lua.LNumber(f)), rest
	case '(':
		return m.field(fieldBigNumber, lua.LString(head)), rest
	case '=':
		n := length(head)
		t := L.NewTable()
		t.RawSetString("string", lua.LString(rest[4:n]))
		t.RawSetString("format", lua.LString(rest[:3]))
		return m.field(fieldVerbatim, t), rest[n+2:]
	}
	return lua.LNil, nil
}

// Names of fields, and the reply that most writes have, as values: making them of a
// string takes memory each time.
var (
	fieldOK        lua.LValue = lua.LString("ok")
	fieldErr       lua.LValue = lua.LString("err")
	fieldMap       lua.LValue = lua.LString("map")
	fieldSet       lua.LValue = lua.LString("set")
	fieldDouble    lua.LValue = lua.LString("double")
	fieldBigNumber lua.LValue = lua.LString("big_number")
	fieldVerbatim  lua.LValue = lua.LString("verbatim_string")
	valueOK        lua.LValue = lua.LString("OK")
)

// field is a table with one field.
func (m *machine) field(name, v lua.LValue) *lua.LTable {
	t := m.L.NewTable()
	t.RawSet(name, v)
	return t
}

func length(head []byte) int {
	n, _ := strconv.Atoi(string(head))
	return n
}

func number(head []byte) lua.LValue {
	n, err := strconv.ParseInt(string(head), 10, 64)
	if err != nil {
		return lua.LNumber(0)
	}
	return lua.Number(n)
}

// Bounds of the reply of a script. A table may stand in itself, and in very many
// places.
const (
	maxReplyDepth = 1000
	maxReplyBytes = 512 << 20
)

// answer answers the client with a value.
func (m *machine) answer(v lua.LValue) {
	w := m.c.W
	start, errors, last := len(w.Buf), w.Errors, w.LastError
	a := answerer{m: m, w: w, limit: start + maxReplyBytes}
	a.value(v, 0)
	if a.failed != "" && !w.Stopped() {
		w.Buf, w.Errors, w.LastError = w.Buf[:start], errors, last
		w.Error(a.failed)
	}
}

// answerer writes a value as a reply.
type answerer struct {
	m      *machine
	w      *reply.Writer
	limit  int
	failed string
}

func (a *answerer) value(v lua.LValue, depth int) {
	w := a.w
	switch {
	case depth > maxReplyDepth:
		a.failed = reply.ErrScriptStack
	case len(w.Buf) > a.limit:
		a.failed = reply.ErrScriptReplySize
	}
	if a.failed != "" || w.Stopped() {
		return
	}
	switch v := v.(type) {
	case lua.LString:
		w.Bulk(bytesOf(string(v)))
	case lua.LNumber:
		w.Int(lua.ToInt(float64(v)))
	case lua.LBool:
		switch {
		case a.m.proto == reply.RESP3:
			w.Bool(bool(v))
		case bool(v):
			w.Int(1)
		default:
			w.Null()
		}
	case *lua.LTable:
		a.table(v, depth)
	default:
		w.Null()
	}
}

func (a *answerer) table(t *lua.LTable, depth int) {
	w := a.w
	if v := t.RawGetString("err"); lua.LVCanConvToString(v) && v.Type() == lua.LTString {
		text := oneLine(lua.LVAsString(v))
		w.Error(text)
		switch {
		case depth == 0:
			a.m.answered(t, text)
		case !isCounted(t) && a.m.c.Counted(): // nobody looks for errors within a reply
			a.m.c.Erred(text, 1)
		}
		return
	}
	if v, ok := t.RawGetString("ok").(lua.LString); ok {
		w.Simple(spaced(string(v)))
		return
	}
	if v, ok := t.RawGetString("double").(lua.LNumber); ok {
		w.Double(float64(v))
		return
	}
	if v, ok := t.RawGetString("map").(*lua.LTable); ok {
		at, n := w.Later(), 0
		v.ForEach(func(key, x lua.LValue) {
			a.value(key, depth+1)
			a.value(x, depth+1)
			n++
		})
		w.CloseMap(at, n)
		return
	}
	if v, ok := t.RawGetString("set").(*lua.LTable); ok {
		at, n := w.Later(), 0
		v.ForEach(func(key, _ lua.LValue) {
			a.value(key, depth+1)
			n++
		})
		w.CloseSet(at, n)
		return
	}
	if v, ok := t.RawGetString("big_number").(lua.LString); ok {
		w.BigNumber(spaced(string(v)))
		return
	}
	if v, ok := t.RawGetString("verbatim_string").(*lua.LTable); ok {
		text, ok := v.RawGetString("string").(lua.LString)
		format, ok2 := v.RawGetString("format").(lua.LString)
		if ok && ok2 {
			w.Verbatim((string(format) + "   ")[:3], string(text))
			return
		}
	}
	n := 0
	for t.RawGetInt(n+1) != lua.LNil {
		n++
	}
	w.Array(n)
	for i := 1; i <= n; i++ {
		a.value(t.RawGetInt(i), depth+1)
	}
}

// spaced makes one line of a text.
func spaced(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c == '\n' || c == '\r' {
			b[i] = ' '
		}
	}
	return string(b)
}
