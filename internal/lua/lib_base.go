package lua

import (
	"math"
	"slices"
	"strings"
)

func sortedNames(funcs map[string]LGFunction) []string {
	names := make([]string, 0, len(funcs))
	for name := range funcs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// openLibs makes the globals.
func (L *LState) openLibs() {
	env := L.g.env
	env.RawSetString("_G", env)
	env.RawSetString("_VERSION", LString("Lua 5.1"))
	L.SetFuncs(env, baseFuncs)
	L.g.nextFn = env.RawGetString("next").(*LFunction)
	L.RegisterModule("table", tableFuncs)
	str := L.RegisterModule("string", stringFuncs).(*LTable)
	L.g.strs = L.NewTable()
	L.g.strs.RawSetString("__index", str)
	L.RegisterModule("math", mathFuncs)
	L.openMath()
	L.RegisterModule("coroutine", coroutineFuncs)
}

// StringMetatable returns the metatable that all strings have.
func (L *LState) StringMetatable() *LTable { return L.g.strs }

var baseFuncs = map[string]LGFunction{
	"assert": baseAssert, "collectgarbage": baseCollectgarbage, "error": baseError, "gcinfo": baseGcinfo,
	"getmetatable": baseGetmetatable, "ipairs": baseIpairs, "load": baseLoad, "loadstring": baseLoadstring,
	"next": baseNext, "pairs": basePairs, "pcall": basePcall, "rawequal": baseRawequal, "rawget": baseRawget,
	"rawset": baseRawset, "select": baseSelect, "setmetatable": baseSetmetatable, "tonumber": baseTonumber,
	"tostring": baseTostring, "type": baseType, "unpack": baseUnpack, "xpcall": baseXpcall,
}

func baseAssert(L *LState) int {
	if LVIsFalse(L.CheckAny(1)) {
		L.RaiseError("%s", L.OptString(2, "assertion failed!"))
	}
	return L.GetTop()
}

var gcOptions = []string{"stop", "restart", "collect", "count", "step", "setpause", "setstepmul"}

// baseCollectgarbage has nothing to collect: memory is Go's, and how much is in use
// depends on the machine.
func baseCollectgarbage(L *LState) int {
	option := "collect"
	if L.Get(1) != LNil {
		option = gcOptions[L.CheckOption(1, gcOptions)]
	}
	switch option {
	case "step":
		L.Push(LTrue)
	default:
		L.Push(number(0))
	}
	return 1
}

func baseGcinfo(L *LState) int {
	L.Push(number(0))
	return 1
}

func baseError(L *LState) int {
	level := L.OptInt(2, 1)
	v := L.Get(1)
	if s, ok := toString(v); ok && level > 0 {
		v = LString(L.where(level) + s)
	}
	panic(&thrown{v: v})
}

func baseGetmetatable(L *LState) int {
	mt := L.metatable(L.CheckAny(1))
	if mt == nil {
		L.Push(LNil)
		return 1
	}
	if v := mt.RawGetString("__metatable"); v != LNil {
		L.Push(v)
	} else {
		L.Push(mt)
	}
	return 1
}

func baseSetmetatable(L *LState) int {
	t := L.CheckTable(1)
	mt := L.Get(2)
	if mt != LNil && mt.Type() != LTTable || L.GetTop() < 2 {
		L.ArgError(2, "nil or table expected")
	}
	if L.meta(t, "__metatable") != LNil {
		L.RaiseError("cannot change a protected metatable")
	}
	L.writable(t)
	t.Metatable = mt
	L.SetTop(1)
	return 1
}

// writable raises an error if scripts may not change a table.
func (L *LState) writable(t *LTable) {
	if t.id <= L.g.begun {
		L.g.touched = true
	}
	if t.ReadOnly {
		panic(&thrown{v: LString("Attempt to modify a readonly table")})
	}
}

func ipairsNext(L *LState) int {
	t := L.CheckTable(1)
	i := L.CheckInt(2) + 1
	v := t.RawGetInt(i)
	if v == LNil {
		return 0
	}
	L.Push(number(float64(i)))
	L.Push(v)
	return 2
}

func baseIpairs(L *LState) int {
	t := L.CheckTable(1)
	if L.g.ipairsFn == nil {
		L.g.ipairsFn = &LFunction{IsG: true, GFunction: ipairsNext, Env: L.g.env}
	}
	L.Push(L.g.ipairsFn)
	L.Push(t)
	L.Push(number(0))
	return 3
}

func baseNext(L *LState) int {
	k, v, ok := L.CheckTable(1).next(L.Get(2))
	if !ok {
		L.runError("invalid key to 'next'")
	}
	L.Push(k)
	if k == LNil {
		return 1
	}
	L.Push(v)
	return 2
}

func basePairs(L *LState) int {
	t := L.CheckTable(1)
	L.Push(L.g.nextFn)
	L.Push(t)
	L.Push(LNil)
	return 3
}

func basePcall(L *LState) int {
	fr := L.cur
	f := L.CheckAny(1)
	args := fr.st[1:]
	var ret []LValue
	if t := L.protect(func() { ret = L.callFromGo(f, args...) }); t != nil {
		fr.st = append(fr.st[:0], LFalse, t.v)
		return 2
	}
	fr.st = append(append(fr.st[:0], LTrue), ret...)
	return len(ret) + 1
}

func baseXpcall(L *LState) int {
	fr := L.cur
	handler := L.CheckAny(2)
	f := fr.st[0]
	var ret []LValue
	if t := L.protect(func() { ret = L.callFromGo(f) }); t != nil {
		v := LNil
		if t2 := L.protect(func() {
			if r := L.callFromGo(handler, t.v); len(r) > 0 {
				v = r[0]
			}
		}); t2 != nil {
			v = t2.v
		}
		fr.st = append(fr.st[:0], LFalse, v)
		return 2
	}
	fr.st = append(append(fr.st[:0], LTrue), ret...)
	return len(ret) + 1
}

func baseRawequal(L *LState) int {
	L.Push(boolean(same(L.CheckAny(1), L.CheckAny(2))))
	return 1
}

func boolean(b bool) LValue {
	if b {
		return LTrue
	}
	return LFalse
}

func baseRawget(L *LState) int {
	L.Push(L.CheckTable(1).RawGet(L.CheckAny(2)))
	return 1
}

func baseRawset(L *LState) int {
	t := L.CheckTable(1)
	k, v := L.CheckAny(2), L.CheckAny(3)
	L.writable(t)
	L.rawSet(t, k, v)
	L.SetTop(1)
	return 1
}

func baseSelect(L *LState) int {
	n := L.GetTop()
	if s, ok := L.Get(1).(LString); ok && len(s) > 0 && s[0] == '#' {
		L.Push(number(float64(n - 1)))
		return 1
	}
	i := L.CheckInt(1)
	if i < 0 {
		i += n
	} else if i > n {
		i = n
	}
	if i < 1 {
		L.ArgError(1, "index out of range")
	}
	return n - i
}

func baseTonumber(L *LState) int {
	base := L.OptInt(2, 10)
	if base == 10 {
		v := L.CheckAny(1)
		if f, ok := toNumber(v); ok {
			L.Push(number(f))
		} else {
			L.Push(LNil)
		}
		return 1
	}
	s := L.CheckString(1)
	if base < 2 || base > 36 {
		L.ArgError(2, "base out of range")
	}
	if f, ok := parseBase(s, base); ok {
		L.Push(number(f))
	} else {
		L.Push(LNil)
	}
	return 1
}

// parseBase is C's strtoul.
func parseBase(s string, base int) (float64, bool) {
	if i := strings.IndexByte(s, 0); i >= 0 {
		s = s[:i]
	}
	s = strings.TrimFunc(s, func(r rune) bool { return r < 128 && isSpace(byte(r)) })
	neg := false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		neg, s = s[0] == '-', s[1:]
	}
	if base == 16 && len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		s = s[2:]
	}
	if s == "" {
		return 0, false
	}
	n, over := uint64(0), false
	for i := range len(s) {
		c, d := s[i], 0
		switch {
		case isDigit(c):
			d = int(c - '0')
		case isAlpha(c):
			d = int(c|0x20-'a') + 10
		default:
			return 0, false
		}
		if d >= base {
			return 0, false
		}
		if n > (math.MaxUint64-uint64(d))/uint64(base) {
			over = true
		}
		n = n*uint64(base) + uint64(d)
	}
	switch {
	case over:
		n = math.MaxUint64
	case neg:
		n = -n
	}
	return float64(n), true
}

// ToStringMeta is tostring(v).
func (L *LState) ToStringMeta(v LValue) LValue {
	if h := L.meta(v, "__tostring"); h != LNil {
		return L.callMeta(h, v)
	}
	if v.Type() == LTString {
		return v
	}
	return LString(v.String())
}

func baseTostring(L *LState) int {
	L.Push(L.ToStringMeta(L.CheckAny(1)))
	return 1
}

var typeValues = func() (list [len(typeNames)]LValue) {
	for i, name := range typeNames {
		list[i] = LString(name)
	}
	return list
}()

func baseType(L *LState) int {
	L.Push(typeValues[L.CheckAny(1).Type()])
	return 1
}

func baseUnpack(L *LState) int {
	t := L.CheckTable(1)
	from := L.OptInt(2, 1)
	to := t.Len()
	if L.Get(3) != LNil {
		to = L.CheckInt(3)
	}
	if from > to {
		return 0
	}
	n := to - from + 1
	if n <= 0 || n > maxStack-L.GetTop() {
		L.RaiseError("too many results to unpack")
	}
	L.Charge(n / 8)
	for i := from; i <= to; i++ {
		L.Push(t.RawGetInt(i))
	}
	return n
}

func (L *LState) loadChunk(src, name string) int {
	L.Charge(len(src) / 4)
	L.Pay(16 * len(src))
	c, err := Compile(src, name)
	if err != nil {
		L.Push(LNil)
		L.Push(LString(err.Error()))
		return 2
	}
	L.Push(L.Load(c))
	return 1
}

func baseLoadstring(L *LState) int {
	s := L.CheckString(1)
	return L.loadChunk(s, L.OptString(2, s))
}

func baseLoad(L *LState) int {
	f := L.CheckFunction(1)
	name := L.OptString(2, "=(load)")
	var b strings.Builder
	for {
		ret := L.callFromGo(f)
		if len(ret) == 0 || ret[0] == LNil {
			break
		}
		s, ok := toString(ret[0])
		if !ok {
			L.Push(LNil)
			L.Push(LString("reader function must return a string"))
			return 2
		}
		if s == "" {
			break
		}
		L.Pay(len(s))
		b.WriteString(s)
	}
	return L.loadChunk(b.String(), name)
}
