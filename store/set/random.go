package set

import (
	"fmt"
	"math"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// The drawn members follow from the members, the form of the set and Ctx.Rand. The
// history of the set does not matter.

func spop(c *keyspace.Ctx) {
	if len(c.Args) > 2 {
		spopCount(c)
		return
	}
	key := c.Args[1]
	e := c.Lookup(key)
	s, ok := Of(c, e)
	switch {
	case !ok:
	case e == nil:
		c.W.Null()
	default:
		c.Edit(e)
		s.pop(c)
		c.Notify('s', "spop", key)
		notifyIfEmpty(c, key, s)
	}
}

// pop answers with a random member and removes it.
func (s *Set) pop(c *keyspace.Ctx) {
	if s.table != nil {
		m := s.table.Pick(c.Rand)
		c.W.Bulk(m.bytes())
		s.take(m)
		return
	}
	i := c.Below(s.Len())
	s.replyAt(i, c.W)
	s.removeAt(i)
}

func spopCount(c *keyspace.Ctx) {
	if len(c.Args) > 3 {
		c.W.Error(reply.ErrSyntax)
		return
	}
	key := c.Args[1]
	count, ok := redisnum.ParseInt(c.Args[2])
	if !ok || count < 0 {
		c.W.Error(reply.ErrNotPositive)
		return
	}
	e := c.Lookup(key)
	s, ok := Of(c, e)
	switch {
	case !ok:
	case e == nil || count == 0:
		c.W.Set(0)
	case count >= int64(s.Len()):
		c.W.Set(s.Len())
		s.reply(c.W)
		c.Delete(key)
		c.Notify('s', "spop", key)
		c.Notify('g', "del", key)
	default:
		c.Edit(e)
		c.W.Set(int(count))
		s.popSome(c, int(count))
		c.Notify('s', "spop", key)
	}
}

// manyOf is the part of a table from which on members are drawn in one walk over
// all of them: 1/manyOf.
const manyOf = 4

// moved is the part of a set, 1/moved of what is taken, up to which Redis makes a
// new set of the members that stay. So the set has the form of a new one.
const moved = 5

// renew gives the set the form that a new one of its members has.
func (s *Set) renew(c *keyspace.Ctx) {
	if s.table != nil && s.Len() >= least(c.Settings()) {
		return
	}
	n := New()
	s.Each(func(m []byte) bool {
		n.Add(c.Settings(), m)
		return true
	})
	*s = *n
}

// popSome answers with count random members, fewer than there are, and removes
// them.
func (s *Set) popSome(c *keyspace.Ctx, count int) {
	if (s.Len()-count)*moved <= count {
		defer s.renew(c)
	}
	if s.table == nil || count < s.Len()/manyOf {
		for range count {
			s.pop(c)
		}
		return
	}
	left := s.Len()
	s.table.Keep(func(m *member) bool {
		drawn := count > 0 && c.Below(left) < count
		if left--; drawn {
			count--
			c.W.Bulk(m.bytes())
			s.bytes -= m.memSize()
		}
		return !drawn
	})
}

// sample calls fn with count different members of the table, every choice with
// the same chance.
func (s *Set) sample(c *keyspace.Ctx, count int, fn func(*member)) {
	left := s.Len()
	for m := range s.table.All() {
		if count == 0 {
			return
		}
		if c.Below(left) < count {
			fn(m)
			count--
		}
		left--
	}
}

// maxDraws bounds how many members SRANDMEMBER gives when they may repeat. It
// keeps one short command from a reply of any size.
const maxDraws = 1 << 24

func srandmember(c *keyspace.Ctx) {
	switch len(c.Args) {
	case 2:
		s, ok := Of(c, c.Lookup(c.Args[1]))
		switch {
		case !ok:
		case s == nil:
			c.W.Null()
		default:
			s.replyRandom(c)
		}
	case 3:
		srandmemberCount(c)
	default:
		c.W.Error(reply.ErrSyntax)
	}
}

func (s *Set) replyRandom(c *keyspace.Ctx) {
	if s.table != nil {
		c.W.Bulk(s.table.Pick(c.Rand).bytes())
	} else {
		s.replyAt(c.Below(s.Len()), c.W)
	}
}

func srandmemberCount(c *keyspace.Ctx) {
	count, ok := c.Int(2)
	if !ok {
		return
	}
	if count == math.MinInt64 {
		c.W.Error(fmt.Sprintf(reply.ErrIntRange, -math.MaxInt64, math.MaxInt64))
		return
	}
	s, ok := Of(c, c.Lookup(c.Args[1]))
	switch {
	case !ok:
	case s == nil || count == 0:
		c.W.Array(0)
	case count < -maxDraws:
		c.W.Error(reply.ErrOutOfRange)
	case count < 0:
		c.W.Array(int(-count))
		for n := -count; n > 0 && !c.W.Stopped(); n-- {
			s.replyRandom(c)
		}
	case count >= int64(s.Len()):
		c.W.Array(s.Len())
		s.reply(c.W)
	default:
		c.W.Array(int(count))
		s.replySome(c, int(count))
	}
}

// replySome answers with count different random members, fewer than there are.
func (s *Set) replySome(c *keyspace.Ctx, count int) {
	switch {
	case s.table == nil:
		for i, n := 0, s.Len(); count > 0; i++ {
			if c.Below(n-i) < count {
				s.replyAt(i, c.W)
				count--
			}
		}
	case count < s.Len()/manyOf:
		drawn := make(map[*member]struct{}, count)
		for len(drawn) < count {
			m := s.table.Pick(c.Rand)
			if _, twice := drawn[m]; !twice {
				drawn[m] = struct{}{}
				c.W.Bulk(m.bytes())
			}
		}
	default:
		s.sample(c, count, func(m *member) { c.W.Bulk(m.bytes()) })
	}
}
