package keyspace

import (
	"cmp"
	"slices"
)

// Event is a keyspace event, as Redis's notifyKeyspaceEvent takes it.
type Event struct {
	Class byte // one of the letters of notify-keyspace-events
	Name  string
	DB    int
	Key   []byte
	// Order is that of the events of a batch: it follows the log, and is the
	// same for all events of one call.
	Order uint64
}

// Notify records a keyspace event, as Redis's notifyKeyspaceEvent; class is one
// of the letters of notify-keyspace-events.
func (c *Ctx) Notify(class byte, event string, key []byte) { c.NotifyIn(c.DB, class, event, key) }

// NotifyIn is Notify for a key of another database.
func (c *Ctx) NotifyIn(db int, class byte, event string, key []byte) {
	if c.lane == nil || !c.lane.events.on {
		return
	}
	c.lane.events.list = append(c.lane.events.list, Event{class, event, db, append([]byte(nil), key...), c.lane.order})
}

// events are what a lane collects if anybody listens.
type events struct {
	on   bool
	list []Event
}

// CollectEvents switches the collection of keyspace events on or off.
func (l *Lane) CollectEvents(on bool) { l.events.on = on }

// TakeEvents returns the events since the last call. The slice is the lane's
// and valid until the next call it runs.
func (l *Lane) TakeEvents() []Event {
	list := l.events.list
	l.events.list = list[:0]
	return list
}

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
