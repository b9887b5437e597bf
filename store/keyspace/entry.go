package keyspace

import (
	"sync/atomic"
	"unsafe"
)

// Entry is one key with its value.
//
// Its memory is most of what a small key costs, so it is one allocation: the
// header below and, right behind it, the bytes of the key (see newEntry). An
// Entry is therefore only ever made by newEntry and never copied.
//
// The key never changes. Everything else is guarded by the lock of the key's
// shard, except used.
type Entry struct {
	value Value // nil once the entry is dead: deleted, expired or flushed
	// version is the sequence number of the last call that changed the key:
	// log order, the same on every node. WATCH compares it, and the next
	// snapshot knows by it what has changed.
	version uint64
	expiry  *expiry // nil: never expires
	// used is when a client of this node last used the key, in Unix seconds.
	// Readers store it under the shared lock. It is no part of the state.
	used   atomic.Uint32
	keyLen uint32
}

// The memory behind the header is one of these sizes; a longer key is on its
// own. With the header they fill the allocator's size classes.
const (
	entrySize = unsafe.Sizeof(Entry{})
	inline0   = 8
	inlineMax = inline0 + 5*16
)

type (
	entry8 struct {
		Entry
		key [inline0]byte
	}
	entry24 struct {
		Entry
		key [inline0 + 16]byte
	}
	entry40 struct {
		Entry
		key [inline0 + 2*16]byte
	}
	entry56 struct {
		Entry
		key [inline0 + 3*16]byte
	}
	entry72 struct {
		Entry
		key [inline0 + 4*16]byte
	}
	entry88 struct {
		Entry
		key [inlineMax]byte
	}
	entryLong struct {
		Entry
		key string
	}
)

// newEntry returns an entry for a copy of key.
func newEntry(key []byte, v Value) *Entry {
	var e *Entry
	if len(key) > inlineMax {
		l := &entryLong{key: string(key)}
		e = &l.Entry
	} else {
		switch (len(key) + 15 - inline0) / 16 {
		case 0:
			e = &new(entry8).Entry
		case 1:
			e = &new(entry24).Entry
		case 2:
			e = &new(entry40).Entry
		case 3:
			e = &new(entry56).Entry
		case 4:
			e = &new(entry72).Entry
		default:
			e = &new(entry88).Entry
		}
		copy(unsafe.Slice((*byte)(e.behind()), len(key)), key)
	}
	e.keyLen, e.value = uint32(len(key)), v
	return e
}

// behind is the address of the key, or for a long one of the string.
func (e *Entry) behind() unsafe.Pointer { return unsafe.Add(unsafe.Pointer(e), entrySize) }

// Key returns the key. It may be kept.
func (e *Entry) Key() string {
	if e.keyLen > inlineMax {
		return *(*string)(e.behind())
	}
	return unsafe.String((*byte)(e.behind()), e.keyLen)
}

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

// use notes that a client used the key at clock, in Unix milliseconds.
func (e *Entry) use(clock int64) {
	if s := uint32(clock / 1000); e.used.Load() != s {
		e.used.Store(s)
	}
}

// What a key is accounted with besides its value. The figures follow from the
// key's length and are the same on every node; they are close to what the
// allocator hands out.
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
	n := int64(e.keyLen)
	if n > inlineMax {
		return dictBytes + int64(unsafe.Sizeof(entryLong{})) + (n+15)&^15
	}
	return dictBytes + int64(entrySize) + inline0 + (n+15-inline0)&^15
}
