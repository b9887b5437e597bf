package store

import (
	"sync"
	"sync/atomic"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/store/keyspace"
)

// A large batch is applied by several goroutines. Each lane has the shards whose number
// leaves the same rest, and runs the calls for them in log order. So every key sees its
// calls in log order, and the state is that of a single goroutine.
//
// A call that concerns several lanes is a join. All of them stop at it. The lane that
// reaches it last runs it, and the others wait meanwhile. The earliest call that has
// not run can always run, so joins cannot block each other for ever.
//
// No goroutine prepares the work of the others, because it would be what all wait for.
// In three steps, with all goroutines at each:
//
//   - survey.go: piece by piece, which lane each call is for, and the locks;
//   - every lane walks through the whole batch, counts the writes and runs what is its
//     own. A call of another lane costs it a look at two bytes;
//   - replies.go: piece by piece, the replies of units that several lanes worked on.
//
// Pieces are taken by whoever has time, so a goroutine that wakes up late delays the
// second step only.

// laneThreshold is the number of calls from which a batch goes to the lanes:
// about 100 µs of work. Below it, waking a goroutine costs more than the calls
// that it takes over (BenchmarkApply).
const laneThreshold = 512

// joinCost is the number of calls that there have to be for each join. With fewer, one
// goroutine runs the batch: to stop and to wake up costs a lane some microseconds.
const joinCost = 64

// maxLanes bounds the number of lanes; a set of them is a word.
const maxLanes = 64

// batch is a batch cut up for the lanes.
type batch struct {
	s       *Store
	entries []Entry
	leases  bool // some lease may end within the batch
	always  bool // for tests: however many joins there are

	parts  []part // of all entries, in log order
	marks  []mark // of all calls, in log order
	pieces []piece
	joins  []*join // in log order; those that nobody needs now are behind
	ends   []*join // where each entry starts, if leases is set

	lanes  []*laneRun
	laneOf [keyspace.Shards]uint8

	step func(*batch, *laneRun) // what the goroutines do
	next atomic.Int32           // first piece that nobody has taken
	done sync.WaitGroup
}

// part is a unit with its place in the batch.
type part struct {
	unit   *command.Unit
	entry  int32
	first  int32 // number of its first call in the batch
	writes int32 // numbers that its calls take
	// owner is the lane that all of its calls are for: it writes into the
	// unit's own buffer. Or it is shared.
	owner int32
}

// shared is the owner of a part with calls for several lanes.
const shared = -1

// join is where lanes meet.
type join struct {
	lanes uint64       // who
	left  atomic.Int32 // how many have to come
	done  sync.WaitGroup
	lane  int   // who ran it
	next  int64 // earliest deadline that the call set; valid after done
}

// laneRun is what one goroutine has of its own.
type laneRun struct {
	k       int
	l       *keyspace.Lane
	ahead   ahead
	own     ownCalls
	work    func() // the step, as a goroutine
	survey  found
	answers answers
}

// applyLanes runs a batch that was surveyed on several goroutines.
func (s *Store) applyLanes(set *keyspace.ShardSet) {
	b := &s.batch
	for k, r := range b.lanes {
		var own keyspace.ShardSet
		set.Each(func(i int) {
			if i != keyspace.LeaseLock && int(b.laneOf[i]) == k {
				own.Add(i)
			}
		})
		r.l = s.lanes[k]
		r.l.Open(&own)
	}
	b.all((*batch).run)
	if b.answers() {
		b.all((*batch).answer)
	}
	for i := range b.parts {
		s.seq += uint64(b.parts[i].writes)
	}
}

// all takes a step with all goroutines and waits for them.
func (b *batch) all(step func(*batch, *laneRun)) {
	b.step = step
	b.next.Store(0)
	b.done.Add(len(b.lanes) - 1)
	for _, r := range b.lanes[1:] {
		go r.work()
	}
	step(b, b.lanes[0])
	b.done.Wait()
}

// take takes the next piece and returns its number; ok is false if there is none
// left.
func (b *batch) take() (i int, ok bool) {
	i = int(b.next.Add(1)) - 1
	return i, i < len(b.pieces)
}

// run is a lane's way through the batch.
func (b *batch) run(r *laneRun) {
	w := walk{b: b, r: r, now: b.s.now.Load(), seq: b.s.seq, entry: -1}
	r.own = ownCalls{b: b, k: r.k}
	r.ahead.begin(b.s, &r.own)
	for i := range b.pieces {
		p := &b.pieces[i]
		r.answers.turn(i)
		for j := p.from; j < p.to; j++ {
			part := &b.parts[j]
			w.enter(int(part.entry))
			switch int(part.owner) {
			case r.k:
				w.whole(part)
			case shared:
				w.some(part)
			default:
				w.seq += uint64(part.writes)
			}
		}
	}
	w.enter(len(b.entries) - 1)
}

// walk is where a lane is.
type walk struct {
	b     *batch
	r     *laneRun
	now   int64
	seq   uint64 // number of the last write
	entry int
	join  int // number of the next join
}

// enter starts the entries up to this one.
func (w *walk) enter(upTo int) {
	for w.entry < upTo {
		w.entry++
		e := &w.b.entries[w.entry]
		w.now = max(w.now, e.Time)
		w.r.l.For(0)
		w.r.l.Entry(w.now, e.Seed, w.seq)
		if w.b.leases {
			w.meet(w.b.ends[w.entry], w.r.l.EndLeases)
		}
	}
}

// whole runs all calls of a unit.
func (w *walk) whole(p *part) {
	s, r := w.b.s, w.r
	r.l.For(p.unit.Client)
	calls := p.unit.Calls
	for i, m := range w.b.marks[p.first : int(p.first)+len(calls)] {
		if m&markSingle != 0 {
			r.ahead.step()
		}
		s.run(r.l, &calls[i], &p.unit.W, w.seq)
		w.seq += m.writes(&calls[i])
	}
}

// some runs those calls of a unit that are this lane's.
func (w *walk) some(p *part) {
	s, r := w.b.s, w.r
	calls := p.unit.Calls
	r.l.For(p.unit.Client)
	r.answers.begin(&p.unit.W)
	for i, m := range w.b.marks[p.first : int(p.first)+len(calls)] {
		switch {
		case m&markJoin != 0:
			j := w.b.joins[w.join]
			w.join++
			if j.lanes>>r.k&1 != 0 {
				w.meet(j, func() {
					s.run(r.l, &calls[i], &r.answers.w, w.seq)
					r.answers.note()
				})
			}
		case m&markLiteral == 0 && m.lane() == r.k:
			if m&markSingle != 0 {
				r.ahead.step()
			}
			s.run(r.l, &calls[i], &r.answers.w, w.seq)
			r.answers.note()
		}
		w.seq += m.writes(&calls[i])
	}
}

// meet waits for the other lanes of a join; the last one runs it.
func (w *walk) meet(j *join, run func()) {
	if j.left.Add(-1) > 0 {
		j.done.Wait()
		w.r.l.Expect(j.next)
		return
	}
	j.next = w.r.l.Record(run)
	j.lane = w.r.k
	j.done.Done()
}

// ownCalls are the calls that a lane looks up ahead.
type ownCalls struct {
	b    *batch
	k    int
	part int
	call int
}

// next returns the lane's next call on one key, nil behind the last.
func (o *ownCalls) next() *command.Call {
	for ; o.part < len(o.b.parts); o.part++ {
		p := &o.b.parts[o.part]
		if int(p.owner) == o.k || p.owner == shared {
			calls := p.unit.Calls
			for o.call < len(calls) {
				m := o.b.marks[int(p.first)+o.call]
				o.call++
				if m&markSingle != 0 && m.lane() == o.k {
					return &calls[o.call-1]
				}
			}
		}
		o.call = 0
	}
	return nil
}

// The memory that is kept from batch to batch is bounded: the buffer of a lane in
// bytes, all else by the number of calls.
const (
	keepReplies = 1 << 20
	keepCalls   = 1 << 15
	keepJoins   = keepCalls / joinCost
)

// reset forgets the batch and keeps the memory.
func (b *batch) reset() {
	b.entries = nil
	b.parts, b.marks, b.pieces = kept(b.parts), kept(b.marks), kept(b.pieces)
	b.joins, b.ends = keptJoins(b.joins), keptJoins(b.ends)
	for _, r := range b.lanes {
		r.survey.joins = kept(r.survey.joins)
		r.answers.reset()
	}
}

// kept empties a slice that may be kept.
func kept[T any](list []T) []T {
	if cap(list) > keepCalls {
		return nil
	}
	clear(list)
	return list[:0]
}

func keptJoins(list []*join) []*join {
	if cap(list) > keepJoins {
		return nil
	}
	return list[:0]
}

// joinOf adds a join of some lanes to a list that is kept from batch to batch.
func joinOf(list []*join, lanes uint64, n int) []*join {
	if len(list) < cap(list) {
		list = list[:len(list)+1]
	} else {
		list = append(list, nil)
	}
	j := &list[len(list)-1]
	if *j == nil {
		*j = new(join)
	}
	(*j).lanes = lanes
	(*j).left.Store(int32(n))
	(*j).done.Add(1)
	return list
}
