package keyspace

import (
	"sync/atomic"
	"unsafe"

	"github.com/msredis/msredis/store/arena"
)

// Entry is one key with its value.
//
// Its memory is most of the cost of a small key. So it is one block: the header below
// and, right behind it, the bytes of the key. An Entry is therefore only ever made by
// newEntry and newFlatEntry, and never copied.
//
// The entry of a Flat value is a block of its table's arena, where the garbage
// collector does not look. So the targets of its pointers have to be kept alive by
// others. The value is in the arena, too. The expiry is in the queue of the table,
// among the keys of a lease, or in table.forgotten.
//
// The key never changes. Everything else is guarded by the lock of the key's shard,
// except used.
type Entry struct {
	value Value // nil once the entry is dead: deleted, expired, flushed or moved
	// version is the sequence number of the last call that changed the key:
	// log order, the same on every node. WATCH compares it, and the next
	// snapshot knows by it what has changed.
	version uint64
	expiry  *expiry // nil: never expires
	// used is an evict.Stamp: how clients of this node have used the key. Readers
	// store it under the shared lock. It is no part of the state.
	used   atomic.Uint32
	keyLen uint32 // in bytes, and inArena
}

// inArena in Entry.keyLen tells of an entry in its table's arena.
const inArena = 1 << 31

// object is an entry that is an object of its own. Dictionaries do not keep it
// alive; table.objects does, at this place.
type object struct {
	Entry
	place uint32
}

// The memory behind an object's header is one of these sizes; a longer key is on
// its own. With the header they fill the allocator's size classes.
const (
	entrySize  = unsafe.Sizeof(Entry{})
	objectSize = entrySize + unsafe.Sizeof(uint32(0)) // without the padding
	inline0    = 4
	inlineMax  = inline0 + 5*16
)

// flatKeyMax is the longest key of an entry in an arena.
const flatKeyMax = arena.Max - int(entrySize)

// The blocks of entries that are objects: the key is behind what an object has.
type (
	object4 struct {
		Entry
		_ uint32 // object.place
		_ [inline0]byte
	}
	object20 struct {
		Entry
		_ uint32 // object.place
		_ [inline0 + 16]byte
	}
	object36 struct {
		Entry
		_ uint32 // object.place
		_ [inline0 + 2*16]byte
	}
	object52 struct {
		Entry
		_ uint32 // object.place
		_ [inline0 + 3*16]byte
	}
	object68 struct {
		Entry
		_ uint32 // object.place
		_ [inline0 + 4*16]byte
	}
	object84 struct {
		Entry
		_ uint32 // object.place
		_ [inlineMax]byte
	}
	objectLong struct {
		object
		key string
	}
)

// newFlatEntry returns an entry in the arena for a copy of key, whose value is
// there too. The key is at most flatKeyMax long.
func newFlatEntry(a *arena.Arena, key []byte, v Value) *Entry {
	p := a.Alloc(int(entrySize) + len(key))
	*(*[entrySize / 8]uint64)(p) = [entrySize / 8]uint64{} // see Alloc
	e := (*Entry)(p)
	e.value, e.keyLen = v, uint32(len(key))|inArena
	copy(unsafe.Slice((*byte)(e.behind(entrySize)), len(key)), key)
	return e
}

// newEntry returns an object for a copy of key, whose value is anywhere.
func newEntry(key []byte, v Value) *Entry {
	var e *Entry
	if len(key) > inlineMax {
		e = &(&objectLong{key: string(key)}).Entry
	} else {
		switch (len(key) + 15 - inline0) / 16 {
		case 0:
			e = &new(object4).Entry
		case 1:
			e = &new(object20).Entry
		case 2:
			e = &new(object36).Entry
		case 3:
			e = &new(object52).Entry
		case 4:
			e = &new(object68).Entry
		default:
			e = &new(object84).Entry
		}
		copy(unsafe.Slice((*byte)(e.behind(objectSize)), len(key)), key)
	}
	e.keyLen, e.value = uint32(len(key)), v
	return e
}

// behind is the address of the key, size bytes behind that of the entry.
func (e *Entry) behind(size uintptr) unsafe.Pointer { return unsafe.Add(unsafe.Pointer(e), size) }

// object returns e, which is not flat, as what it is.
func (e *Entry) object() *object { return (*object)(unsafe.Pointer(e)) }

// Key returns the key. It is valid as long as the shard is locked; who keeps it
// longer clones it.
func (e *Entry) Key() string {
	n := e.keyLen
	if n&inArena != 0 {
		if n &^= inArena; n == 0 {
			return "" // what is behind may be another block
		}
		return unsafe.String((*byte)(e.behind(entrySize)), n)
	}
	if n > inlineMax {
		return (*objectLong)(unsafe.Pointer(e)).key
	}
	return unsafe.String((*byte)(e.behind(objectSize)), n)
}

// flat reports whether the entry is in its table's arena.
func (e *Entry) flat() bool { return e.keyLen&inArena != 0 }

// block returns the size of a flat entry's block.
func (e *Entry) block() int { return int(entrySize) + int(e.keyLen&^inArena) }

// Value returns the value, never nil while the entry lives.
func (e *Entry) Value() Value { return e.value }

// Deadline returns when the key expires, in Unix milliseconds; 0: never. For a
// key attached to a shared lease it is the lease's deadline.
func (e *Entry) Deadline() int64 {
	if e.expiry == nil {
		return 0
	}
	return e.expiry.when()
}

// Version returns the sequence number of the key's last change.
func (e *Entry) Version() uint64 { return e.version }

// expired reports whether the deadline has passed.
func (e *Entry) expired(now int64) bool { return e.expiry != nil && e.expiry.when() <= now }

// ref is an entry in a dictionary: a pointer that the garbage collector does not
// see. Following ten million would cost it most of a cycle, and it has no need
// to: the arena keeps flat entries alive, table.objects the others.
type ref struct{ p uintptr }

func refTo(e *Entry) ref { return ref{uintptr(unsafe.Pointer(e))} }

// entry returns the entry, nil for the zero ref.
func (r ref) entry() *Entry { return *(**Entry)(unsafe.Pointer(&r)) }

// Key implements ds.Keyed.
func (r ref) Key() string { return r.entry().Key() }

// The memory that a key counts besides its value. The figures follow from the key's
// length, wherever its entry is, and are the same on every node. They are close to the
// sizes that the allocator hands out.
const (
	dictBytes   = 16 // the entry's share of a dictionary page
	expiryBytes = 48 // expiry and its place in the queue
)

// MemSize returns the bytes that the key and its value are accounted with, as
// for maxmemory.
func (e *Entry) MemSize() int64 {
	n := e.keySize() + e.value.MemSize()
	if e.expiry != nil {
		n += expiryBytes
	}
	return n
}

// keySize is the part of MemSize that the key alone decides.
func (e *Entry) keySize() int64 {
	n := int64(e.keyLen &^ inArena)
	if n > inlineMax {
		return dictBytes + int64(unsafe.Sizeof(objectLong{})) + (n+15)&^15
	}
	return dictBytes + int64(objectSize) + inline0 + (n+15-inline0)&^15
}
