package front

import (
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/msredis/msredis/internal/acl"
	"github.com/msredis/msredis/internal/options"
	"github.com/msredis/msredis/internal/pubsub"
)

// Audience are the clients of this node who want to hear of what happens to the
// data, whichever node it comes from. It is there before the sessions are: whoever
// applies the log tells it.
type Audience struct {
	hub    *pubsub.Hub
	notify atomic.Pointer[notify]

	monitors monitors
	crowd    crowd
	tracking *tracking
	// server has the statistics; nil before it is there.
	server atomic.Pointer[Server]
	// users are those of the cluster; nil: nobody has told yet.
	users atomic.Pointer[acl.Users]
}

// notify is notify-keyspace-events.
type notify struct {
	keyspace, keyevent bool
	classes            string // the letters of the classes that clients hear of
}

// NewAudience returns an audience that follows the options.
func NewAudience(config *options.Set) *Audience {
	a := &Audience{hub: pubsub.New(), tracking: newTracking()}
	apply := func() {
		n := parseNotify(config.String("notify-keyspace-events"))
		a.notify.Store(&n)
	}
	apply()
	config.OnChange("notify-keyspace-events", apply)
	limit := func() { a.tracking.setLimit(config.Int("tracking-table-max-keys")) }
	limit()
	config.OnChange("tracking-table-max-keys", limit)
	return a
}

// allClasses is what A stands for in notify-keyspace-events.
const allClasses = "g$lshzxetd"

func parseNotify(text string) (n notify) {
	for _, letter := range text {
		switch letter {
		case 'K':
			n.keyspace = true
		case 'E':
			n.keyevent = true
		case 'A':
			n.classes += allClasses
		default:
			n.classes += string(letter)
		}
	}
	if !n.keyspace && !n.keyevent {
		n.classes = ""
	}
	return n
}

// Hub returns the subscriptions.
func (a *Audience) Hub() *pubsub.Hub { return a.hub }

// Listens reports whether a client of this node has subscribed to anything.
func (a *Audience) Listens() bool { return a.hub.Any() || a.hub.Topics(pubsub.Shard) > 0 }

// Classes returns the letters of the classes of keyspace events that somebody may
// listen to now: "" if nobody does.
func (a *Audience) Classes() string {
	if !a.hub.Any() {
		return ""
	}
	return a.notify.Load().classes
}

// Event tells the clients of this node of a keyspace event whose class is among
// Classes.
func (a *Audience) Event(name string, db int, key []byte) {
	n := a.notify.Load()
	var room [128]byte
	if n.keyspace {
		channel := append(strconv.AppendInt(append(room[:0], "__keyspace@"...), int64(db), 10), "__:"...)
		a.hub.Deliver(pubsub.Channel, append(channel, key...), []byte(name))
	}
	if n.keyevent {
		channel := append(strconv.AppendInt(append(room[:0], "__keyevent@"...), int64(db), 10), "__:"...)
		a.hub.Deliver(pubsub.Channel, append(channel, name...), key)
	}
}

// Missed tells the clients of this node that one of them has looked for a key that
// is not there.
func (a *Audience) Missed(db int, key []byte) {
	if strings.Contains(a.Classes(), "m") {
		a.Event("keymiss", db, key)
	}
}

// Message tells the clients of this node of a message that was published by a call
// in the log.
func (a *Audience) Message(shard bool, channel string, message []byte) {
	a.hub.Deliver(kindOf(shard), []byte(channel), message)
}

// Receivers returns how many clients of the cluster a message would go to.
func (a *Audience) Receivers(channel []byte, shard bool) int {
	return a.hub.Receivers(kindOf(shard), channel)
}

// Tracks reports whether a client of this node wants to hear of keys that change.
func (a *Audience) Tracks() bool { return a.tracking.clients.Load() > 0 }

// Changed tells of a key that has changed; by is the client of this node that has
// changed it, 0 if it is none. Settle is called behind the last of a batch.
func (a *Audience) Changed(key []byte, by uint64) { a.tracking.change(key, by) }

// Settle ends a batch in which keys have changed.
func (a *Audience) Settle() { a.tracking.endBatch() }

// AllChanged tells that nothing is as it was.
func (a *Audience) AllChanged() {
	if a.Tracks() {
		a.tracking.flush()
	}
}

func kindOf(shard bool) pubsub.Kind {
	if shard {
		return pubsub.Shard
	}
	return pubsub.Channel
}
