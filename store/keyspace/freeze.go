package keyspace

import "github.com/msredis/msredis/store/ds"

// Freezer is a value that can be large and hands out views of itself.
//
// A view is a Value of the same type. It is what the value was when it was frozen: with
// the same order, digest, encoding and size. It is never given to Set or changed. Any
// number of goroutines may read it without a lock, until it is released. A value that is
// made from a view (Clone) is like any other.
type Freezer interface {
	Value
	// Freeze returns a view, in O(1). It is called under the shard's lock, shared or
	// exclusive. It returns nil if the value is small, and is to be copied instead.
	Freeze() Value
	// Release ends the use of a view that Freeze has returned. It needs no lock.
	Release()
	// Owner keeps account of the views. It is nil if the value is small.
	Owner() *ds.Owner
}

// hold notes that v has lost its key. As long as there are views of it, it is in memory
// for them.
func hold(v Value) {
	if f, ok := v.(Freezer); ok {
		if o := f.Owner(); o != nil && o.Shared() {
			o.Hold(v.MemSize())
		}
	}
}

// Freeze returns v as it is now, in O(1) if it is large, for others than the holder of
// the shard's lock. It is called under this lock. The view is one as Freezer tells of.
// Release has to follow.
func Freeze(v Value) Value {
	if f, ok := v.(Freezer); ok {
		if view := f.Freeze(); view != nil {
			return view
		}
	}
	if _, ok := v.(Flat); ok {
		return detached(v)
	}
	return v.Clone()
}

// Release ends the use of a value that Freeze has returned. Memory that is in use for
// it alone is free then. A second call does nothing.
func Release(v Value) {
	if f, ok := v.(Freezer); ok {
		f.Release()
	}
}

// View is a key as it was at one moment, with its value frozen. It lets handlers run
// without a lock: its entry is what a context shows them in place of the key's own.
type View struct{ entry *Entry }

// Freeze returns a view of key, as LookupIn finds it now. For what has expired by then it
// is like LookupIn, too: such a key is not there, and such parts are not in the value. It
// is called under the lock of the key's shard, and counts as a use of the key.
func (c *Ctx) Freeze(db int, key []byte) View {
	e := c.LookupIn(db, key)
	if e == nil {
		return View{}
	}
	return e.freeze()
}

func (e *Entry) freeze() View {
	f := newEntry(bytesOf(e.Key()), Freeze(e.value))
	f.version = e.version
	f.used.Store(e.used.Load())
	if x := e.expiry; x != nil {
		f.expiry = &expiry{deadline: x.when(), entry: f, table: x.table}
	}
	return View{f}
}

// Entry returns the key, nil if it was not there. It has no shared lease; its deadline is
// that of the lease.
func (v View) Entry() *Entry { return v.entry }

// Release ends the use of the view.
func (v View) Release() {
	if v.entry != nil {
		Release(v.entry.value)
	}
}
