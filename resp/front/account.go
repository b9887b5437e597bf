package front

import (
	"time"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// accountLocals counts what was answered here since the mark, without a unit.
func (s *Session) accountLocals() {
	if len(s.locals) == 0 {
		return
	}
	took, _ := s.since()
	share := took / time.Duration(len(s.locals))
	for _, id := range s.locals {
		s.srv.stats.commands[id].ran(1, share, share)
	}
	s.locals = s.locals[:0]
}

// accountCut counts the command that a cut has just answered.
func (s *Session) accountCut(cmd *command.Command, args [][]byte) {
	took, now := s.since()
	s.locals = s.locals[:0]
	s.srv.stats.of(cmd).ran(1, took, took)
	s.noteSlow(cmd, args, took, now)
}

// accountUnit counts the calls of the unit that has just been run. Local
// commands that stand among them are counted with no time of their own: they
// waited for the same reply.
func (s *Session) accountUnit() {
	waited, now := s.since()
	took := waited
	if u := s.unit; u.Together > 0 {
		took = u.Ran / time.Duration(u.Together)
	}
	for _, id := range s.locals {
		s.srv.stats.commands[id].ran(1, 0, 0)
	}
	s.locals = s.locals[:0]

	calls := s.unit.Calls
	n := 0
	for i := range calls {
		if calls[i].Cmd != nil {
			n++
		}
	}
	share := took / time.Duration(max(n, 1)) // there may be literals only, behind what was run before
	// Calls of one command mostly stand together: count each run of them once.
	for i := 0; i < len(calls); {
		cmd := calls[i].Cmd
		run := 1
		for i+run < len(calls) && calls[i+run].Cmd == cmd {
			run++
		}
		if cmd != nil {
			s.srv.stats.of(cmd).ran(run, share, waited)
		}
		i += run
	}
	s.accountErrors(calls, share, waited)
	if s.srv.logs.slow.wants(int64(share)) || s.srv.latency.wants(share) {
		s.noteSlowCalls(calls, share, now)
	}
	if s.mayBeLarge() {
		s.noteSizes(now)
	}
}

// accountErrors finds the calls that failed by their replies, and counts what
// EXEC ran. Of most units there is nothing to look at.
func (s *Session) accountErrors(calls []command.Call, share, took time.Duration) {
	out := s.unit.W.Buf[min(s.base, len(s.unit.W.Buf)):]
	if sent, _ := s.unit.W.Sent(); sent > 0 {
		s.accountSent(share, took)
		return
	}
	if len(calls) == 1 && calls[0].Tx == nil {
		if len(out) > 0 && out[0] == '-' {
			s.countError(calls[0].Cmd, out)
		}
		return
	}
	for i := range calls {
		call := &calls[i]
		size := reply.Len(out)
		first := out[:size]
		out = out[size:]
		if call.Tx != nil && !s.mixed && s.srv.monitors.any.Load() {
			s.monitoredTx(call.Tx.Calls, len(first) == 0 || first[0] == '*' && first[1] != '-', call.Args)
		}
		switch {
		case call.Cmd == nil || len(first) == 0:
		case first[0] == '-':
			s.countError(call.Cmd, first)
		case call.Tx != nil:
			s.accountTx(call.Tx, first, share, took)
		}
	}
}

// accountSent counts what EXEC ran if its reply was sent while it was made. A single call
// whose reply was sent is no error.
func (s *Session) accountSent(share, took time.Duration) {
	tx := s.unit.Calls[0].Tx
	if tx == nil {
		return
	}
	if s.srv.monitors.any.Load() {
		s.monitoredTx(tx.Calls, true, s.unit.Calls[0].Args)
	}
	for i := range tx.Calls {
		s.srv.stats.of(tx.Calls[i].Cmd).ran(1, share/time.Duration(len(tx.Calls)), took)
	}
	for _, f := range s.unit.Failed {
		s.srv.stats.of(tx.Calls[f.Call].Cmd).failed.Add(1)
		s.srv.stats.errors.add(f.Text)
	}
}

// accountTx counts the commands of a transaction by its reply.
func (s *Session) accountTx(tx *command.Tx, exec []byte, share, took time.Duration) {
	n, elements, ok := openArray(exec)
	if !ok || n != len(tx.Calls) || n == 0 {
		return
	}
	for i := range tx.Calls {
		cmd := tx.Calls[i].Cmd
		size := reply.Len(elements)
		s.srv.stats.of(cmd).ran(1, share/time.Duration(n), took)
		if size > 0 && elements[0] == '-' {
			s.countError(cmd, elements[:size])
		}
		elements = elements[size:]
	}
}

func (s *Session) countError(cmd *command.Command, reply []byte) {
	s.srv.stats.of(cmd).failed.Add(1)
	s.srv.stats.errors.add(errorText(reply))
}

// noteSlowCalls is noteSlow for the calls of a unit; of a transaction, which
// itself is not logged, the commands are, if they were run.
func (s *Session) noteSlowCalls(calls []command.Call, took time.Duration, now time.Time) {
	out := s.unit.W.Buf[min(s.base, len(s.unit.W.Buf)):]
	for i := range calls {
		call := &calls[i]
		size := reply.Len(out)
		n, _, ran := openArray(out[:size])
		out = out[size:]
		if sent, _ := s.unit.W.Sent(); sent > 0 && call.Tx != nil {
			n, ran = len(call.Tx.Calls), true
		}
		switch {
		case call.Cmd == nil:
		case call.Tx == nil:
			s.noteSlow(call.Cmd, call.Args, took, now)
		case ran && n == len(call.Tx.Calls):
			for j := range call.Tx.Calls {
				inner := &call.Tx.Calls[j]
				s.noteSlow(inner.Cmd, inner.Args, took/time.Duration(n), now)
			}
		}
	}
}

// fineThreshold is a threshold of the slow log. Up to it, commands that are answered at
// once are timed one by one: they can take so long, if they are flagged Fast. A clock
// costs as much as such a command, so else they are not.
const fineThreshold = time.Millisecond

// answerLocal is answer for a command flagged Local. Its time is not known apart from
// the rest of the pipeline unless it is timed by itself.
func (s *Session) answerLocal(cmd *command.Command, args [][]byte, run Handler) {
	limit := s.srv.logs.slow.threshold.Load()
	if limit >= 0 && (limit <= int64(fineThreshold) || cmd.Flags&command.Fast == 0) {
		s.answerTimed(cmd, args, run)
		return
	}
	s.answer(cmd, args, run)
}

// answerTimed is answer for a command that the slow log may have.
func (s *Session) answerTimed(cmd *command.Command, args [][]byte, run Handler) {
	start := time.Now()
	s.answer(cmd, args, run)
	now := time.Now()
	s.noteSlow(cmd, args, now.Sub(start), now)
}

// noteSlow enters a command into the slow log and the latency monitor if it
// took long enough.
func (s *Session) noteSlow(cmd *command.Command, args [][]byte, took time.Duration, now time.Time) {
	if s.srv.logs.slow.wants(int64(took)) || s.srv.latency.wants(took) {
		s.srv.noteSlow(cmd, args, took, now, s.conn.RemoteAddr(), s.clientName())
	}
}

// noteSlow is Session.noteSlow for a command that comes from addr.
func (srv *Server) noteSlow(cmd *command.Command, args [][]byte, took time.Duration, now time.Time, addr, client string) {
	if srv.logs.slow.wants(int64(took)) && cmd.Flags&command.SkipSlowlog == 0 {
		srv.logs.slow.add(now, took.Microseconds(), redact(cmd, args), addr, client)
	}
	if srv.latency.wants(took) {
		event := eventCommand
		if cmd.Flags&command.Fast != 0 {
			event = eventFastCommand
		}
		srv.latency.add(event, now, took)
	}
}
