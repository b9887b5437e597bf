package keyspace

import (
	"github.com/msredis/msredis/internal/evict"
	"github.com/msredis/msredis/internal/settings"
)

// How clients have used a key is what this node has seen of it, and no part of the
// state: reads run on one node. So nothing that all nodes have to agree on may follow
// from it. The leader chooses by it which keys to evict, and the log says which those
// are. A call in the log that asks for it, in a script, gets 0.

// Touch notes that a client uses e, also if it is one that leaves no trace.
func (c *Ctx) Touch(e *Entry) {
	leavesNone := c.noTouch
	if c.views != nil {
		c.useView(e)
		return
	}
	c.noTouch = false
	c.use(e)
	c.noTouch = leavesNone
}

// use notes that a client uses e.
func (c *Ctx) use(e *Entry) {
	if c.noTouch {
		if c.views != nil && !c.views.noTouch {
			c.useView(e)
		}
		return
	}
	if c.ks.lfu {
		c.count(e)
		return
	}
	if s := uint32(evict.UsedAt(c.Clock)); e.used.Load() != s {
		e.used.Store(s)
	}
}

// count is use with a policy that counts.
func (c *Ctx) count(e *Entry) {
	v, before := c.ks.settings, evict.Stamp(e.used.Load())
	if s := before.Hit(c.Clock, v.LFULogFactor, v.LFUDecayTime, c.roll); s != before {
		e.used.Store(uint32(s)) // of uses at one moment some may be lost
	}
}

// roll returns a random number, which differs from node to node.
func (c *Ctx) roll() uint64 {
	if c.dice == 0 {
		c.dice = c.ks.draws.Add(1) << 32
	}
	c.dice += 0x9e3779b97f4a7c15
	return mix(c.dice)
}

// touchesMany is how many entries back touches looks. MSET of a million keys would look at
// half of them for each key.
const touchesMany = 64

// touches reports whether this write has looked e up before. If that is long ago it says
// no: then the use is counted twice, where uses are counted.
func (c *Ctx) touches(e *Entry) bool {
	for i := len(c.touched) - 1; i >= max(0, len(c.touched)-touchesMany); i-- {
		if c.touched[i].e == e {
			return true
		}
	}
	return false
}

// CountsUses reports whether an LFU policy is set: the uses of keys are counted, and
// the time of the last one is not known well.
func (c *Ctx) CountsUses() bool {
	if c.views != nil {
		return c.views.lfu
	}
	return c.ks.lfu
}

// logged reports whether this is a call in the log that a script makes: all nodes
// have to come to the same.
func (c *Ctx) logged() bool { return c.scripted && c.lane != nil }

// Idle returns for how many seconds no client of this node has used e; a script in
// the log sees 0.
func (c *Ctx) Idle(e *Entry) int64 {
	if c.logged() {
		return 0
	}
	return evict.Stamp(e.used.Load()).Idle(c.Clock)
}

// SetIdle makes it look as if e was last used so many seconds ago, on this node.
func (c *Ctx) SetIdle(e *Entry, seconds int64) {
	e.used.Store(uint32(evict.UsedAt(max(c.Clock-seconds*1000, 0))))
}

// Frequency returns the counter of the uses of e; a script in the log sees 0.
func (c *Ctx) Frequency(e *Entry) int64 {
	if c.logged() {
		return 0
	}
	return int64(evict.Stamp(e.used.Load()).Frequency(c.Clock, c.Settings().LFUDecayTime))
}

// SetFrequency makes it look as if the counter of e were this now, on this node.
func (c *Ctx) SetFrequency(e *Entry, counter uint8) {
	e.used.Store(uint32(evict.Counted(counter, c.Clock)))
}

// Evict deletes e, which was looked up, to make room.
func (c *Ctx) Evict(e *Entry) {
	c.changes()
	t := c.of(e).t
	db, key := t.ks.logical(t.id.db), []byte(e.Key())
	t.remove(e, c.lane)
	c.lane.evicted++
	c.NotifyIn(db, 'e', "evicted", key)
}

// Settings returns what the cluster has set. The lock of any shard is held.
func (ks *Keyspace) Settings() *settings.Values { return ks.settings }
