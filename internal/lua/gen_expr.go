package lua

// one makes an expression of one value.
func (g *gen) one(e expr) exprFn {
	switch e := e.(type) {
	case *nilExpr:
		return func(*frame) LValue { return LNil }
	case *trueExpr:
		return func(*frame) LValue { return LTrue }
	case *falseExpr:
		return func(*frame) LValue { return LFalse }
	case *numberExpr:
		v := g.constant(e.n)
		return func(*frame) LValue { return v }
	case *stringExpr:
		v := LValue(LString(e.s))
		return func(*frame) LValue { return v }
	case *dotsExpr:
		return func(fr *frame) LValue {
			if len(fr.va) == 0 {
				return LNil
			}
			return fr.va[0]
		}
	case *funcExpr:
		p := g.function(e.f)
		return func(fr *frame) LValue { return newClosure(fr, p) }
	case *localExpr:
		r := e.v.reg
		if e.v.captured {
			return func(fr *frame) LValue { return fr.r[r].(*cell).v }
		}
		return func(fr *frame) LValue { return fr.r[r] }
	case *upExpr:
		i := e.index
		return func(fr *frame) LValue { return fr.fn.up[i].v }
	case *globalExpr:
		return g.global(e)
	case *indexExpr:
		return g.index(e)
	case *callExpr, *methodExpr:
		call := g.call(e)
		return func(fr *frame) LValue {
			if ret := call(fr); len(ret) > 0 {
				return ret[0]
			}
			return LNil
		}
	case *parenExpr:
		return g.one(e.e)
	case *andExpr:
		a, b := g.one(e.a), g.one(e.b)
		return func(fr *frame) LValue {
			if v := a(fr); LVIsFalse(v) {
				return v
			}
			return b(fr)
		}
	case *orExpr:
		a, b := g.one(e.a), g.one(e.b)
		return func(fr *frame) LValue {
			if v := a(fr); LVAsBool(v) {
				return v
			}
			return b(fr)
		}
	case *unExpr:
		return g.unary(e)
	case *binExpr:
		if e.op >= opEq {
			cond := g.compare(e)
			return func(fr *frame) LValue {
				if cond(fr) {
					return LTrue
				}
				return LFalse
			}
		}
		return g.arith(e)
	case *concatExpr:
		return g.concat(e)
	case *tableExpr:
		return g.table(e)
	}
	panic("lua: no such expression")
}

// constant makes a number. All zeros of a function are one constant in Lua 5.1: 0
// and -0 have the sign of the first of them.
func (g *gen) constant(n float64) LValue {
	v := number(n)
	if n == 0 {
		if g.zero == nil {
			g.zero = v
		}
		return g.zero
	}
	return v
}

func (g *gen) global(e *globalExpr) exprFn {
	name, boxed := e.name, LValue(LString(e.name))
	at := &site{line: e.line}
	return func(fr *frame) LValue {
		env := fr.fn.Env
		if i := env.findString(name); i >= 0 {
			if v := env.list[i].val; v != LNil {
				return v
			}
		}
		if env.Metatable == LNil {
			return LNil
		}
		fr.site = at
		return fr.L.index(env, boxed, nil)
	}
}

func (g *gen) index(e *indexExpr) exprFn {
	obj := g.one(e.obj)
	name := nameOf(e.obj, e.line)
	at := &site{line: e.line}
	if s, ok := e.key.(*stringExpr); ok {
		key, boxed := s.s, LValue(LString(s.s))
		return func(fr *frame) LValue {
			o := obj(fr)
			if t, ok := o.(*LTable); ok {
				if i := t.findString(key); i >= 0 {
					if v := t.list[i].val; v != LNil {
						return v
					}
				}
				if t.Metatable == LNil {
					return LNil
				}
			}
			fr.site = at
			return fr.L.index(o, boxed, name)
		}
	}
	key := g.one(e.key)
	return func(fr *frame) LValue {
		o := obj(fr)
		k := key(fr)
		if t, ok := o.(*LTable); ok {
			if v := t.RawGet(k); v != LNil || t.Metatable == LNil {
				return v
			}
		}
		fr.site = at
		return fr.L.index(o, k, name)
	}
}

// isMulti reports whether an expression has any number of values.
func isMulti(e expr) bool {
	switch e.(type) {
	case *callExpr, *methodExpr, *dotsExpr:
		return true
	}
	return false
}

// multi makes an expression of any number of values.
func (g *gen) multi(e expr) multiFn {
	if _, ok := e.(*dotsExpr); ok {
		return func(fr *frame) []LValue { return fr.va }
	}
	return g.call(e)
}

// push makes what pushes the values of expressions on the stack.
func (g *gen) push(list []expr) func(fr *frame) {
	n := len(list)
	open := n > 0 && isMulti(list[n-1])
	if open {
		n--
	}
	fns := make([]exprFn, n)
	for i := range fns {
		fns[i] = g.one(list[i])
	}
	var last multiFn
	if open {
		last = g.multi(list[n])
	}
	switch {
	case last == nil && n == 1:
		only := fns[0]
		return func(fr *frame) { fr.L.pushValue(only(fr)) }
	case last == nil:
		return func(fr *frame) {
			for _, fn := range fns {
				fr.L.pushValue(fn(fr))
			}
		}
	}
	return func(fr *frame) {
		L := fr.L
		for _, fn := range fns {
			L.pushValue(fn(fr))
		}
		vals := last(fr)
		L.reserve(len(vals))
		L.top += copy(L.stack[L.top:], vals)
	}
}

func (g *gen) call(e expr) multiFn {
	switch e := e.(type) {
	case *callExpr:
		fn, push := g.one(e.fn), g.push(e.args)
		at := siteOf(e.fn, e.line)
		return func(fr *frame) []LValue {
			L := fr.L
			f := fn(fr)
			base := L.top
			push(fr)
			fr.site = at
			return L.call(f, base)
		}
	case *methodExpr:
		obj, push := g.one(e.obj), g.push(e.args)
		key, boxed := e.name, LValue(LString(e.name))
		name := nameOf(e.obj, e.selfLine)
		self := &site{line: e.selfLine}
		at := &site{e.line, "method", e.name}
		return func(fr *frame) []LValue {
			L := fr.L
			o := obj(fr)
			fr.site = self
			f := L.indexString(o, key, boxed, name)
			base := L.top
			L.pushValue(o)
			push(fr)
			fr.site = at
			return L.call(f, base)
		}
	}
	panic("lua: no such call")
}

func (g *gen) unary(e *unExpr) exprFn {
	a := g.one(e.a)
	at := &operands{site: &site{line: e.line}, a: nameOf(e.a, e.line)}
	switch e.op {
	case tNot:
		return func(fr *frame) LValue {
			if LVIsFalse(a(fr)) {
				return LTrue
			}
			return LFalse
		}
	case '#':
		return func(fr *frame) LValue {
			v := a(fr)
			if t, ok := v.(*LTable); ok {
				return number(float64(len(t.array)))
			}
			return fr.length(v, at)
		}
	}
	return func(fr *frame) LValue {
		v := a(fr)
		if n, ok := v.(LNumber); ok {
			return number(-float64(n))
		}
		return fr.negate(v, at)
	}
}

func (g *gen) arith(e *binExpr) exprFn {
	a, b, op := g.one(e.a), g.one(e.b), e.op
	at := &operands{&site{line: e.line}, nameOf(e.a, e.line), nameOf(e.b, e.line)}
	switch op {
	case opAdd:
		return func(fr *frame) LValue {
			x, y := a(fr), b(fr)
			if m, ok := x.(LNumber); ok {
				if n, ok := y.(LNumber); ok {
					return number(float64(m) + float64(n))
				}
			}
			return fr.slowArith(opAdd, x, y, at)
		}
	case opSub:
		return func(fr *frame) LValue {
			x, y := a(fr), b(fr)
			if m, ok := x.(LNumber); ok {
				if n, ok := y.(LNumber); ok {
					return number(float64(m) - float64(n))
				}
			}
			return fr.slowArith(opSub, x, y, at)
		}
	}
	return func(fr *frame) LValue {
		x, y := a(fr), b(fr)
		if m, ok := x.(LNumber); ok {
			if n, ok := y.(LNumber); ok {
				return number(arith(op, float64(m), float64(n)))
			}
		}
		return fr.slowArith(op, x, y, at)
	}
}

// compare makes a comparison.
func (g *gen) compare(e *binExpr) func(fr *frame) bool {
	a, b := g.one(e.a), g.one(e.b)
	at := &site{line: e.line}
	switch e.op {
	case opEq, opNe:
		want := e.op == opEq
		return func(fr *frame) bool {
			x, y := a(fr), b(fr)
			if same(x, y) {
				return want
			}
			if x.Type() < LTUserData {
				return !want
			}
			fr.site = at
			return fr.L.equal(x, y) == want
		}
	case opLt, opGt:
		swap := e.op == opGt
		return func(fr *frame) bool {
			x, y := a(fr), b(fr)
			if swap {
				x, y = y, x
			}
			if m, ok := x.(LNumber); ok {
				if n, ok := y.(LNumber); ok {
					return m < n
				}
			}
			fr.site = at
			return fr.L.less(x, y)
		}
	}
	swap := e.op == opGe
	return func(fr *frame) bool {
		x, y := a(fr), b(fr)
		if swap {
			x, y = y, x
		}
		if m, ok := x.(LNumber); ok {
			if n, ok := y.(LNumber); ok {
				return m <= n
			}
		}
		fr.site = at
		return fr.L.lessEqual(x, y)
	}
}

// condition makes an expression of which only the truth counts.
func (g *gen) condition(e expr) func(fr *frame) bool {
	switch e := e.(type) {
	case *binExpr:
		if e.op >= opEq {
			return g.compare(e)
		}
	case *unExpr:
		if e.op == tNot {
			a := g.condition(e.a)
			return func(fr *frame) bool { return !a(fr) }
		}
	case *andExpr:
		a, b := g.condition(e.a), g.condition(e.b)
		return func(fr *frame) bool { return a(fr) && b(fr) }
	case *orExpr:
		a, b := g.condition(e.a), g.condition(e.b)
		return func(fr *frame) bool { return a(fr) || b(fr) }
	}
	v := g.one(e)
	return func(fr *frame) bool { return LVAsBool(v(fr)) }
}
