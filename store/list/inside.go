package list

import (
	"bytes"
	"fmt"
	"math"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

func llen(c *keyspace.Ctx) {
	e, l, ok := lookup(c, c.Args[1])
	switch {
	case !ok:
	case e == nil:
		c.W.Int(0)
	default:
		c.W.Int(int64(l.Len()))
	}
}

// span turns Redis's inclusive bounds, which count from the end if negative,
// into 0 ≤ from ≤ to ≤ n.
func span(start, stop int64, n int) (from, to int) {
	size := int64(n)
	if start < 0 {
		start = max(start+size, 0)
	}
	if stop < 0 {
		stop += size
	}
	stop = min(stop, size-1)
	if start > stop {
		return 0, 0
	}
	return int(start), int(stop + 1)
}

// place turns Redis's index, which counts from the end if negative, into one of
// 0 ≤ i < n; ok tells whether there is one.
func place(index int64, n int) (i int, ok bool) {
	if index < 0 {
		index += int64(n)
	}
	return int(index), index >= 0 && index < int64(n)
}

func lrange(c *keyspace.Ctx) {
	start, ok := c.Int(2)
	if !ok {
		return
	}
	stop, ok := c.Int(3)
	if !ok {
		return
	}
	e, l, ok := lookup(c, c.Args[1])
	if !ok {
		return
	}
	if e == nil {
		c.W.Array(0)
		return
	}
	from, to := span(start, stop, l.Len())
	c.W.Array(to - from)
	if from == to {
		return
	}
	rest := to - from
	l.Ascend(from, func(e []byte) bool {
		c.W.Bulk(e)
		rest--
		return rest > 0 && !c.W.Stopped()
	})
}

func lindex(c *keyspace.Ctx) {
	e, l, ok := lookup(c, c.Args[1])
	if !ok {
		return
	}
	if e == nil {
		c.W.Null()
		return
	}
	index, ok := c.Int(2)
	if !ok {
		return
	}
	if i, ok := place(index, l.Len()); ok {
		c.W.Bulk(l.At(i))
	} else {
		c.W.Null()
	}
}

func lset(c *keyspace.Ctx) {
	key := c.Args[1]
	e, l, ok := lookup(c, key)
	if !ok {
		return
	}
	if e == nil {
		c.W.Error(reply.ErrNoSuchKey)
		return
	}
	index, ok := c.Int(2)
	if !ok {
		return
	}
	i, ok := place(index, l.Len())
	if !ok {
		c.W.Error(reply.ErrIndexRange)
		return
	}
	c.Edit(e)
	l.Set(i, c.Args[3])
	c.Notify('l', "lset", key)
	c.W.OK()
}

func linsert(c *keyspace.Ctx) {
	after := c.Is(2, "AFTER")
	if !after && !c.Is(2, "BEFORE") {
		c.W.Error(reply.ErrSyntax)
		return
	}
	key, pivot := c.Args[1], c.Args[3]
	e, l, ok := lookup(c, key)
	if !ok {
		return
	}
	if e == nil {
		c.W.Int(0)
		return
	}
	i, found := 0, false
	l.Ascend(0, func(e []byte) bool {
		found = bytes.Equal(e, pivot)
		i++
		return !found
	})
	if !found {
		c.W.Int(-1)
		return
	}
	if !after {
		i--
	}
	c.Edit(e)
	l.Insert(i, c.Args[4])
	c.Notify('l', "linsert", key)
	c.W.Int(int64(l.Len()))
}

// negatable reports whether a count can be taken backwards. If not, the error is
// answered already.
func negatable(c *keyspace.Ctx, n int64) bool {
	if n == math.MinInt64 {
		c.W.Error(fmt.Sprintf(reply.ErrIntRange, -math.MaxInt64, math.MaxInt64))
		return false
	}
	return true
}

func lrem(c *keyspace.Ctx) {
	count, ok := c.Int(2)
	if !ok || !negatable(c, count) {
		return
	}
	key, elem := c.Args[1], c.Args[3]
	e, l, ok := lookup(c, key)
	if !ok {
		return
	}
	if e == nil || !l.contains(elem) {
		c.W.Int(0)
		return
	}
	limit := math.MaxInt
	switch {
	case count > 0:
		limit = int(count)
	case count < 0 && count > math.MinInt64:
		limit = int(-count)
	}
	c.Edit(e)
	removed := l.removeEqual(elem, limit, count < 0)
	c.Notify('l', "lrem", key)
	notifyEmpty(c, l, key)
	c.W.Int(int64(removed))
}

func (l *List) contains(elem []byte) bool {
	found := false
	l.Ascend(0, func(e []byte) bool {
		found = bytes.Equal(e, elem)
		return !found
	})
	return found
}

func ltrim(c *keyspace.Ctx) {
	start, ok := c.Int(2)
	if !ok {
		return
	}
	stop, ok := c.Int(3)
	if !ok {
		return
	}
	key := c.Args[1]
	e, l, ok := lookup(c, key)
	if !ok {
		return
	}
	if e != nil {
		c.Edit(e)
		from, to := span(start, stop, l.Len())
		l.Trim(l.Len()-to, false)
		l.Trim(from, true)
		c.Notify('l', "ltrim", key)
		notifyEmpty(c, l, key)
	}
	c.W.OK()
}

func lpos(c *keyspace.Ctx) {
	rank, count, maxlen := int64(1), int64(-1), int64(0)
	for i := 3; i < len(c.Args); i += 2 {
		more := i+1 < len(c.Args)
		switch {
		case more && c.Is(i, "RANK"):
			var ok bool
			if rank, ok = c.Int(i + 1); !ok || !negatable(c, rank) {
				return
			}
			if rank == 0 {
				c.W.Error(reply.ErrRankZero)
				return
			}
		case more && c.Is(i, "COUNT"):
			var ok bool
			if count, ok = redisnum.ParseInt(c.Args[i+1]); !ok || count < 0 {
				c.W.Error(reply.ErrCountNegative)
				return
			}
		case more && c.Is(i, "MAXLEN"):
			var ok bool
			if maxlen, ok = redisnum.ParseInt(c.Args[i+1]); !ok || maxlen < 0 {
				c.W.Error(reply.ErrMaxlenNegative)
				return
			}
		default:
			c.W.Error(reply.ErrSyntax)
			return
		}
	}
	e, l, ok := lookup(c, c.Args[1])
	switch {
	case !ok:
	case count >= 0:
		found := []int{}
		if e != nil {
			found = l.search(c.Args[2], rank, count, maxlen)
		}
		c.W.Array(len(found))
		for _, i := range found {
			c.W.Int(int64(i))
		}
	default:
		if e != nil {
			if found := l.search(c.Args[2], rank, 1, maxlen); len(found) > 0 {
				c.W.Int(int64(found[0]))
				return
			}
		}
		c.W.Null()
	}
}

// search returns the indices of the elements equal to elem, of the rank-th and
// those behind it, at most count of them (0: all). A negative rank searches
// from the end. It looks at no more than maxlen elements (0: all).
func (l *List) search(elem []byte, rank, count, maxlen int64) (found []int) {
	visit, i, step := l.Ascend, 0, 1
	if rank < 0 {
		visit, i, step, rank = l.Descend, l.Len()-1, -1, -rank
	}
	looked := int64(0)
	visit(i, func(e []byte) bool {
		if bytes.Equal(e, elem) {
			if rank--; rank <= 0 {
				found = append(found, i)
			}
		}
		i += step
		looked++
		return looked != maxlen && (count == 0 || int64(len(found)) < count)
	})
	return found
}
