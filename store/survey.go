package store

import (
	"math/bits"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

// mark is what all lanes have to know of a call: the number of its lane, and some
// flags.
type mark uint16

const (
	markLane    mark = maxLanes - 1
	markJoin    mark = 1 << 6  // it is the next join; the lane says nothing
	markLiteral mark = 1 << 7  // it is for no lane
	markSingle  mark = 1 << 8  // it concerns one key and nothing else
	markWrite   mark = 1 << 9  // it takes one number
	markTx      mark = 1 << 10 // it is a transaction
)

func (m mark) lane() int { return int(m & markLane) }

// writes is how many numbers a call that has the mark takes. It seldom looks at the
// call.
func (m mark) writes(c *command.Call) uint64 {
	if m&markTx != 0 {
		return uint64(c.Footprint().Writes())
	}
	return uint64(m / markWrite & 1)
}

// piece is some neighbouring parts: what a goroutine takes at a time in the steps
// that have no order.
type piece struct {
	from, to int // parts
	joins    int // number of the first join in it

	// Where its joins were noted in the survey.
	by       *laneRun
	at, upTo int
}

// pieceCalls is about how many calls make a piece.
const pieceCalls = 256

// found is what one goroutine finds in the survey.
type found struct {
	set   keyspace.ShardSet
	joins []uint64 // sets of lanes
}

// survey finds out for which lane each call of a batch is, and adds the locks
// that the calls need to the set.
func (s *Store) survey(entries []Entry, set *keyspace.ShardSet) {
	b := &s.batch
	b.open(s, entries)
	b.all((*batch).look)
	for _, r := range b.lanes {
		set.Union(&r.survey.set)
	}
}

// open cuts the batch into pieces.
func (b *batch) open(s *Store, entries []Entry) {
	if b.lanes == nil {
		b.s = s
		for k := range s.lanes {
			r := &laneRun{k: k}
			r.work = func() {
				b.step(b, r)
				b.done.Done()
			}
			b.lanes = append(b.lanes, r)
		}
		for i := range b.laneOf {
			b.laneOf[i] = uint8(i % len(b.lanes))
		}
	}
	b.entries = entries
	calls, full := 0, 0 // so many calls, and a new piece from so many on
	for i := range entries {
		for _, u := range entries[i].Units {
			if calls >= full {
				b.pieces = append(b.pieces, piece{from: len(b.parts)})
				full = calls + pieceCalls
			}
			b.parts = append(b.parts, part{unit: u, entry: int32(i), first: int32(calls)})
			b.pieces[len(b.pieces)-1].to = len(b.parts)
			calls += len(u.Calls)
		}
	}
	if cap(b.marks) < calls {
		b.marks = make([]mark, calls)
	}
	b.marks = b.marks[:calls]
}

// look marks the calls of pieces.
func (b *batch) look(r *laneRun) {
	f := &r.survey
	f.set = keyspace.ShardSet{}
	for i, ok := b.take(); ok; i, ok = b.take() {
		p := &b.pieces[i]
		p.by, p.at = r, len(f.joins)
		for i := p.from; i < p.to; i++ {
			b.lookAt(f, &b.parts[i])
		}
		p.upTo = len(f.joins)
	}
}

func (b *batch) lookAt(f *found, p *part) {
	const nobody = -2
	p.owner, p.writes = nobody, 0
	calls := p.unit.Calls
	marks := b.marks[p.first : int(p.first)+len(calls)]
	for i := range calls {
		m := b.markOf(f, &calls[i])
		marks[i] = m
		p.writes += int32(m.writes(&calls[i]))
		switch {
		case m&markLiteral != 0:
		case m&markJoin != 0:
			p.owner = shared
		case p.owner == nobody:
			p.owner = int32(m.lane())
		case p.owner != int32(m.lane()):
			p.owner = shared
		}
	}
	if p.owner == nobody {
		p.owner = 0
	}
}

func (b *batch) markOf(f *found, c *command.Call) (m mark) {
	if c.Literal != nil {
		return markLiteral
	}
	if k, ok := c.Footprint().Single(); ok {
		i := keyspace.ShardOfSlot(k.Slot)
		f.set.Add(i)
		m = markSingle | mark(b.laneOf[i])
		if c.Writes() {
			m |= markWrite
		}
		return m
	}
	lanes := b.lanesOf(f, c)
	if lanes&(lanes-1) == 0 {
		m = mark(bits.TrailingZeros64(lanes))
	} else {
		m = markJoin
		f.joins = append(f.joins, lanes)
	}
	if c.Tx != nil {
		m |= markTx
	} else if c.Writes() {
		m |= markWrite
	}
	return m
}

// lanesOf returns the set of lanes that a call concerns, which is never empty.
func (b *batch) lanesOf(f *found, c *command.Call) (lanes uint64) {
	var set keyspace.ShardSet
	b.s.concerns(c, &set, true)
	f.set.Union(&set)
	if set.Has(keyspace.LeaseLock) || c.Footprint().AnyKey() {
		return b.everyLane()
	}
	set.Each(func(i int) { lanes |= 1 << b.laneOf[i] })
	return max(lanes, 1)
}

func (b *batch) everyLane() uint64 { return ^uint64(0) >> (64 - len(b.lanes)) }

// worth reports whether the lanes gain more than their joins cost, and if so
// makes the joins ready. With leases, some lease may end within the batch.
func (b *batch) worth(leases bool) bool {
	joins := 0
	for i := range b.pieces {
		p := &b.pieces[i]
		p.joins = joins
		joins += p.upTo - p.at
	}
	ends := 0
	if leases {
		ends = len(b.entries)
	}
	if (joins+ends)*joinCost > len(b.marks) && !b.always {
		return false
	}
	b.leases = leases
	for range ends {
		b.ends = joinOf(b.ends, b.everyLane(), len(b.lanes))
	}
	for i := range b.pieces {
		p := &b.pieces[i]
		for _, lanes := range p.by.survey.joins[p.at:p.upTo] {
			b.joins = joinOf(b.joins, lanes, bits.OnesCount64(lanes))
		}
	}
	return true
}
