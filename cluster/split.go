package cluster

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// The way of the clients to the groups.
//
// A unit whose calls are all for one group goes there as it is. Of any other a part goes to
// each group: its calls, in their order. The parts run side by side. When all of them have
// run, the replies are put together in the order of the unit. A group has its part as a
// whole or not at all. So the promise of a pipeline holds for each group, and others may
// see the parts of a pipeline in any order.
//
// A connection has one unit on its way. So it never sees a command run before an earlier
// one of its own, neither within a group nor from one pipeline to the next.
//
// A call that needs no key and no table goes with the call in front of it. So a message
// behind a write is told when the write is applied. A call for all groups parts a unit. The
// calls in front of it have run when it begins, and those behind it have not begun
// (gather.go).

// Write runs a unit through the log; see front.Backend.
func (n *Node) Write(u *command.Unit) error {
	if len(n.groups) == 1 {
		return n.groups[0].Write(u)
	}
	return n.runUnit(u)
}

// Read runs a unit that writes nothing; see front.Backend.
func (n *Node) Read(u *command.Unit) error {
	if len(n.groups) == 1 {
		return n.groups[0].Read(u)
	}
	return n.runUnit(u)
}

// StartWrite begins to run a unit through the log; see front.Backend.
func (n *Node) StartWrite(u *command.Unit, c command.Completer) (done bool, err error) {
	if len(n.groups) == 1 {
		return n.groups[0].StartWrite(u, c)
	}
	return n.start(u, c)
}

// StartRead begins to run a unit that writes nothing; see front.Backend.
func (n *Node) StartRead(u *command.Unit, c command.Completer) (done bool, err error) {
	if len(n.groups) == 1 {
		return n.groups[0].StartRead(u, c)
	}
	return n.start(u, c)
}

// Versions reads the versions of keys; see front.Backend. Without a key it returns when
// this node knows what was committed, in all groups.
func (n *Node) Versions(db int, keys [][]byte) ([]uint64, error) {
	if len(n.groups) == 1 {
		return n.groups[0].Versions(db, keys)
	}
	if len(keys) == 0 {
		for _, g := range n.groups {
			if _, err := g.Versions(db, nil); err != nil {
				return nil, err
			}
		}
		return nil, nil
	}
	versions := make([]uint64, len(keys))
	for i, g := range n.groups {
		var mine [][]byte
		var places []int
		for j, key := range keys {
			if command.GroupOf(command.Slot(key), len(n.groups)) == i {
				mine, places = append(mine, key), append(places, j)
			}
		}
		if len(mine) == 0 {
			continue
		}
		list, err := g.Versions(db, mine)
		if err != nil {
			return nil, err
		}
		for j, v := range list {
			versions[places[j]] = v
		}
	}
	return versions, nil
}

// start runs a unit without waiting for it.
func (n *Node) start(u *command.Unit, c command.Completer) (done bool, err error) {
	s := n.split(u)
	switch {
	case s.only >= 0 && s.writes:
		return n.groups[s.only].StartWrite(u, c)
	case s.only >= 0:
		return n.groups[s.only].StartRead(u, c)
	case s.everywhere:
		// A session has a goroutine for such a call. This is for those that do not.
		go func() { c.Complete(n.runSplit(u, s)) }()
		return false, nil
	}
	s.owner = c
	s.start(n)
	return false, nil
}

// runUnit runs a unit and waits for it.
func (n *Node) runUnit(u *command.Unit) error { return n.runSplit(u, n.split(u)) }

func (n *Node) runSplit(u *command.Unit, s *split) error {
	switch {
	case s.only >= 0 && s.writes:
		return n.groups[s.only].Write(u)
	case s.only >= 0:
		return n.groups[s.only].Read(u)
	case s.everywhere:
		return n.runPieces(u, s)
	}
	wait := make(waits, 1)
	s.owner = wait
	s.start(n)
	for n.Work() && len(wait) == 0 {
	}
	return <-wait
}

// waits is a Completer for a goroutine that waits.
type waits chan error

// Complete implements command.Completer.
func (w waits) Complete(err error) { w <- err }

// split is a unit on its way to several groups.
type split struct {
	unit  *command.Unit
	owner command.Completer
	// only is the group that all calls are for, -1 if there are several.
	only       int
	everywhere bool // a call is for all groups
	writes     bool
	places     []int8 // of the calls: a group, Anywhere for a literal, or another of the constants
	parts      []part // by group
	left       atomic.Int32
}

// part is what a group has of a unit.
type part struct {
	split  *split
	unit   command.Unit
	writes bool
	err    error
}

// split finds the groups of the calls of a unit.
func (n *Node) split(u *command.Unit) *split {
	s := &split{unit: u, only: command.Anywhere}
	last := 0
	for i := range u.Calls {
		c := &u.Calls[i]
		s.writes = s.writes || c.Writes()
		at := c.Group(len(n.groups))
		if at == command.Anywhere && c.Literal == nil {
			at = last
		}
		switch {
		case at >= 0:
			last = at
			if s.only == command.Anywhere {
				s.only = at
			} else if s.only != at {
				s.only = command.Apart
			}
		case at != command.Anywhere:
			s.only = command.Apart
			s.everywhere = s.everywhere || at == command.Everywhere
		}
		s.places = append(s.places, int8(at))
	}
	if s.only == command.Anywhere {
		s.only = 0
	}
	return s
}

// start hands each group its part.
func (s *split) start(n *Node) {
	u := s.unit
	s.parts = make([]part, len(n.groups))
	for i := range u.Calls {
		if at := s.places[i]; at >= 0 {
			p := &s.parts[at]
			p.unit.Calls = append(p.unit.Calls, u.Calls[i])
			if u.Calls[i].Writes() {
				p.writes = true
				p.unit.Bytes += size(&u.Calls[i])
			}
		}
	}
	s.left.Store(1)
	for i := range s.parts {
		p := &s.parts[i]
		if len(p.unit.Calls) == 0 {
			continue
		}
		p.split = s
		p.unit.Stale, p.unit.Whole, p.unit.Client = u.Stale, u.Whole, u.Client
		p.unit.W.Proto, p.unit.W.Discard = u.W.Proto, u.W.Discard
		b := u.W.Bounds()
		if b.Portion > 0 {
			b.Portion = max(b.Portion-len(u.W.Buf), 1)
		}
		p.unit.W.Bound(b)
		s.left.Add(1)
		var done bool
		var err error
		if p.writes {
			done, err = n.groups[i].StartWrite(&p.unit, p)
		} else {
			done, err = n.groups[i].StartRead(&p.unit, p)
		}
		if done {
			p.Complete(err)
		}
	}
	s.end()
}

// size is how long the arguments of a call are.
func size(c *command.Call) (bytes int) {
	for _, a := range c.Args {
		bytes += len(a)
	}
	if c.Tx != nil {
		for i := range c.Tx.Calls {
			bytes += size(&c.Tx.Calls[i])
		}
	}
	return bytes
}

// Complete implements command.Completer.
func (p *part) Complete(err error) {
	p.err = err
	p.split.end()
}

// end is called by each part that has run, and by start. The last one puts the replies
// together.
func (s *split) end() {
	if s.left.Add(-1) > 0 {
		return
	}
	owner := s.owner
	owner.Complete(s.join())
}

// join puts the replies of the parts together.
func (s *split) join() error {
	u := s.unit
	u.Ran, u.Together, u.Done = 0, 1, 0
	var failed error
	for i := range s.parts {
		p := &s.parts[i]
		if p.unit.Together > 0 {
			u.Ran += p.unit.Ran / time.Duration(p.unit.Together)
		}
		u.Time = max(u.Time, p.unit.Time)
		if p.err != nil && failed == nil {
			failed = p.err
		}
	}
	if failed != nil {
		if !s.writes {
			return failed // nothing has happened
		}
		return s.joinFailed()
	}
	if u.W.Discard && s.writes {
		return nil
	}
	for i := range u.Calls {
		call := &u.Calls[i]
		r, full := s.next(i, call)
		if full == reply.NotFull {
			full = u.W.Add(r, i == 0 && u.Whole)
		}
		if full != reply.NotFull {
			u.W.Stop(full)
			u.Done = i
			return nil
		}
	}
	return nil
}

// next takes the reply to a call out of its part. It returns why there is none.
func (s *split) next(i int, call *command.Call) (r []byte, full reply.Full) {
	at := s.places[i]
	switch {
	case call.Literal != nil:
		return call.Literal, reply.NotFull
	case at < 0:
		return crossSlot, reply.NotFull
	}
	p := &s.parts[at]
	if len(p.unit.W.Buf) == 0 && !p.unit.W.Discard {
		return nil, p.unit.W.Full()
	}
	size := reply.Len(p.unit.W.Buf)
	r, p.unit.W.Buf = p.unit.W.Buf[:size], p.unit.W.Buf[size:]
	return r, reply.NotFull
}

// crossSlot is the reply to a call that no group can run.
var crossSlot = errorReply(reply.ErrCrossSlot)

func errorReply(text string) []byte {
	var w reply.Writer
	w.Error(text)
	return w.Buf
}

// joinFailed answers all calls of a unit of which a part failed.
func (s *split) joinFailed() error {
	w := reply.Writer{Proto: s.unit.W.Proto, Discard: s.unit.W.Discard}
	for i := range s.unit.Calls {
		call := &s.unit.Calls[i]
		if at := s.places[i]; at >= 0 && s.parts[at].err != nil {
			w.Error(failureText(s.parts[at].err, call))
			continue
		}
		r, _ := s.next(i, call)
		w.Raw(r)
	}
	return &command.PartFailure{Replies: w.Buf}
}

// failureText is the reply to a call that was not run, or of which nobody knows.
func failureText(err error, call *command.Call) string {
	f := (*command.Failure)(nil)
	if !errors.As(err, &f) {
		f = &command.Failure{Text: reply.ErrUnknown, Unknown: true}
	}
	return f.For(call)
}
