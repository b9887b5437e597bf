package front

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/msredis/msredis/internal/quoted"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// monitors are the clients in MONITOR mode. They are told of every command that this
// node's clients run, when it has been taken. A command that needs the data may be
// answered later, next to the commands of other clients.
type monitors struct {
	any  atomic.Bool // looked at before every command
	mu   sync.Mutex
	list []*Session
}

func (m *monitors) edit(fn func(list []*Session) []*Session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.list = fn(m.list)
	m.any.Store(len(m.list) > 0)
}

// tell sends all monitors a line. from is where the command comes from.
func (m *monitors) tell(db int, from string, args [][]byte) {
	now := time.Now()
	line := append(make([]byte, 0, 128), '+')
	line = strconv.AppendInt(line, now.Unix(), 10)
	micros := strconv.Itoa(1e6 + now.Nanosecond()/1e3) // with a 1 in front, for the zeros
	line = append(append(line, '.'), micros[1:]...)
	line = append(line, " ["...)
	line = strconv.AppendInt(line, int64(db), 10)
	line = append(append(append(line, ' '), from...), ']')
	for _, arg := range args {
		line = quoted.Append(append(line, ' '), arg)
	}
	line = append(line, '\r', '\n')
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.list {
		s.conn.Push(line)
	}
}

// dispatchMonitored is run while somebody looks on. The commands of a transaction
// are told of when it was executed.
func (s *Session) dispatchMonitored(cmd *command.Command, args [][]byte, run Handler) {
	if s.tx.open && !cmd.Flags.Has(command.Immediate) || cmd == s.srv.exec && s.tx.open && !s.tx.dirty {
		s.run(cmd, args, run)
		return
	}
	if cmd.Wait != nil || cmd.Flags.Has(command.Script) {
		s.monitored(cmd, int(s.db.Load()), args) // it may take long, and a script's calls come behind it
		s.run(cmd, args, run)
		return
	}
	s.run(cmd, args, run)
	s.monitored(cmd, int(s.db.Load()), args)
}

// monitored tells the monitors of a command. Those of operators are not for their
// eyes, as in Redis. Redis's flag skip_monitor is for scripts, which it tells of
// itself.
func (s *Session) monitored(cmd *command.Command, db int, args [][]byte) {
	if !cmd.Flags.Has(command.Admin) {
		s.srv.monitors.tell(db, s.origin(), redact(cmd, args))
	}
}

// origin is where the session's client is, in Redis's words for monitors.
func (s *Session) origin() string {
	addr := s.conn.RemoteAddr()
	if s.conn.Unix() {
		return "unix:" + strings.TrimSuffix(addr, ":0")
	}
	return addr
}

// monitoredTx tells the monitors of a transaction that was executed, or refused by
// what it watches.
func (s *Session) monitoredTx(calls []command.Call, executed bool, args [][]byte) {
	db := int(s.db.Load())
	for i := range calls {
		call := &calls[i]
		if !executed {
			break
		}
		s.monitored(call.Cmd, call.DB, call.Args)
	}
	s.monitored(s.srv.exec, db, args)
}

// monitorMixed is monitoredTx for a transaction with commands of the session in it;
// there are no calls if it was refused.
func (s *Session) monitorMixed(calls []command.Call, exec [][]byte) {
	if !s.srv.monitors.any.Load() {
		return
	}
	db := s.mixedDB
	for i := range calls {
		call := &calls[i]
		db = s.srv.selected(call, db)
		s.monitored(call.Cmd, db, call.Args)
	}
	s.monitored(s.srv.exec, int(s.db.Load()), exec)
}

func monitorCommand(s *Session, _ [][]byte, w *reply.Writer) {
	switch {
	case s.inExec:
		w.Error(reply.ErrMonitorInMulti)
	case s.flags.Load()&flagMonitor != 0: // no answer at all, as in Redis
	default:
		s.setFlag(flagMonitor, true)
		s.listens = true
		s.srv.monitors.edit(func(list []*Session) []*Session { return append(list, s) })
		w.OK()
	}
}

func (s *Session) endMonitor() {
	if s.flags.Load()&flagMonitor == 0 {
		return
	}
	s.setFlag(flagMonitor, false)
	s.listens = s.subs.any
	s.srv.monitors.edit(func(list []*Session) []*Session {
		return slices.DeleteFunc(list, func(other *Session) bool { return other == s })
	})
}

// Monitors reports whether this node has clients in MONITOR mode.
func (a *Audience) Monitors() bool { return a.monitors.any.Load() }

// Monitored tells the monitors of a command that a script of a client of this node
// has called.
func (a *Audience) Monitored(db int, args [][]byte) {
	if a.monitors.any.Load() {
		a.monitors.tell(db, "lua", args)
	}
}
