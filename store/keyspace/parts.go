package keyspace

import (
	"slices"
	"strings"

	"github.com/msredis/msredis/lease"
)

// Partial is a value of which parts expire by themselves: the fields of a hash. The
// kind of such values says so (Kind.Parts).
//
// Like a key a part is gone for every reader when log time has come to its deadline. It
// may be in memory for longer: expired parts are removed in portions, when log entries
// begin. So
//
//   - a value that a writer finds hides them (hideParts);
//   - a reader is given a view that hides them (meetParts);
//   - a key of which all parts have expired is gone like one that has expired itself.
//
// None of it is a change: no version follows from it, and which of them are in memory
// may differ between nodes.
type Partial interface {
	Value
	// NextPart returns the earliest deadline of a part that is in memory, in Unix
	// milliseconds of log time. Of hidden parts it may return any deadline that has
	// passed. 0: no part has a deadline.
	NextPart() int64
	// PartAfter returns the earliest deadline behind now; 0: there is none.
	PartAfter(now int64) int64
	// Left returns the number of parts that have not expired by now.
	Left(now int64) int
	// AsOf returns the value without the parts that have expired by now. It may
	// share memory with the value, and is not changed.
	AsOf(now int64) Value
	// ExpireParts hides the parts whose deadline is at or before now. It removes
	// them if they are few, or if all are to be removed.
	ExpireParts(now int64, all bool)
	// SweepParts removes a portion of the parts that are hidden.
	SweepParts()
}

// parts are the entries of a table whose values have parts with deadlines.
type parts struct {
	due lease.Queue[*part]
	of  map[*Entry]*part
}

// part is the place of an entry in the queue.
type part struct {
	entry    *Entry
	deadline int64
	place    int32
}

// Before implements lease.Item.
func (p *part) Before(q *part) bool { return p.entry.Key() < q.entry.Key() }

// Place implements lease.Item.
func (p *part) Place() *int32 { return &p.place }

// next returns the earliest deadline, 0 if there is none.
func (p *parts) next() int64 {
	if p == nil {
		return 0
	}
	deadline, _, _ := p.due.Min()
	return deadline
}

// meetParts looks at the parts of e, which a call has found. It returns e, or what
// is to be shown in its place; nil if all its parts have expired.
func (c *Ctx) meetParts(t *table, e *Entry) *Entry {
	p := t.parts.of[e]
	if p == nil {
		return e
	}
	if p.deadline > c.Now {
		c.meet(p.deadline)
		return e
	}
	if c.seq != 0 {
		return c.lane.hideParts(t, e)
	}
	v := e.value.(Partial)
	if at := v.PartAfter(c.Now); at != 0 {
		c.meet(at)
	}
	if v.Left(c.Now) == 0 {
		return nil
	}
	if view := v.AsOf(c.Now); view != e.value {
		shown := newEntry(bytesOf(e.Key()), view)
		shown.version, shown.expiry = e.version, e.expiry
		return shown
	}
	return e
}

// partsGone reports whether all parts of e have expired.
func (t *table) partsGone(e *Entry, now int64) bool {
	if t.parts == nil || t.parts.next() > now {
		return false
	}
	p := t.parts.of[e]
	return p != nil && p.deadline <= now && e.value.(Partial).Left(now) == 0
}

// nextVisible returns when the next part of e expires behind now; 0: none does.
func (t *table) nextVisible(e *Entry, now int64) int64 {
	if t.parts == nil {
		return 0
	}
	p := t.parts.of[e]
	switch {
	case p == nil:
		return 0
	case p.deadline > now:
		return p.deadline
	}
	return e.value.(Partial).PartAfter(now)
}

// goneParts returns the number of keys that are in memory, and gone because all
// their parts are.
func (t *table) goneParts(now int64) (n int) {
	if t.parts == nil {
		return 0
	}
	t.parts.due.EachDue(now, func(p *part) {
		if p.entry.value.(Partial).Left(now) == 0 && !p.entry.expired(now) {
			n++
		}
	})
	return n
}

// meetAllParts notes what a read of all keys of the table meets of their parts.
func (c *Ctx) meetAllParts(t *table) {
	if t.parts == nil || c.Clock == c.Now {
		return
	}
	t.parts.due.EachDue(c.Clock, func(p *part) { c.meet(t.nextVisible(p.entry, c.Now)) })
}

// nextPart returns when a part of v expires next, 0 if none does.
func nextPart(v Value) int64 {
	if v == nil || !v.Kind().Parts {
		return 0
	}
	return v.(Partial).NextPart()
}

// awaitParts notes when a part of e's value expires next. It has to be called
// when the value has changed, also when e is dead.
func (t *table) awaitParts(e *Entry, l *Lane) {
	next := nextPart(e.value)
	if next == 0 && t.parts == nil {
		return
	}
	if t.parts == nil {
		t.parts = &parts{of: make(map[*Entry]*part)}
	}
	p, ps := t.parts.of[e], t.parts
	switch {
	case next == 0 && p == nil:
		return
	case next == 0:
		ps.due.Remove(p)
		delete(ps.of, e)
		if len(ps.of) == 0 {
			t.parts = nil
		}
		return
	case p == nil:
		p = &part{entry: e}
		ps.of[e] = p
		ps.due.Add(next, p)
	case p.deadline != next:
		ps.due.Move(next, p)
	}
	p.deadline = next
	l.next = min(l.next, next)
}

// expireParts removes some of what has expired of the table's values, the longest
// expired first: so many values are looked at as keys are reclaimed.
func (l *Lane) expireParts(t *table, now int64) {
	if t.parts == nil || len(t.parts.of) >= reclaimMany && passes(l.seed, int(t.id.shard)) {
		return
	}
	for range reclaimMin + len(t.parts.of)/reclaimShare {
		if t.parts == nil {
			return
		}
		deadline, p, _ := t.parts.due.Min()
		if deadline > now {
			return
		}
		l.passParts(t, p.entry, now, true)
	}
}

// Purge removes all expired parts of a key, if the command needs that. It does where
// the parts in memory would show: in a random choice, a cursor, a size. All nodes run
// the calls of scripts, and have to see the same. Others may, in turn, see what they
// like.
func (c *Ctx) Purge(key []byte) {
	if c.lane == nil {
		return
	}
	t := c.ks.shards[c.shardOf(key)].table(c.ks.physical[c.DB])
	if t == nil || t.parts == nil {
		return
	}
	if e := t.find(key); e != nil && !e.expired(c.Now) {
		c.lane.purge(t, e)
	}
}

// purgeGone is Purge for the keys of a table: it removes those of which all parts
// have expired.
func (c *Ctx) purgeGone(t *table) {
	if c.lane == nil || t.parts == nil || t.parts.next() > c.Now {
		return
	}
	var gone []*Entry
	t.parts.due.EachDue(c.Now, func(p *part) {
		if p.entry.value.(Partial).Left(c.Now) == 0 {
			gone = append(gone, p.entry)
		}
	})
	slices.SortFunc(gone, func(a, b *Entry) int { return strings.Compare(a.Key(), b.Key()) })
	for _, e := range gone {
		c.lane.purge(t, e)
	}
}

func (l *Lane) purge(t *table, e *Entry) {
	if p := t.parts.of[e]; p == nil || p.deadline > l.ctx.Now {
		return
	}
	l.passParts(t, e, l.ctx.Now, false)
	for e.value != nil && e.value.(Partial).NextPart() != 0 && e.value.(Partial).NextPart() <= l.ctx.Now {
		l.passParts(t, e, l.ctx.Now, true)
	}
}

// hideParts hides what has expired of e, and returns e, or nil if that was all.
func (l *Lane) hideParts(t *table, e *Entry) *Entry {
	if l.passParts(t, e, l.ctx.Now, false); e.value == nil {
		return nil
	}
	return e
}

// passParts hides what has expired of e, with sweep removes a portion of it, and e if
// nothing is left.
//
// Snapshots and WATCH need not know of the change, because it needs no call. A loader
// of an older record takes the same parts away, see Loader. But a snapshot that is
// being written has to hold them, because the calls before this moment may have to be
// run again.
func (l *Lane) passParts(t *table, e *Entry, now int64, sweep bool) {
	v := e.value.(Partial)
	if t.pending != nil && e.version <= t.ks.cut && e.version > t.ks.base {
		t.pending.save(e, true)
	}
	before, size := v.Len(), v.MemSize()
	v.ExpireParts(now, false)
	if sweep {
		v.SweepParts()
	}
	t.account(v.MemSize()-size, l)
	l.parts += uint64(before - v.Len())
	gone := vacant(v)
	if v.Len() != before && l.events.wants.Events != 0 {
		db, key := l.ctx.ks.logical(t.id.db), bytesOf(e.Key())
		l.ctx.NotifyIn(db, 'h', "hexpired", key)
		if gone {
			l.ctx.NotifyIn(db, 'g', "del", key)
		}
	}
	if gone {
		t.remove(e, l)
		return
	}
	t.awaitParts(e, l)
	if v.Len() != before {
		l.recordChange(t, e)
	}
}
