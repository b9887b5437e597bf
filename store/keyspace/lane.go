package keyspace

import (
	"math"

	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// At the start of each log entry a table gives up keys whose deadline has passed, the
// longest expired first. Their number is reclaimMin, and one more for every
// reclaimShare keys with a deadline. Keys beyond that cannot be seen either; they only
// take memory until a later entry. A table that has reclaimMany keys with a deadline is
// passed over by three entries of four. With a million that expire at once, one key in
// each of 128 shards is left for an entry. It takes a part of a millisecond, for which
// all wait. The figures are part of the state machine: all nodes have to use the same.
const (
	reclaimMin   = 1
	reclaimShare = 2048
	reclaimMany  = 1024
)

// passes reports whether the entry with that seed passes over a table with many
// deadlines in a shard. The seed decides which entries, not a count of entries: entries
// that only move log time on have to reach every table, too.
func passes(seed uint64, shard int) bool { return seed>>(2*(shard%32))&3 != 0 }

// Lane is one goroutine of the applier with the shards it is responsible for in
// this batch. All that happens to a shard happens in its lane, in log order.
type Lane struct {
	ctx  Ctx
	seed uint64 // of the log entry

	// shards that the lane may reclaim from; all that are locked and its own.
	shards ShardSet
	// next is the earliest deadline of a key in shards, or earlier.
	next int64

	waits   Waits        // nil: nobody waits
	changed []changedKey // keys that somebody waits for

	events events
	order  uint64 // see Event

	bytes   int64  // added to what the keyspace is accounted with, since Take
	expired uint64 // keys that expired, since Take
	parts   uint64 // and parts of keys
	evicted uint64 // keys, likewise
}

// NewLane returns a lane of ks.
func (ks *Keyspace) NewLane() *Lane {
	l := &Lane{}
	l.ctx.ks, l.ctx.lane = ks, l
	l.ctx.touched = l.ctx.few[:0]
	return l
}

// Open makes the lane responsible for a set of shards, which are locked.
func (l *Lane) Open(shards *ShardSet) {
	l.shards, l.next = *shards, math.MaxInt64
	shards.Each(func(i int) {
		if i != LeaseLock {
			l.next = min(l.next, l.ctx.ks.shards[i].next())
		}
	})
}

// Entry starts a log entry: log time is now, and some of what it let expire is
// reclaimed. seq is the number of the last write before it.
func (l *Lane) Entry(now int64, seed, seq uint64) {
	l.ctx.Now, l.ctx.Clock, l.seed = now, now, seed
	l.order = 2*seq + 1
	if l.next <= now {
		l.reclaim(now)
	}
}

func (l *Lane) reclaim(now int64) {
	l.next = math.MaxInt64
	l.shards.Each(func(i int) {
		if i == LeaseLock {
			return
		}
		s := &l.ctx.ks.shards[i]
		for _, t := range s.tables {
			if t == nil {
				continue
			}
			if t.due.Len() < reclaimMany || !passes(l.seed, i) {
				l.reclaimFrom(t, now)
			}
			l.expireParts(t, now)
			l.next = min(l.next, t.next())
		}
	})
}

func (l *Lane) reclaimFrom(t *table, now int64) {
	for range reclaimMin + t.due.Len()/reclaimShare {
		deadline, x, ok := t.due.Min()
		if !ok || deadline > now {
			return
		}
		l.expire(t, x.entry)
	}
}

// expire deletes a key because its time is over.
func (l *Lane) expire(t *table, e *Entry) {
	if l.events.wants.Events != 0 {
		l.ctx.NotifyIn(l.ctx.ks.logical(t.id.db), 'x', "expired", bytesOf(e.Key()))
	}
	t.remove(e, l)
	l.expired++
}

// Write runs a call that writes; seq is its number in the log. If its handler panics
// it is broken off; see broken.go.
func (l *Lane) Write(run Handler, call *command.Call, w *reply.Writer, seq uint64) {
	l.order = 2 * seq
	c := &l.ctx
	c.begin(call, w, seq)
	mark, errors, done := len(w.Buf), w.Errors, false
	defer func() {
		if !done && c.ks.broken != nil && c.everybodys() {
			c.breakOff(recover(), mark, errors)
		}
	}()
	run(c)
	c.end()
	done = true
}

// Read runs a call that only reads, at its place in the log. It leaves no trace
// in the state: other nodes do not run it.
func (l *Lane) Read(run Handler, call *command.Call, w *reply.Writer) {
	l.ctx.begin(call, w, 0)
	l.ctx.read(run)
}

// Record runs fn, a call for shards of other lanes too, and returns the earliest
// deadline that it gave a key.
func (l *Lane) Record(fn func()) (next int64) {
	before := l.next
	l.next = math.MaxInt64
	fn()
	next = l.next
	l.next = min(before, next)
	return next
}

// Expect tells the lane that a key of its shards may have got this deadline.
func (l *Lane) Expect(deadline int64) { l.next = min(l.next, deadline) }

// Now returns log time.
func (l *Lane) Now() int64 { return l.ctx.Now }

// Taken is what a lane has counted.
type Taken struct {
	Bytes          int64 // added to what the keyspace is accounted with
	Expired, Parts uint64
	Evicted        uint64
}

// Take returns what was counted since the last Take.
func (l *Lane) Take() Taken {
	t := Taken{l.bytes, l.expired, l.parts, l.evicted}
	l.bytes, l.expired, l.parts, l.evicted = 0, 0, 0, 0
	return t
}

// next returns the earliest deadline of a key in the shard.
func (s *shard) next() int64 {
	next := int64(math.MaxInt64)
	for _, t := range s.tables {
		if t != nil {
			next = min(next, t.next())
		}
	}
	return next
}

// Next returns the earliest deadline of a key in shard i, math.MaxInt64 if there
// is none.
func (ks *Keyspace) Next(i int) int64 { return ks.shards[i].next() }
