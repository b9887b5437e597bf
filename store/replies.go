package store

import "github.com/msredis/msredis/resp/reply"

// answers are the replies of a lane to its calls in units that it shares with
// others, one behind the other.
type answers struct {
	w      reply.Writer
	list   []answer
	turns  []int // for each piece, how many there were before it
	failed []failure
}

type answer struct {
	end     int // in the buffer
	failure int // number in failed, from 1 on; 0: no error
}

// failure is what a call with errors adds to the unit's.
type failure struct {
	errors int
	last   string
}

// turn starts a piece.
func (a *answers) turn(piece int) { a.turns = append(a.turns, len(a.list)) }

// begin starts a unit.
func (a *answers) begin(w *reply.Writer) { a.w.Proto, a.w.Discard = w.Proto, w.Discard }

// note ends the reply to a call.
func (a *answers) note() {
	end := answer{end: len(a.w.Buf)}
	if a.w.Errors > 0 {
		a.failed = append(a.failed, failure{a.w.Errors, a.w.LastError})
		a.w.Errors, a.w.LastError = 0, ""
		end.failure = len(a.failed)
	}
	a.list = append(a.list, end)
}

// copy writes the i-th answer to a client.
func (a *answers) copy(i int, w *reply.Writer) {
	from := 0
	if i > 0 {
		from = a.list[i-1].end
	}
	w.Raw(a.w.Buf[from:a.list[i].end])
	if n := a.list[i].failure; n > 0 {
		w.Errors += a.failed[n-1].errors
		w.LastError = a.failed[n-1].last
	}
}

func (a *answers) reset() {
	a.list, a.turns, a.failed = kept(a.list), kept(a.turns), kept(a.failed)
	a.w.Reset()
	if cap(a.w.Buf) > keepReplies {
		a.w.Buf = nil
	}
}

// answers reports whether the lanes have replies that are not where they belong.
func (b *batch) answers() bool {
	for _, r := range b.lanes {
		if len(r.answers.list) > 0 {
			return true
		}
	}
	return false
}

// answer gives the clients of shared units their replies, in the order of their
// calls.
func (b *batch) answer(*laneRun) {
	for i, ok := b.take(); ok; i, ok = b.take() {
		var turn [maxLanes]int // how many answers of each lane are given
		for k, r := range b.lanes {
			turn[k] = r.answers.turns[i]
		}
		p := &b.pieces[i]
		join := p.joins
		for j := p.from; j < p.to; j++ {
			part := &b.parts[j]
			if part.owner != shared {
				continue
			}
			u := part.unit
			for n, m := range b.marks[part.first : int(part.first)+len(u.Calls)] {
				k := m.lane()
				switch {
				case m&markLiteral != 0:
					u.W.Raw(u.Calls[n].Literal)
					continue
				case m&markJoin != 0:
					k = b.joins[join].lane
					join++
				}
				b.lanes[k].answers.copy(turn[k], &u.W)
				turn[k]++
			}
		}
	}
}
