package keyspace

import "github.com/msredis/msredis/internal/invariants"

// Waits tells which keys clients of this node wait for, and hears of those keys
// when they change. It is no part of the state machine: nothing in the state
// follows from it. Package blocking has one.
type Waits interface {
	// Any reports whether anybody waits. It is asked once per batch.
	Any() bool
	// Awaited reports whether somebody waits for a key of database db, which
	// is in the given shard. It is called from several goroutines.
	Awaited(shard, db int, key string) bool
	// Keys returns the keys of database db that somebody waits for.
	Keys(db int) []string
	// Ready tells that a key has changed. kind is its kind now, "" if it is gone, and n
	// the number of clients that could take something from it. It does not block. It is
	// called while the key's shard is locked, so that whoever sees the change there
	// knows that the waiting ones have heard of it.
	Ready(db int, key, kind string, n int)
}

// Await says what of a family clients can wait for.
type Await uint8

// Kinds of values that clients can wait for.
const (
	AwaitNothing  Await = iota
	AwaitElements       // that there are any (lists, sorted sets)
	AwaitSignal         // that there is a new key, or that a handler calls Ctx.Signal (streams)
)

// changedKey is a key that somebody waits for.
type changedKey struct {
	db  int
	key string
}

// Watch begins a batch; w is nil if nobody waits.
func (l *Lane) Watch(w Waits) { l.waits = w }

// noteElements is note for a change in place: it counts only for families of
// which clients wait for elements.
func (l *Lane) noteElements(t *table, e *Entry) {
	l.recordChange(t, e)
	if l.waits != nil && e.value.Kind().Await == AwaitElements {
		l.note(t, e)
	}
}

// note remembers that e has changed, if somebody waits for it or wants to hear of
// changes.
func (l *Lane) note(t *table, e *Entry) {
	l.recordChange(t, e)
	if l.waits == nil {
		return
	}
	db := t.ks.logical(t.id.db)
	if l.waits.Awaited(int(t.id.shard), db, e.Key()) {
		l.changed = append(l.changed, changedKey{db, e.Key()})
	}
}

// noteAll remembers all keys of a database that somebody waits for.
func (l *Lane) noteAll(db int) {
	l.recordFlush(db)
	if l.waits == nil {
		return
	}
	for _, key := range l.waits.Keys(db) {
		l.changed = append(l.changed, changedKey{db, key})
	}
}

// Signal tells those who wait for e's key that e has something new for them. It
// is for values of AwaitSignal; of the others every change counts.
func (c *Ctx) Signal(e *Entry) {
	t := c.of(e)
	if invariants.Enabled && e.value.Kind().Await != AwaitSignal {
		panic("keyspace: " + c.Cmd.FullName + " signals a value that nobody can wait for")
	}
	c.lane.note(t.t, e)
}

// Announce tells of the keys that have changed since the last call. The shards
// are locked still; now is log time.
func (ks *Keyspace) Announce(w Waits, lanes []*Lane, now int64) {
	var told map[changedKey]bool
	for _, l := range lanes {
		for _, k := range l.changed {
			if told[k] {
				continue
			}
			if told == nil {
				told = make(map[changedKey]bool)
			}
			told[k] = true
			ks.announce(w, k, now)
		}
		clear(l.changed)
		l.changed = l.changed[:0]
	}
}

// AnnounceAll tells of all keys that somebody waits for. Only the writer may
// call it.
func (ks *Keyspace) AnnounceAll(w Waits, now int64) {
	for db := range ks.physical {
		for _, key := range w.Keys(db) {
			ks.announce(w, changedKey{db, key}, now)
		}
	}
}

func (ks *Keyspace) announce(w Waits, k changedKey, now int64) {
	kind, n := "", 0
	key := bytesOf(k.key)
	if t := ks.shards[ShardOf(key)].table(ks.physical[k.db]); t != nil {
		if e := t.find(key); e != nil && !e.expired(now) {
			kind = e.value.Kind().Name
			switch e.value.Kind().Await {
			case AwaitElements:
				n = e.value.Len()
			case AwaitSignal:
				n = 1
			}
		}
	}
	w.Ready(k.db, k.key, kind, n)
}
