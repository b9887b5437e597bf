package script

import (
	"fmt"
	"runtime"

	"github.com/msredis/msredis/internal/lua"
	"github.com/msredis/msredis/internal/mutant"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/script/lualib"
)

// Names of tables and functions (tostring) count from here. So those of a script and of
// the library it calls differ, and are the same on all machines.
const (
	libraryIDs = 1 << 16
	scriptIDs  = 1 << 24
)

// machine runs one script at a time.
type machine struct {
	e         *Engine
	L         *lua.LState
	resetJSON func()

	// Of the script that runs.
	c        *keyspace.Ctx
	name     string // its hash, or the function's name
	flags    flags
	readOnly bool
	dirty    bool  // it has written
	db       int   // the database that it has selected
	proto    uint8 // of the replies that it gets
	budget   int64
	more     int64 // instructions beyond those that the machine was given
	again    bool  // it needs the locks of all shards
	// restricted: the caller's rights are to be asked.
	restricted bool
	inCall     bool // a handler runs
	broken     bool // it has a fault
	run_       *run

	call  command.Call
	keys  command.KeyRoom // for it
	noted keyspace.ScriptCall
	args  [][]byte
	nums  []byte       // text of the numbers in args
	w     reply.Writer // replies to the script

	functions bool               // it is for functions
	libs      map[string]*loaded // libraries that were loaded into this machine
	loading   *loaded            // the one that is
	// env is the table of globals of their code. While the library is loaded it is
	// empty, with the globals of that time behind it. In a call it has those of the
	// call.
	env, envMeta, loadGlobals *lua.LTable
}

// ended is what ends a script for good.
type ended struct{ text string }

func (e *ended) Error() string { return e.text }

// Fatal implements what package lua asks for.
func (e *ended) Fatal() bool { return true }

// errAgain ends a script that has met a key whose lock is not held.
var errAgain = &ended{"again"}

func newMachine(e *Engine, functions bool) *machine {
	m := &machine{e: e, L: lua.NewState(), functions: functions, libs: map[string]*loaded{}}
	L := m.L
	lualib.OpenBit(L)
	lualib.OpenStruct(L)
	lualib.OpenCMsgpack(L)
	m.resetJSON = lualib.OpenCJSON(L)
	L.SetGlobal("redis", m.api())
	L.SetGlobal("pcall", L.NewFunction(pcall))
	L.RegisterModule("os", map[string]lua.LGFunction{"clock": m.clock})
	mt := L.NewTable()
	mt.RawSetString("__index", L.NewFunction(nonexistent))
	L.Globals().Metatable = mt
	protect(L.Globals(), map[*lua.LTable]bool{})
	L.StringMetatable().ReadOnly = true
	if functions {
		m.loadGlobals = m.loadAPI()
		m.env, m.envMeta = L.NewTable(), L.NewTable()
		m.env.Metatable, m.env.ReadOnly, m.envMeta.ReadOnly = m.envMeta, true, true
	}
	return m
}

// protect makes a table and all below it unchangeable for scripts.
func protect(t *lua.LTable, seen map[*lua.LTable]bool) {
	if seen[t] {
		return
	}
	seen[t], t.ReadOnly = true, true
	if mt, ok := t.Metatable.(*lua.LTable); ok {
		protect(mt, seen)
	}
	t.ForEach(func(_, v lua.LValue) {
		if t, ok := v.(*lua.LTable); ok {
			protect(t, seen)
		}
	})
}

func nonexistent(L *lua.LState) int {
	L.RaiseError("Script attempted to access nonexistent global variable '%s'", lua.LVAsString(L.Get(2)))
	return 0
}

// pcall is Redis's: an error of a command is its text, not the table that was raised.
func pcall(L *lua.LState) int {
	n := lua.Pcall(L)
	st := L.Pushed()
	if n == 2 && len(st) == 2 && st[0] == lua.LFalse {
		if t, ok := st[1].(*lua.LTable); ok {
			text := t.RawGetString("err")
			if !lua.LVCanConvToString(text) {
				L.Push(text) // Redis leaves it there
				return 3
			}
			st[1] = text
		}
	}
	return n
}

// clock is os.clock: the time that the script has taken, by its instructions.
func (m *machine) clock(L *lua.LState) int {
	const perSecond = defaultBudget / 5
	L.Push(lua.LNumber(float64(m.used()) / perSecond))
	return 1
}

// machine returns one for the script of a call.
func (e *Engine) machine(c *keyspace.Ctx, functions bool) *machine {
	m := e.machines[kind(functions)].Get().(*machine)
	m.c, m.db, m.proto, m.dirty, m.again, m.inCall = c, c.DB, reply.RESP2, false, false, false
	u := c.Users().Caller(c.Caller())
	m.restricted = u == nil || !u.Unrestricted()
	return m
}

func (e *Engine) release(m *machine) {
	if m.broken {
		return
	}
	m.c, m.run_, m.noted = nil, nil, keyspace.ScriptCall{}
	clear(m.args[:cap(m.args)])
	const keep = 64 << 10
	if cap(m.w.Buf) > keep {
		m.w.Buf = nil
	}
	m.L.Begin(scriptIDs)
	e.machines[kind(m.functions)].Put(m)
}

func kind(functions bool) int {
	if functions {
		return 1
	}
	return 0
}

// begin makes the machine as it was before its first script.
func (m *machine) begin(ids uint64) {
	m.resetJSON()
	m.L.Begin(ids)
	if seed := seedOf(m.c); !mutant.On(mutant.ScriptChance) {
		m.L.Seed(seed)
	}
	set := m.c.Settings()
	m.budget = int64(set.ScriptBudget)
	if n := m.e.budget.Load(); n != 0 {
		m.budget = n
	}
	m.L.Limit(m.firstSlice(), lua.Limits{Memory: int64(set.ScriptMemory), OutOfTime: m.outOfTime, OutOfMemory: m.outOfMemory})
}

// slice is how many instructions the machine is given at a time. Between two slices a
// read asks whether it was killed, and a script in the log tells that it runs for long.
const slice = 100_000

// firstSlice returns the first of them.
func (m *machine) firstSlice() int64 {
	n := min(m.budget, slice)
	m.more = m.budget - n
	return n
}

// used is how many instructions the script has taken.
func (m *machine) used() int64 { return m.budget - m.more - m.L.Left() }

func (m *machine) outOfTime() (more int64, err error) {
	if m.run_ != nil && m.run_.killed.Load() {
		return 0, &ended{fmt.Sprintf(reply.ErrScriptKilled, m.name)}
	}
	if m.more > 0 {
		n := min(m.more, slice)
		m.more -= n
		if m.run_ == nil {
			m.run_ = m.e.running.begin(m, true)
		}
		return n, nil
	}
	return 0, &ended{fmt.Sprintf(reply.ErrScriptBudget, m.budget)}
}

func (m *machine) outOfMemory() error { return &ended{reply.ErrScriptMemory} }

// setArguments sets KEYS and ARGV.
func (m *machine) setArguments(keys, args [][]byte) {
	m.L.SetGlobal("KEYS", m.strings(keys))
	m.L.SetGlobal("ARGV", m.strings(args))
}

func (m *machine) strings(list [][]byte) *lua.LTable {
	t := m.L.CreateTable(len(list), 0)
	for i, b := range list {
		m.L.Pay(len(b) + 16)
		t.RawSetInt(i+1, lua.LString(b))
	}
	return t
}

// run calls a function and answers what it returns, or its error.
func (m *machine) run(fn *lua.LFunction, args []lua.LValue) {
	if !m.c.Logged() {
		m.run_ = m.e.running.begin(m, false)
	}
	defer m.ends()
	ret, err := m.protected(fn, args)
	switch {
	case m.again:
		m.c.Retry()
	case err != nil:
		text := m.errorText(err)
		m.c.W.Error(text)
		if e, ok := err.(*lua.APIError); ok {
			m.answered(e.Object, text)
		}
	case m.c.W.Discard:
	case len(ret) == 0:
		m.c.W.Null()
	default:
		m.answer(ret[0])
	}
}

// ends notes that the script runs no more.
func (m *machine) ends() {
	if m.run_ != nil {
		m.e.running.end(m.run_, m.c)
	}
}

// protected is lua.Run, but takes a fault of the machine itself for an error of the
// script. The fault would be the same on all nodes, and end them all.
func (m *machine) protected(fn *lua.LFunction, args []lua.LValue) (ret []lua.LValue, err error) {
	defer func() {
		if r := recover(); r != nil {
			fault, ok := r.(runtime.Error)
			if !ok || m.inCall {
				panic(r)
			}
			m.broken = true // nobody uses it again
			err = &ended{fmt.Sprintf(reply.ErrScriptFault, fault)}
		}
	}()
	return m.L.Run(fn, args...)
}

// answered tells that the client was given an error. If that is the one of a command
// that was called, it is not to be counted again.
func (m *machine) answered(v lua.LValue, text string) {
	if t, ok := v.(*lua.LTable); ok && isCounted(t) && m.c.Counted() {
		m.c.Erred(text, -1)
	}
}

// errorText is the reply for an error of a script.
func (m *machine) errorText(err error) string {
	e, ok := err.(*lua.APIError)
	if !ok {
		return err.Error()
	}
	text := m.raised(e)
	source := e.Source
	if source != "=[C]" {
		source = "@" + source
	}
	return oneLine(fmt.Sprintf("%s script: %s, on %s:%d.", text, m.name, source, e.Line))
}

// raised is the text of what was raised.
func (m *machine) raised(e *lua.APIError) string {
	if t, ok := e.Object.(*lua.LTable); ok {
		v := t.RawGetString("err")
		if !lua.LVCanConvToString(v) {
			return reply.ErrScriptNoText // a real server does not survive this one
		}
		return lua.LVAsString(v)
	}
	return fmt.Sprintf(reply.ErrScriptError, e.Object)
}

// oneLine makes an error of a text that may have several lines.
func oneLine(s string) string {
	b := []byte(s)
	for len(b) > 0 && (b[len(b)-1] == '\n' || b[len(b)-1] == '\r') {
		b = b[:len(b)-1]
	}
	for i, c := range b {
		if c == '\n' || c == '\r' {
			b[i] = ' '
		}
	}
	return string(b)
}
