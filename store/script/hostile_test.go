package script_test

import (
	"strings"
	"testing"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/storetest"
)

func newEnv(t *testing.T) *storetest.Env {
	e := storetest.New(t, store.Kinds(), store.Rows())
	e.Store.Scripts().SetBudget(300_000)
	return e
}

// TestHostile: a script that would never end, or take all memory, ends with an
// error, whatever it protects itself with; the next one runs as if nothing had been.
func TestHostile(t *testing.T) {
	const time, memory = "exceeded its budget", "exceeded its"
	for _, test := range []struct{ script, want string }{
		{`while true do end`, time},
		{`while true do pcall(function() while true do end end) end`, time},
		{`repeat until false`, time},
		{`for i = 1, 1/0 do end`, time},
		{`local function f() return f() end return f()`, time},
		{`local function f() f() end f()`, "stack overflow"},
		{`local function f() return 1 + f() end while true do pcall(f) end`, time},
		{`local function f() pcall(f) end f()`, ""}, // a C stack overflow that pcall catches
		{`local s = 'x' while true do s = s .. s end`, memory},
		{`local s = string.rep('x', 2^31)`, "too large"},
		{`local t = {} for i = 1, 1e9 do t[i] = string.rep('x', 1e6) .. i end`, memory},
		{`local t = {} while true do t[#t + 1] = {} end`, time},
		{`local t = {} t[2^40] = 1 return #t`, ":0"},
		{`return string.format('%99.99f', 1e300)`, "100000000"},
		{`return #string.rep('a', 1e6):gsub('a', string.rep('b', 1e4))`, memory},
		{`return string.find(string.rep('a', 1e5), string.rep('a*', 50) .. 'b')`, time},
		{`return string.find(string.rep('a', 30), string.rep('a?', 30) .. string.rep('a', 30))`, time},
		{`local t = {} for i = 1, 1e4 do t[i] = i end table.sort(t, function() return true end)`, "invalid order function"},
		{`local t = {} t = setmetatable(t, {__index = function(t, k) return t[k + 1] end}) return t[1]`, "C stack overflow"},
		{`local t = {} for i = 1, 40 do t = {t, t} end return cjson.encode(t)`, time},
		{`local t = {} t[1] = t return t`, "reached lua stack limit"},
		{`while true do redis.call('incr', 'n') end`, time},
		{`while true do redis.pcall('nosuch') end`, time},
		{`local cos = {} for i = 1, 1e6 do cos[i] = coroutine.create(function() coroutine.yield() end) coroutine.resume(cos[i]) end`, memory},
		{`local f = coroutine.wrap(function() while true do end end) pcall(f)`, time},
		{`return ` + strings.Repeat("(", 1000) + `1` + strings.Repeat(")", 1000), "too many syntax levels"},
		{`return 1` + strings.Repeat(" + 1", 100000), "operators"},
		{`local x = ` + strings.Repeat("-", 999) + ` 1`, ""},
		{`return unpack({}, 1, 1e7)`, "too many results"},
		{`return select('#', string.byte(string.rep('x', 1e6), 1, -1))`, "string slice too long"},
		{`return loadstring(string.rep('x=1 ', 1e6))`, ""},
	} {
		e := newEnv(t)
		name := test.script[:min(len(test.script), 60)]
		if got := e.Do("EVAL", test.script, "0"); !strings.Contains(got, test.want) {
			t.Errorf("%s: %.200q, want %q", name, got, test.want)
		}
		if got := e.Do("EVAL", "return {redis.call('exists', 'no'), #redis.call('keys', 'no*')}", "0"); got != "*2\r\n:0\r\n:0\r\n" {
			t.Errorf("%s: the next script answers %q", name, got)
		}
	}
}

// TestSameEnd: the budget ends a script at the same instruction, however the machine
// has been used before.
func TestSameEnd(t *testing.T) {
	script := `while true do redis.call('incr', 'n') local t = {} for i = 1, math.random(10) do t[i] = tostring({}) .. i end end`
	var want string
	for run := range 3 {
		e := newEnv(t)
		e2 := newEnv(t) // the same numbers of entries and writes, on a machine that was never used
		for range run * 7 {
			e.Do("EVAL", "local t = {} for i = 1, 100 do t[i] = {} end return coroutine.wrap(function() coroutine.yield(1) end)()", "0")
			e.Do("EVAL", "error({})", "0")
			e2.Do("DEL", "x")
			e2.Do("DEL", "x")
		}
		e.Do("EVAL", script, "0")
		e2.Do("EVAL", script, "0")
		got, fresh := e.Do("GET", "n"), e2.Do("GET", "n")
		if got != fresh {
			t.Errorf("run %d: %q on a used machine, %q on a new one", run, got, fresh)
		}
		want += got
	}
	if want == "" {
		t.Error("nothing ran")
	}
}

// TestBudgetIsExact: what a single instruction costs is not forgiven where a slice of the
// budget ends.
func TestBudgetIsExact(t *testing.T) {
	e := newEnv(t)
	// Each turn costs more than two slices.
	if got := e.Do("EVAL", `for i = 1, 100 do redis.call('incr', 'n') string.rep('x', 16e6) end`, "0"); !strings.Contains(got, "exceeded its") {
		t.Errorf("the script answers %.200q", got)
	}
	if got := e.Do("GET", "n"); got != "$1\r\n2\r\n" {
		t.Errorf("%q turns in 300,000 instructions", got)
	}
}

// accounts takes what TestKill looks at.
type accounts struct {
	keyspace.Accounts
	runs chan [2]int
}

func (accounts) Clock() int64                         { return 0 }
func (accounts) Called(*keyspace.ScriptCall)          {}
func (accounts) Erred(string, int)                    {}
func (a accounts) Runs(scripts, functions int)        { a.runs <- [2]int{scripts, functions} }
func (accounts) Reads(client uint64, c *command.Call) {}

// TestKill: SCRIPT KILL and FUNCTION KILL say why a script in the log goes on.
func TestKill(t *testing.T) {
	a := accounts{runs: make(chan [2]int)}
	e := storetest.NewCounted(t, a, store.Kinds(), store.Rows())
	scripts := e.Store.Scripts()
	scripts.SetBudget(2_000_000)
	kills := func(script, function string) {
		t.Helper()
		if got := scripts.Kill(false); got != script {
			t.Errorf("SCRIPT KILL: %q, want %q", got, script)
		}
		if got := scripts.Kill(true); got != function {
			t.Errorf("FUNCTION KILL: %q, want %q", got, function)
		}
	}
	e.Do("FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('f', function() while true do end end)")
	for _, step := range []struct {
		args             []string
		runs             [2]int
		script, function string
	}{
		{[]string{"EVAL", "while true do end", "0"}, [2]int{1, 0}, reply.ErrScriptLogged, reply.ErrBusyScript},
		{[]string{"EVAL", "redis.call('incr', 'n') while true do end", "0"}, [2]int{1, 0}, reply.ErrScriptWrote, reply.ErrScriptWrote},
		{[]string{"FCALL", "f", "0"}, [2]int{0, 1}, reply.ErrBusyFunction, reply.ErrScriptLogged},
	} {
		kills(reply.ErrNotBusy, reply.ErrNotBusy)
		done := make(chan string)
		go func() { done <- e.Do(step.args...) }()
		if got := <-a.runs; got != step.runs {
			t.Errorf("%q: %v run, want %v", step.args, got, step.runs)
		}
		kills(step.script, step.function)
		if got := <-a.runs; got != [2]int{} {
			t.Errorf("%q: %v run at the end", step.args, got)
		}
		if got := <-done; !strings.Contains(got, "exceeded its budget") {
			t.Errorf("%q: %q", step.args, got)
		}
	}
	kills(reply.ErrNotBusy, reply.ErrNotBusy)
}

// TestLibraryState: what a call leaves behind in its library is gone for the next.
func TestLibraryState(t *testing.T) {
	e := newEnv(t)
	code := "#!lua name=lib\nlocal n, t = 0, {}\n" +
		"redis.register_function('up', function() n = n + 1 return n end)\n" +
		"redis.register_function('tab', function() t[#t + 1] = 1 return #t end)\n" +
		"redis.register_function('ins', function() table.insert(t, 1) return #t end)\n" +
		"redis.register_function('sub', function() local function f() n = n + 1 end f() return n end)\n"
	if got := e.Do("FUNCTION", "LOAD", code); got != "$3\r\nlib\r\n" {
		t.Fatal(got)
	}
	for range 3 {
		for _, fn := range []string{"up", "tab", "ins", "sub"} {
			if got := e.Do("FCALL", fn, "0"); got != ":1\r\n" {
				t.Errorf("%s: %q", fn, got)
			}
		}
	}
}
