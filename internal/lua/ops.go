package lua

import "math"

var (
	inf = math.Inf(1)
	nan = math.NaN()
)

// arith is an operation on numbers. The conversions keep the compiler from fusing
// operations, which would round otherwise on some processors.
func arith(op binOp, a, b float64) float64 {
	switch op {
	case opAdd:
		return float64(a + b)
	case opSub:
		return float64(a - b)
	case opMul:
		return float64(a * b)
	case opDiv:
		return a / b
	case opMod:
		return float64(a - float64(math.Floor(a/b)*b))
	}
	return pow(a, b)
}

var events = [...]string{opAdd: "__add", opSub: "__sub", opMul: "__mul", opDiv: "__div", opMod: "__mod", opPow: "__pow"}

// slowArith is arith for what is not two numbers.
func (fr *frame) slowArith(op binOp, a, b LValue, at *operands) LValue {
	x, ok := toNumber(a)
	y, ok2 := toNumber(b)
	if ok && ok2 {
		return number(arith(op, x, y))
	}
	fr.site = at.site
	L := fr.L
	if v, ok := L.binaryMeta(a, b, events[op]); ok {
		return v
	}
	which, name := b, at.b
	if !ok {
		which, name = a, at.a
	}
	L.typeError(which, name, "perform arithmetic on")
	return nil
}

// operands are what is known of the operands of an operation.
type operands struct {
	site *site
	a, b *site // how they are called; nil: they have no name
}

func (L *LState) typeError(v LValue, name *site, what string) {
	if name != nil && name.name != "" {
		L.runError("attempt to %s %s '%s' (a %s value)", what, name.kind, name.name, v.Type())
	}
	L.runError("attempt to %s a %s value", what, v.Type())
}

func (L *LState) binaryMeta(a, b LValue, event string) (LValue, bool) {
	h := L.meta(a, event)
	if h == LNil {
		h = L.meta(b, event)
	}
	if h == LNil {
		return nil, false
	}
	return L.callMeta(h, a, b), true
}

// callMeta calls a metamethod for one result.
func (L *LState) callMeta(h LValue, args ...LValue) LValue {
	if ret := L.callFromGo(h, args...); len(ret) > 0 {
		return ret[0]
	}
	return LNil
}

// negate is -a.
func (fr *frame) negate(a LValue, at *operands) LValue {
	if n, ok := toNumber(a); ok {
		return number(-n)
	}
	fr.site = at.site
	if v, ok := fr.L.binaryMeta(a, a, "__unm"); ok {
		return v
	}
	fr.L.typeError(a, at.a, "perform arithmetic on")
	return nil
}

// length is #a.
func (fr *frame) length(a LValue, at *operands) LValue {
	switch v := a.(type) {
	case LString:
		return number(float64(len(v)))
	case *LTable:
		return number(float64(v.Len()))
	}
	fr.site = at.site
	if h := fr.L.meta(a, "__len"); h != LNil {
		return fr.L.callMeta(h, a)
	}
	fr.L.typeError(a, at.a, "get length of")
	return nil
}

// equal is a == b with __eq.
func (L *LState) equal(a, b LValue) bool {
	if same(a, b) {
		return true
	}
	ta, ok := a.(*LTable)
	tb, ok2 := b.(*LTable)
	if ok && ok2 {
		return L.equalMeta(ta.Metatable, tb.Metatable, a, b)
	}
	ua, ok := a.(*LUserData)
	ub, ok2 := b.(*LUserData)
	return ok && ok2 && L.equalMeta(ua.Metatable, ub.Metatable, a, b)
}

func (L *LState) equalMeta(ma, mb, a, b LValue) bool {
	ta, ok := ma.(*LTable)
	tb, ok2 := mb.(*LTable)
	if !ok || !ok2 {
		return false
	}
	h := ta.RawGetString("__eq")
	if h == LNil || ta != tb && !same(h, tb.RawGetString("__eq")) {
		return false
	}
	return LVAsBool(L.callMeta(h, a, b))
}

// less is a < b.
func (L *LState) less(a, b LValue) bool {
	switch x := a.(type) {
	case LNumber:
		if y, ok := b.(LNumber); ok {
			return x < y
		}
	case LString:
		if y, ok := b.(LString); ok {
			return x < y
		}
	}
	if a.Type() == b.Type() {
		if v, ok := L.orderMeta(a, b, "__lt"); ok {
			return v
		}
	}
	L.orderError(a, b)
	return false
}

// lessEqual is a <= b.
func (L *LState) lessEqual(a, b LValue) bool {
	switch x := a.(type) {
	case LNumber:
		if y, ok := b.(LNumber); ok {
			return x <= y
		}
	case LString:
		if y, ok := b.(LString); ok {
			return x <= y
		}
	}
	if a.Type() == b.Type() {
		if v, ok := L.orderMeta(a, b, "__le"); ok {
			return v
		}
		if v, ok := L.orderMeta(b, a, "__lt"); ok {
			return !v
		}
	}
	L.orderError(a, b)
	return false
}

func (L *LState) orderMeta(a, b LValue, event string) (result, ok bool) {
	h := L.meta(a, event)
	if h == LNil || !same(h, L.meta(b, event)) {
		return false, false
	}
	return LVAsBool(L.callMeta(h, a, b)), true
}

func (L *LState) orderError(a, b LValue) {
	if a.Type() == b.Type() {
		L.runError("attempt to compare two %s values", a.Type())
	}
	L.runError("attempt to compare %s with %s", a.Type(), b.Type())
}

// maxMeta is how many __index or __newindex may follow each other.
const maxMeta = 100

// index is obj[key]; name is how obj is called.
func (L *LState) index(obj, key LValue, name *site) LValue {
	for range maxMeta {
		t, ok := obj.(*LTable)
		var h LValue
		if ok {
			if v := t.RawGet(key); v != LNil || t.Metatable == LNil {
				return v
			}
			if h = L.meta(obj, "__index"); h == LNil {
				return LNil
			}
		} else if h = L.meta(obj, "__index"); h == LNil {
			L.typeError(obj, name, "index")
		}
		if h.Type() == LTFunction {
			return L.callMeta(h, obj, key)
		}
		obj, name = h, nil
	}
	L.runError("loop in gettable")
	return nil
}

// indexString is index with a string.
func (L *LState) indexString(obj LValue, key string, boxed LValue, name *site) LValue {
	if t, ok := obj.(*LTable); ok {
		if i := t.findString(key); i >= 0 {
			if v := t.list[i].val; v != LNil {
				return v
			}
		}
		if t.Metatable == LNil {
			return LNil
		}
	}
	return L.index(obj, boxed, name)
}

// setIndex is obj[key] = v.
func (L *LState) setIndex(obj, key, v LValue, name *site) {
	for range maxMeta {
		t, ok := obj.(*LTable)
		var h LValue
		if ok {
			if t.ReadOnly {
				L.runError("Attempt to modify a readonly table")
			}
			if t.Metatable == LNil || t.RawGet(key) != LNil {
				L.rawSet(t, key, v)
				return
			}
			if h = L.meta(obj, "__newindex"); h == LNil {
				L.rawSet(t, key, v)
				return
			}
		} else if h = L.meta(obj, "__newindex"); h == LNil {
			L.typeError(obj, name, "index")
		}
		if h.Type() == LTFunction {
			L.callFromGo(h, obj, key, v)
			return
		}
		obj, name = h, nil
	}
	L.runError("loop in settable")
}

// rawSet sets a key that may be no key at all.
func (L *LState) rawSet(t *LTable, key, v LValue) {
	if n, ok := key.(LNumber); ok {
		if n != n {
			L.runError("table index is NaN")
		}
	} else if key == LNil {
		L.runError("table index is nil")
	}
	if t.id <= L.g.begun {
		L.g.touched = true
	}
	t.RawSet(key, v)
}
