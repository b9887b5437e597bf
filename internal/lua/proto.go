package lua

// proto is a function as it is run: a tree of Go closures, one for each expression
// and statement.
type proto struct {
	node   *funcNode
	chunk  string
	params []*localVar
	vararg bool
	hasArg bool
	regs   int
	ups    []upDesc
	boxed  []int // registers of the parameters that closures capture
	depth  int   // what a call takes of maxDepth
	run    func(fr *frame) ctl
}

// ctl is how a statement ends.
type ctl int

const (
	ctlNext ctl = iota
	ctlBreak
	ctlReturn // the values are in L.ret
	ctlTail   // L.ret has a function and its arguments
)

type (
	exprFn  func(fr *frame) LValue
	multiFn func(fr *frame) []LValue // valid until the next call
	stmtFn  func(fr *frame) ctl
)

// Chunk is a compiled chunk. It may be used by many states.
type Chunk struct{ p *proto }

// Compile compiles a chunk. The name is as C's Lua has it: "@file", "=name" or the
// chunk itself.
func Compile(src, name string) (*Chunk, error) {
	short := shortName(name)
	node, err := parse(src, short)
	if err != nil {
		return nil, err
	}
	return &Chunk{(&gen{chunk: short}).function(node)}, nil
}

// Load makes a function of a chunk.
func (L *LState) Load(c *Chunk) *LFunction {
	return &LFunction{proto: c.p, Env: L.g.env, id: L.g.newID()}
}

// shortName is how messages show the name of a chunk.
func shortName(name string) string {
	const room = 60
	if name == "" {
		return `[string ""]`
	}
	switch name[0] {
	case '=':
		return name[1:min(len(name), room)]
	case '@':
		name = name[1:]
		if limit := room - 8; len(name) > limit {
			name = "..." + name[len(name)-limit:]
		}
		return name
	}
	end := 0
	for end < len(name) && name[end] != '\n' && name[end] != '\r' && name[end] != 0 {
		end++
	}
	const line = room - 17
	if end < len(name) && name[end] != 0 || end > line {
		return `[string "` + name[:min(end, line)] + `..."]`
	}
	return `[string "` + name[:end] + `"]`
}

// gen makes closures of syntax trees.
type gen struct {
	chunk string
	zero  LValue // the first zero among the constants of the function
}

func (g *gen) function(n *funcNode) *proto {
	p := &proto{node: n, chunk: g.chunk, params: n.params, vararg: n.vararg, hasArg: n.hasArg,
		regs: n.regs, ups: n.ups, depth: 8 + n.depth}
	for _, v := range n.params {
		if v.captured {
			p.boxed = append(p.boxed, v.reg)
		}
	}
	p.run = (&gen{chunk: g.chunk}).block(n.body)
	return p
}

// block runs statements.
func (g *gen) block(list []stmt) stmtFn {
	fns := make([]stmtFn, len(list))
	for i, s := range list {
		fns[i] = g.statement(s)
	}
	switch len(fns) {
	case 0:
		return func(*frame) ctl { return ctlNext }
	case 1:
		only := fns[0]
		return func(fr *frame) ctl {
			if fr.g.left--; fr.g.left < 0 {
				fr.g.exhausted()
			}
			return only(fr)
		}
	}
	return func(fr *frame) ctl {
		for _, fn := range fns {
			if fr.g.left--; fr.g.left < 0 {
				fr.g.exhausted()
			}
			if c := fn(fr); c != ctlNext {
				return c
			}
		}
		return ctlNext
	}
}

// nameOf is how messages call an expression, nil if they have no name for it.
func nameOf(e expr, line int) *site {
	switch e := e.(type) {
	case *localExpr:
		return &site{line, "local", e.v.name}
	case *upExpr:
		return &site{line, "upvalue", e.name}
	case *globalExpr:
		return &site{line, "global", e.name}
	case *indexExpr:
		if s, ok := e.key.(*stringExpr); ok {
			return &site{line, "field", s.s}
		}
		return &site{line, "field", "?"}
	case *methodExpr:
		return nil
	case *parenExpr:
		switch e.e.(type) {
		case *localExpr, *upExpr, *globalExpr, *indexExpr:
			return nameOf(e.e, line)
		}
	}
	return nil
}

// siteOf is nameOf with a place.
func siteOf(e expr, line int) *site {
	if s := nameOf(e, line); s != nil {
		return s
	}
	return &site{line: line}
}

// newClosure makes a function of a prototype.
func newClosure(fr *frame, p *proto) *LFunction {
	fr.g.pay(functionSize + 8*len(p.ups))
	f := &LFunction{proto: p, Env: fr.fn.Env, id: fr.g.newID()}
	if len(p.ups) > 0 {
		f.up = make([]*cell, len(p.ups))
		for i, d := range p.ups {
			if d.local != nil {
				f.up[i] = fr.r[d.local.reg].(*cell)
			} else {
				f.up[i] = fr.fn.up[d.index]
			}
		}
	}
	return f
}
