package keyspace

import (
	"cmp"
	"slices"
)

// Event is news for clients of this node. It is a keyspace event, a message published
// by a call in the log, or a key that has changed.
type Event struct {
	// Class is one of the letters of notify-keyspace-events, or one of the
	// constants below.
	Class byte
	Name  string // of a keyspace event; of a message its channel
	DB    int
	Key   []byte // of a message the message itself
	// Order is that of the events of a batch: it follows the log, and is the
	// same for all events of one call.
	Order uint64
	// Client is the client of this node whose call it was; 0: another node's, or
	// nobody's.
	Client uint64
}

// Classes of events that Redis has no letter for.
const (
	ClassMessage      byte = 1 + iota // a message for a channel
	ClassShardMessage                 // a message for a shard channel
	ClassChanged                      // the key has changed, appeared or gone
	ClassFlushed                      // every key of the database has gone
)

// Classes is a set of classes of keyspace events.
type Classes uint32

// ClassOf returns the set of one class, by its letter in notify-keyspace-events;
// empty if it is no letter of a class.
func ClassOf(letter byte) Classes {
	switch {
	case letter == '$':
		return 1
	case letter >= 'a' && letter <= 'z':
		return 2 << (letter - 'a')
	}
	return 0
}

// Wants says which events of a batch somebody listens to.
type Wants struct {
	Events   Classes
	Messages bool
	Changes  bool
}

// Listener hears of the events of this node's batches. It is no part of the
// state machine: nothing in the state follows from it.
type Listener interface {
	// Wants is asked once per batch, before its first call.
	Wants() Wants
	// Hear takes what was wanted, in the order of the log, before anybody is
	// told that the batch was applied. It must not block. The slice and all that
	// is in it are valid during the call only.
	Hear(events []Event)
	// Missed tells that a client of this node has looked for a key in vain. It is
	// called from many goroutines, while the key's shard is locked, and for every
	// such key: it must not block, nor keep the key.
	Missed(db int, key []byte)
	// Receivers returns how many clients of the cluster would get a message now,
	// as far as this node knows. Nodes may know different numbers, so it is good
	// for the reply to a client only. It is called from several goroutines.
	Receivers(channel []byte, shard bool) int64
	// Monitors reports whether clients of this node look at what others do. It is
	// asked and told from many goroutines.
	Monitors() bool
	// Monitored tells of a command that a script of a client of this node has called.
	Monitored(db int, args [][]byte)
	// Replaced tells that another state has taken the place of the one whose
	// batches were told of, as a snapshot of another node does.
	Replaced()
}

// Notify records a keyspace event, as Redis's notifyKeyspaceEvent; class is one
// of the letters of notify-keyspace-events.
func (c *Ctx) Notify(class byte, event string, key []byte) { c.NotifyIn(c.DB, class, event, key) }

// NotifyIn is Notify for a key of another database.
func (c *Ctx) NotifyIn(db int, class byte, event string, key []byte) {
	if c.lane == nil || c.lane.events.wants.Events&ClassOf(class) == 0 {
		return
	}
	c.lane.record(class, event, db, key)
}

// Publish records a message: every node hands it to its own subscribers when it applies
// this call, in the order of the log. Only a call that is in the log may publish. The
// arguments are copied.
func (c *Ctx) Publish(channel, message []byte, shard bool) {
	c.changes()
	if c.lane == nil || c.seq == 0 || !c.lane.events.wants.Messages {
		return
	}
	class := ClassMessage
	if shard {
		class = ClassShardMessage
	}
	c.lane.record(class, string(channel), 0, message)
}

// Receivers returns how many clients would get a message, for the reply to the client
// of this call. The number is this node's own. So nothing that all nodes have to agree
// on may follow from it. It is 0 where nobody reads the reply.
func (c *Ctx) Receivers(channel []byte, shard bool) int64 {
	if c.lane == nil || c.lane.events.listener == nil || c.W.Discard {
		return 0
	}
	c.asked = true
	return c.lane.events.listener.Receivers(channel, shard)
}

// Monitors reports whether somebody looks at what this call's client does.
func (c *Ctx) Monitors() bool {
	return !c.W.Discard && c.ks.listener != nil && c.ks.listener.Monitors()
}

// Monitored tells those who look of a command that this call's script has called.
func (c *Ctx) Monitored(db int, args [][]byte) { c.ks.listener.Monitored(db, args) }

// events are what a lane collects if anybody listens.
type events struct {
	listener Listener // nil: there is none

	wants Wants
	list  []Event
	keys  []byte // memory of the events' keys

	client uint64 // whose calls are run, see Event
}

// keptKeys bounds the memory for keys that is kept from batch to batch.
const keptKeys = 1 << 20

func (l *Lane) record(class byte, name string, db int, key []byte) {
	ev := &l.events
	start := len(ev.keys)
	ev.keys = append(ev.keys, key...)
	ev.list = append(ev.list, Event{class, name, db, ev.keys[start:len(ev.keys):len(ev.keys)], l.order, ev.client})
}

// recordChange records that a key has changed in whatever way.
func (l *Lane) recordChange(t *table, e *Entry) {
	if l.events.wants.Changes {
		l.changedKey(t, e)
	}
}

func (l *Lane) changedKey(t *table, e *Entry) {
	db, key := t.ks.logical(t.id.db), bytesOf(e.Key())
	if n := len(l.events.list); n > 0 {
		// A call mostly changes a key in several steps.
		last := &l.events.list[n-1]
		if last.Class == ClassChanged && last.Order == l.order && last.DB == db && string(last.Key) == string(key) {
			return
		}
	}
	l.record(ClassChanged, "", db, key)
}

// recordFlush records that a database has lost all its keys.
func (l *Lane) recordFlush(db int) {
	if l.events.wants.Changes {
		l.record(ClassFlushed, "", db, nil)
	}
}

// For says whose calls are run from now on.
func (l *Lane) For(client uint64) { l.events.client = client }

// Client is whose calls are run.
func (l *Lane) Client() uint64 { return l.events.client }

// Collect begins a batch: only what is wanted is collected. listener is nil if
// there is none.
func (l *Lane) Collect(wants Wants, listener Listener) {
	clear(l.events.list)
	l.events.listener, l.events.wants, l.events.list = listener, wants, l.events.list[:0]
	if cap(l.events.keys) > keptKeys {
		l.events.keys = nil
	}
	l.events.keys = l.events.keys[:0]
}

// Events returns what was collected since Collect. The slice and what it points
// to are the lane's.
func (l *Lane) Events() []Event { return l.events.list }

// logical returns the number by which clients know a physical database.
func (ks *Keyspace) logical(physical uint16) int {
	for db, p := range ks.physical {
		if p == physical {
			return db
		}
	}
	return 0
}

// SortEvents brings the events of the lanes of a batch into one order.
func SortEvents(list []Event) {
	slices.SortStableFunc(list, func(a, b Event) int { return cmp.Compare(a.Order, b.Order) })
}
