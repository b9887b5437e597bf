package keyspace

import "github.com/msredis/msredis/resp/command"

// slotOf returns the hash slot of an entry's key.
func slotOf(e *Entry) int { return int(command.Slot(bytesOf(e.Key()))) }

// MoveTo takes e away from its key and database and puts it at key in db, with its
// value, deadline and lease. A key that was there is deleted.
func (c *Ctx) MoveTo(e *Entry, db int, key []byte) {
	from := c.of(e)
	c.settle(from)
	from.t.change(e, true)
	old, deadline, shared, used := e.value, e.ownDeadline(), e.Lease(), e.used.Load()
	v := detached(old)
	from.t.cutOff(e, c.lane)
	if v != old {
		from.t.free(old) // v is a copy
	}
	c.put(db, key, v, deadline, shared).used.Store(used)
}

// CopyTo puts a deep copy of e at key in db, with e's deadline and, if e is attached to
// one, its lease. A key that was there is replaced.
func (c *Ctx) CopyTo(e *Entry, db int, key []byte) {
	c.settle(c.of(e))
	c.put(db, key, e.value.Clone(), e.ownDeadline(), e.Lease())
}

func (c *Ctx) put(db int, key []byte, v Value, deadline int64, shared *Lease) *Entry {
	old, _ := c.recent(db, key)
	e := c.SetIn(db, key, v, false)
	if old != nil { // to Redis it is another key
		c.NotifyIn(db, 'n', "new", key)
	}
	t := c.of(e).t
	switch {
	case shared != nil:
		t.attach(e, shared, c.lane)
	case deadline != 0:
		t.expireAt(e, deadline, c.lane)
	}
	return e
}

// Lease returns the shared lease that e is attached to, nil if there is none.
func (e *Entry) Lease() *Lease {
	if e.expiry == nil {
		return nil
	}
	return e.expiry.lease
}

// ownDeadline returns the deadline of an entry that is not attached to a lease.
func (e *Entry) ownDeadline() int64 {
	if e.expiry == nil || e.expiry.lease != nil {
		return 0
	}
	return e.expiry.deadline
}
