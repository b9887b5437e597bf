package lua

import (
	"fmt"
	"unsafe"
)

func unsafeString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// The stack of the running Go function.

// GetTop returns how many values are on the stack.
func (L *LState) GetTop() int { return len(L.cur.st) }

// Get returns a value of the stack: from 1 on, or from -1 down from the top. LNil
// where there is none.
func (L *LState) Get(i int) LValue {
	st := L.cur.st
	if i < 0 {
		i += len(st) + 1
	}
	if i > 0 && i <= len(st) {
		return st[i-1]
	}
	return LNil
}

// Push puts a value on the stack.
func (L *LState) Push(v LValue) { L.cur.st = append(L.cur.st, v) }

// Pop takes n values off the stack.
func (L *LState) Pop(n int) { L.cur.st = L.cur.st[:len(L.cur.st)-n] }

// SetTop makes the stack n values high.
func (L *LState) SetTop(n int) {
	for len(L.cur.st) < n {
		L.Push(LNil)
	}
	L.cur.st = L.cur.st[:n]
}

// Making values.

// NewTable makes a table.
func (L *LState) NewTable() *LTable { return L.g.table(0) }

// CreateTable makes a table with room for an array.
func (L *LState) CreateTable(array, _ int) *LTable { return L.g.table(min(array, 1<<16)) }

// NewFunction makes a function of Go.
func (L *LState) NewFunction(fn LGFunction) *LFunction {
	return &LFunction{IsG: true, GFunction: fn, Env: L.g.env, id: L.g.newID()}
}

// NullUserData makes a userdata that is printed as C prints a null pointer.
func (L *LState) NullUserData() *LUserData { return &LUserData{Metatable: LNil} }

// Globals and fields.

// Globals returns the table of globals.
func (L *LState) Globals() *LTable { return L.g.env }

// SetGlobal sets a global, whatever the table of globals forbids.
func (L *LState) SetGlobal(name string, v LValue) { L.g.env.RawSetString(name, v) }

// GetGlobal returns a global, LNil if there is none.
func (L *LState) GetGlobal(name string) LValue { return L.g.env.RawGetString(name) }

// SetFuncs puts functions into a table.
func (L *LState) SetFuncs(t *LTable, funcs map[string]LGFunction) *LTable {
	for _, name := range sortedNames(funcs) {
		t.RawSetString(name, L.NewFunction(funcs[name]))
	}
	return t
}

// RegisterModule makes a global table of functions.
func (L *LState) RegisterModule(name string, funcs map[string]LGFunction) LValue {
	t := L.SetFuncs(L.NewTable(), funcs)
	L.SetGlobal(name, t)
	return t
}

// Errors.

// RaiseError raises an error with the position of the caller.
func (L *LState) RaiseError(format string, args ...any) {
	panic(&thrown{v: LString(L.where(1) + fmt.Sprintf(format, args...))})
}

// Error raises an error with any value; a string gets the position at level in
// front, unless that is 0.
func (L *LState) Error(v LValue, level int) {
	if s, ok := v.(LString); ok && level > 0 {
		v = LString(L.where(level)) + s
	}
	panic(&thrown{v: v})
}

// ArgError raises an error about argument n.
func (L *LState) ArgError(n int, text string) {
	s := nowhere
	if L.depth > 0 {
		if fr := L.frames[L.depth-1]; !fr.native() {
			s = fr.site
		}
	}
	if s.kind == "method" {
		if n--; n == 0 {
			L.RaiseError("calling '%s' on bad self (%s)", s.name, text)
		}
	}
	name := s.name
	if name == "" {
		name = "?"
	}
	L.RaiseError("bad argument #%d to '%s' (%s)", n, name, text)
}

func (L *LState) typeErrorOf(n int, want string) {
	got := "no value"
	if n <= L.GetTop() {
		got = L.Get(n).Type().String()
	}
	L.ArgError(n, want+" expected, got "+got)
}

// Arguments.

// CheckAny returns argument n, which may be nil.
func (L *LState) CheckAny(n int) LValue {
	if n > L.GetTop() {
		L.ArgError(n, "value expected")
	}
	return L.Get(n)
}

// CheckString returns argument n, a string or number.
func (L *LState) CheckString(n int) string {
	s, ok := toString(L.Get(n))
	if !ok {
		L.typeErrorOf(n, "string")
	}
	return s
}

// OptString is CheckString with a default.
func (L *LState) OptString(n int, d string) string {
	if L.Get(n) == LNil {
		return d
	}
	return L.CheckString(n)
}

// CheckNumber returns argument n, a number or a string that reads as one.
func (L *LState) CheckNumber(n int) LNumber {
	f, ok := toNumber(L.Get(n))
	if !ok {
		L.typeErrorOf(n, "number")
	}
	return LNumber(f)
}

// CheckInt is CheckNumber, cut to a whole number as C does.
func (L *LState) CheckInt(n int) int { return int(ToInt(float64(L.CheckNumber(n)))) }

// CheckInt64 is CheckInt.
func (L *LState) CheckInt64(n int) int64 { return ToInt(float64(L.CheckNumber(n))) }

// OptInt is CheckInt with a default.
func (L *LState) OptInt(n, d int) int {
	if L.Get(n) == LNil {
		return d
	}
	return L.CheckInt(n)
}

// CheckBool returns argument n, a boolean.
func (L *LState) CheckBool(n int) bool {
	b, ok := L.Get(n).(LBool)
	if !ok {
		L.typeErrorOf(n, "boolean")
	}
	return bool(b)
}

// CheckTable returns argument n, a table.
func (L *LState) CheckTable(n int) *LTable {
	t, ok := L.Get(n).(*LTable)
	if !ok {
		L.typeErrorOf(n, "table")
	}
	return t
}

// CheckFunction returns argument n, a function.
func (L *LState) CheckFunction(n int) *LFunction {
	f, ok := L.Get(n).(*LFunction)
	if !ok {
		L.typeErrorOf(n, "function")
	}
	return f
}

// CheckOption returns which of some words argument n is.
func (L *LState) CheckOption(n int, options []string) int {
	s := L.CheckString(n)
	for i, o := range options {
		if o == s {
			return i
		}
	}
	L.ArgError(n, "invalid option '"+s+"'")
	return 0
}

// ToInt cuts a number to a whole one as C does on most machines: what does not fit
// is the smallest one.
func ToInt(f float64) int64 {
	if f >= -9223372036854775808 && f < 9223372036854775808 {
		return int64(f)
	}
	return -9223372036854775808
}

// Calls.

// Call calls the function that stands under nargs arguments on the stack, and
// leaves nret results there; -1: all.
func (L *LState) Call(nargs, nret int) {
	st := L.cur.st
	at := len(st) - nargs - 1
	ret := L.callFromGo(st[at], st[at+1:]...)
	L.cur.st = L.cur.st[:at]
	if nret < 0 {
		nret = len(ret)
	}
	for i := range nret {
		if i < len(ret) {
			L.Push(ret[i])
		} else {
			L.Push(LNil)
		}
	}
}

// PCall is Call that returns an error instead of raising it. Nothing is left on the
// stack then.
func (L *LState) PCall(nargs, nret int, _ *LFunction) error {
	at := len(L.cur.st) - nargs - 1
	cur := L.cur
	if t := L.protect(func() { L.Call(nargs, nret) }); t != nil {
		cur.st = cur.st[:at]
		return t.error()
	}
	return nil
}

func (t *thrown) error() error { return &APIError{APIErrorRun, t.v, t.source, t.line} }

// Run calls f for its results, which are valid until the next call. The error is
// an *APIError, or what ended the script for good.
func (L *LState) Run(f LValue, args ...LValue) (ret []LValue, err error) {
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(error)
			if _, thrown := r.(*thrown); thrown || !ok || !isFatal(e) {
				panic(r)
			}
			err = e
		}
	}()
	if t := L.protect(func() { ret = L.callFromGo(f, args...) }); t != nil {
		return nil, t.error()
	}
	return ret, nil
}

// fatal marks what ends a script for good.
type fatal interface{ Fatal() bool }

// Fatal marks it.
func (*Fatal) Fatal() bool { return true }

func isFatal(err error) bool {
	f, ok := err.(fatal)
	return ok && f.Fatal()
}

// DoString compiles and runs a chunk. Its results are on the stack.
func (L *LState) DoString(src string) error {
	c, err := Compile(src, src)
	if err != nil {
		return &APIError{Type: APIErrorSyntax, Object: LString(err.Error())}
	}
	L.Push(L.Load(c))
	return L.PCall(0, -1, nil)
}

// Close ends the coroutines.
func (L *LState) Close() { L.g.stopCoroutines() }
