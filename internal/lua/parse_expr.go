package lua

import "math"

func (p *parser) expressions() []expr {
	list := []expr{p.expression()}
	for p.accept(',') {
		list = append(list, p.expression())
	}
	return list
}

func (p *parser) expression() expr { return p.sub(0) }

var binOps = map[token]binOp{'+': opAdd, '-': opSub, '*': opMul, '/': opDiv, '%': opMod, '^': opPow, tConcat: opConcat,
	tEq: opEq, tNe: opNe, '<': opLt, tLe: opLe, '>': opGt, tGe: opGe, tAnd: opAnd, tOr: opOr}

var priority = [...]struct{ left, right int }{
	opAdd: {6, 6}, opSub: {6, 6}, opMul: {7, 7}, opDiv: {7, 7}, opMod: {7, 7}, opPow: {10, 9}, opConcat: {5, 4},
	opEq: {3, 3}, opNe: {3, 3}, opLt: {3, 3}, opLe: {3, 3}, opGt: {3, 3}, opGe: {3, 3}, opAnd: {2, 2}, opOr: {1, 1},
}

const unaryPriority = 8

// sub parses an expression whose operators bind more than limit.
func (p *parser) sub(limit int) expr {
	p.enter()
	var e expr
	if t := p.tok; t == tNot || t == '-' || t == '#' {
		p.next()
		e = p.unary(t, p.sub(unaryPriority))
	} else {
		e = p.simple()
	}
	chain := 0
	for {
		op, ok := binOps[p.tok]
		if !ok || priority[op].left <= limit {
			break
		}
		if chain++; chain > maxChain {
			p.fail("expression has more than %d operators", maxChain)
		}
		p.f.node.depth = max(p.f.node.depth, p.level+chain)
		p.next()
		e = p.binary(op, e, p.sub(priority[op].right))
	}
	p.leave()
	return e
}

func (p *parser) unary(op token, a expr) expr {
	if n, ok := a.(*numberExpr); ok && op == '-' && n.n == n.n {
		return &numberExpr{-n.n}
	}
	return &unExpr{op, a, p.last}
}

// binary makes an operation, or its result if both operands are numbers.
func (p *parser) binary(op binOp, a, b expr) expr {
	switch op {
	case opAnd:
		if alwaysTrue(a) {
			return single(b)
		}
		return &andExpr{a, b}
	case opOr:
		if alwaysFalse(a) {
			return single(b)
		}
		return &orExpr{a, b}
	case opConcat:
		if c, ok := b.(*concatExpr); ok {
			c.list = append([]expr{a}, c.list...)
			c.line = p.last
			return c
		}
		return &concatExpr{[]expr{a, b}, p.last}
	}
	x, ok := a.(*numberExpr)
	y, ok2 := b.(*numberExpr)
	if ok && ok2 && op <= opPow && !((op == opDiv || op == opMod) && y.n == 0) {
		if v := arith(op, x.n, y.n); v == v && !math.IsInf(v, 0) {
			return &numberExpr{v}
		}
	}
	return &binExpr{op, a, b, p.last}
}

func (p *parser) simple() expr {
	var e expr
	switch p.tok {
	case tNumber:
		e = &numberExpr{p.num}
	case tString:
		e = &stringExpr{p.text}
	case tNil:
		e = &nilExpr{}
	case tTrue:
		e = &trueExpr{}
	case tFalse:
		e = &falseExpr{}
	case tDots:
		if !p.f.vararg {
			p.failHere("cannot use '...' outside a vararg function")
		}
		p.f.node.hasArg = false // it is used in the new way
		e = &dotsExpr{}
	case '{':
		return p.table()
	case tFunction:
		p.next()
		return &funcExpr{p.functionBody(false, p.line)}
	default:
		return p.primary()
	}
	p.next()
	return e
}

func (p *parser) table() expr {
	line := p.line
	t := &tableExpr{line: line}
	p.expect('{')
	for p.tok != '}' {
		switch {
		case p.tok == tName && p.peek() == '=':
			key := p.name()
			p.next()
			t.items = append(t.items, tableItem{&stringExpr{key}, p.expression(), p.last})
		case p.tok == '[':
			p.next()
			key := p.expression()
			p.expect(']')
			p.expect('=')
			t.items = append(t.items, tableItem{key, p.expression(), p.last})
		default:
			t.items = append(t.items, tableItem{nil, p.expression(), p.last})
		}
		if !p.accept(',') && !p.accept(';') {
			break
		}
	}
	p.match('}', '{', line)
	return t
}

// prefix parses a name, or an expression in parentheses.
func (p *parser) prefix() expr {
	switch p.tok {
	case '(':
		line := p.line
		p.next()
		e := p.expression()
		p.match(')', '(', line)
		switch e.(type) {
		case *callExpr, *methodExpr, *dotsExpr:
			return &parenExpr{e}
		case *localExpr, *upExpr, *globalExpr, *indexExpr, *concatExpr:
			return &parenExpr{e} // nobody can assign to it
		}
		return e
	case tName:
		name := p.text
		p.next()
		return p.variable(name)
	}
	p.failHere("unexpected symbol")
	return nil
}

func (p *parser) primary() expr {
	e := p.prefix()
	for chain := 0; ; chain++ {
		if chain > maxChain {
			p.fail("expression has more than %d operators", maxChain)
		}
		p.f.node.depth = max(p.f.node.depth, p.level+chain)
		switch p.tok {
		case '.':
			p.next()
			key := p.name()
			e = &indexExpr{e, &stringExpr{key}, p.last}
		case '[':
			p.next()
			key := p.expression()
			p.expect(']')
			e = &indexExpr{e, key, p.last}
		case ':':
			p.next()
			name := p.name()
			self := p.last
			args, line := p.arguments()
			e = &methodExpr{e, name, args, line, self}
		case '(', tString, '{':
			args, line := p.arguments()
			e = &callExpr{e, args, line}
		default:
			return e
		}
	}
}

func (p *parser) arguments() (args []expr, line int) {
	line = p.line
	switch p.tok {
	case '(':
		if line != p.last {
			p.failHere("ambiguous syntax (function call x new statement)")
		}
		p.next()
		if p.tok != ')' {
			args = p.expressions()
		}
		p.match(')', '(', line)
	case '{':
		args = []expr{p.table()}
	case tString:
		args = []expr{&stringExpr{p.text}}
		p.next()
	default:
		p.failHere("function arguments expected")
	}
	return args, line
}

// C's Lua leaves a constant on the left of "and" and "or" out, which shows in the
// names that errors tell.

func alwaysTrue(e expr) bool {
	switch e.(type) {
	case *trueExpr, *numberExpr, *stringExpr:
		return true
	}
	return false
}

func alwaysFalse(e expr) bool {
	switch e.(type) {
	case *nilExpr, *falseExpr:
		return true
	}
	return false
}

// single cuts the values of an expression to one.
func single(e expr) expr {
	if isMulti(e) {
		return &parenExpr{e}
	}
	return e
}
