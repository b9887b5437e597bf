package command

// Footprint tells what a call touches: its keys, the tables beside the keys, and how
// many writes it is. It is made once, when the call is made. All other code asks
// it: locks, lanes, looking up ahead, guesses of a read's time, permissions, the group
// of a unit.
//
// The footprint of a transaction has the keys that it watches, and the sum of all else.
// The keys of its calls are in their own footprints; Call.EachKey goes through all.
//
// A call on one key needs no memory for its footprint.
type Footprint struct {
	one    Key    // the key of a call that has one
	more   []Key  // the keys of a call that has several
	writes uint32 // see Writes
	tables Tables
	bits   bits
}

// Key is a key of a call.
type Key struct {
	Pos   uint32 // in the arguments; of a transaction: in the watches
	Slot  uint16 // the hash slot
	Flags KeyFlags
}

// Writes reports whether the call may change the key.
func (k Key) Writes() bool { return k.Flags&(KeyRW|KeyOW|KeyRM) != 0 }

// bits of a footprint.
type bits uint8

const (
	made        bits = 1 << iota // the footprint is not the zero one
	hasOne                       // the key is in one
	anyKey                       // see AnyKey
	faulty                       // see Faulty
	conditional                  // see Conditional
	readsAll                     // see AllKeys
	writesAll                    // see AllKeys
)

// Tables is a set of what the state has beside the keys.
type Tables uint8

// The tables.
const (
	// TableLeases are the shared leases with their ends and their keys.
	TableLeases Tables = 1 << iota
	// TableLeaseIDs is less: which leases there are. The lanes of the applier may all
	// ask that, because leases come and go only while one lane runs.
	TableLeaseIDs
	TableScripts
	TableFunctions
	TableSettings
	TableUsers
)

// Has reports whether all of s are in the set.
func (t Tables) Has(s Tables) bool { return t&s == s }

// Len returns the number of keys. A key that stands twice in the arguments counts
// twice.
func (f *Footprint) Len() int {
	if f.bits&hasOne != 0 {
		return 1
	}
	return len(f.more)
}

// Key returns key i, 0 ≤ i < Len, in Redis's order.
func (f *Footprint) Key(i int) Key {
	if f.bits&hasOne != 0 {
		return f.one
	}
	return f.more[i]
}

// Single returns the key of a call that touches one key and nothing else.
func (f *Footprint) Single() (k Key, ok bool) {
	return f.one, f.bits&(hasOne|anyKey) == hasOne && f.tables == 0
}

// AnyKey reports whether the call may use keys that are not among its arguments:
// all of the data have to be locked for it.
func (f *Footprint) AnyKey() bool { return f.bits&anyKey != 0 }

// AllKeys tells what the call does with keys whose names are in the data. Its user needs
// the right to do so with every key.
func (f *Footprint) AllKeys() (flags KeyFlags) {
	if f.bits&readsAll != 0 {
		flags |= KeyAccess
	}
	if f.bits&writesAll != 0 {
		flags |= KeyUpdate
	}
	return flags
}

// Faulty reports whether the arguments make no sense as far as keys go: a count is no
// number, or a keyword is missing. The handler will find the same fault. An empty list
// of keys at the end is a fault, too, as in Redis. But the handler may take it (PFMERGE
// without a source). The footprint has the other keys then.
func (f *Footprint) Faulty() bool { return f.bits&faulty != 0 }

// Tables returns what the call needs beside keys.
func (f *Footprint) Tables() Tables { return f.tables }

// Writes returns how many numbers of the log the call takes: one for each command
// that goes through the log.
func (f *Footprint) Writes() int { return int(f.writes) }

// Conditional reports whether the call is a write that is worth being tried as a
// read first.
func (f *Footprint) Conditional() bool { return f.bits&conditional != 0 }

// KeyRoom is memory for the keys of calls that have several. It may be used again,
// by Reset, when none of these calls is needed any more.
type KeyRoom struct{ keys []Key }

const (
	firstRoom = 32
	// keepRoom is how many keys' memory Reset keeps.
	keepRoom = 1024
)

// Reset gives the memory of all calls back.
func (r *KeyRoom) Reset() {
	if cap(r.keys) > keepRoom {
		r.keys = nil
	}
	r.keys = r.keys[:0]
}

// take returns memory for n keys. Without a room it is new.
func (r *KeyRoom) take(n int) []Key {
	if r == nil {
		return make([]Key, n)
	}
	start := len(r.keys)
	if start+n > cap(r.keys) { // what was given out stays where it is
		r.keys = make([]Key, 0, max(firstRoom, 2*cap(r.keys), n))
		start = 0
	}
	r.keys = r.keys[:start+n]
	return r.keys[start : start+n : start+n]
}

// set makes f the footprint of a call of c. The arity of the arguments is right.
func (f *Footprint) set(c *Command, args [][]byte, room *KeyRoom) {
	f.bits, f.tables, f.writes, f.more = made|c.bits, c.Tables, c.writes, nil
	var opt Options
	if c.ByOptions != nil {
		opt = c.ByOptions(args)
		f.tables |= opt.Tables
		if opt.AnyKey {
			f.bits |= anyKey
		}
		if opt.AllKeys&KeyAccess != 0 {
			f.bits |= readsAll
		}
		if opt.AllKeys&KeyUpdate != 0 {
			f.bits |= writesAll
		}
		if opt.Always {
			f.bits &^= conditional
		}
	}
	if !c.OneKey {
		f.find(c, args, &opt, room)
		return
	}
	flags := c.KeySpecs[0].Flags
	if flags&KeyVariable != 0 {
		flags = opt.Flags
	}
	f.one = Key{Pos: 1, Slot: Slot(args[1]), Flags: flags}
	f.bits |= hasOne
}

// find finds the keys of a call where no short cut leads to them.
func (f *Footprint) find(c *Command, args [][]byte, opt *Options, room *KeyRoom) {
	var ranges [maxKeySpecs + maxStores]keyRange
	n, ok, complete := c.ranges(args, opt, &ranges)
	if !ok || !complete {
		f.bits |= faulty
	}
	if !ok || n == 0 {
		return
	}
	keys := []Key(nil)
	if n > 1 {
		keys = room.take(n)
		f.more = keys
	} else {
		f.bits |= hasOne
	}
	i := 0
	for r := range ranges {
		for pos := ranges[r].first; pos <= ranges[r].last; pos += ranges[r].step {
			k := Key{Pos: uint32(pos), Slot: Slot(args[pos]), Flags: ranges[r].flags}
			if n == 1 {
				f.one = k
				return
			}
			keys[i] = k
			i++
		}
	}
}

// setTx makes f the footprint of a transaction.
func (f *Footprint) setTx(tx *Tx, room *KeyRoom) {
	*f = Footprint{bits: made}
	for i := range tx.Calls {
		inner := tx.Calls[i].Footprint()
		f.writes += inner.writes
		f.tables |= inner.tables
		f.bits |= inner.bits & anyKey
	}
	if n := len(tx.Watches); n > 0 {
		f.more = room.take(n)
		for i := range tx.Watches {
			f.more[i] = Key{Pos: uint32(i), Slot: Slot(tx.Watches[i].Key), Flags: KeyRO}
		}
	}
}
