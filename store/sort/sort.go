package sort

import (
	"bytes"
	"cmp"
	"math"

	"github.com/msredis/msredis/internal/partsort"
	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
	"github.com/msredis/msredis/store/list"
	"github.com/msredis/msredis/store/set"
	"github.com/msredis/msredis/store/str"
	"github.com/msredis/msredis/store/zset"
)

// item is an element with what it is sorted by.
type item struct {
	element []byte
	weight  float64
	text    []byte // ALPHA; of a pattern that stands for nothing: nil
}

func run(c *keyspace.Ctx, stores bool) {
	var o options
	if !o.parse(c, stores) {
		return
	}
	var value keyspace.Value
	if e := c.Lookup(c.Args[1]); e != nil {
		value = e.Value()
	}
	switch value.(type) {
	case nil, *list.List, *zset.ZSet:
	case *set.Set:
		if o.keep && o.store != nil { // sets have no order that could be kept
			o.keep, o.alpha, o.by = false, true, nil
		}
	default:
		c.W.Error(reply.ErrWrongType)
		return
	}
	items := o.load(value)
	if !o.keep {
		if !o.weigh(c, items) {
			c.W.Error(reply.ErrSortScore)
			return
		}
		items = o.sort(items)
	}
	if o.store == nil {
		o.reply(c, items)
	} else {
		o.storeList(c, items)
	}
}

// load returns copies of the elements of a container, those of the part that is
// asked for if their order is kept.
func (o *options) load(value keyspace.Value) (items []item) {
	add := func(e []byte) { items = append(items, item{element: append([]byte{}, e...)}) }
	if value == nil {
		return nil
	}
	n := value.Len()
	from, to := 0, n
	if o.keep {
		from, to = o.part(n)
	}
	items = make([]item, 0, to-from)
	desc := o.keep && o.desc
	switch v := value.(type) {
	case *list.List:
		left := to - from
		take := func(e []byte) bool {
			if left > 0 {
				add(e)
				left--
			}
			return left > 0
		}
		switch {
		case left == 0:
		case desc:
			v.Descend(n-1-from, take)
		default:
			v.Ascend(from, take)
		}
	case *set.Set:
		v.Each(func(e []byte) bool {
			add(e)
			return true
		})
		if o.keep {
			items = items[from:to]
		}
	case *zset.ZSet:
		if desc {
			from, to = n-to, n-from
		}
		v.Range(from, to, desc, add)
	}
	return items
}

// weigh finds what the items are sorted by. It returns false if that has to be a
// number and is none.
func (o *options) weigh(c *keyspace.Ctx, items []item) bool {
	ok := true
	var tmp str.Scratch
	for i := range items {
		it := &items[i]
		by := it.element
		if o.by != nil {
			var found bool
			if by, found = o.by.value(c, it.element, &tmp); !found {
				continue
			}
			if o.alpha {
				by = append([]byte{}, by...) // not nil
			}
		}
		if o.alpha {
			it.text = by
			continue
		}
		var number bool
		it.weight, number = weight(by)
		ok = ok && number
	}
	return ok
}

// weight reads a number as strtod does in a C string, to its end.
func weight(b []byte) (f float64, ok bool) {
	b = cString(b)
	f, n, inRange := redisnum.Strtod(b)
	denormal := f != 0 && math.Abs(f) < 0x1p-1022
	return f, n == len(b) && inRange && !denormal && !math.IsNaN(f)
}

// sort returns the part of the items that is asked for, in order. Which of two
// equal ones comes first is Redis's choice: it sorts either all of them, stably,
// or no more than the part.
func (o *options) sort(items []item) []item {
	compare := o.comparison()
	if o.desc {
		up := compare
		compare = func(a, b *item) int { return -up(a, b) }
	}
	from, to := o.part(len(items))
	if o.by != nil && to-from < len(items) {
		// An empty part is one place long to Redis, which then sorts around it.
		partsort.Sort(items, from, to-1, compare)
	} else {
		partsort.Stable(items, compare)
	}
	return items[from:to]
}

// comparison returns the order of two items. Texts of a reply are compared as C
// strings, as strcoll does in the C locale. A stored result has to be the same
// everywhere, so there all bytes count.
func (o *options) comparison() func(a, b *item) int {
	switch {
	case !o.alpha:
		return func(a, b *item) int {
			if r := cmp.Compare(a.weight, b.weight); r != 0 {
				return r
			}
			return bytes.Compare(a.element, b.element)
		}
	case o.store != nil:
		return compareTexts(bytes.Compare)
	}
	return compareTexts(func(a, b []byte) int { return bytes.Compare(cString(a), cString(b)) })
}

// compareTexts puts items without a text first.
func compareTexts(compare func(a, b []byte) int) func(a, b *item) int {
	return func(a, b *item) int {
		switch {
		case a.text != nil && b.text != nil:
			return compare(a.text, b.text)
		case a.text != nil:
			return 1
		case b.text != nil:
			return -1
		}
		return 0
	}
}

func (o *options) reply(c *keyspace.Ctx, items []item) {
	c.W.Array(len(items) * max(len(o.get), 1))
	o.output(c, items, c.W.Bulk, c.W.Null)
}

// storeList makes the list of what was asked for the value of the destination.
func (o *options) storeList(c *keyspace.Ctx, items []item) {
	l := list.New()
	o.output(c, items, l.PushBack, func() { l.PushBack(nil) })
	n := l.Len()
	switch {
	case n > 0:
		c.Set(o.store, l, false)
		c.Notify('l', "sortstore", o.store)
	case c.Delete(o.store):
		c.Notify('g', "del", o.store)
	}
	c.W.Int(int64(n))
}

// output passes on the items, or what the patterns of GET stand for with each.
func (o *options) output(c *keyspace.Ctx, items []item, value func([]byte), none func()) {
	var tmp str.Scratch
	for i := range items {
		if len(o.get) == 0 {
			value(items[i].element)
		}
		for j := range o.get {
			if v, ok := o.get[j].value(c, items[i].element, &tmp); ok {
				value(v)
			} else {
				none()
			}
		}
	}
}
