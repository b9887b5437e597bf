package front

import (
	"errors"
	"fmt"
	"time"

	"github.com/msredis/msredis/resp"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// A pipeline becomes as few units as it can, mostly one:
//
//   - A command that needs the data is a call of the unit.
//   - A command that is answered here goes straight into the output while the unit is
//     empty. Behind a call it becomes a literal of the unit, which keeps its place.
//   - A cut ends the unit: it is run, and its replies are in the output, before the
//     next command is looked at.
//
// The unit's W.Buf is the connection's output itself. The store appends to it; nothing
// is copied on the way to the socket.

// Bounds of a unit. A pipeline that exceeds one is cut; a single command that
// does is left to the backend to refuse.
const (
	maxUnitCalls = 8192
	maxUnitBytes = 64 << 20 // arguments
)

// Commands that take long are run by a goroutine, not by an event loop, where all of
// its clients would wait. Of most reads that can be told before (Backend.Long). A
// client whose last reads took heavyTime, for whatever reason, is likely to send more
// of the kind. Of writes it is what they carry: a pipeline of heavyBytes keeps a loop
// busy with the log, and with its fsync.
const (
	heavyTime  = time.Millisecond
	heavyBytes = 1 << 20
)

// call returns the call that a command becomes which needs the data. The command may
// be asked about before it is dispatched, so its call is kept until then.
func (s *Session) call(cmd *command.Command, args [][]byte) *command.Call {
	if c := &s.next; c.Cmd != cmd || len(c.Args) != len(args) || &c.Args[0] != &args[0] {
		c.Set(cmd, args, int(s.db.Load()), &s.keys)
		c.By = s.by
		if cmd.Flags.Has(command.Script) {
			s.weighScript(c)
		}
	}
	return &s.next
}

// nodeCall returns a call that the server makes as a part of a client's command. The command
// was checked, and the client needs no right to the call.
func nodeCall(cmd *command.Command, args [][]byte, db int) command.Call {
	c := command.NewCall(cmd, args, db, nil)
	c.By = command.ByNode
	return c
}

// dispatched forgets the call: the arguments of the next command may be where those
// of the last one were.
func (s *Session) dispatched() { s.next.Cmd, s.next.Args, s.passed = nil, nil, false }

// add puts a call that needs the data into the unit.
func (s *Session) add(call *command.Call) {
	size, writes, slow := weigh(call)
	if writes && call.Tx == nil && size > maxEntryBytes {
		s.reject(call.Cmd, fmt.Sprintf(reply.ErrTooLarge, maxEntryMB))
		return
	}
	if !writes && !slow && !s.looped {
		if call.Tx != nil {
			slow = s.longTx(call.Tx.Calls)
		} else {
			slow = s.long(call)
		}
	}
	if s.full(size, writes) ||
		// A read that takes long must not stand in a unit that is applied. It would
		// hold up the applier, and with it every client of the node.
		slow && s.writes || writes && s.slow || !s.rides(call, writes) {
		s.flush()
		s.spill()
	}
	if s.flags.Load()&flagNoTouch != 0 {
		call.SetNoTouch()
	}
	u := s.unit
	if len(u.Calls) == 0 {
		s.base = len(u.W.Buf)
	}
	u.Calls = append(u.Calls, *call)
	s.unitBytes += size
	s.writes = s.writes || writes
	s.slow = s.slow || slow
	if writes {
		u.Bytes += size
	} else {
		s.reads++
	}
}

// full reports whether the unit has no room for a call whose arguments are size
// bytes long.
func (s *Session) full(size int, writes bool) bool {
	n := len(s.unit.Calls)
	mixed := writes && s.reads > s.maxReads || !writes && s.writes && s.reads >= s.maxReads
	return n >= maxUnitCalls || mixed || n > 0 && s.unitBytes+size > maxUnitBytes
}

// direct reports whether dispatch of a command is sure not to block. Such a command
// does not cut the unit, and takes no time that the other clients of an event loop
// would notice. A rare command is taken for blocking, even if it does not block.
func (s *Session) direct(args [][]byte) bool {
	if s.heavy || len(s.unit.Calls) >= maxUnitCalls-1 || s.silent == skipNext || s.srv.pause.on.Load() {
		return false
	}
	cmd, _ := s.resolve(args)
	switch {
	case cmd == nil:
		return true // an error
	case s.limited && cmd.ArityOK(len(args)) && !s.permitted(cmd, args):
		return false
	case s.srv.crowd.on.Load() && cmd.ArityOK(len(args)) && s.needsRoom(cmd, args):
		return false
	case cmd == s.srv.exec:
		return s.directExec()
	case s.srv.handlers[cmd.ID] != nil:
		return cmd.Flags&command.Local != 0
	case s.tx.open:
		return true // queued
	case !cmd.ArityOK(len(args)):
		return true // an error
	case cmd.Flags.Has(command.Script):
		return s.directScript(cmd, args)
	case cmd.Flags.Has(command.Publishes) && s.unproven:
		return false
	case cmd.Flags.Has(command.Publishes):
		return len(s.unit.Calls) == 0 || s.writes && !s.full(argBytes(args), true)
	case cmd.Wait.MayWait(args), mayBeLong(cmd) && s.long(s.call(cmd, args)):
		return false
	}
	if cmd.Flags&(command.Slow|command.WholeKeyspace) != 0 {
		return false
	}
	if len(s.unit.Calls) == 0 {
		return true
	}
	writes := cmd.Flags&(command.Write|command.Logged) != 0
	if s.full(argBytes(args), writes) {
		return false
	}
	if !writes && !s.writes {
		return true
	}
	before := s.riding
	rides := s.rides(s.call(cmd, args), writes)
	s.riding = before // add asks again
	return rides
}

// mayBeLong reports whether a command is a read whose cost grows with the data.
func mayBeLong(cmd *command.Command) bool {
	return cmd.Flags&(command.Fast|command.ReadOnly) == command.ReadOnly
}

// long asks the backend whether a call is a read that takes long.
func (s *Session) long(call *command.Call) bool {
	return mayBeLong(call.Cmd) && s.srv.backend.Long(call)
}

// longTx is long for the commands of a transaction.
func (s *Session) longTx(calls []command.Call) bool {
	for i := range calls {
		if s.long(&calls[i]) {
			return true
		}
	}
	return false
}

// maxLoopTx is how many commands an event loop runs in a transaction.
const maxLoopTx = 1024

// directExec is direct for EXEC.
func (s *Session) directExec() bool {
	tx := &s.tx
	if !tx.open || tx.dirty {
		return true // an error
	}
	if tx.slow || tx.local > 0 || len(s.unit.Calls) > 0 || tx.queue.n == 0 || tx.queue.n > maxLoopTx {
		return false
	}
	return !s.longTx(tx.queue.calls(s.srv.table, &s.keys))
}

// weigh returns the figures that the bounds of a unit are about. They are the bytes of
// a call's arguments, whether it writes, and whether it is a read that must not stand
// beside writes. A transaction that writes is never such a read, whatever is in it: it
// cannot be cut.
func weigh(call *command.Call) (size int, writes, slow bool) {
	const slowFlags = command.Slow | command.WholeKeyspace
	if tx := call.Tx; tx != nil {
		for i := range tx.Calls {
			inner := &tx.Calls[i]
			size += argBytes(inner.Args)
			writes = writes || inner.Writes()
			slow = slow || inner.Cmd.Flags&slowFlags != 0
		}
		return size, writes, slow && !writes
	}
	writes = call.Writes()
	return argBytes(call.Args), writes, !writes && (call.Reads || call.Cmd.Flags&slowFlags != 0)
}

func argBytes(args [][]byte) int {
	n := 0
	for _, a := range args {
		n += len(a)
	}
	return n
}

// begin returns the writer for a reply that is made now; end puts what was
// written behind start into its place in the pipeline.
func (s *Session) begin() (w *reply.Writer, start int) {
	if len(s.unit.Calls) == 0 {
		return &s.unit.W, 0
	}
	return &s.literals, len(s.literals.Buf)
}

func (s *Session) end(w *reply.Writer, start int) {
	if w != &s.literals || len(w.Buf) == start {
		return
	}
	literal := w.Buf[start:len(w.Buf):len(w.Buf)]
	s.unit.Calls = append(s.unit.Calls, command.NewLiteral(literal))
	if len(s.unit.Calls) >= maxUnitCalls {
		s.flush()
	}
}

// flush runs the unit, if there is anything in it, and accounts for what was
// answered since the last time. It may block.
func (s *Session) flush() {
	if !s.seal() {
		return
	}
	if s.writes {
		s.runWhole()
		return
	}
	for {
		s.spill()
		if s.conn.Gone().Load() {
			s.abandon()
			return
		}
		s.unit.Whole = true
		s.boundApart()
		if s.ran(s.srv.backend.Read(s.unit)) {
			return
		}
	}
}

// flushWhole is flush for replies that the caller still needs as a whole.
func (s *Session) flushWhole() {
	if s.seal() {
		s.runWhole()
	}
}

func (s *Session) runWhole() {
	s.bound(0)
	s.unit.Whole = !s.writes
	if s.writes {
		s.ran(s.srv.backend.Write(s.unit))
	} else {
		s.ran(s.srv.backend.Read(s.unit))
	}
}

// startUnit is flush for the end of a pipeline that must not block.
func (s *Session) startUnit() (replies []byte, last bool, p resp.Progress) {
	if s.seal() {
		var done bool
		var err error
		if s.writes {
			s.bound(0)
			done, err = s.srv.backend.StartWrite(s.unit, s)
		} else {
			s.bound(loopBytes)
			done, err = s.srv.backend.StartRead(s.unit, s)
		}
		if !done {
			return nil, false, resp.Pending // and may be complete by now: s is not ours any more
		}
		if !s.ran(err) {
			return nil, false, resp.Blocks
		}
	}
	replies, last = s.replies()
	return replies, last, resp.Served
}

// Complete implements command.Completer: the unit that startUnit started was
// run, or the first part of it.
func (s *Session) Complete(err error) {
	if s.ran(err) {
		s.conn.Finish(s.replies())
	} else {
		s.conn.GoOn()
	}
}

// seal prepares the unit for being run. It returns false if there is nothing in
// it.
func (s *Session) seal() bool {
	u := s.unit
	if len(u.Calls) == 0 {
		s.accountLocals()
		return false
	}
	u.Stale = s.stale && !s.writes
	for i := len(u.Calls) - 1; i >= 0; i-- {
		if cmd := u.Calls[i].Cmd; cmd != nil {
			s.lastCmd.Store(cmd)
			break
		}
	}
	return true
}

// ran takes the unit's outcome. It returns false if there are calls left in it, which
// want another portion.
func (s *Session) ran(err error) (all bool) {
	u := s.unit
	if err != nil {
		s.fail(err)
	} else {
		if s.unproven && !u.Stale {
			s.proven()
		}
		switch u.W.Full() {
		case reply.Paused:
			s.ranInPart()
			return false
		case reply.Overflow:
			sent, _ := u.W.Sent()
			s.conn.CloseOverLimit(sent + len(u.W.Buf))
			s.abandon()
			return true
		case reply.Torn:
			s.conn.Close()
			s.abandon()
			return true
		case reply.Dropped:
			s.abandon()
			return true
		}
	}
	s.accountUnit()
	s.heavy = !s.writes && s.unit.Ran > heavyTime
	s.portion()
	s.clearUnit()
	return true
}

// fail answers every call of the unit, of which there are no replies.
func (s *Session) fail(err error) {
	f, part := (*command.Failure)(nil), (*command.PartFailure)(nil)
	if !errors.As(err, &part) && !errors.As(err, &f) {
		s.srv.log.Error("a unit failed for no reason that clients know", "err", err)
		f = &command.Failure{Text: reply.ErrUnknown, Unknown: true}
	}
	out, calls := s.unit.W.Buf[:s.base], s.unit.Calls
	// The code that ran the unit must not touch it any more. A new one makes sure of
	// it: its late writes would end up in the replies to other commands.
	s.renewUnit()
	u := s.unit
	u.W.Buf = append(u.W.Buf, out...)
	u.Calls = append(u.Calls, calls...)
	if part != nil {
		u.W.Raw(part.Replies)
		return
	}
	for i := range calls {
		if call := &calls[i]; call.Literal != nil {
			u.W.Raw(call.Literal)
		} else {
			u.W.Error(f.For(call))
		}
	}
}

// renewUnit gives the session a new unit with the settings of the old one.
func (s *Session) renewUnit() {
	old := s.unit
	s.unit = &command.Unit{Client: s.id}
	if old != nil {
		s.unit.W.Proto, s.unit.W.Discard = old.W.Proto, old.W.Discard
	}
	s.keys = command.KeyRoom{} // the calls of the old one have theirs
	s.literals = reply.Writer{Proto: s.unit.W.Proto, Discard: s.unit.W.Discard}
}

// clearUnit empties the unit, but for the output.
func (s *Session) clearUnit() {
	u := s.unit
	clear(u.Calls)
	if cap(u.Calls) > maxKeptCalls {
		u.Calls = nil
	}
	u.Calls, u.Bytes, u.Time, u.Ran, u.Together, u.Stale, u.Whole, u.Failed = u.Calls[:0], 0, 0, 0, 0, false, false, nil
	s.unitBytes, s.reads, s.riding, s.writes, s.slow = 0, 0, 0, false, false
	if cap(s.literals.Buf) > maxKeptBuffer {
		s.literals.Buf = nil
	}
	s.literals.Buf = s.literals.Buf[:0]
}

// since returns the time since the last call of it in this pipeline, and the
// time.
func (s *Session) since() (took time.Duration, now time.Time) {
	now = time.Now()
	took = now.Sub(s.mark)
	s.mark = now
	return took, now
}
