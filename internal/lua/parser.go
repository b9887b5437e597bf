package lua

import "fmt"

// Limits of Lua 5.1.
const (
	maxLocals   = 200
	maxUpvalues = 60
	maxLevels   = 200 // of nested syntax
	// maxChain is how long a chain of operators may be, which Lua 5.1 does not
	// bound: it is run on the stack of Go.
	maxChain = 4000
)

type parser struct {
	lexer
	f     *funcState
	level int
}

// funcState is the function that is being parsed.
type funcState struct {
	node   *funcNode
	outer  *funcState
	active []*localVar // the locals in scope
	blocks []block
	regs   int
	vararg bool
}

type block struct {
	locals int // how many were active before it
	regs   int
	loop   bool
}

// parse makes a syntax tree of a chunk.
func parse(src, chunk string) (main *funcNode, err error) {
	p := &parser{}
	p.chunk, p.src, p.line, p.last = chunk, src, 1, 1
	defer func() {
		switch r := recover().(type) {
		case nil:
		case syntaxError:
			err = fmt.Errorf("%s", r.text)
		default:
			panic(r)
		}
	}()
	if len(src) > 0 && src[0] == '#' { // the first line of a file
		for p.pos < len(src) && src[p.pos] != '\n' {
			p.pos++
		}
	}
	p.open(0)
	p.f.vararg, p.f.node.vararg = true, true
	p.next()
	body := p.chunkBody()
	p.check(tEOF)
	p.f.node.body = body
	return p.close(), nil
}

func (p *parser) open(line int) {
	p.f = &funcState{node: &funcNode{line: line}, outer: p.f}
	p.f.blocks = append(p.f.blocks, block{})
}

func (p *parser) close() *funcNode {
	n := p.f.node
	p.f = p.f.outer
	return n
}

func (p *parser) enter() {
	p.level++
	if p.level > maxLevels {
		p.fail("chunk has too many syntax levels")
	}
	p.f.node.depth = max(p.f.node.depth, p.level)
}

func (p *parser) leave() { p.level-- }

// Tokens.

func (p *parser) accept(t token) bool {
	if p.tok == t {
		p.next()
		return true
	}
	return false
}

func (p *parser) check(t token) {
	if p.tok != t {
		p.failHere("'" + t.String() + "' expected")
	}
}

func (p *parser) expect(t token) {
	p.check(t)
	p.next()
}

func (p *parser) match(what, who token, line int) {
	if p.accept(what) {
		return
	}
	if line == p.line {
		p.failHere("'" + what.String() + "' expected")
	}
	p.failHere(fmt.Sprintf("'%s' expected (to close '%s' at line %d)", what, who, line))
}

func (p *parser) name() string {
	p.check(tName)
	s := p.text
	p.next()
	return s
}

// Locals.

func (p *parser) declare(name string) *localVar {
	f := p.f
	if len(f.active) >= maxLocals {
		p.limit(maxLocals, "local variables")
	}
	return &localVar{name: name}
}

func (p *parser) limit(n int, what string) {
	if p.f.node.line == 0 {
		p.fail("main function has more than %d %s", n, what)
	}
	p.fail("function at line %d has more than %d %s", p.f.node.line, n, what)
}

// activate brings locals into scope.
func (p *parser) activate(vars ...*localVar) {
	f := p.f
	for _, v := range vars {
		if len(f.active) >= maxLocals {
			p.limit(maxLocals, "local variables")
		}
		v.reg = p.reg(1)
		f.active = append(f.active, v)
	}
}

// reg reserves registers until the end of the block.
func (p *parser) reg(n int) int {
	at := p.f.regs
	p.f.regs += n
	p.f.node.regs = max(p.f.node.regs, p.f.regs)
	return at
}

func (p *parser) enterBlock(loop bool) {
	f := p.f
	f.blocks = append(f.blocks, block{locals: len(f.active), regs: f.regs, loop: loop})
}

func (p *parser) leaveBlock() {
	f := p.f
	b := f.blocks[len(f.blocks)-1]
	f.blocks = f.blocks[:len(f.blocks)-1]
	f.active, f.regs = f.active[:b.locals], b.regs
}

func (p *parser) variable(name string) expr {
	if v := p.f.local(name); v != nil {
		return &localExpr{v}
	}
	if i := p.upvalue(p.f, name); i >= 0 {
		return &upExpr{i, name}
	}
	return &globalExpr{name, p.last}
}

func (f *funcState) local(name string) *localVar {
	for i := len(f.active) - 1; i >= 0; i-- {
		if f.active[i].name == name {
			return f.active[i]
		}
	}
	return nil
}

// upvalue finds a local of the functions around f, -1 if there is none.
func (p *parser) upvalue(f *funcState, name string) int {
	for i, n := range f.node.upNames {
		if n == name && f.sees(i, name) {
			return i
		}
	}
	if f.outer == nil {
		return -1
	}
	d := upDesc{local: f.outer.local(name)}
	if d.local != nil {
		d.local.captured = true
	} else if d.index = p.upvalue(f.outer, name); d.index < 0 {
		return -1
	}
	for i := range f.node.ups {
		if f.node.ups[i] == d {
			return i
		}
	}
	if len(f.node.ups) >= maxUpvalues {
		inner := p.f
		p.f = f
		defer func() { p.f = inner }()
		p.limit(maxUpvalues, "upvalues")
	}
	f.node.ups = append(f.node.ups, d)
	f.node.upNames = append(f.node.upNames, name)
	return len(f.node.ups) - 1
}

// sees reports whether an upvalue of that name is still the variable that the name
// means.
func (f *funcState) sees(i int, name string) bool {
	d := f.node.ups[i]
	if v := f.outer.local(name); v != nil {
		return d.local == v
	}
	return d.local == nil && f.outer.sees(d.index, name)
}
