package lua

import (
	"strings"
)

var stringFuncs = map[string]LGFunction{
	"byte": stringByte, "char": stringChar, "dump": stringDump, "find": stringFind, "format": stringFormat,
	"gfind": stringGfind, "gmatch": stringGmatch, "gsub": stringGsub, "len": stringLen, "lower": stringLower,
	"match": stringMatch, "rep": stringRep, "reverse": stringReverse, "sub": stringSub, "upper": stringUpper,
}

// pushString pushes a string that a function has made.
func (L *LState) pushString(s string) int {
	L.Pay(len(s) + 16)
	L.Push(LString(s))
	return 1
}

// position makes a place in a string of n bytes from one that may count from the
// end.
func position(i int64, n int) int64 {
	if i < 0 {
		i += int64(n) + 1
	}
	return max(i, 0)
}

func stringSub(L *LState) int {
	s := L.CheckString(1)
	from, to := position(L.CheckInt64(2), len(s)), int64(len(s))
	if L.Get(3) != LNil {
		to = position(L.CheckInt64(3), len(s))
	}
	from, to = max(from, 1), min(to, int64(len(s)))
	if from > to {
		L.Push(LString(""))
		return 1
	}
	L.Push(LString(s[from-1 : to]))
	return 1
}

func stringLen(L *LState) int {
	L.Push(number(float64(len(L.CheckString(1)))))
	return 1
}

func stringByte(L *LState) int {
	s := L.CheckString(1)
	from := int64(1)
	if L.Get(2) != LNil {
		from = position(L.CheckInt64(2), len(s))
	}
	to := from
	if L.Get(3) != LNil {
		to = position(L.CheckInt64(3), len(s))
	}
	from, to = max(from, 1), min(to, int64(len(s)))
	if from > to {
		return 0
	}
	n := int(to - from + 1)
	if n > maxStack-L.GetTop() {
		L.RaiseError("stack overflow (string slice too long)")
	}
	for i := range n {
		L.Push(small[int(s[int(from)-1+i])-smallMin])
	}
	return n
}

func stringChar(L *LState) int {
	n := L.GetTop()
	b := make([]byte, n)
	for i := range b {
		c := L.CheckInt(i + 1)
		if c < 0 || c > 255 {
			L.ArgError(i+1, "invalid value")
		}
		b[i] = byte(c)
	}
	return L.pushString(string(b))
}

func stringDump(L *LState) int {
	L.CheckFunction(1)
	L.RaiseError("unable to dump given function")
	return 0
}

func stringLower(L *LState) int {
	return L.pushString(mapBytes(L, L.CheckString(1), 'A', 'Z'))
}

func stringUpper(L *LState) int {
	return L.pushString(mapBytes(L, L.CheckString(1), 'a', 'z'))
}

// mapBytes changes the case of the letters from one to another.
func mapBytes(L *LState, s string, from, to byte) string {
	L.Charge(len(s) / 16)
	b := []byte(s)
	for i, c := range b {
		if c >= from && c <= to {
			b[i] = c ^ 0x20
		}
	}
	return unsafeString(b)
}

func stringReverse(L *LState) int {
	s := L.CheckString(1)
	L.Charge(len(s) / 16)
	b := make([]byte, len(s))
	for i := range b {
		b[i] = s[len(s)-1-i]
	}
	return L.pushString(unsafeString(b))
}

func stringRep(L *LState) int {
	s, n := L.CheckString(1), L.CheckInt(2)
	if n <= 0 || s == "" {
		L.Push(LString(""))
		return 1
	}
	if n > maxString/len(s) {
		L.RaiseError("resulting string too large")
	}
	L.Charge(n * len(s) / 64)
	L.Pay(n*len(s) + 16)
	L.Push(LString(strings.Repeat(s, n)))
	return 1
}

const patternSpecials = "^$*+?.([%-"

func stringFind(L *LState) int { return findOrMatch(L, true) }

func stringMatch(L *LState) int { return findOrMatch(L, false) }

func findOrMatch(L *LState, find bool) int {
	s, pat := L.CheckString(1), L.CheckString(2)
	init := int64(0)
	if L.Get(3) != LNil {
		if init = position(L.CheckInt64(3), len(s)) - 1; init < 0 {
			init = 0
		} else if init > int64(len(s)) {
			init = int64(len(s))
		}
	}
	at := int(init)
	if find && (LVAsBool(L.Get(4)) || !strings.ContainsAny(pat, patternSpecials)) {
		L.Charge((len(s) - at) / 32)
		if i := strings.Index(s[at:], pat); i >= 0 {
			L.Push(number(float64(at + i + 1)))
			L.Push(number(float64(at + i + len(pat))))
			return 2
		}
		L.Push(LNil)
		return 1
	}
	anchor := strings.HasPrefix(pat, "^")
	m := &matcher{L: L, src: s, pat: strings.TrimPrefix(pat, "^")}
	for ; ; at++ {
		m.level = 0
		if e := m.match(at, 0); e >= 0 {
			if find {
				L.Push(number(float64(at + 1)))
				L.Push(number(float64(e)))
				return 2 + m.pushCaptures(at, e, false)
			}
			return m.pushCaptures(at, e, true)
		}
		if at >= len(s) || anchor {
			break
		}
	}
	L.Push(LNil)
	return 1
}

func stringGfind(L *LState) int {
	L.RaiseError("'string.gfind' was renamed to 'string.gmatch'")
	return 0
}

func stringGmatch(L *LState) int {
	s, pat := L.CheckString(1), L.CheckString(2)
	at := 0
	L.Pay(functionSize)
	L.Push(L.NewFunction(func(L *LState) int {
		L.g.touched = true
		for at <= len(s) {
			m := &matcher{L: L, src: s, pat: pat}
			from := at
			e := m.match(from, 0)
			if e < 0 {
				at++
				continue
			}
			at = e
			if e == from {
				at++
			}
			return m.pushCaptures(from, e, true)
		}
		return 0
	}))
	return 1
}

func stringGsub(L *LState) int {
	s, pat := L.CheckString(1), L.CheckString(2)
	repl := L.Get(3)
	switch repl.Type() {
	case LTNumber, LTString, LTFunction, LTTable:
	default:
		L.ArgError(3, "string/function/table expected")
	}
	limit := len(s) + 1
	if L.Get(4) != LNil {
		limit = L.CheckInt(4)
	}
	anchor := strings.HasPrefix(pat, "^")
	m := &matcher{L: L, src: s, pat: strings.TrimPrefix(pat, "^")}
	var b strings.Builder
	at, n := 0, 0
	for n < limit {
		m.level = 0
		e := m.match(at, 0)
		if e >= 0 {
			n++
			m.replace(&b, repl, at, e)
		}
		switch {
		case e > at:
			at = e
		case at < len(s):
			if b.Len() == b.Cap() {
				L.Pay(2*b.Len() + 8)
			}
			b.WriteByte(s[at])
			at++
		default:
			at = len(s) + 1
		}
		if at > len(s) || anchor {
			break
		}
	}
	if at <= len(s) {
		L.grow(&b, len(s)-at)
		b.WriteString(s[at:])
	}
	L.Push(LString(b.String()))
	L.Push(number(float64(n)))
	return 2
}

// replace writes what stands for a match from s to e.
func (m *matcher) replace(b *strings.Builder, repl LValue, s, e int) {
	L := m.L
	var v LValue
	switch r := repl.(type) {
	case *LTable:
		v = L.index(r, m.capture(0, s, e), nil)
	case *LFunction:
		n := m.level
		if n == 0 {
			n = 1
		}
		args := make([]LValue, n)
		for i := range args {
			args[i] = m.capture(i, s, e)
		}
		v = LNil
		if ret := L.callFromGo(r, args...); len(ret) > 0 {
			v = ret[0]
		}
	default:
		text, _ := toString(repl)
		for i := 0; i < len(text); i++ {
			c := text[i]
			if c == '%' {
				i++
				if i < len(text) {
					c = text[i]
				} else {
					c = 0
				}
				if isDigit(c) {
					part := m.src[s:e]
					if c != '0' {
						part, _ = toString(m.capture(int(c-'1'), s, e))
					}
					m.write(b, part)
					continue
				}
			}
			if b.Len() == b.Cap() {
				L.Pay(2*b.Len() + 8)
			}
			b.WriteByte(c)
		}
		return
	}
	if LVIsFalse(v) {
		m.write(b, m.src[s:e])
		return
	}
	text, ok := toString(v)
	if !ok {
		L.RaiseError("invalid replacement value (a %s)", v.Type())
	}
	m.write(b, text)
}

func (m *matcher) write(b *strings.Builder, s string) {
	if b.Len()+len(s) > maxString {
		m.L.RaiseError("string length overflow")
	}
	m.L.grow(b, len(s))
	b.WriteString(s)
}
