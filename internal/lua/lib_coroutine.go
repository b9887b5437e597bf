package lua

import "iter"

// coroutine is what a coroutine has beside its state. It runs on a goroutine of its
// own, which never runs at the same time as any other.
type coroutine struct {
	fn      LValue
	next    func() (struct{}, bool)
	stop    func()
	yield   func(struct{}) bool
	resumer *LState  // nil: it does not run
	values  []LValue // on their way in or out
	failure any      // what it ended with
	started bool
	dead    bool
	calls   int // global.calls when it was resumed
}

// stopped is what a coroutine ends with that nobody resumes any more.
type stopped struct{}

var coroutineFuncs = map[string]LGFunction{
	"create": coCreate, "resume": coResume, "running": coRunning, "status": coStatus, "wrap": coWrap, "yield": coYield,
}

func (L *LState) newCoroutine() *LState {
	fn, ok := L.Get(1).(*LFunction)
	if !ok || fn.IsG {
		L.ArgError(1, "Lua function expected")
	}
	L.g.pay(threadSize)
	co := newThread(L.g)
	co.co = &coroutine{fn: fn}
	co.pushValue(fn) // so that it counts as reachable
	return co
}

func coCreate(L *LState) int {
	L.Push(L.newCoroutine())
	return 1
}

func coRunning(L *LState) int {
	if L.co == nil {
		L.Push(LNil)
	} else {
		L.Push(L)
	}
	return 1
}

func (L *LState) status(co *LState) string {
	switch {
	case co == L:
		return "running"
	case co.co == nil || co.co.resumer != nil:
		return "normal"
	case co.co.dead:
		return "dead"
	}
	return "suspended"
}

func coStatus(L *LState) int {
	co, ok := L.Get(1).(*LState)
	if !ok {
		L.ArgError(1, "coroutine expected")
	}
	L.Push(LString(L.status(co)))
	return 1
}

// resume runs co until it yields or ends.
func (L *LState) resume(co *LState, args []LValue) (values []LValue, failure LValue) {
	if s := L.status(co); s != "suspended" {
		return nil, LString("cannot resume " + s + " coroutine")
	}
	g, c := L.g, co.co
	g.touched = true
	if g.calls >= maxCCalls {
		return nil, LString("C stack overflow")
	}
	c.values = append(c.values[:0], args...)
	c.resumer = L
	if !c.started {
		c.started = true
		g.coros = append(g.coros, co)
		c.next, c.stop = iter.Pull(co.body)
	}
	calls, depth := g.calls, g.depth
	g.calls++
	c.calls = g.calls
	_, alive := c.next()
	g.calls, g.depth = calls, depth
	c.resumer = nil
	if alive {
		return c.values, nil
	}
	c.dead = true
	g.forget(co)
	switch f := c.failure.(type) {
	case nil:
		return c.values, nil
	case *thrown:
		return nil, f.v
	default:
		panic(f) // it ends the script
	}
}

func (g *global) forget(co *LState) {
	for i, x := range g.coros {
		if x == co {
			g.coros = append(g.coros[:i], g.coros[i+1:]...)
			return
		}
	}
}

// body is the life of a coroutine.
func (L *LState) body(yield func(struct{}) bool) {
	c := L.co
	c.yield = yield
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(stopped); !ok {
				c.failure = r
			}
		}
	}()
	L.top = 0
	base := L.top
	L.reserve(len(c.values))
	L.top += copy(L.stack[base:], c.values)
	c.values = append(c.values[:0], L.call(c.fn, base)...)
}

func coYield(L *LState) int {
	c := L.co
	if c == nil || L.g.calls > c.calls {
		L.runError("attempt to yield across metamethod/C-call boundary")
	}
	depth := L.g.depth
	c.values = append(c.values[:0], L.cur.st...)
	if !c.yield(struct{}{}) {
		panic(stopped{})
	}
	L.g.depth = depth
	L.cur.st = append(L.cur.st[:0], c.values...)
	return len(L.cur.st)
}

func coResume(L *LState) int {
	fr := L.cur
	co, ok := L.Get(1).(*LState)
	if !ok {
		L.ArgError(1, "coroutine expected")
	}
	values, failure := L.resume(co, fr.st[1:])
	if failure != nil {
		fr.st = append(fr.st[:0], LFalse, failure)
		return 2
	}
	fr.st = append(append(fr.st[:0], LTrue), values...)
	return len(fr.st)
}

func coWrap(L *LState) int {
	co := L.newCoroutine()
	L.Push(L.NewFunction(func(L *LState) int {
		values, failure := L.resume(co, L.cur.st)
		if failure != nil {
			if s, ok := failure.(LString); ok {
				failure = LString(L.where(1)) + s
			}
			panic(&thrown{v: failure})
		}
		L.cur.st = append(L.cur.st[:0], values...)
		return len(values)
	}))
	return 1
}

// stopCoroutines ends those that nobody will resume.
func (g *global) stopCoroutines() {
	for _, co := range g.coros {
		co.co.stop()
	}
	g.coros = nil
}
