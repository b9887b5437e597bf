package hll

import (
	"slices"

	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/str"
)

func pfadd(c *keyspace.Ctx) {
	key := c.Args[1]
	e := c.Lookup(key)
	b, ok := of(c, e)
	if !ok {
		return
	}
	changed := e == nil
	own := e == nil // b may be changed
	if e == nil {
		b = newSparse()
	}
	for _, element := range c.Args[2:] {
		register, count := place(element)
		if !own {
			if b[formAt] == formDense {
				if dense(b[headerSize:]).get(register) >= count {
					continue
				}
				b = str.Writable(c, key, e, 0).Bytes()
			} else {
				b = slices.Clone(b)
			}
			own = true
		}
		var raised bool
		if b, raised, ok = raise(c.Settings(), b, register, count); !ok {
			c.W.Error(reply.ErrCorruptHLL)
			return
		}
		changed = changed || raised
	}
	if !changed {
		c.W.Int(0)
		return
	}
	b[staleAt] |= stale
	put(c, key, e, b)
	c.Notify('$', "pfadd", key)
	c.W.Int(1)
}

// put makes b the string of key; e is its entry, nil if there is none. b may be
// that string already, changed in place after Edit.
func put(c *keyspace.Ctx, key []byte, e *keyspace.Entry, b []byte) {
	if e == nil {
		c.Set(key, str.NewRaw(b), false)
		return
	}
	if r, ok := e.Value().(*str.Raw); ok && len(r.Bytes()) == len(b) && &r.Bytes()[0] == &b[0] {
		return
	}
	c.Replace(e, str.NewRaw(b))
}

func pfcount(c *keyspace.Ctx) {
	if len(c.Args) > 2 {
		countUnion(c)
		return
	}
	b, ok := of(c, c.Lookup(c.Args[1]))
	if !ok {
		return
	}
	if b == nil {
		c.W.Int(0)
		return
	}
	n, ok := cached(b)
	if !ok {
		h, ok := histogram(b)
		if !ok {
			c.W.Error(reply.ErrCorruptHLL)
			return
		}
		n = cardinality(&h)
	}
	c.W.Int(int64(n))
}

func countUnion(c *keyspace.Ctx) {
	var all [registers]byte
	if _, ok := union(c, c.Args[1:], &all); !ok {
		return
	}
	var h [64]int
	for _, v := range all {
		h[v]++
	}
	c.W.Int(int64(cardinality(&h)))
}

// union raises the registers in all to those of the keys, and reports whether one
// of them is in the dense form. It answers the error itself.
func union(c *keyspace.Ctx, keys [][]byte, all *[registers]byte) (anyDense, ok bool) {
	for _, key := range keys {
		b, ok := of(c, c.Lookup(key))
		if !ok {
			return false, false
		}
		if b == nil {
			continue
		}
		anyDense = anyDense || b[formAt] == formDense
		if !mergeInto(all, b) {
			c.W.Error(reply.ErrCorruptHLL)
			return false, false
		}
	}
	return anyDense, true
}

func pfmerge(c *keyspace.Ctx) {
	var all [registers]byte
	anyDense, ok := union(c, c.Args[1:], &all)
	if !ok {
		return
	}
	key := c.Args[1]
	e := c.Lookup(key)
	b := newSparse()
	if e != nil {
		old, _ := of(c, e)
		b = slices.Clone(old)
	}
	if anyDense && b[formAt] == formSparse {
		b, _ = toDense(b) // union has read it
	}
	for register, count := range all {
		if count > 0 {
			b, _, _ = raise(c.Settings(), b, register, count)
		}
	}
	b[staleAt] |= stale
	put(c, key, e, b)
	c.Notify('$', "pfadd", key)
	c.W.OK()
}
