package front

import (
	"errors"
	"time"

	"github.com/msredis/msredis/internal/blocking"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// blocked is a command of a session that waits, or is about to.
type blocked struct {
	session *Session
	cmd     *command.Command
	args    [][]byte
	wait    command.Awaited
	proto   uint8
	// looked: there was nothing for it at some time since it came, which is what a
	// timeout says.
	looked bool
	// unblock takes what CLIENT UNBLOCK asks for: true for an error.
	unblock chan bool
	by      *command.Caller
}

// block runs a command that may wait. Everything in front of it in the pipeline
// is done and answered before it waits.
func (s *Session) block(cmd *command.Command, args [][]byte) {
	wait, ok := cmd.Wait.Parse(args)
	if !ok {
		s.add(s.call(cmd, args))
		return
	}
	s.flush()
	s.lastCmd.Store(cmd) // CLIENT LIST shows what a client waits with
	b := &blocked{
		session: s, cmd: cmd, args: args, wait: wait, proto: s.unit.W.Proto,
		unblock: make(chan bool, 1), by: s.by,
	}
	if s.answer(cmd, args, func(s *Session, _ [][]byte, w *reply.Writer) { b.run(w) }) {
		s.accountCut(cmd, args)
	}
}

// run answers the command. The place in the queues comes first and the look at
// the keys afterwards, so that what is pushed in between is not missed.
func (b *blocked) run(w *reply.Writer) {
	s, q := b.session, b.session.srv.blocking
	start := time.Now()
	c := &blocking.Client{DB: int(s.db.Load()), Keys: b.wait.Keys, Want: b.want(), Data: b}
	q.Enter(c)
	if first := b.first(c); first != nil {
		q.Leave(c)
		deliver(w, first)
		return
	}
	if text := b.denied(); text != "" {
		q.Leave(c)
		w.Error(text)
		return
	}
	if len(w.Buf) > 0 {
		if err := s.conn.Send(w.Buf); err != nil {
			q.Leave(c)
			s.last = true
			return
		}
		w.Buf = w.Buf[:0]
	}
	parked := time.Now()
	s.waits.Store(b)
	s.setFlag(flagBlocked, true)
	s.srv.waiting.add(b, 1)
	q.Park(c)
	b.park(c, start, w)
	s.srv.waiting.add(b, -1)
	s.setFlag(flagBlocked, false)
	s.waits.Store(nil)
	s.mark = s.mark.Add(time.Since(parked)) // waiting is no work
}

// denied returns the error for a client that may not wait, or "". It is asked after the
// first look: this node then knows what was committed when the command came.
func (b *blocked) denied() string {
	s := b.session
	users := s.srv.users.now.Load()
	if users == s.users {
		return ""
	}
	s.meet(users)
	b.by = s.by
	if !s.limited {
		return ""
	}
	return s.denial(b.cmd, b.args)
}

// first tries the command without waiting. It returns nil if there is nothing,
// or if it is the turn of clients that wait already.
func (b *blocked) first(c *blocking.Client) (answer []byte) {
	var found [][]byte
	if b.cmd.Wait.NeedsKey {
		versions, err := b.session.srv.backend.Versions(c.DB, c.Keys)
		if err != nil {
			return errorReply(failureText(err))
		}
		for i, v := range versions {
			if !command.IsAbsent(v) {
				found = append(found, c.Keys[i])
			}
		}
		if len(found) == 0 {
			b.looked = true
			return nil
		}
	}
	if b.session.srv.blocking.Contested(c, found) {
		return nil
	}
	if errText := b.fromNow(c.DB); errText != "" {
		return errorReply(errText)
	}
	return b.alone(c.DB)
}

// alone tries the command for this client only, and returns nil if there is
// nothing.
func (b *blocked) alone(db int) (answer []byte) {
	replies := b.session.try([]*blocked{b}, [][][]byte{b.args}, db, false)
	if b.looked = isNull(replies[0]); b.looked {
		return nil
	}
	return replies[0]
}

// last is what a client gets whose time is over. Others may have been in front of it
// while the cluster was not to be had, so that its turn never came. Then there may have
// been something all the time. So it has its look now, out of turn.
func (b *blocked) last(db int) (answer []byte) {
	if b.looked {
		return nil
	}
	if b.session.srv.pause.on.Load() {
		b.session.waitForPause(b.cmd, b.args)
	}
	return b.alone(db)
}

// park waits until there is an answer, and writes it.
func (b *blocked) park(c *blocking.Client, start time.Time, w *reply.Writer) {
	s := b.session
	var timeout <-chan time.Time
	if b.wait.Timeout > 0 {
		timer := time.NewTimer(time.Until(start.Add(b.wait.Timeout)))
		defer timer.Stop()
		timeout = timer.C
	}
	unblock, gone, stopping := b.unblock, s.conn.Done(), s.srv.stopping
	leaving := false
	end := func() { // how it ends if its turn has not come
		if got := b.last(c.DB); got != nil {
			deliver(w, got)
		} else {
			w.NullArray()
		}
	}
	for {
		select {
		case signal := <-c.C:
			got := signal.Reply
			if signal.Turn != nil {
				got = s.take(signal.Turn)
			}
			b.looked = b.looked || got == nil
			switch {
			case got != nil:
				deliver(w, got)
			case signal.Turn != nil && !leaving:
				continue
			default:
				end()
			}
			return
		case <-timeout:
		case withError := <-unblock:
			if withError {
				end = func() { w.Error(reply.ErrUnblocked) }
			}
		case <-gone:
			end = func() { s.last = true }
		case <-stopping:
			end = func() { w.Error(reply.ErrShuttingDown); s.last = true }
		}
		if s.srv.blocking.Leave(c) {
			end()
			return
		}
		// It is being tried for; only the outcome matters now.
		leaving, timeout, unblock, gone, stopping = true, nil, nil, nil, nil
	}
}

// take tries for all clients of a Turn, of which the session's is the first, and
// returns what that one gets.
func (s *Session) take(t *blocking.Turn) (got []byte) {
	outcomes := make([]blocking.Outcome, len(t.Clients))
	if first := t.Clients[0].Data.(*blocked); s.srv.pause.on.Load() {
		s.waitForPause(first.cmd, first.args)
	}
	var list []*blocked
	var args [][][]byte
	var places []int
	run := func() {
		if len(list) == 0 {
			return
		}
		for i, r := range s.try(list, args, t.DB, true) {
			outcomes[places[i]].Reply = list[i].outcome(r)
		}
		list, args, places = nil, nil, nil
	}
	for i, c := range t.Clients {
		b := c.Data.(*blocked)
		if b.isGone() { // what it got would be lost
			outcomes[i].Skipped = true
			continue
		}
		if len(list) > 0 && b.proto != list[0].proto {
			run()
		}
		a := b.args
		if t.Key != nil {
			a = b.cmd.Wait.Only(b.args, t.Key)
		}
		list, args, places = append(list, b), append(args, a), append(places, i)
	}
	run()
	s.srv.blocking.Done(t, outcomes)
	return outcomes[0].Reply
}

// want is what the queues have to know of the command.
func (b *blocked) want() blocking.Want {
	w := &b.wait
	return blocking.Want{Kind: w.Kind, Group: w.Group, Each: w.Each, Gone: w.Gone}
}

// outcome makes of the reply to a try what the client is told, nil if it waits on.
func (b *blocked) outcome(reply []byte) []byte {
	switch {
	case isNull(reply):
		return nil
	case reply[0] != '-':
		return reply
	}
	text := b.cmd.Wait.Refusal(errorText(reply))
	if text == "" {
		return nil
	}
	return errorReply(text)
}

// isNull reports whether a reply is one of the three nulls.
func isNull(reply []byte) bool {
	return len(reply) > 0 && (reply[0] == '_' || len(reply) > 2 && reply[1] == '-' && (reply[0] == '*' || reply[0] == '$'))
}

func (b *blocked) isGone() bool {
	select {
	case <-b.session.conn.Done():
		return true
	default:
		return false
	}
}

// try runs commands of one protocol as a unit, in order, and returns the reply to
// each. Clients that were woken may read what the node has applied: it is what
// they were woken for, and newer than their first look.
func (s *Session) try(list []*blocked, args [][][]byte, db int, woken bool) [][]byte {
	u := &command.Unit{Client: s.id}
	u.W.Proto = list[0].proto
	writes := false
	for i, b := range list {
		call := command.NewCall(b.cmd, args[i], db, nil)
		call.By = b.by
		u.Calls = append(u.Calls, call)
		if b.cmd.Flags&command.Write != 0 {
			writes = true
			u.Bytes += argBytes(args[i])
		}
	}
	var err error
	if writes {
		err = s.srv.backend.Write(u)
	} else {
		u.Stale = woken
		err = s.srv.backend.Read(u)
	}
	replies := make([][]byte, len(list))
	if err != nil {
		text := failureText(err)
		if f := (*command.Failure)(nil); writes && errors.As(err, &f) {
			text = f.Text // which says whether something may have been popped
		} else if writes {
			text = reply.ErrUnknown
		}
		for i := range replies {
			replies[i] = errorReply(text)
		}
		return replies
	}
	rest := u.W.Buf
	for i := range replies {
		n := reply.Len(rest)
		replies[i], rest = rest[:n:n], rest[n:]
	}
	return replies
}

func errorReply(text string) []byte {
	var w reply.Writer
	w.Error(text)
	return w.Buf
}

// deliver writes a finished reply, so that an error counts as one.
func deliver(w *reply.Writer, r []byte) {
	if r[0] == '-' {
		w.Error(errorText(r))
	} else {
		w.Raw(r)
	}
}
