package keyspace

import (
	"math"

	"github.com/msredis/msredis/lease"
	"github.com/msredis/msredis/store/arena"
	"github.com/msredis/msredis/store/ds"
)

// tableID names a table for ever; db is the physical database.
type tableID struct{ shard, db uint16 }

// table holds the keys of one database in one shard.
type table struct {
	ks   *Keyspace
	id   tableID
	dict *ds.Dict[ref]
	// objects are the entries of dict that are not flat, in no order.
	objects []*object
	// due are the keys with a deadline of their own. Those of shared leases
	// are found through the lease.
	due lease.Queue[*expiry]
	// parts are the keys whose values have parts that expire; nil: there are none.
	parts *parts
	held  int   // keys attached to shared leases
	bytes int64 // what the keys are accounted with
	// arena has the flat values of living keys with their entries, and the dead
	// ones that a snapshot may still ask for their key.
	arena *arena.Arena
	// forgotten are those keys of a table that was dropped that were attached to
	// leases. A snapshot that is being written still reads them.
	forgotten []*expiry
	// dead are the flat entries that died since the last Cut, each once.
	dead []*Entry

	// dirty are the entries that changed since the last Cut, dead ones
	// included, each at least once: the next snapshot has to tell of them.
	dirty []*Entry
	// pending is what the snapshot being written still needs of this table,
	// nil if there is nothing.
	pending *pending
	// chunked tells of the keys that snapshots hold in more than one record how
	// many there are behind the first. It belongs to the writer of snapshots.
	chunked map[string]int
}

func newTable(ks *Keyspace, id tableID) *table {
	return &table{ks: ks, id: id, dict: ds.New[ref](ks.seed), arena: arena.New()}
}

// next returns the earliest deadline, math.MaxInt64 if there is none.
func (t *table) next() int64 {
	next := int64(math.MaxInt64)
	if deadline, _, ok := t.due.Min(); ok {
		next = deadline
	}
	if at := t.parts.next(); at != 0 {
		next = min(next, at)
	}
	return next
}

// change has to be called before e, which is in t, is changed in any way. In the same
// call e gets a new version or dies. keeps: the value lives on, here or under another
// key, and may be changed in place now or later.
func (t *table) change(e *Entry, keeps bool) {
	if e.version > t.ks.cut {
		return
	}
	t.dirty = append(t.dirty, e)
	if t.pending != nil && e.version > t.ks.base {
		t.pending.save(e, keeps)
	}
}

// add puts a new entry into the table.
func (t *table) add(e *Entry, l *Lane) {
	t.dirty = append(t.dirty, e)
	t.insert(e, l)
	*t.ks.created.of(int(t.id.shard), e.Key()) = e.version
	l.note(t, e)
}

// insert is add for an entry that snapshots have.
func (t *table) insert(e *Entry, l *Lane) {
	t.put(e)
	t.account(e.keySize()+e.value.MemSize(), l)
	t.awaitParts(e, l)
}

// remove takes e, which is in the table and accounted with its present size,
// out of it. e is dead then.
func (t *table) remove(e *Entry, l *Lane) {
	t.change(e, false)
	v := e.value
	t.cutOff(e, l)
	hold(v)
	t.free(v)
}

// cutOff is remove for an entry that change was called for and whose value is
// not freed.
func (t *table) cutOff(e *Entry, l *Lane) {
	t.detach(e, l)
	t.account(-e.keySize()-e.value.MemSize(), l)
	t.drop(e)
	t.bury(e)
	t.awaitParts(e, l)
	l.note(t, e)
}

// find returns the entry of key, nil if there is none.
func (t *table) find(key []byte) *Entry {
	r, _ := t.dict.Get(key)
	return r.entry()
}

// put puts e into the dictionary.
func (t *table) put(e *Entry) {
	if !e.flat() {
		o := e.object()
		o.place = uint32(len(t.objects))
		t.objects = append(t.objects, o)
	}
	t.dict.Put(refTo(e))
}

// drop takes e out of the dictionary.
func (t *table) drop(e *Entry) {
	t.dict.Delete(e.Key())
	if e.flat() {
		return
	}
	o, last := e.object(), len(t.objects)-1
	t.objects[o.place] = t.objects[last]
	t.objects[o.place].place = o.place
	t.objects[last] = nil
	t.objects = t.objects[:last]
	if c := cap(t.objects); c > 64 && last < c/4 {
		t.objects = append(make([]*object, 0, c/2), t.objects...)
	}
}

func (t *table) account(n int64, l *Lane) {
	t.ks.noteSize(n)
	t.bytes += n
	l.bytes += n
}

// expireAt gives e a deadline of its own.
func (t *table) expireAt(e *Entry, deadline int64, l *Lane) {
	if x := e.expiry; x != nil && x.lease == nil {
		x.deadline = deadline
		t.due.Move(deadline, x)
	} else {
		t.detach(e, l)
		e.expiry = &expiry{deadline: deadline, entry: e, table: t.id}
		t.due.Add(deadline, e.expiry)
		t.account(expiryBytes, l)
	}
	l.next = min(l.next, deadline)
}

// attach makes e one of the keys of a shared lease.
func (t *table) attach(e *Entry, to *Lease, l *Lane) {
	t.detach(e, l)
	x := &expiry{lease: to, entry: e, table: t.id}
	e.expiry = x
	t.held++
	t.account(expiryBytes, l)
	t.ks.leases.mu.Lock()
	x.place = int32(len(to.Held.keys))
	to.Held.keys = append(to.Held.keys, x)
	to.Held.shards.Add(int(t.id.shard))
	t.ks.leases.mu.Unlock()
}

// detach takes e's deadline or lease away, if it has any.
func (t *table) detach(e *Entry, l *Lane) {
	x := e.expiry
	if x == nil {
		return
	}
	e.expiry = nil
	t.account(-expiryBytes, l)
	if x.lease == nil {
		t.due.Remove(x)
		return
	}
	t.held--
	t.ks.leases.mu.Lock()
	x.lease.Held.drop(x)
	t.ks.leases.mu.Unlock()
}
