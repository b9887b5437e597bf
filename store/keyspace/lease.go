package keyspace

import (
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/msredis/msredis/lease"
)

// leases are the shared leases. The set of leases and their ends change only while the
// writer uses a single goroutine. The writer holds LeaseLock and the locks of all their
// keys then. Which keys are attached may change in all of its goroutines, each in its
// own shards.
type leases struct {
	lock sync.RWMutex // LeaseLock
	lease.Table[attached]
	mu sync.Mutex // guards the keys of all leases
	// dirty are the ids of the leases that changed since the last Cut.
	dirty []int64
}

// Lease is a shared lease with its keys.
type Lease = lease.Lease[attached]

// attached are the keys of a lease, in no order.
type attached struct {
	keys []*expiry
	// shards of the keys; may have more, of keys that left.
	shards ShardSet
	// version is the sequence number of the lease's last change; its keys do
	// not count.
	version uint64
}

// drop takes x out of the lease's keys.
func (a *attached) drop(x *expiry) {
	last := len(a.keys) - 1
	a.keys[x.place] = a.keys[last]
	a.keys[x.place].place = x.place
	a.keys[last] = nil
	a.keys = a.keys[:last]
	if last == 0 {
		a.keys, a.shards = nil, ShardSet{}
	}
}

// change notes that the lease differs from what the last snapshot has.
func (ls *leases) change(l *Lease, cut uint64) {
	if l.Held.version <= cut {
		ls.dirty = append(ls.dirty, l.ID)
	}
}

func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// Lease returns the shared lease with this id, nil if there is none.
func (c *Ctx) Lease(id int64) *Lease {
	// The store ends leases when an entry starts, so what is there lasts; only
	// a read may stand between two entries.
	l := c.ks.leases.Get(id)
	if l == nil {
		return nil
	}
	if c.meet(l.Deadline()); l.Deadline() <= c.Now {
		return nil
	}
	return l
}

// AttachTo is Attach for a lease that was looked up.
func (c *Ctx) AttachTo(e *Entry, l *Lease) {
	t := c.of(e)
	t.t.change(e, true)
	e.version = c.seq
	c.lane.recordChange(t.t, e)
	t.t.attach(e, l, c.lane)
}

// Grant makes a shared lease of ttl milliseconds; id 0 chooses one that is free.
// It returns nil if the id is taken.
func (c *Ctx) Grant(id, ttl int64) *Lease {
	l := c.ks.leases.Grant(id, ttl, c.Now)
	if l != nil {
		c.ks.leases.change(l, c.ks.cut)
		l.Held.version = c.seq
	}
	return l
}

// KeepAlive starts the lease's time again.
func (c *Ctx) KeepAlive(l *Lease) {
	c.ks.leases.Renew(l, c.Now)
	c.ks.leases.change(l, c.ks.cut)
	l.Held.version = c.seq
}

// Revoke ends the lease now and deletes its keys. It returns how many they were.
func (c *Ctx) Revoke(l *Lease) int { return c.lane.end(l, 'g', "del") }

// end removes a lease with all its keys; the event is what happens to each.
func (l *Lane) end(le *Lease, class byte, event string) int {
	ks := l.ctx.ks
	n := len(le.Held.keys)
	for i := n - 1; i >= 0; i-- {
		x := le.Held.keys[i]
		if l.events.wants.Events != 0 {
			l.ctx.NotifyIn(ks.logical(x.table.db), class, event, bytesOf(x.entry.Key()))
		}
		ks.table(x.table).remove(x.entry, l)
	}
	ks.leases.change(le, ks.cut)
	ks.leases.Remove(le)
	return n
}

// Leases returns all shared leases, ordered by id.
func (c *Ctx) Leases() []*Lease {
	return slices.DeleteFunc(c.ks.leases.All(), func(l *Lease) bool {
		c.meet(l.Deadline())
		return l.Deadline() <= c.Now
	})
}

// LeaseKeys returns the keys of the selected database that are attached to l,
// sorted.
func (c *Ctx) LeaseKeys(l *Lease) []string {
	ks := c.ks
	ks.leases.mu.Lock()
	defer ks.leases.mu.Unlock()
	var keys []string
	for _, x := range l.Held.keys {
		if x.table.db == ks.physical[c.DB] {
			keys = append(keys, strings.Clone(x.entry.Key()))
		}
	}
	slices.Sort(keys)
	return keys
}

// LeaseSize returns the number of keys attached to l in all databases.
func (c *Ctx) LeaseSize(l *Lease) int {
	c.ks.leases.mu.Lock()
	defer c.ks.leases.mu.Unlock()
	return len(l.Held.keys)
}

// LeaseShards adds to the set what a change of the lease concerns: its own lock
// and the shards of its keys. Only the writer may ask.
func (ks *Keyspace) LeaseShards(id int64, set *ShardSet) {
	set.Add(LeaseLock)
	if l := ks.leases.Get(id); l != nil {
		set.Union(&l.Held.shards)
	}
}

// DueLeases adds what the leases that have ended by now concern, and reports
// whether there are any. Only the writer may ask.
func (ks *Keyspace) DueLeases(now int64, set *ShardSet) bool {
	any := false
	ks.leases.EachDue(now, func(l *Lease) {
		any = true
		set.Add(LeaseLock)
		set.Union(&l.Held.shards)
	})
	return any
}

// NextLease returns when the first shared lease ends, 0 if there is none. Only
// the writer may ask.
func (ks *Keyspace) NextLease() int64 {
	if l := ks.leases.First(); l != nil {
		return l.Deadline()
	}
	return 0
}

// EndLeases deletes the leases that have ended by log time, with all their keys.
func (l *Lane) EndLeases() {
	ks := l.ctx.ks
	for le := ks.leases.First(); le != nil && le.Deadline() <= l.ctx.Now; le = ks.leases.First() {
		l.expired += uint64(l.end(le, 'x', "expired"))
	}
}
