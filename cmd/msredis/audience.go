package main

import (
	"time"

	"github.com/msredis/msredis/resp/front"
	"github.com/msredis/msredis/store/keyspace"
)

// ears tells the clients of this node of what the store has applied.
type ears struct{ *front.Audience }

func (e ears) Wants() keyspace.Wants {
	w := keyspace.Wants{Messages: e.Listens(), Changes: e.Tracks()}
	for _, letter := range []byte(e.Classes()) {
		w.Events |= keyspace.ClassOf(letter)
	}
	return w
}

func (e ears) Hear(events []keyspace.Event) {
	changed, flushed := false, uint64(0)
	for i := range events {
		switch ev := &events[i]; ev.Class {
		case keyspace.ClassMessage, keyspace.ClassShardMessage:
			e.Message(ev.Class == keyspace.ClassShardMessage, ev.Name, ev.Key)
		case keyspace.ClassChanged:
			e.Changed(ev.Key, ev.Client)
			changed = true
		case keyspace.ClassFlushed:
			if ev.Order != flushed { // once for all databases
				e.AllChanged()
			}
			flushed = ev.Order
		default:
			e.Event(ev.Name, ev.DB, ev.Key)
		}
	}
	if changed {
		e.Settle()
	}
}

func (e ears) Receivers(channel []byte, shard bool) int64 {
	return int64(e.Audience.Receivers(channel, shard))
}

func (e ears) Replaced() { e.AllChanged() }

func (e ears) Called(c *keyspace.ScriptCall) {
	e.Audience.Called(c.Cmd, c.Args, time.Duration(c.Took), c.Err, c.Rejected)
}
