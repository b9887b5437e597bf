package front

import (
	"fmt"
	"strings"
	"time"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// dispatch takes the next command of the pipeline: it is refused, queued by
// MULTI, answered here, or put into the unit. The order of the checks is that
// of Redis's processCommand, because it decides which of two errors is seen.
func (s *Session) dispatch(args [][]byte) {
	if s.silent == skipNext {
		s.dispatchSilently(args)
		return
	}
	cmd, container := s.resolve(args)
	if cmd == nil {
		s.unknown(args, container)
		return
	}
	run := s.srv.handlers[cmd.ID]
	if s.srv.ownNames != nil {
		s.srv.ownName(cmd, args)
	}
	if !cmd.ArityOK(len(args)) {
		s.reject(cmd, arityError(cmd, args))
		return
	}
	if text := s.refusal(cmd, args); text != "" {
		s.reject(cmd, text)
		return
	}
	if s.srv.groups > 1 && run == nil && s.apart(cmd, args) {
		s.reject(cmd, reply.ErrCrossSlot)
		return
	}
	if s.srv.crowd.on.Load() && s.needsRoom(cmd, args) && !s.waitForRoom() {
		s.reject(cmd, reply.ErrOOM)
		return
	}
	if s.srv.pause.on.Load() {
		s.waitForPause(cmd, args)
	}
	switch {
	case s.tracker.Load() != nil:
		s.dispatchTracked(cmd, args, run)
	case s.srv.monitors.any.Load():
		s.dispatchMonitored(cmd, args, run)
	default:
		s.run(cmd, args, run)
	}
}

// run is dispatch for a command that may run. Its handler is nil if the backend
// answers it.
func (s *Session) run(cmd *command.Command, args [][]byte, run Handler) {
	switch {
	case s.tx.open && !cmd.Flags.Has(command.Immediate):
		s.queue(cmd, args)
	case cmd == s.srv.exec:
		s.execute(args)
	case cmd.Wait != nil:
		s.block(cmd, args)
	case run == nil:
		if cmd.Flags.Has(command.Publishes) && s.publishAtOnce(cmd, args) {
			return
		}
		s.add(s.call(cmd, args))
	case cmd.Flags&command.Local != 0:
		s.answerLocal(cmd, args, run)
	default:
		s.flush()
		if text := s.recheck(cmd, args); text != "" {
			s.reject(cmd, text)
			return
		}
		s.answer(cmd, args, run)
		s.accountCut(cmd, args)
	}
}

// recentCommand is the last command that a session looked up, and how the client
// spelled it.
type recentCommand struct {
	cmd  *command.Command
	size int
	name [16]byte
}

// resolve is Table.Resolve with a memory of one command. Clients mostly send the same
// command again, and the lookup is the larger part of dispatching a GET.
func (s *Session) resolve(args [][]byte) (cmd, container *command.Command) {
	name, r := args[0], &s.recent
	if r.cmd != nil && string(name) == string(r.name[:r.size]) {
		return r.cmd, nil
	}
	cmd, container = s.srv.names.Resolve(args)
	if cmd != nil && cmd.Flags&command.Internal != 0 {
		return nil, nil
	}
	if cmd != nil && cmd.Container == "" && !cmd.IsContainer() && len(name) <= len(r.name) {
		r.cmd, r.size = cmd, copy(r.name[:], name)
	}
	return cmd, container
}

// dispatchSilently runs the command behind CLIENT REPLY SKIP.
func (s *Session) dispatchSilently(args [][]byte) {
	s.flush()
	s.silent = speak
	s.setDiscard(true)
	s.dispatch(args)
	s.flush()
	// Another SKIP lasts for the command after it.
	s.setDiscard(s.silent == skipAll)
}

func (s *Session) setDiscard(on bool) {
	s.unit.W.Discard = on
	s.literals.Discard = on
}

// refusal returns the error for a command that may not run now, or "".
func (s *Session) refusal(cmd *command.Command, args [][]byte) string {
	if cmd.Flags.Has(command.Guarded) && !s.allowed("enable-debug-command") {
		return reply.ErrDebugNotAllowed
	}
	if users := s.srv.users.now.Load(); users != s.users {
		s.meet(users)
	}
	if s.locked && cmd.Flags&command.NoAuth == 0 {
		return reply.ErrNoAuth
	}
	if s.tx.open && cmd.Flags&command.NoMulti != 0 {
		return reply.ErrNotInMulti
	}
	if s.limited && cmd.Flags&command.NoAuth == 0 {
		if text := s.denial(cmd, args); text != "" {
			return text
		}
	}
	if s.mayGrow(cmd) {
		switch {
		case s.srv.backend.OverMemory():
			return reply.ErrOOM
		case s.noRoom(args):
			return reply.ErrNoRoom
		}
	}
	if s.listens {
		if text := s.listenerRefusal(cmd); text != "" {
			return text
		}
	}
	if text := s.srv.busy.text.Load(); text != nil && !cmd.Flags.Has(command.AllowBusy) {
		return *text
	}
	return ""
}

// listenerRefusal is refusal for a client that has subscriptions, or looks on.
func (s *Session) listenerRefusal(cmd *command.Command) string {
	switch {
	case s.subs.any && !cmd.Flags.Has(command.WhileSubscribed) && s.proto.Load() == reply.RESP2:
		return fmt.Sprintf(reply.ErrSubscriber, cmd.FullName)
	case s.flags.Load()&flagMonitor != 0 && cmd.Flags&(command.Write|command.ReadOnly|command.MayReplicate) != 0:
		return reply.ErrMonitorKeyspace
	}
	return ""
}

// ampleRoom is so much room on the disk that no command has to be measured against it.
const ampleRoom = 1 << 30

// noRoom reports whether the disk has no room for a command.
func (s *Session) noRoom(args [][]byte) bool {
	room := s.srv.backend.Room()
	return room < ampleRoom && int64(argBytes(args)) >= room
}

// mayGrow reports whether a command is refused above maxmemory.
func (s *Session) mayGrow(cmd *command.Command) bool {
	return cmd.Flags&command.DenyOOM != 0 || cmd == s.srv.exec && s.tx.open && s.tx.denyOOM
}

// reject answers text, without that the command was tried. In MULTI it spoils
// the transaction; EXEC itself discards it.
func (s *Session) reject(cmd *command.Command, text string) {
	if cmd == s.srv.exec {
		s.endTransaction()
		text = fmt.Sprintf(reply.ErrExecAbortFor, strings.TrimPrefix(text, "ERR "))
	}
	s.tx.dirty = s.tx.open
	if cmd != nil {
		s.srv.stats.of(cmd).rejected.Add(1)
	}
	s.srv.stats.errors.add(text)
	w, start := s.begin()
	w.Error(text)
	s.end(w, start)
}

// arityError is the error for a wrong number of arguments.
func arityError(cmd *command.Command, args [][]byte) string {
	if cmd.Flags.Has(command.Undivided) && cmd.Container != "" {
		return reply.SubcommandSyntax(cmd.Container, args[1])
	}
	return reply.WrongArity(cmd.FullName)
}

// unknown rejects a command or subcommand that does not exist.
func (s *Session) unknown(args [][]byte, container *command.Command) {
	switch {
	case container == nil:
		s.reject(nil, reply.UnknownCommand(args))
	case container.Flags.Has(command.Undivided):
		if text := s.refusal(container, args); text != "" {
			s.reject(container, text)
			return
		}
		s.reject(container, reply.SubcommandSyntax(container.Name, args[1]))
	default:
		s.reject(container, reply.UnknownSubcommand(string(args[0]), args[1]))
	}
}

// answer runs a handler of this package. It returns false if the user turned out to have
// no right to the command, which did nothing.
func (s *Session) answer(cmd *command.Command, args [][]byte, run Handler) (ran bool) {
	w, start := s.begin()
	errors, before := w.Errors, len(w.Buf)
	run(s, args, w)
	refused := w.Errors != errors && s.limited && strings.HasPrefix(w.LastError, reply.NoPermCode)
	if n := len(w.Buf) - before; s.srv.logs.largeReplies.wants(int64(n)) || s.srv.logs.largeRequests.wants(wireBytes(args)) {
		s.noteSize(cmd, args, n, time.Now())
	}
	if w.Errors != errors {
		if c := s.srv.stats.of(cmd); refused {
			c.rejected.Add(1)
		} else {
			c.failed.Add(1)
		}
		s.srv.stats.errors.add(w.LastError)
	}
	s.end(w, start)
	if refused { // a client that waited has lost the right
		s.lastCmd.Store(cmd)
		return false
	}
	s.locals = append(s.locals, cmd.ID)
	s.lastCmd.Store(cmd)
	return true
}
