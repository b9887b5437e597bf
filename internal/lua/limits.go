package lua

import "github.com/msredis/msredis/internal/mutant"

// Limits bound what a script may use. They are the same on every machine: a script
// that exceeds one ends at the same instruction everywhere.
type Limits struct {
	// Memory is how many bytes the values that a script can reach may take, by
	// the accounting of this package.
	Memory int64
	// OutOfTime is asked when the instructions are used up: it returns how many more
	// there may be, or the error that ends the script.
	OutOfTime func() (more int64, err error)
	// OutOfMemory makes the error that ends the script.
	OutOfMemory func() error
}

// Limit begins a script: it may use n instructions, a statement or a call each, and
// what Charge adds.
func (L *LState) Limit(n int64, lim Limits) {
	L.g.Limits, L.g.left, L.g.paid = lim, n, 0
}

// Left returns how many instructions are left.
func (L *LState) Left() int64 { return L.g.left }

// Charge takes n instructions off the budget, for work of a Go function that grows
// with its arguments.
func (L *LState) Charge(n int) {
	if L.g.left -= int64(n); L.g.left < 0 {
		L.g.exhausted()
	}
}

// Pay accounts for so many bytes that a Go function is about to allocate.
func (L *LState) Pay(bytes int) { L.g.pay(bytes) }

// exhausted asks for more instructions until those that were taken are paid for. So a
// budget that is given in slices is as large as one that is given at once.
func (g *global) exhausted() {
	for g.left < 0 {
		more, err := int64(0), error(&Fatal{"out of instructions"})
		if g.OutOfTime != nil {
			more, err = g.OutOfTime()
		}
		if err != nil {
			g.left = 0
			panic(err)
		}
		g.left += more
	}
}

// pay accounts for memory. The memory that was allocated in all bounds the memory in
// use. Only when it exceeds the limit are the values counted, so a script that makes
// garbage goes on. The count depends on the values alone, not on Go's collector.
func (g *global) pay(bytes int) {
	g.paid += int64(bytes)
	if g.Memory != 0 && g.paid > g.Memory {
		g.recount(int64(bytes))
	}
}

func (g *global) recount(wanted int64) {
	c := counter{seen: map[any]bool{}}
	used := c.state(g) + wanted
	// A quarter of the limit has to be free, or every allocation would count.
	g.left -= c.steps
	if used > g.Memory-g.Memory/4 {
		var err error = &Fatal{"not enough memory"}
		if g.OutOfMemory != nil {
			err = g.OutOfMemory()
		}
		panic(err)
	}
	g.paid = used
}

// counter adds up the values that a state can reach.
type counter struct {
	seen  map[any]bool
	todo  []LValue
	steps int64
	bytes int64
}

func (c *counter) state(g *global) int64 {
	c.add(g.env)
	c.add(g.reg)
	c.thread(g.main)
	for _, co := range g.coros {
		c.add(co)
	}
	for len(c.todo) > 0 {
		v := c.todo[len(c.todo)-1]
		c.todo = c.todo[:len(c.todo)-1]
		c.visit(v)
	}
	return c.bytes
}

func (c *counter) add(v LValue) {
	c.steps++
	switch s := v.(type) {
	case nil, *LNilType, LBool, LNumber:
		return
	case LString:
		c.bytes += int64(len(s)) + 16
		return
	}
	if !c.seen[v] {
		c.seen[v] = true
		c.todo = append(c.todo, v)
	}
}

func (c *counter) visit(v LValue) {
	switch v := v.(type) {
	case *LTable:
		c.bytes += tableSize + int64(cap(v.array)*slotSize+cap(v.list)*pairSize)
		for _, x := range v.array {
			c.add(x)
		}
		for i := range v.list {
			c.add(v.list[i].key)
			c.add(v.list[i].val)
		}
		c.add(v.Metatable)
	case *LFunction:
		c.bytes += functionSize
		for _, x := range v.up {
			c.add(x)
		}
		if v.Env != nil {
			c.add(v.Env)
		}
	case *cell:
		c.bytes += cellSize
		c.add(v.v)
	case *LState:
		c.thread(v)
	case *LUserData:
		c.bytes += 64
	}
}

func (c *counter) thread(L *LState) {
	c.bytes += threadSize + int64(16*len(L.stack))
	for _, v := range L.stack[:L.top] {
		c.add(v)
	}
	for _, fr := range L.frames[:L.depth+1] {
		for _, v := range fr.st {
			c.add(v)
		}
		if fr.fn != nil {
			c.add(fr.fn)
		}
	}
}

const (
	functionSize = 96
	cellSize     = 16
	threadSize   = 8192
)

// Touched reports whether the script may have changed tables, variables or
// coroutines that were there before Begin.
func (L *LState) Touched() bool { return L.g.touched }

// Begin makes the state ready for another script: what a script can see of the
// machine is as it was for the first one. Names of tables and functions count from
// base on.
func (L *LState) Begin(base uint64) {
	g := L.g
	g.stopCoroutines()
	g.ids, g.depth, g.calls = base, 0, 0
	g.begun, g.touched = base, false
	if !mutant.On(mutant.ScriptChance) {
		g.random = randomState{}
	}
	main := g.main
	main.top, main.depth, main.cur = 0, 0, main.frames[0]
	main.cur.st = main.cur.st[:0]
	clear(main.stack)
	clear(main.ret[:cap(main.ret)])
	const keep = 1024
	if len(main.stack) > keep {
		main.stack = make([]LValue, 64)
	}
	if len(main.frames) > keep {
		main.frames = main.frames[:keep:keep]
	}
	for _, fr := range main.frames {
		clear(fr.st[:cap(fr.st)])
		fr.st, fr.r, fr.va, fr.fn = fr.st[:0], nil, nil, nil
	}
}
