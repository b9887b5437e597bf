package script

import (
	"fmt"
	"strings"

	"github.com/msredis/msredis/internal/lua"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// api makes the table redis.
func (m *machine) api() *lua.LTable {
	L := m.L
	t := L.NewTable()
	funcs := map[string]lua.LGFunction{
		"call":         func(L *lua.LState) int { return m.redisCall(L, true) },
		"pcall":        func(L *lua.LState) int { return m.redisCall(L, false) },
		"log":          m.log,
		"setresp":      m.setresp,
		"error_reply":  func(L *lua.LState) int { return m.singleField(L, fieldErr) },
		"status_reply": func(L *lua.LState) int { return m.singleField(L, fieldOK) },
		"sha1hex": func(L *lua.LState) int {
			if L.GetTop() != 1 {
				return m.fail(L, reply.ErrScriptSha1, true)
			}
			s := lua.LVAsString(L.Get(1))
			L.Charge(len(s) / 32)
			L.Push(lua.LString(hashOf(bytesOf(s))))
			return 1
		},
		"set_repl": m.setRepl,
		"replicate_commands": func(L *lua.LState) int {
			L.Push(lua.LTrue)
			return 1
		},
		// There is no debugger: a script runs on all nodes at once.
		"breakpoint": func(L *lua.LState) int {
			L.Push(lua.LFalse)
			return 1
		},
		"debug":         func(*lua.LState) int { return 0 },
		"acl_check_cmd": m.aclCheck,
	}
	if m.functions {
		for _, name := range []string{"breakpoint", "debug", "replicate_commands"} {
			delete(funcs, name) // they are of older scripts
		}
	}
	L.SetFuncs(t, funcs)
	for _, c := range []struct {
		name string
		n    int64
	}{
		{"LOG_DEBUG", 0}, {"LOG_VERBOSE", 1}, {"LOG_NOTICE", 2}, {"LOG_WARNING", 3},
		{"REPL_NONE", 0}, {"REPL_AOF", 1}, {"REPL_SLAVE", 2}, {"REPL_REPLICA", 2}, {"REPL_ALL", 3},
		{"REDIS_VERSION_NUM", command.RedisVersionNumber},
	} {
		t.RawSetString(c.name, lua.Number(c.n))
	}
	t.RawSetString("REDIS_VERSION", lua.LString(command.RedisVersion))
	return t
}

// loadAPI makes the globals that the code of a library sees while it is loaded: the
// table redis, with little in it.
func (m *machine) loadAPI() *lua.LTable {
	L := m.L
	all, t := m.api(), L.NewTable()
	t.RawSetString("register_function", L.NewFunction(m.register))
	for _, name := range []string{"log", "LOG_DEBUG", "LOG_VERBOSE", "LOG_NOTICE", "LOG_WARNING", "REDIS_VERSION", "REDIS_VERSION_NUM"} {
		t.RawSetString(name, all.RawGetString(name))
	}
	mt := L.NewTable()
	mt.RawSetString("__index", L.NewFunction(nonexistent))
	t.Metatable = mt
	globals := L.NewTable()
	globals.RawSetString("redis", t)
	globals.Metatable = mt
	protect(globals, map[*lua.LTable]bool{})
	return globals
}

// singleField is error_reply and status_reply.
func (m *machine) singleField(L *lua.LState, name lua.LValue) int {
	text, ok := L.Get(1).(lua.LString)
	if L.GetTop() != 1 || !ok {
		return m.fail(L, reply.ErrScriptReplyArgs, false)
	}
	s := string(text)
	if name == fieldErr {
		s = errorReply(s)
	}
	L.Push(m.field(name, lua.LString(s)))
	return 1
}

// errorReply is the text of an error as Redis keeps it: with a code.
func errorReply(s string) string {
	s = strings.TrimRight(s, "\r\n")
	s = strings.TrimPrefix(s, "-")
	if !strings.Contains(s, " ") {
		s = fmt.Sprintf(reply.ErrScriptError, s)
	}
	return s
}

func (m *machine) log(L *lua.LState) int {
	if L.GetTop() < 2 {
		return m.fail(L, reply.ErrScriptLogArgs, true)
	}
	n, ok := L.Get(1).(lua.LNumber)
	if !ok {
		return m.fail(L, reply.ErrScriptLogLevelType, true)
	}
	level := int(lua.ToInt(float64(n)))
	if level < 0 || level > 3 {
		return m.fail(L, reply.ErrScriptLogLevel, true)
	}
	words := make([]string, 0, L.GetTop())
	for _, v := range L.Pushed()[1:] {
		if lua.LVCanConvToString(v) {
			words = append(words, lua.LVAsString(v))
		}
	}
	// All nodes run the script; the one that has the client tells of it.
	if fn := m.e.log.Load(); fn != nil && m.c != nil && !m.c.W.Discard {
		const most = 1024
		line := strings.Join(words, " ")
		(*fn)(level, line[:min(len(line), most)])
	}
	return 0
}

func (m *machine) setresp(L *lua.LState) int {
	if L.GetTop() != 1 {
		return m.fail(L, reply.ErrScriptRespArgs, true)
	}
	switch n, ok := L.Get(1).(lua.LNumber); {
	case ok && n == 2:
		m.proto = reply.RESP2
	case ok && n == 3:
		m.proto = reply.RESP3
	default:
		return m.fail(L, reply.ErrScriptResp, true)
	}
	return 0
}

func (m *machine) setRepl(L *lua.LState) int {
	if L.GetTop() != 1 {
		return m.fail(L, reply.ErrScriptReplArgs, true)
	}
	if n := lua.ToInt(float64(lua.LVAsNumber(L.Get(1)))); n < 0 || n > 3 {
		return m.fail(L, reply.ErrScriptRepl, true)
	}
	return 0
}

func (m *machine) aclCheck(L *lua.LState) int {
	if errText := m.arguments(L); errText != "" {
		return m.fail(L, errText, true)
	}
	cmd, _ := m.e.table.Resolve(m.args)
	if cmd == nil || !cmd.ArityOK(len(m.args)) {
		return m.fail(L, reply.ErrScriptACL, true)
	}
	ok := true
	if m.restricted {
		_, _, ok = m.permits(cmd)
	}
	L.Push(lua.LBool(ok))
	return 1
}
