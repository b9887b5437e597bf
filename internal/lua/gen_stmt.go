package lua

func (g *gen) statement(s stmt) stmtFn {
	switch s := s.(type) {
	case *localStmt:
		return g.local(s)
	case *localFuncStmt:
		p, r := g.function(s.f), s.v.reg
		if s.v.captured {
			return func(fr *frame) ctl {
				c := &cell{LNil}
				fr.r[r] = c
				c.v = newClosure(fr, p)
				return ctlNext
			}
		}
		return func(fr *frame) ctl {
			fr.r[r] = newClosure(fr, p)
			return ctlNext
		}
	case *assignStmt:
		return g.assign(s)
	case *callStmt:
		call := g.call(s.call)
		return func(fr *frame) ctl {
			call(fr)
			return ctlNext
		}
	case *doStmt:
		return g.block(s.body)
	case *ifStmt:
		return g.ifElse(s)
	case *whileStmt:
		return g.while(s)
	case *repeatStmt:
		return g.repeat(s)
	case *numForStmt:
		return g.numFor(s)
	case *forInStmt:
		return g.forIn(s)
	case *returnStmt:
		return g.ret(s)
	case *breakStmt:
		return func(*frame) ctl { return ctlBreak }
	}
	panic("lua: no such statement")
}

// bind makes what gives a new local its value.
func bind(v *localVar) func(fr *frame, val LValue) {
	r := v.reg
	if v.captured {
		return func(fr *frame, val LValue) { fr.r[r] = &cell{val} }
	}
	return func(fr *frame, val LValue) { fr.r[r] = val }
}

func (g *gen) local(s *localStmt) stmtFn {
	if len(s.vars) == 1 && len(s.vals) == 1 {
		r, val := s.vars[0].reg, g.one(s.vals[0])
		if s.vars[0].captured {
			return func(fr *frame) ctl {
				fr.g.pay(cellSize)
				fr.r[r] = &cell{val(fr)}
				return ctlNext
			}
		}
		return func(fr *frame) ctl {
			fr.r[r] = val(fr)
			return ctlNext
		}
	}
	binds := make([]func(*frame, LValue), len(s.vars))
	for i, v := range s.vars {
		binds[i] = bind(v)
	}
	if len(s.vals) == 0 {
		return func(fr *frame) ctl {
			for _, b := range binds {
				b(fr, LNil)
			}
			return ctlNext
		}
	}
	push := g.push(s.vals)
	return func(fr *frame) ctl {
		L := fr.L
		base := L.top
		push(fr)
		for i, b := range binds {
			if base+i < L.top {
				b(fr, L.stack[base+i])
			} else {
				b(fr, LNil)
			}
		}
		L.top = base
		return ctlNext
	}
}

// target is something that can be assigned to. pre pushes the n operands that have to
// be evaluated before the values. set finds them at the given place.
type target struct {
	pre func(fr *frame)
	n   int
	set func(fr *frame, at int, v LValue)
}

func (g *gen) target(e expr, line int) target {
	none := func(*frame) {}
	switch e := e.(type) {
	case *localExpr:
		r := e.v.reg
		if e.v.captured {
			return target{none, 0, func(fr *frame, _ int, v LValue) { fr.r[r].(*cell).v = v }}
		}
		return target{none, 0, func(fr *frame, _ int, v LValue) { fr.r[r] = v }}
	case *upExpr:
		i := e.index
		return target{none, 0, func(fr *frame, _ int, v LValue) {
			fr.fn.up[i].v = v
			fr.g.touched = true
		}}
	case *globalExpr:
		key := LValue(LString(e.name))
		at := &site{line: line}
		return target{none, 0, func(fr *frame, _ int, v LValue) {
			fr.site = at
			fr.L.setIndex(fr.fn.Env, key, v, nil)
		}}
	case *indexExpr:
		obj, key := g.one(e.obj), g.one(e.key)
		name := nameOf(e.obj, line)
		at := &site{line: line}
		return target{
			func(fr *frame) {
				fr.L.pushValue(obj(fr))
				fr.L.pushValue(key(fr))
			}, 2,
			func(fr *frame, i int, v LValue) {
				fr.site = at
				fr.L.setIndex(fr.L.stack[i], fr.L.stack[i+1], v, name)
			},
		}
	}
	panic("lua: no such target")
}

func (g *gen) assign(s *assignStmt) stmtFn {
	if len(s.left) == 1 && len(s.right) == 1 {
		return g.assignOne(s.left[0], s.right[0], s.line)
	}
	targets := make([]target, len(s.left))
	for i, e := range s.left {
		targets[i] = g.target(e, s.line)
	}
	push := g.push(s.right)
	return func(fr *frame) ctl {
		L := fr.L
		base := L.top
		for i := range targets {
			targets[i].pre(fr)
		}
		vals := L.top
		push(fr)
		n := L.top - vals
		place := vals
		for i := len(targets) - 1; i >= 0; i-- {
			place -= targets[i].n
			v := LNil
			if i < n {
				v = L.stack[vals+i]
			}
			targets[i].set(fr, place, v)
		}
		L.top = base
		return ctlNext
	}
}

func (g *gen) assignOne(left, right expr, line int) stmtFn {
	val := g.one(right)
	e, ok := left.(*indexExpr)
	if !ok {
		t := g.target(left, line)
		return func(fr *frame) ctl {
			t.set(fr, 0, val(fr))
			return ctlNext
		}
	}
	obj, key := g.one(e.obj), g.one(e.key)
	name := nameOf(e.obj, line)
	at := &site{line: line}
	return func(fr *frame) ctl {
		o := obj(fr)
		k := key(fr)
		v := val(fr)
		fr.site = at
		if t, ok := o.(*LTable); ok && t.Metatable == LNil && !t.ReadOnly {
			fr.L.rawSet(t, k, v)
			return ctlNext
		}
		fr.L.setIndex(o, k, v, name)
		return ctlNext
	}
}

func (g *gen) ifElse(s *ifStmt) stmtFn {
	conds := make([]func(*frame) bool, len(s.conds))
	bodies := make([]stmtFn, len(s.conds))
	for i := range conds {
		conds[i], bodies[i] = g.condition(s.conds[i]), g.block(s.bodies[i])
	}
	other := g.block(s.other)
	if len(conds) == 1 {
		cond, body := conds[0], bodies[0]
		return func(fr *frame) ctl {
			if cond(fr) {
				return body(fr)
			}
			return other(fr)
		}
	}
	return func(fr *frame) ctl {
		for i, cond := range conds {
			if cond(fr) {
				return bodies[i](fr)
			}
		}
		return other(fr)
	}
}

// turn counts a turn of a loop.
func (fr *frame) turn() {
	if fr.g.left--; fr.g.left < 0 {
		fr.g.exhausted()
	}
}

func (g *gen) while(s *whileStmt) stmtFn {
	cond, body := g.condition(s.cond), g.block(s.body)
	return func(fr *frame) ctl {
		for cond(fr) {
			fr.turn()
			if c := body(fr); c != ctlNext {
				if c == ctlBreak {
					break
				}
				return c
			}
		}
		return ctlNext
	}
}

func (g *gen) repeat(s *repeatStmt) stmtFn {
	cond, body := g.condition(s.cond), g.block(s.body)
	return func(fr *frame) ctl {
		for {
			fr.turn()
			if c := body(fr); c != ctlNext {
				if c == ctlBreak {
					return ctlNext
				}
				return c
			}
			if cond(fr) {
				return ctlNext
			}
		}
	}
}

func (g *gen) numFor(s *numForStmt) stmtFn {
	from, limit := g.one(s.from), g.one(s.limit)
	step := g.one(&numberExpr{1})
	if s.step != nil {
		step = g.one(s.step)
	}
	body := g.block(s.body)
	r, captured := s.v.reg, s.v.captured
	at := &site{line: s.line}
	return func(fr *frame) ctl {
		a, b, c := from(fr), limit(fr), step(fr)
		i, ok := toNumber(a)
		end, ok2 := toNumber(b)
		by, ok3 := toNumber(c)
		if !ok || !ok2 || !ok3 {
			fr.site = at
			switch {
			case !ok:
				fr.L.runError("'for' initial value must be a number")
			case !ok2:
				fr.L.runError("'for' limit must be a number")
			default:
				fr.L.runError("'for' step must be a number")
			}
		}
		for i = float64(i-by) + by; by > 0 && i <= end || by <= 0 && end <= i; i += by {
			fr.turn()
			if captured {
				fr.r[r] = &cell{number(i)}
			} else {
				fr.r[r] = number(i)
			}
			if c := body(fr); c != ctlNext {
				if c == ctlBreak {
					break
				}
				return c
			}
		}
		return ctlNext
	}
}

func (g *gen) forIn(s *forInStmt) stmtFn {
	push, body := g.push(s.vals), g.block(s.body)
	binds := make([]func(*frame, LValue), len(s.vars))
	for i, v := range s.vars {
		binds[i] = bind(v)
	}
	at := &site{line: s.line}
	hidden := s.regs
	return func(fr *frame) ctl {
		L := fr.L
		base := L.top
		push(fr)
		for i := range 3 {
			if base+i < L.top {
				fr.r[hidden+i] = L.stack[base+i]
			} else {
				fr.r[hidden+i] = LNil
			}
		}
		L.top = base
		fn, state, control := fr.r[hidden], fr.r[hidden+1], fr.r[hidden+2]
		// pairs on a table needs no call.
		if f, ok := fn.(*LFunction); ok && f.IsG && f == L.g.nextFn {
			if t, ok := state.(*LTable); ok && control == LNil {
				return forNext(fr, t, binds, body, at)
			}
		}
		for {
			fr.turn()
			L.pushValue(state)
			L.pushValue(control)
			fr.site = at
			ret := L.call(fn, base)
			if len(ret) == 0 || ret[0] == LNil {
				return ctlNext
			}
			control = ret[0]
			for i, b := range binds {
				if i < len(ret) {
					b(fr, ret[i])
				} else {
					b(fr, LNil)
				}
			}
			if c := body(fr); c != ctlNext {
				if c == ctlBreak {
					return ctlNext
				}
				return c
			}
		}
	}
}

// forNext is a loop over a table with next.
func forNext(fr *frame, t *LTable, binds []func(*frame, LValue), body stmtFn, at *site) ctl {
	key := LNil
	for {
		fr.turn()
		k, v, ok := t.next(key)
		if !ok {
			fr.site = at
			fr.L.runError("invalid key to 'next'")
		}
		if k == LNil {
			return ctlNext
		}
		key = k
		for i, b := range binds {
			switch i {
			case 0:
				b(fr, k)
			case 1:
				b(fr, v)
			default:
				b(fr, LNil)
			}
		}
		if c := body(fr); c != ctlNext {
			if c == ctlBreak {
				return ctlNext
			}
			return c
		}
	}
}

func (g *gen) ret(s *returnStmt) stmtFn {
	switch len(s.vals) {
	case 0:
		return func(fr *frame) ctl {
			fr.L.ret = fr.L.ret[:0]
			return ctlReturn
		}
	case 1:
		if call, ok := s.vals[0].(*callExpr); ok {
			return g.tailCall(call)
		}
		if !isMulti(s.vals[0]) {
			val := g.one(s.vals[0])
			return func(fr *frame) ctl {
				v := val(fr)
				fr.L.ret = append(fr.L.ret[:0], v)
				return ctlReturn
			}
		}
	}
	push := g.push(s.vals)
	return func(fr *frame) ctl {
		L := fr.L
		base := L.top
		push(fr)
		L.ret = append(L.ret[:0], L.stack[base:L.top]...)
		L.top = base
		return ctlReturn
	}
}

// tailCall leaves the call to who called this function, if it is one of Lua: the
// frame is given up first.
func (g *gen) tailCall(e *callExpr) stmtFn {
	fn, push := g.one(e.fn), g.push(e.args)
	at := siteOf(e.fn, e.line)
	return func(fr *frame) ctl {
		L := fr.L
		f := fn(fr)
		base := L.top
		if lf, ok := f.(*LFunction); ok && !lf.IsG {
			L.pushValue(f)
			push(fr)
			L.ret = append(L.ret[:0], L.stack[base:L.top]...)
			L.top = base
			return ctlTail
		}
		push(fr)
		fr.site = at
		L.call(f, base)
		return ctlReturn
	}
}
