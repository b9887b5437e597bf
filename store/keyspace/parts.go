package keyspace

import "github.com/msredis/msredis/lease"

// Partial is a value of which parts expire by themselves: the fields of a hash.
// The kind of such values says so (Kind.Parts).
//
// Unlike keys, parts are taken as soon as log time has come to their deadline,
// all of them at the start of the log entry that brought it there. So nobody
// ever meets one that has expired, and no count has to leave it out. What many
// parts that end at once cost is about what deleting them would.
type Partial interface {
	Value
	// NextPart returns the earliest deadline of a part, in Unix milliseconds
	// of log time; 0: none has one.
	NextPart() int64
	// ExpireParts removes the parts whose deadline is at or before now.
	ExpireParts(now int64)
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

// meetParts notes what a read meets of e's parts.
func (c *Ctx) meetParts(t *table, e *Entry) {
	if p := t.parts.of[e]; p != nil {
		c.meet(p.deadline)
	}
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

// expireParts takes what has expired of the table's values.
//
// It is no change that snapshots or WATCH know of, for it needs no call: who
// loads an older record takes the same parts away, see Loader. But a snapshot
// that is being written has to hold them, because the calls before this moment
// may have to be run again.
func (l *Lane) expireParts(t *table, now int64) {
	for t.parts != nil {
		deadline, p, _ := t.parts.due.Min()
		if deadline > now {
			return
		}
		e := p.entry
		if t.pending != nil && e.version <= t.ks.cut && e.version > t.ks.base {
			t.pending.save(e, true)
		}
		size := e.value.MemSize()
		e.value.(Partial).ExpireParts(now)
		t.account(e.value.MemSize()-size, l)
		gone := vacant(e.value)
		if l.events.wants.Events != 0 {
			db, key := l.ctx.ks.logical(t.id.db), bytesOf(e.Key())
			l.ctx.NotifyIn(db, 'h', "hexpired", key)
			if gone {
				l.ctx.NotifyIn(db, 'g', "del", key)
			}
		}
		if gone {
			t.remove(e, l)
		} else {
			t.awaitParts(e, l)
			l.recordChange(t, e)
		}
	}
}
