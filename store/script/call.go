package script

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/internal/lua"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// bytesOf is a string as an argument of a command. Nobody changes it.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// arguments makes the arguments of a command of those of redis.call.
func (m *machine) arguments(L *lua.LState) (errText string) {
	st := L.Pushed()
	if len(st) == 0 {
		return reply.ErrScriptArgs
	}
	m.args, m.nums = m.args[:0], m.nums[:0]
	for _, v := range st {
		switch v := v.(type) {
		case lua.LString:
			m.args = append(m.args, bytesOf(string(v)))
		case lua.LNumber:
			m.args = append(m.args, numberArg(float64(v)))
		default:
			return reply.ErrScriptArgTypes
		}
	}
	return ""
}

// numberArg is a number as Redis passes it on: the fewest digits that give it again.
func numberArg(f float64) []byte {
	switch {
	case f != f:
		return []byte("-nan")
	case math.IsInf(f, 0):
		return []byte(map[bool]string{true: "inf", false: "-inf"}[f > 0])
	case f == 0:
		return []byte("0")
	}
	return reply.AppendShortest(nil, f)
}

// redisCall is redis.call and redis.pcall.
func (m *machine) redisCall(L *lua.LState, raise bool) int {
	errText := m.arguments(L)
	if errText != "" {
		return m.fail(L, errText, raise)
	}
	if errText = m.do(L); errText == "" && len(m.w.Buf) > 0 && m.w.Buf[0] == '-' {
		errText = lineOf(m.w.Buf[1:])
	}
	if errText != "" {
		return m.throw(L, errText, raise)
	}
	v, _ := m.value(m.w.Buf)
	L.Push(v)
	return 1
}

// fail raises an error, or returns it as a table.
func (m *machine) fail(L *lua.LState, text string, raise bool) int {
	t := m.field(fieldErr, lua.LString(text))
	if raise {
		L.Error(t, 0)
	}
	L.Push(t)
	return 1
}

// counted is the field of an error's table which tells that the statistics have the
// error. The name is Redis's, and scripts can see it.
const counted = "ignore_error_stats_update"

// throw is fail for the error of a command that was called.
func (m *machine) throw(L *lua.LState, text string, raise bool) int {
	t := m.field(fieldErr, lua.LString(text))
	t.RawSetString(counted, lua.LTrue)
	if raise {
		L.Error(t, 0)
	}
	L.Push(t)
	return 1
}

// isCounted reports whether the statistics have an error already.
func isCounted(t *lua.LTable) bool { return t.RawGetString(counted) == lua.LTrue }

// do runs the command in args; its reply is in w. It returns the error of one that
// is not run.
func (m *machine) do(L *lua.LState) (errText string) {
	size := 0
	for _, a := range m.args {
		size += len(a)
	}
	L.Charge(callCost + size/64)
	m.w.Reset()
	m.w.Proto = m.proto
	cmd, _ := m.e.table.Resolve(m.args)
	if errText = m.refusal(cmd); errText != "" {
		if m.c.Counted() {
			m.noted = keyspace.ScriptCall{Cmd: cmd, Args: m.args, Err: errText, Rejected: true}
			m.c.Called(&m.noted)
		}
		return errText
	}
	m.keys.Reset()
	m.call.Set(cmd, m.args, m.db, &m.keys)
	if m.e.apart(&m.call) {
		return reply.ErrScriptNonLocal
	}
	if !m.c.HoldsAll() && (m.c.Monitors() || !m.c.Holds(&m.call)) { // monitors are not told twice
		m.again = true
		panic(errAgain)
	}
	if cmd.Flags.Has(command.Write) {
		m.dirty = true
		if m.run_ != nil {
			m.run_.wrote.Store(true)
		}
	}
	if m.c.Counted() {
		if cmd.Flags.Has(command.ReadOnly) {
			m.c.ReadsKeys(&m.call)
		}
		began := m.c.AccountsClock()
		m.serve(cmd)
		m.noted = keyspace.ScriptCall{Cmd: cmd, Args: m.args, Took: m.c.AccountsClock() - began}
		if b := m.w.Buf; len(b) > 0 && b[0] == '-' {
			m.noted.Err = lineOf(b[1:])
		}
		m.c.Called(&m.noted)
	} else {
		m.serve(cmd)
	}
	if m.c.Monitors() && !cmd.Flags.Has(command.Admin) {
		m.c.Monitored(m.db, m.args)
	}
	L.Charge(len(m.w.Buf) / replyCost)
	return ""
}

// permits reports whether the caller of the script may call a command with args.
func (m *machine) permits(cmd *command.Command) (u *acl.User, d acl.Denial, ok bool) {
	m.keys.Reset()
	m.call.Set(cmd, m.args, m.db, &m.keys)
	m.call.By = m.c.Caller()
	return m.c.Users().Permits(&m.call)
}

// denial is the error for a command that the caller may not run, or "".
func (m *machine) denial(cmd *command.Command) string {
	u, d, ok := m.permits(cmd)
	if ok {
		return ""
	}
	if m.c.Counted() {
		m.c.Denied(&m.call, d)
	}
	if d.Kind == acl.DeniedOption {
		return d.Reply(u)
	}
	return fmt.Sprintf(reply.ErrNoPermScript, d.Reason(u))
}

// serve runs a command that is allowed.
func (m *machine) serve(cmd *command.Command) {
	if cmd.InScript != nil {
		call := command.ScriptedCall{Args: m.args, W: &m.w, DB: m.db, Databases: m.c.Databases(), Clock: m.c.Clock, Table: m.e.table}
		cmd.InScript(&call)
		m.db = call.DB
		return
	}
	m.inCall = true
	m.c.Inner(m.e.handlers[cmd.ID], &m.call, &m.w)
	m.inCall = false
}

// refusal is why a command may not be called, or "".
func (m *machine) refusal(cmd *command.Command) string {
	switch {
	case cmd == nil, cmd.Flags.Has(command.Internal):
		return reply.ErrScriptCommand
	case !cmd.ArityOK(len(m.args)):
		return reply.ErrScriptArity
	case cmd.Flags.Has(command.NoScript) && !(cmd.InScript != nil && m.c.Settings().ScriptDebug == 1):
		return reply.ErrScriptNotHere
	}
	if m.restricted {
		if text := m.denial(cmd); text != "" {
			return text
		}
	}
	switch {
	case m.readOnly && cmd.Flags&(command.Write|command.Logged|command.MayReplicate) != 0:
		return reply.ErrScriptWrites
	case cmd.Flags.Has(command.DenyOOM) && !m.dirty && m.flags&flagAllowOOM == 0 && m.c.MemoryExceeded():
		return reply.ErrOOM
	}
	if cmd.InScript != nil {
		return ""
	}
	if m.e.handlers[cmd.ID] == nil {
		return reply.ErrScriptNotHere
	}
	return ""
}
