package front

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// transaction is a session's MULTI and what it WATCHes.
type transaction struct {
	open    bool
	dirty   bool            // a command was refused: EXEC will discard the transaction
	denyOOM bool            // a queued command may grow memory
	by      *command.Caller // who made it: the users are those of the first command
	late    bool            // a queued command uses keys that it does not name: it is checked where it is executed, as in Redis
	writes  bool            // a queued command may change data
	slow    bool            // a queued command is not for an event loop
	queue   queue
	local   int // how many commands of it are answered by the session
	watches []command.Watch
}

// Bounds of a transaction, and of a single command. It becomes one log entry, which
// every node holds in memory several times while it is on its way. One argument of the
// longest that proto-max-bulk-len allows by default fits.
const (
	maxQueuedCalls = 1 << 20
	maxEntryBytes  = maxEntryMB << 20
	maxEntryMB     = 513
)

// caller is who makes the transaction.
func (tx *transaction) caller() *command.Caller {
	if !tx.late {
		return tx.by
	}
	by := command.Caller{}
	if tx.by != nil {
		by = *tx.by
	}
	by.Version = command.Unchecked
	return &by
}

// reset ends the transaction and forgets the watches.
func (tx *transaction) reset() { *tx = transaction{} }

func (s *Session) endTransaction() {
	s.forgetWatches()
	s.tx.reset()
	s.queued.Store(-1)
	s.queuedBytes.Store(0)
}

// queue puts a command into the open transaction.
func (s *Session) queue(cmd *command.Command, args [][]byte) {
	tx := &s.tx
	if q := &tx.queue; q.n >= maxQueuedCalls || q.size+entrySize(args) > maxEntryBytes {
		s.reject(cmd, fmt.Sprintf(reply.ErrTxTooLarge, maxEntryMB, maxQueuedCalls))
		return
	}
	if !tx.dirty { // else it will not be run anyway
		if tx.queue.n == 0 {
			tx.by = s.by
		}
		tx.queue.add(cmd, args)
		tx.denyOOM = tx.denyOOM || cmd.Flags&command.DenyOOM != 0
		tx.writes = tx.writes || cmd.Flags&(command.Write|command.MayReplicate|command.Logged) != 0
		tx.slow = tx.slow || cmd.Flags&(command.Slow|command.WholeKeyspace|command.Script) != 0
		if s.srv.handlers[cmd.ID] != nil {
			tx.local++
		}
		s.queued.Store(int32(tx.queue.n))
		s.queuedBytes.Store(int64(tx.queue.memory()))
	}
	w, start := s.begin()
	w.Simple("QUEUED")
	s.end(w, start)
}

func multiCommand(s *Session, _ [][]byte, w *reply.Writer) {
	if s.tx.open {
		w.Error(reply.ErrNestedMulti)
		return
	}
	s.tx.open = true
	s.queued.Store(0)
	w.OK()
}

func discardCommand(s *Session, _ [][]byte, w *reply.Writer) {
	if !s.tx.open {
		w.Error(reply.ErrDiscNoMulti)
		return
	}
	s.endTransaction()
	w.OK()
}

func unwatchCommand(s *Session, _ [][]byte, w *reply.Writer) {
	s.forgetWatches()
	w.OK()
}

func (s *Session) forgetWatches() {
	if len(s.tx.watches) == 0 {
		return
	}
	bytes := 0
	for i := range s.tx.watches {
		bytes += len(s.tx.watches[i].Key)
	}
	s.keeps(-len(s.tx.watches), -bytes)
	s.tx.watches = nil
	s.watching.Store(0)
}

// watchCommand remembers the versions of keys. They travel inside EXEC's entry,
// so it does not matter which node leads by then or applies it.
func watchCommand(s *Session, args [][]byte, w *reply.Writer) {
	if s.tx.open {
		w.Error(reply.ErrWatchInMulti)
		return
	}
	db := int(s.db.Load())
	var keys [][]byte
	if s.srv.groups > 1 && s.watchesApart(args[1:]) {
		w.Error(reply.ErrCrossSlot)
		return
	}
	for _, key := range args[1:] {
		if !watched(s.tx.watches, db, key) && !contains(keys, key) {
			keys = append(keys, key)
		}
	}
	if len(keys) > 0 {
		versions, err := s.srv.backend.Versions(db, keys)
		if err != nil {
			w.Error(failureText(err))
			return
		}
		for i, key := range keys {
			s.tx.watches = append(s.tx.watches, command.Watch{DB: db, Key: bytes.Clone(key), Version: versions[i]})
			s.keeps(1, len(key))
		}
		s.watching.Store(int32(len(s.tx.watches)))
	}
	w.OK()
}

// failureText is the error reply for what only reads.
func failureText(err error) string {
	if f := (*command.Failure)(nil); errors.As(err, &f) && !f.Unknown {
		return f.Text
	}
	return reply.ErrNoQuorum
}

func watched(list []command.Watch, db int, key []byte) bool {
	for i := range list {
		if list[i].DB == db && bytes.Equal(list[i].Key, key) {
			return true
		}
	}
	return false
}

func contains(list [][]byte, key []byte) bool {
	for _, k := range list {
		if bytes.Equal(k, key) {
			return true
		}
	}
	return false
}

// execute is EXEC. A transaction of data commands becomes one call of the unit,
// next to what else the pipeline has.
func (s *Session) execute(args [][]byte) {
	tx := s.tx
	switch {
	case !tx.open:
		s.answerError(s.srv.exec, args, reply.ErrExecNoMulti)
		return
	case tx.dirty:
		s.endTransaction()
		s.answerError(s.srv.exec, args, reply.ErrExecAbort)
		return
	}
	s.endTransaction()
	if s.srv.groups > 1 && s.txApart(&tx) {
		s.answerError(s.srv.exec, args, reply.ErrCrossSlot)
		return
	}
	if tx.local > 0 || tx.queue.n == 0 && len(tx.watches) == 0 {
		s.flush()
		s.executeMixed(args, tx)
		return
	}
	db := int(s.db.Load())
	calls := tx.queue.calls(s.srv.table, &s.keys)
	for i := range calls {
		calls[i].DB = db
	}
	s.transact(args, db, &command.Tx{Calls: calls, Watches: tx.watches}, tx.caller())
}

func (s *Session) answerError(cmd *command.Command, args [][]byte, text string) {
	s.answer(cmd, args, func(_ *Session, _ [][]byte, w *reply.Writer) { w.Error(text) })
}

// executeMixed is EXEC of a transaction in which some commands are the session's own
// (SELECT, PING, CONFIG …). The data commands run as one transaction. If it was not
// refused by a watch, the others run right behind it. The replies are put together in
// the order of the queue. So a refused transaction has no effect at all. A command of
// the session sees all of the transaction, also the commands behind it. A HELLO inside
// changes the protocol of the session's own replies only.
//
// The unit is empty when it is called, and afterwards.
func (s *Session) executeMixed(args [][]byte, tx transaction) {
	s.mixedDB = int(s.db.Load())
	w := &s.unit.W
	base, discard := len(w.Buf), w.Discard
	var replies []byte // of the data commands
	calls := tx.queue.calls(s.srv.table, &s.keys)
	if data := s.dataCalls(calls); len(data) > 0 || len(tx.watches) > 0 {
		s.setDiscard(false) // whether it was refused can only be told from the reply
		s.mixed = true
		s.transact(args, 0, &command.Tx{Calls: data, Watches: tx.watches}, tx.caller())
		s.flushWhole()
		s.mixed = false
		w = &s.unit.W // a failure has replaced the unit
		s.setDiscard(discard)
		if s.last {
			return
		}
		_, elements, ok := openArray(w.Buf[base:])
		if !ok {
			s.monitorMixed(nil, args)
			if discard {
				w.Buf = w.Buf[:base]
			}
			return
		}
		replies = append(replies, elements...)
		w.Buf = w.Buf[:base]
	} else {
		s.locals = append(s.locals, s.srv.exec.ID)
	}
	w.Array(len(calls))
	s.inExec = true
	s.queued.Store(int32(len(calls))) // CLIENT INFO shows a client in MULTI
	for i := range calls {
		call := &calls[i]
		if run := s.srv.handlers[call.Cmd.ID]; run != nil {
			if text := s.denialInExec(call, tx.by); text != "" {
				run = func(_ *Session, _ [][]byte, w *reply.Writer) { w.Error(text) }
			}
			s.answerTimed(call.Cmd, call.Args, run)
			continue
		}
		size := reply.Len(replies)
		w.Raw(replies[:size])
		replies = replies[size:]
	}
	s.inExec = false
	s.queued.Store(-1)
	s.monitorMixed(calls, args)
}

// dataCalls returns the calls that need the data, each with the database that a
// SELECT in front of it chose.
func (s *Session) dataCalls(calls []command.Call) []command.Call {
	db := int(s.db.Load())
	var data []command.Call
	for i := range calls {
		call := calls[i]
		if s.srv.handlers[call.Cmd.ID] == nil {
			call.DB = db
			data = append(data, call)
		} else {
			db = s.srv.selected(&call, db)
		}
	}
	return data
}

// selected returns the database of what stands behind a call of a transaction, if
// it is db for the call.
func (srv *Server) selected(call *command.Call, db int) int {
	if call.Cmd.Flags.Has(command.Selects) {
		if n, errText := srv.parseDB(call.Args[1]); errText == "" {
			return n
		}
	}
	return db
}
