package lua

// blockEnds reports whether a block ends here.
func (p *parser) blockEnds() bool {
	switch p.tok {
	case tElse, tElseif, tEnd, tEOF, tUntil:
		return true
	}
	return false
}

// chunkBody parses statements up to the end of the block.
func (p *parser) chunkBody() []stmt {
	var list []stmt
	p.enter()
	for last := false; !last && !p.blockEnds(); {
		var s stmt
		s, last = p.statement()
		list = append(list, s)
		p.accept(';')
	}
	p.leave()
	return list
}

func (p *parser) scoped(loop bool) []stmt {
	p.enterBlock(loop)
	list := p.chunkBody()
	p.leaveBlock()
	return list
}

func (p *parser) statement() (s stmt, last bool) {
	line := p.line
	switch p.tok {
	case tIf:
		return p.ifStatement(line), false
	case tWhile:
		p.next()
		cond := p.expression()
		p.expect(tDo)
		body := p.scoped(true)
		p.match(tEnd, tWhile, line)
		return &whileStmt{cond, body}, false
	case tDo:
		p.next()
		body := p.scoped(false)
		p.match(tEnd, tDo, line)
		return &doStmt{body}, false
	case tFor:
		return p.forStatement(line), false
	case tRepeat:
		p.next()
		p.enterBlock(true)
		p.enterBlock(false)
		body := p.chunkBody()
		p.match(tUntil, tRepeat, line)
		cond := p.expression()
		p.leaveBlock()
		p.leaveBlock()
		return &repeatStmt{body, cond}, false
	case tFunction:
		return p.functionStatement(line), false
	case tLocal:
		p.next()
		if p.accept(tFunction) {
			v := p.declare(p.name())
			p.activate(v)
			return &localFuncStmt{v, p.functionBody(false, p.line)}, false
		}
		return p.localStatement(), false
	case tReturn:
		p.next()
		var vals []expr
		if !p.blockEnds() && p.tok != ';' {
			vals = p.expressions()
		}
		return &returnStmt{vals}, true
	case tBreak:
		p.next()
		loop := false
		for _, b := range p.f.blocks {
			loop = loop || b.loop
		}
		if !loop {
			p.failHere("no loop to break")
		}
		return &breakStmt{}, true
	}
	return p.exprStatement(), false
}

func (p *parser) ifStatement(line int) stmt {
	s := &ifStmt{}
	for {
		p.next()
		s.conds = append(s.conds, p.expression())
		p.expect(tThen)
		s.bodies = append(s.bodies, p.scoped(false))
		if p.tok != tElseif {
			break
		}
	}
	if p.accept(tElse) {
		s.other = p.scoped(false)
		if s.other == nil {
			s.other = []stmt{}
		}
	}
	p.match(tEnd, tIf, line)
	return s
}

func (p *parser) forStatement(line int) stmt {
	p.enterBlock(true)
	p.next()
	first := p.name()
	var s stmt
	switch p.tok {
	case '=':
		p.next()
		n := &numForStmt{line: line}
		n.from = p.expression()
		p.expect(',')
		n.limit = p.expression()
		if p.accept(',') {
			n.step = p.expression()
		}
		p.hidden()
		p.expect(tDo)
		p.enterBlock(false)
		n.v = p.declare(first)
		p.activate(n.v)
		n.body = p.chunkBody()
		p.leaveBlock()
		s = n
	case ',', tIn:
		f := &forInStmt{line: line}
		names := []string{first}
		for p.accept(',') {
			names = append(names, p.name())
		}
		p.expect(tIn)
		f.line = p.line
		f.vals = p.expressions()
		f.regs = p.f.regs
		p.hidden()
		p.expect(tDo)
		p.enterBlock(false)
		for _, name := range names {
			v := p.declare(name)
			f.vars = append(f.vars, v)
		}
		p.activate(f.vars...)
		f.body = p.chunkBody()
		p.leaveBlock()
		s = f
	default:
		p.failHere("'=' or 'in' expected")
	}
	p.match(tEnd, tFor, line)
	p.leaveBlock()
	return s
}

// hidden declares the three locals that a for has for itself: Lua counts them.
func (p *parser) hidden() {
	p.activate(&localVar{name: "(for)"}, &localVar{name: "(for)"}, &localVar{name: "(for)"})
}

func (p *parser) functionStatement(line int) stmt {
	p.next()
	target := p.variable(p.name())
	method := false
	for p.tok == '.' || p.tok == ':' {
		method = p.tok == ':'
		p.next()
		key := p.name()
		target = &indexExpr{target, &stringExpr{key}, p.last}
		if method {
			break
		}
	}
	f := p.functionBody(method, line)
	return &assignStmt{[]expr{target}, []expr{&funcExpr{f}}, line}
}

func (p *parser) functionBody(method bool, line int) *funcNode {
	p.open(line)
	f := p.f
	if method {
		v := p.declare("self")
		p.activate(v)
		f.node.params = append(f.node.params, v)
	}
	p.expect('(')
	if p.tok != ')' {
		for {
			if p.tok == tDots {
				p.next()
				f.vararg, f.node.vararg = true, true
				break
			}
			if p.tok != tName {
				p.failHere("<name> or '...' expected")
			}
			v := p.declare(p.name())
			p.activate(v)
			f.node.params = append(f.node.params, v)
			if !p.accept(',') {
				break
			}
		}
	}
	if f.vararg {
		f.node.argVar = p.declare("arg")
		p.activate(f.node.argVar)
		f.node.hasArg = true
	}
	p.expect(')')
	f.node.body = p.chunkBody()
	p.match(tEnd, tFunction, line)
	return p.close()
}

func (p *parser) localStatement() stmt {
	s := &localStmt{}
	for {
		s.vars = append(s.vars, p.declare(p.name()))
		if len(p.f.active)+len(s.vars) > maxLocals {
			p.limit(maxLocals, "local variables")
		}
		if !p.accept(',') {
			break
		}
	}
	if p.accept('=') {
		s.vals = p.expressions()
	}
	p.activate(s.vars...)
	return s
}

func (p *parser) exprStatement() stmt {
	e := p.primary()
	switch e.(type) {
	case *callExpr, *methodExpr:
		return &callStmt{e}
	}
	s := &assignStmt{left: []expr{p.assignable(e)}}
	for p.accept(',') {
		s.left = append(s.left, p.assignable(p.primary()))
		if len(s.left) > maxLevels-p.level {
			p.fail("variables in assignment has more than %d", maxLevels)
		}
	}
	p.expect('=')
	s.right = p.expressions()
	s.line = p.last
	return s
}

func (p *parser) assignable(e expr) expr {
	switch e.(type) {
	case *localExpr, *upExpr, *globalExpr, *indexExpr:
		return e
	}
	p.failHere("syntax error")
	return nil
}
