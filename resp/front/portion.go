package front

import (
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// A client that asks for much gets it in portions, however short its commands are. A
// unit of reads is broken off at the call whose reply does not fit into the portion. It
// goes on with that call when the portion is sent. A reply that is larger than a
// portion is a portion by itself. An event loop makes short ones only, and leaves what
// is more to a goroutine.
//
// Reads that stand between writes are run at their place, so their unit cannot be
// broken off. Their replies must not be more than a portion, by the sizes of their
// values and by the last replies of the session. At first that is a guess.
const (
	portionBytes = 4 << 20
	loopBytes    = 1 << 20
	firstReads   = 16
)

// spillBytes is when replies are sent before the whole pipeline is answered. A client
// can make a node hold a portion, not its pipeline.
const spillBytes = 1 << 20

// maxReplies bounds the replies to one unit, whatever client-output-buffer-limit says.
// Some commands make as large a reply as is asked for, and a node has no memory for any
// size.
const maxReplies = 4 << 30

// bound sets what the replies to the unit may come to.
func (s *Session) bound(portion int) {
	b := reply.Bounds{Limit: s.conn.OutputLimit()}
	if b.Limit == 0 || b.Limit > maxReplies {
		b.Limit = maxReplies
	}
	if portion > 0 {
		b.Portion, b.Gone = s.base+portion, s.conn.Gone()
	}
	s.unit.W.Bound(b)
}

// boundApart is bound for a unit of reads that a goroutine of its own runs. A reply that
// takes long is sent while it is made.
func (s *Session) boundApart() {
	s.bound(portionBytes)
	b := s.unit.W.Bounds()
	b.Out, b.Total = s.conn.Send, s.conn.OutputLimit()
	s.unit.W.Bound(b)
}

// abandon drops the unit, which only reads: nobody waits for the replies.
func (s *Session) abandon() {
	s.last = true
	s.unit.W.Buf = s.unit.W.Buf[:0]
	s.clearUnit()
}

// ranInPart accounts for the calls that were run before the portion was full, and
// leaves the others in the unit.
func (s *Session) ranInPart() {
	u := s.unit
	all, done := u.Calls, u.Done
	if u.Calls = all[:done]; done > 0 {
		s.accountUnit()
	}
	left := all[:copy(all, all[done:])]
	clear(all[len(left):])
	u.Calls, u.Done, u.Ran, u.Together = left, 0, 0, 0
	s.base = len(u.W.Buf)
}

// spill sends the replies that are ready if they are many. The unit is empty.
func (s *Session) spill() {
	w := &s.unit.W
	if len(w.Buf) < spillBytes {
		return
	}
	if err := s.conn.Send(w.Buf); err != nil {
		s.last = true
	}
	w.Buf = w.Buf[:0]
	s.base = 0
}

// portion sets how many reads the next unit with writes may have.
func (s *Session) portion() {
	if s.reads == 0 || len(s.unit.Calls) == 0 {
		return
	}
	each := (len(s.unit.W.Buf) - min(s.base, len(s.unit.W.Buf))) / len(s.unit.Calls)
	s.maxReads = min(max(portionBytes/max(each, 1), 1), maxUnitCalls)
}

// rides reports whether the reads of the unit may ride along with its writes when the
// call is added to it. They may if their replies are not too large. Of small values it
// is not asked.
func (s *Session) rides(call *command.Call, writes bool) bool {
	switch {
	case writes && !s.writes && s.reads > 0: // what was a unit of reads gets its first write
		s.riding = 0
		for i := range s.unit.Calls {
			s.riding += s.large(&s.unit.Calls[i])
		}
	case !writes && s.writes:
		s.riding += s.large(call)
	}
	return s.riding <= portionBytes
}

// large is about how many bytes the reply to a call of a unit has, 0 if it is small.
func (s *Session) large(call *command.Call) int {
	switch {
	case call.Literal != nil:
		return 0
	case call.Tx == nil:
		return s.srv.backend.Large(call)
	}
	sum := 0
	for i := range call.Tx.Calls {
		sum += s.srv.backend.Large(&call.Tx.Calls[i])
	}
	return sum
}
