package hash

import (
	"fmt"
	"math"

	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// maxDraws bounds how many fields HRANDFIELD gives when they may repeat. It
// keeps one short command from a reply of any size.
const maxDraws = 1 << 24

func hrandfield(c *keyspace.Ctx) {
	c.Purge(c.Args[1])
	if len(c.Args) > 2 {
		hrandfieldCount(c)
		return
	}
	var view Hash
	e, h, ok := lookup(c, &view)
	switch {
	case !ok:
	case e == nil:
		c.W.Null()
	default:
		field, _ := h.pick(c)
		c.W.Bulk(field)
	}
}

// pick returns a random field.
func (h *Hash) pick(c *keyspace.Ctx) (field, value []byte) {
	if h.times != nil && h.times.hidden > 0 {
		return h.pickVisible(c)
	}
	if h.table != nil {
		return h.table.Pick(c.Rand).parts()
	}
	return h.packed.at(c.Below(h.packed.n))
}

// pickVisible is pick where fields are hidden. Where they are nearly all, it counts.
func (h *Hash) pickVisible(c *keyspace.Ctx) (field, value []byte) {
	const draws = 32
	for range draws {
		if h.table == nil {
			field, value = h.packed.at(c.Below(h.packed.n))
		} else {
			field, value = h.table.Pick(c.Rand).parts()
		}
		if !h.hides(field) {
			return field, value
		}
	}
	k := c.Below(h.Len())
	h.Each(func(f, v []byte) bool {
		field, value = f, v
		k--
		return k >= 0
	})
	return field, value
}

func hrandfieldCount(c *keyspace.Ctx) {
	count, ok := c.Int(2)
	if !ok {
		return
	}
	if count == math.MinInt64 {
		c.W.Error(fmt.Sprintf(reply.ErrIntRange, -math.MaxInt64, math.MaxInt64))
		return
	}
	o := draw{c: c, values: len(c.Args) > 3}
	if len(c.Args) > 4 || o.values && !c.Is(3, "WITHVALUES") {
		c.W.Error(reply.ErrSyntax)
		return
	}
	if o.values && (count < -math.MaxInt64/2 || count > math.MaxInt64/2) {
		c.W.Error(reply.ErrOutOfRange)
		return
	}
	var view Hash
	e, h, ok := lookup(c, &view)
	switch {
	case !ok:
	case e == nil || count == 0:
		c.W.Array(0)
	case count < -maxDraws:
		c.W.Error(reply.ErrOutOfRange)
	case count < 0:
		o.open(int(-count))
		for n := -count; n > 0 && !c.W.Stopped(); n-- {
			o.pair(h.pick(c))
		}
	case count >= int64(h.Len()):
		o.open(h.Len())
		h.Each(func(field, value []byte) bool {
			o.pair(field, value)
			return !c.W.Stopped()
		})
	default:
		o.open(int(count))
		o.some(h, int(count))
	}
}

// draw is an answer of HRANDFIELD with a count.
type draw struct {
	c      *keyspace.Ctx
	values bool
}

// open starts the answer of n fields.
func (o *draw) open(n int) {
	if o.values && !o.c.W.Resp3() {
		n *= 2
	}
	o.c.W.Array(n)
}

func (o *draw) pair(field, value []byte) {
	w := o.c.W
	if o.values && w.Resp3() {
		w.Array(2)
	}
	w.Bulk(field)
	if o.values {
		w.Bulk(value)
	}
}

// manyOf is the part of a table from which on fields are drawn in one walk over
// all of them: 1/manyOf.
const manyOf = 4

// some answers count different random fields, fewer than there are.
func (o *draw) some(h *Hash, count int) {
	if h.table == nil || count >= h.Len()/manyOf || h.times != nil && h.times.hidden > 0 {
		left := h.Len()
		h.Each(func(field, value []byte) bool {
			if o.c.Below(left) < count {
				o.pair(field, value)
				count--
			}
			left--
			return count > 0
		})
		return
	}
	drawn := make(map[*pair]struct{}, count)
	for len(drawn) < count {
		p := h.table.Pick(o.c.Rand)
		if _, twice := drawn[p]; !twice {
			drawn[p] = struct{}{}
			o.pair(p.parts())
		}
	}
}
