package keyspace

import (
	"unsafe"

	"github.com/msredis/msredis/internal/invariants"
	"github.com/msredis/msredis/store/arena"
)

// Flat is a value that is one block of memory without pointers: a short string, a
// small hash. The keyspace keeps flat values in arenas: what Ctx.Set is given is
// copied.
type Flat interface {
	Value
	// Block returns the value's memory, 1 to arena.Max bytes.
	Block() (p unsafe.Pointer, size int)
	// At returns the value whose block was copied to p.
	At(p unsafe.Pointer) Value
}

// Flattener is a value that has a flat form as long as it is small: a hash.
// Which of the two a key has shows nowhere.
type Flattener interface {
	Value
	// FlatSize returns the size of the block, at most arena.Max; 0: it has to
	// stay an object.
	FlatSize() int
	// Flatten puts the flat form into the block p. It shares nothing with the
	// value.
	Flatten(p unsafe.Pointer) Value
}

// Room returns n bytes for a handler to make a flat value in, aligned to 8. They
// are undefined, and good until the next call: for Set or Replace at once.
func (c *Ctx) Room(n int) unsafe.Pointer {
	if n > len(c.room) {
		c.room = make([]byte, max(n, arena.Max))
	}
	return unsafe.Pointer(unsafe.SliceData(c.room))
}

// copyFlat copies a flat value to a block of its size.
func copyFlat(to, from unsafe.Pointer, size int) {
	copy(unsafe.Slice((*byte)(to), size), unsafe.Slice((*byte)(from), size))
}

// detached returns v in memory that no arena has, so that it survives the key
// that it is taken from.
func detached(v Value) Value {
	f, ok := v.(Flat)
	if !ok {
		return v
	}
	from, size := f.Block()
	words := make([]uint64, (size+7)/8) // aligned
	to := unsafe.Pointer(unsafe.SliceData(words))
	copyFlat(to, from, size)
	return f.At(to)
}

// intoArena returns v as the table keeps it: flat in the arena, if it can be. old is
// the value that it replaces, nil if there is none; it is freed, if its block is
// not that of v then.
func (t *table) intoArena(v, old Value) (kept Value, flat bool) {
	again := false
	switch f := v.(type) {
	case Flat:
		var to unsafe.Pointer
		from, size := f.Block()
		to, again = t.block(size, old)
		copyFlat(to, from, size)
		v, flat = f.At(to), true
	case Flattener:
		if n := f.FlatSize(); n > 0 {
			var to unsafe.Pointer
			to, again = t.block(n, old)
			v, flat = f.Flatten(to), true
		}
	}
	if !again {
		hold(old)
		t.free(old)
	}
	return v, flat
}

// block returns a block of size bytes for the successor of old. It is the same block
// again, which is in the processor's cache, if it fits and no snapshot may need it.
func (t *table) block(size int, old Value) (p unsafe.Pointer, again bool) {
	if f, ok := old.(Flat); ok && t.pending == nil {
		if p, n := f.Block(); arena.BlockSize(n) == arena.BlockSize(size) {
			return p, true
		}
	}
	return t.arena.Alloc(size), false
}

// newEntry returns an entry for a copy of key with v. It is flat if it can be. It is not
// in the table yet.
func (t *table) newEntry(key []byte, v Value) *Entry {
	v, flat := t.intoArena(v, nil)
	if flat && len(key) <= flatKeyMax {
		return newFlatEntry(t.arena, key, v)
	}
	return newEntry(key, v)
}

// give gives e, which change was called for, the value v instead of its own. If
// e is flat and v is not, another entry takes e's place; it is returned.
func (t *table) give(e *Entry, v Value) *Entry {
	v, flat := t.intoArena(v, e.value)
	if e.flat() && !flat {
		return t.unflatten(e, v)
	}
	e.value = v
	return e
}

// unflatten puts an entry with the value v, which is not flat, in the place of
// the flat entry e.
func (t *table) unflatten(e *Entry, v Value) *Entry {
	n := newEntry(bytesOf(e.Key()), v)
	t.follow(n, e)
	t.put(n)
	e.expiry = nil
	t.bury(e)
	return n
}

// bury makes e dead, which has left the table.
func (t *table) bury(e *Entry) {
	e.value = nil
	if e.flat() {
		t.dead = append(t.dead, e)
	}
}

// free gives back the memory of a value that no key has any more. A snapshot that
// is being written may still need it.
func (t *table) free(v Value) {
	f, ok := v.(Flat)
	switch {
	case !ok:
	case t.pending != nil:
		t.pending.freed = append(t.pending.freed, f)
	default:
		t.arena.Free(f.Block())
	}
}

// reclaim gives back what the snapshot p, which has ended, kept. If it was saved, nobody asks for
// the keys that were dead at its cut any more.
func (t *table) reclaim(p *pending, saved bool) {
	for _, f := range p.freed {
		t.arena.Free(f.Block())
	}
	if !saved {
		t.dead = append(p.dead, t.dead...)
		return
	}
	for _, e := range p.dead {
		t.arena.Free(unsafe.Pointer(e), e.block())
	}
}

// compact moves the flat entries and values to a new arena. The old one stays as
// it is for those who have pointers to its entries, until they drop them. The
// shard is locked, and no snapshot is being written of the table.
func (t *table) compact() {
	t.arena, t.dead = arena.New(), nil
	t.dict.Renew(func(r ref) ref {
		e := r.entry()
		v, flat := t.intoArena(e.value, nil)
		if !e.flat() {
			e.value = v
			return r
		}
		if invariants.Enabled && !flat {
			panic("keyspace: a flat entry with a value that is not")
		}
		n := newFlatEntry(t.arena, bytesOf(e.Key()), v)
		t.follow(n, e)
		return refTo(n)
	})
}

// follow makes n, which has the key of e, take e's place. A caller that asks a lease
// for its keys has no lock of their shards, hence that of the leases.
func (t *table) follow(n, e *Entry) {
	n.version, n.expiry = e.version, e.expiry
	n.used.Store(e.used.Load())
	if n.expiry != nil {
		t.ks.leases.mu.Lock()
		n.expiry.entry = n
		t.ks.leases.mu.Unlock()
	}
}

// Tidy compacts a table of one of the shards, the next one each time, if its
// arena has become wasteful. Only the writer may call it, between two batches.
func (ks *Keyspace) Tidy() {
	s := &ks.shards[ks.tidied%Shards]
	ks.tidied++
	for _, t := range s.tables {
		if t != nil && t.pending == nil && t.arena.Wasteful() {
			s.mu.Lock()
			t.compact()
			s.mu.Unlock()
			return
		}
	}
}
