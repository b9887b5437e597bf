package lua

import "fmt"

// Limits of Lua 5.1.
const (
	maxCalls  = 20000 // of Lua functions in each other
	maxCCalls = 200   // of Go functions that call Lua
	maxStack  = 8000  // values that a Go function may push
	// maxDepth bounds what calls in each other take of Go's stack, in nested
	// expressions.
	maxDepth = 400000
)

// global is what the coroutines of a state share.
type global struct {
	Limits

	left             int64 // instructions
	paid             int64 // bytes that were allocated since they were counted
	ids              uint64
	depth            int // see maxDepth
	calls            int // of Go functions in each other, with those of the coroutines around
	main             *LState
	env              *LTable
	reg              *LTable
	strs             *LTable // metatable of strings
	nextFn, ipairsFn *LFunction
	random           randomState
	// begun is the first name (newID) of what the script has made itself; touched:
	// it may have changed what was there before.
	begun   uint64
	touched bool
	coros   []*LState // that are not finished
}

// LState is a coroutine, and the way to the state of all of them.
type LState struct {
	g      *global
	stack  []LValue
	top    int
	frames []*frame
	depth  int // of frames
	cur    *frame
	ret    []LValue // results of the last call
	id     uint64
	co     *coroutine // nil: the main one
}

// frame is a call.
type frame struct {
	L    *LState
	g    *global
	r    []LValue // registers
	va   []LValue // what stands behind the parameters
	fn   *LFunction
	site *site    // where it is
	st   []LValue // the stack of a Go function
}

// site is a place in a script that may fail.
type site struct {
	line int
	// How what is called there is called: "global", "local", "method", "field",
	// "upvalue" and the name; "" if it has none.
	kind, name string
}

var nowhere = &site{}

// APIErrorType says what an APIError is about.
type APIErrorType int

// The subjects of errors.
const (
	APIErrorSyntax APIErrorType = iota
	APIErrorRun
)

// APIError is an error of a script.
type APIError struct {
	Type   APIErrorType
	Object LValue
	// Where it was raised: the chunk and the line. The chunk is "=[C]" if there was
	// no function of Lua near.
	Source string
	Line   int
}

// Error implements error.
func (e *APIError) Error() string { return e.Object.String() }

// thrown is what an error of Lua panics with.
type thrown struct {
	v LValue
	// Where it was raised; see APIError.
	source string
	line   int
}

// Fatal is what ends a script whatever it does: no pcall catches it.
type Fatal struct{ Text string }

// Error implements error.
func (f *Fatal) Error() string { return f.Text }

// NewState returns a state with the libraries of Lua, without bounds.
func NewState() *LState {
	g := &global{ids: 1}
	g.env, g.reg = g.table(0), g.table(0)
	L := newThread(g)
	g.main = L
	L.openLibs()
	g.left = 1 << 62
	return L
}

func newThread(g *global) *LState {
	L := &LState{g: g, id: g.newID()}
	L.stack = make([]LValue, 64)
	base := &frame{L: L, g: g, site: nowhere}
	L.frames = append(L.frames, base)
	L.cur = base
	return L
}

func (g *global) newID() uint64 {
	g.ids++
	return g.ids
}

func (g *global) table(n int) *LTable {
	t := &LTable{Metatable: LNil, g: g, id: g.newID()}
	if n > 0 {
		t.array = make([]LValue, 0, n)
	}
	g.pay(tableSize + slotSize*n)
	return t
}

// reserve makes room for n values behind top.
func (L *LState) reserve(n int) {
	if L.top+n <= len(L.stack) {
		return
	}
	L.g.pay(16 * (L.top + n))
	bigger := make([]LValue, 2*(L.top+n))
	copy(bigger, L.stack[:L.top])
	L.stack = bigger
}

func (L *LState) pushValue(v LValue) {
	if L.top == len(L.stack) {
		L.reserve(1)
	}
	L.stack[L.top] = v
	L.top++
}

// enter makes a frame for a call.
func (L *LState) enter(fn *LFunction, weight int) *frame {
	g := L.g
	if L.depth >= maxCalls || g.depth > maxDepth {
		if L.depth >= maxCalls+maxCCalls { // while the error is handled
			panic(&Fatal{"error in error handling"})
		}
		L.runError("stack overflow")
	}
	g.depth += weight
	L.depth++
	if L.depth == len(L.frames) {
		L.frames = append(L.frames, &frame{L: L, g: g})
	}
	fr := L.frames[L.depth]
	fr.fn, fr.site, fr.va = fn, nowhere, nil // an error has skipped exit perhaps
	L.cur = fr
	return fr
}

func (L *LState) exit(weight int) {
	L.cur.va = nil
	L.g.depth -= weight
	L.depth--
	L.cur = L.frames[L.depth]
}

// call calls f with the n values from base on, which are the top of the stack, and
// takes them off. The results are valid until the next call.
func (L *LState) call(f LValue, base int) []LValue {
	g := L.g
	for {
		fn, ok := f.(*LFunction)
		if !ok {
			fn = L.callable(f)
			L.pushValue(LNil)
			copy(L.stack[base+1:L.top], L.stack[base:])
			L.stack[base] = f
		}
		if g.left--; g.left < 0 {
			g.exhausted()
		}
		if fn.IsG {
			return L.callGo(fn, base)
		}
		if f = L.callLua(fn, base); f == nil {
			return L.ret
		}
	}
}

func (L *LState) callGo(fn *LFunction, base int) []LValue {
	fr := L.enter(fn, 4)
	fr.st = append(fr.st[:0], L.stack[base:L.top]...)
	L.top = base
	n := fn.GFunction(L)
	L.ret = append(L.ret[:0], fr.st[len(fr.st)-n:]...)
	if cap(fr.st) > maxStack {
		fr.st = nil
	}
	L.exit(4)
	return L.ret
}

// callLua runs a function of Lua. If it ends in a tail call it returns the function
// that is to be called, with the arguments at base.
func (L *LState) callLua(fn *LFunction, base int) (tail LValue) {
	p := fn.proto
	weight := p.depth
	fr := L.enter(fn, weight)
	L.reserve(p.regs) // while top is behind the arguments: what is behind top is not kept
	n := L.top - base
	at, params := base, len(p.params)
	if n > params {
		if p.vararg {
			at = L.top
			copy(L.stack[at:], L.stack[base:base+params])
			fr.va = L.stack[base+params : base+n : base+n]
		}
		n = params
	}
	r := L.stack[at : at+p.regs : at+p.regs]
	for i := n; i < len(r); i++ {
		r[i] = LNil
	}
	L.top = at + p.regs
	fr.r = r
	for _, v := range p.boxed {
		r[v] = &cell{r[v]}
	}
	if p.hasArg {
		p.makeArg(fr)
	}
	switch p.run(fr) {
	case ctlTail:
		args := len(L.ret) - 1
		tail = L.ret[0]
		L.top = base
		L.reserve(args)
		copy(L.stack[base:], L.ret[1:])
		L.top = base + args
	case ctlReturn:
		L.top = base
	default:
		L.ret = L.ret[:0]
		L.top = base
	}
	L.exit(weight)
	return tail
}

// makeArg makes the table arg of a vararg function that does not use '...'.
func (p *proto) makeArg(fr *frame) {
	t := fr.g.table(len(fr.va))
	for i, v := range fr.va {
		t.RawSetInt(i+1, v)
	}
	t.RawSetString("n", number(float64(len(fr.va))))
	v := p.node.argVar
	if v.captured {
		fr.r[v.reg] = &cell{t}
	} else {
		fr.r[v.reg] = t
	}
}

// callable is the __call of a value that is no function.
func (L *LState) callable(f LValue) *LFunction {
	if fn, ok := L.meta(f, "__call").(*LFunction); ok {
		return fn
	}
	s := L.cur.site
	if s.name != "" && !L.cur.native() {
		L.runError("attempt to call %s '%s' (a %s value)", s.kind, s.name, f.Type())
	}
	L.runError("attempt to call a %s value", f.Type())
	return nil
}

func (fr *frame) native() bool { return fr.fn == nil || fr.fn.IsG }

// callFromGo calls f from a Go function.
func (L *LState) callFromGo(f LValue, args ...LValue) []LValue {
	base := L.top
	L.reserve(len(args))
	L.top += copy(L.stack[base:], args)
	return L.callAt(f, base)
}

// callAt is call from a Go function. These are counted, because they take the
// stack of Go.
func (L *LState) callAt(f LValue, base int) []LValue {
	g := L.g
	if g.calls >= maxCCalls {
		L.runError("C stack overflow")
	}
	g.calls++
	ret := L.call(f, base)
	g.calls--
	return ret
}

// protect runs fn. An error of Lua ends it and is returned.
func (L *LState) protect(fn func()) (failure *thrown) {
	g := L.g
	top, depth, cur, calls, goDepth := L.top, L.depth, L.cur, g.calls, g.depth
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		t, ok := r.(*thrown)
		if !ok {
			panic(r)
		}
		if t.source == "" {
			t.source, t.line = L.place()
		}
		L.top, L.depth, L.cur, g.calls, g.depth = top, depth, cur, calls, goDepth
		failure = t
	}()
	fn()
	return nil
}

// place is where an error was raised: in the function that runs, or if that is one
// of Go, in the one that called it.
func (L *LState) place() (source string, line int) {
	for i := L.depth; i > max(L.depth-2, 0); i-- {
		if fr := L.frames[i]; !fr.native() {
			return fr.fn.proto.chunk, fr.site.line
		}
	}
	return "=[C]", -1
}

// where is the position of the function at a level: 0 is the one that runs, 1 the
// one that called it. It is "" for a function of Go.
func (L *LState) where(level int) string {
	if i := L.depth - level; i > 0 {
		if fr := L.frames[i]; !fr.native() {
			return fmt.Sprintf("%s:%d: ", fr.fn.proto.chunk, fr.site.line)
		}
	}
	return ""
}

// runError raises an error of the machine itself, with the position if a function
// of Lua runs.
func (L *LState) runError(format string, args ...any) {
	text := L.where(0) + fmt.Sprintf(format, args...)
	panic(&thrown{v: LString(text)})
}

// meta returns a field of the metatable of v.
func (L *LState) meta(v LValue, event string) LValue {
	if mt := L.metatable(v); mt != nil {
		return mt.RawGetString(event)
	}
	return LNil
}

func (L *LState) metatable(v LValue) *LTable {
	var mt LValue
	switch v := v.(type) {
	case *LTable:
		mt = v.Metatable
	case *LUserData:
		mt = v.Metatable
	case LString:
		return L.g.strs
	}
	if t, ok := mt.(*LTable); ok {
		return t
	}
	return nil
}
