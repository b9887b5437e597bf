package keyspace

import (
	"github.com/msredis/msredis/internal/evict"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
)

// Ctx is all that a handler sees. It is valid during one command only; the
// locks of every shard its keys live in are held (shared for a read).
type Ctx struct {
	Cmd  *command.Command
	Args [][]byte // with the name; a handler that keeps a slice copies it
	DB   int      // selected database
	W    *reply.Writer

	// Now is log time in Unix milliseconds: what is expired, and the base of
	// relative deadlines. It is the same on every node.
	Now int64
	// Clock is for answers that count from now (TTL, OBJECT IDLETIME). In a
	// write it equals Now; in a read it is at least Now.
	Clock int64
	// late: a read met something that has expired by Clock, and not by Now.
	late bool

	// Draft is a value that a handler makes before it gives it to Set. A later call may
	// use it again if it was copied there.
	Draft Value

	by        *command.Caller
	footprint *command.Footprint // of the call
	lastKey   int                // the last of its keys that was used

	ks    *Keyspace
	lane  *Lane  // nil in a read of its own
	seq   uint64 // of this write in the log; 0 in a read, also in a lane
	seed  uint64 // of the command's random sequence; 0: not drawn from yet
	alone bool   // the locks of a WholeKeyspace read are to be taken one by one
	over  bool   // command.Call.Over
	views *Views // what is shown in place of keys; nil: the keys themselves
	inner *Ctx   // for the calls of a script; nil: there were none yet
	// scripted: it is such a call. A part that differs from node to node must not show.
	scripted bool
	// held are the locks that a script which reads has; nil: all that it may need.
	held  *ShardSet
	retry bool // it needs those of all shards
	// told is the number of calls of a script that reads that were counted. seen is the
	// number of the next ones that were counted when it ran before.
	told, seen int
	client     uint64 // whose read it is; a lane has that of its own
	trial      bool   // a write that runs as a read: it ends where it would change something
	noTouch    bool   // command.Call.NoTouch
	asked      bool   // the handler has asked for something that is this node's own

	// touched are the entries that this write looked up or made, with what
	// only the context knows of them.
	touched []touched
	few     [4]touched
	edits   int // how many of them are edited and not settled

	room []byte // see Room
	dice uint64 // see roll
}

type touched struct {
	e *Entry
	t *table
	// size is what the value was accounted with before Edit; -1: no Edit.
	size int64
}

// begin prepares c for a call.
func (c *Ctx) begin(call *command.Call, w *reply.Writer, seq uint64) {
	c.Cmd, c.Args, c.DB, c.W = call.Cmd, call.Args, call.DB, w
	c.seq, c.seed, c.over, c.asked, c.noTouch = seq, 0, call.Over, false, call.NoTouch
	c.by = call.Caller()
	c.footprint, c.lastKey = call.Footprint(), 0
	w.Asked = false
	if c.views != nil { // the entries that it finds are not those that clients use
		c.views.noTouch, c.noTouch = c.noTouch, true
	}
}

// end settles what the handler left open.
func (c *Ctx) end() {
	for i := range c.touched {
		c.settle(&c.touched[i])
	}
	if cap(c.touched) > keepTouched {
		c.touched = c.few[:0]
	}
	c.touched = c.touched[:0]
}

// keepTouched bounds the memory that a context keeps from call to call, in
// entries.
const keepTouched = 1024

// settle counts an edited entry's value again and deletes an empty one.
func (c *Ctx) settle(t *touched) {
	if t.size < 0 {
		return
	}
	// The value is asked first: if it cannot answer, nothing is settled.
	size, empty := t.e.value.MemSize(), vacant(t.e.value)
	c.ks.noteSize(size)
	t.t.account(size-t.size, c.lane)
	t.size = -1
	c.edits--
	if empty {
		t.t.remove(t.e, c.lane)
		return
	}
	t.t.awaitParts(t.e, c.lane)
}

// touch remembers where e is.
func (c *Ctx) touch(e *Entry, t *table) {
	if c.seq == 0 {
		return
	}
	if n := len(c.touched); n > 0 && c.touched[n-1].e == e {
		return
	}
	c.touched = append(c.touched, touched{e, t, -1})
}

// of finds what was noted of e, the latest first: a handler works on what it
// looked up last.
func (c *Ctx) of(e *Entry) *touched {
	c.changes()
	for i := len(c.touched) - 1; i >= 0; i-- {
		if c.touched[i].e == e {
			return &c.touched[i]
		}
	}
	panic("keyspace: " + c.Cmd.FullName + " changes an entry that it did not look up")
}

// find returns the living entry of key and its table. In a write it deletes one
// whose deadline has passed.
func (c *Ctx) find(db int, key []byte) (*Entry, *table) {
	if c.views != nil {
		return c.findView(db, key), nil
	}
	s := &c.ks.shards[c.shardOf(key)]
	t := s.table(c.ks.physical[db])
	var e *Entry
	if t != nil {
		e = t.find(key)
		if e != nil && e.expiry != nil && c.gone(e) {
			if c.seq != 0 {
				c.lane.expire(t, e)
			}
			e = nil
		}
		if e != nil && t.parts != nil && t.parts.next() <= c.Clock {
			e = c.meetParts(t, e)
		}
	}
	switch {
	case c.seq != 0, c.trial:
	case e != nil:
		s.hits.Add(1)
	default:
		s.misses.Add(1)
		if c.ks.listener != nil && !c.Cmd.Flags.Has(command.Unnoticed) {
			c.ks.listener.Missed(db, key)
		}
	}
	return e, t
}

// gone reports whether e has expired. In a read it notes if it has by the clock
// alone.
func (c *Ctx) gone(e *Entry) bool {
	if e.expiry == nil {
		return false
	}
	when := e.expiry.when()
	c.meet(when)
	return when <= c.Now
}

// meet notes that a read has met something with this deadline.
func (c *Ctx) meet(deadline int64) {
	if deadline > c.Now && deadline <= c.Clock {
		c.late = true
	}
}

// recent is find for a write, with the accounts settled. It saves the search if
// key was looked up last.
func (c *Ctx) recent(db int, key []byte) (e *Entry, t *table) {
	if n := len(c.touched); n > 0 {
		last := &c.touched[n-1]
		if last.e.value != nil && last.t.id.db == c.ks.physical[db] && last.e.Key() == string(key) {
			e, t = last.e, last.t
		}
	}
	if e == nil {
		if e, t = c.find(db, key); e == nil {
			return nil, t
		}
	}
	if c.edits > 0 {
		for i := range c.touched {
			if c.touched[i].e == e {
				c.settle(&c.touched[i])
			}
		}
		if e.value == nil { // it was emptied
			e = nil
		}
	}
	return e, t
}

// Lookup returns the entry of key in the selected database, nil if there is
// none or its deadline has passed.
func (c *Ctx) Lookup(key []byte) *Entry { return c.LookupIn(c.DB, key) }

// LookupIn is Lookup in another database.
func (c *Ctx) LookupIn(db int, key []byte) *Entry {
	e, t := c.find(db, key)
	if e != nil {
		c.use(e)
		c.touch(e, t)
	}
	return e
}

// Peek is Lookup for commands that look at a key without using it (TYPE, TTL,
// OBJECT): the key's access time stays.
func (c *Ctx) Peek(key []byte) *Entry {
	e, t := c.find(c.DB, key)
	if e != nil {
		c.touch(e, t)
	}
	return e
}

// Set gives key the value v: a new entry, or the old one with its value
// replaced. The deadline and lease of an old entry are dropped, unless keepTTL.
// v is complete, and is no other key's value; a handler that changes it
// afterwards calls Edit. A v that is Flat or can be is copied. An entry of the key that was looked
// up before is not to be used any more.
func (c *Ctx) Set(key []byte, v Value, keepTTL bool) *Entry { return c.SetIn(c.DB, key, v, keepTTL) }

// SetIn is Set in another database.
func (c *Ctx) SetIn(db int, key []byte, v Value, keepTTL bool) *Entry {
	c.changes()
	e, t := c.recent(db, key)
	if e == nil {
		e = c.create(db, key, v, t)
	} else {
		if !c.touches(e) {
			c.use(e)
		}
		e = c.replace(e, t, v)
		if !keepTTL {
			t.detach(e, c.lane)
		}
		c.touch(e, t)
	}
	if at := nextPart(v); at != 0 && at <= c.Now { // it comes from elsewhere
		c.Edit(e)
		v.(Partial).ExpireParts(c.Now, false)
	}
	return e
}

// create makes a new entry; t is its table, nil if there is none yet.
func (c *Ctx) create(db int, key []byte, v Value, t *table) *Entry {
	if t == nil {
		t = c.ks.makeTable(db, c.shardOf(key))
	}
	e := t.newEntry(key, v)
	e.version = c.seq
	e.used.Store(uint32(evict.New(c.Clock, c.ks.lfu)))
	t.add(e, c.lane)
	c.touch(e, t)
	c.NotifyIn(db, 'n', "new", key)
	return e
}

// replace gives e another value. It returns the entry of the key from now on. Nothing that
// is touched tells of a new one.
func (c *Ctx) replace(e *Entry, t *table, v Value) *Entry {
	t.change(e, false)
	t.account(v.MemSize()-e.value.MemSize(), c.lane)
	e = t.give(e, v)
	e.version = c.seq
	t.awaitParts(e, c.lane)
	c.lane.note(t, e)
	return e
}

// renew notes that another entry has taken the place of one.
func (c *Ctx) renew(old, e *Entry) {
	for i := range c.touched {
		if c.touched[i].e == old {
			c.touched[i].e = e
		}
	}
}

// Replace gives the key of e another value, for which the same holds as for
// Set's. Its deadline and lease stay. It returns the entry, which e is not any
// more. It saves the second lookup of Set with keepTTL.
func (c *Ctx) Replace(e *Entry, v Value) *Entry {
	t := c.of(e)
	c.settle(t)
	n := c.replace(e, t.t, v)
	if n != e {
		c.renew(e, n)
	}
	return n
}

// Edit announces that e's value is about to be changed in place. When the
// command ends, its size is counted again and an emptied container is deleted.
// Call it before the change, once or more.
func (c *Ctx) Edit(e *Entry) {
	t := c.of(e)
	if t.size < 0 {
		t.t.change(e, true)
		t.size = e.value.MemSize()
		e.version = c.seq
		c.edits++
		c.lane.noteElements(t.t, e)
	}
}

// Delete removes key and reports whether it was there. Its entry is dead then
// and has no value any more.
func (c *Ctx) Delete(key []byte) bool { return c.DeleteIn(c.DB, key) }

// DeleteIn is Delete in another database.
func (c *Ctx) DeleteIn(db int, key []byte) bool {
	e, t := c.recent(db, key)
	if e == nil {
		return false
	}
	c.changes()
	t.remove(e, c.lane)
	return true
}

// Expire sets e's deadline, in Unix milliseconds of log time; 0 removes it. A
// deadline at or before Now deletes the key at once. It detaches e from a
// shared lease.
func (c *Ctx) Expire(e *Entry, deadline int64) {
	t := c.of(e)
	if deadline != 0 && deadline <= c.Now {
		c.settle(t)
		if e.value != nil {
			t.t.remove(e, c.lane)
		}
		return
	}
	t.t.change(e, true)
	e.version = c.seq
	c.lane.recordChange(t.t, e)
	if deadline == 0 {
		t.t.detach(e, c.lane)
	} else {
		t.t.expireAt(e, deadline, c.lane)
	}
}

// Databases returns the number of logical databases.
func (c *Ctx) Databases() int { return len(c.ks.physical) }

// Rand returns the next number of the command's own random sequence, which follows from
// the entry's seed and the command's place in the log. The sequence of a read is its
// own alone.
func (c *Ctx) Rand() uint64 {
	if c.seed == 0 {
		if c.seq != 0 {
			c.seed = c.firstSeed()
		} else {
			c.seed = mix(uint64(c.Clock) ^ mix(c.ks.seed^c.ks.draws.Add(1)))
		}
	}
	c.seed += 0x9e3779b97f4a7c15
	return mix(c.seed)
}

// firstSeed is where the random sequence of a call in the log begins.
func (c *Ctx) firstSeed() uint64 { return mix(c.lane.seed ^ mix(c.seq)) }

// mix is the output function of splitmix64: a bijection without visible pattern.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
