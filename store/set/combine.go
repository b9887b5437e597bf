package set

import (
	"slices"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// sources returns the sets of the keys from argument i up to end, nil for one
// that does not exist. If one is no set, the error is answered already.
func sources(c *keyspace.Ctx, i, end int) (sets []*Set, ok bool) {
	sets = make([]*Set, 0, end-i)
	for ; i < end; i++ {
		s, ok := Of(c, c.Lookup(c.Args[i]))
		if !ok {
			return nil, false
		}
		sets = append(sets, s)
	}
	return sets, true
}

// store makes result, which is nobody else's, the value of argument 1, and
// answers with its size.
func store(c *keyspace.Ctx, result *Set, event string) {
	key := c.Args[1]
	switch {
	case result.Len() > 0:
		c.Set(key, result, false)
		c.Notify('s', event, key)
	case c.Delete(key):
		c.Notify('g', "del", key)
	}
	c.W.Int(int64(result.Len()))
}

// replyEach answers with the members that each yields.
func replyEach(c *keyspace.Ctx, each func(fn func(m []byte) bool)) {
	mark, n := c.W.Later(), 0
	each(func(m []byte) bool {
		c.W.Bulk(m)
		n++
		return !c.W.Stopped()
	})
	c.W.CloseSet(mark, n)
}

func collect(c *keyspace.Ctx, each func(fn func(m []byte) bool)) *Set {
	result := New()
	each(func(m []byte) bool {
		result.Add(c.Settings(), m)
		return true
	})
	return result
}

func sinter(c *keyspace.Ctx) {
	if sets, ok := sources(c, 1, len(c.Args)); ok {
		replyEach(c, intersection(sets))
	}
}

func sinterstore(c *keyspace.Ctx) {
	sets, ok := sources(c, 2, len(c.Args))
	if !ok {
		return
	}
	if !slices.Contains(sets, nil) {
		slices.SortStableFunc(sets, func(a, b *Set) int { return a.Len() - b.Len() })
	}
	if tables, ok := mergeable(sets, true); ok {
		store(c, merged(c.Settings(), tables, inAll), "sinterstore")
	} else {
		store(c, collect(c, intersection(sets)), "sinterstore")
	}
}

// intersection yields the members that all sets have. It walks the smallest of
// them.
func intersection(sets []*Set) func(fn func(m []byte) bool) {
	return func(fn func(m []byte) bool) {
		if slices.Contains(sets, nil) {
			return
		}
		slices.SortStableFunc(sets, func(a, b *Set) int { return a.Len() - b.Len() })
		others := slices.Compact(sets)[1:]
		sets[0].Each(func(m []byte) bool {
			for _, s := range others {
				if !s.Has(m) {
					return true
				}
			}
			return fn(m)
		})
	}
}

func sintercard(c *keyspace.Ctx) {
	numkeys, ok := redisnum.ParseInt(c.Args[1])
	switch {
	case !ok || numkeys <= 0:
		c.W.Error(reply.ErrNumKeys)
		return
	case numkeys > int64(len(c.Args)-2):
		c.W.Error(reply.ErrNumKeysArgs)
		return
	}
	end := 2 + int(numkeys)
	limit := int64(0)
	for i := end; i < len(c.Args); i += 2 {
		if !c.Is(i, "LIMIT") || i+1 == len(c.Args) {
			c.W.Error(reply.ErrSyntax)
			return
		}
		limit, ok = redisnum.ParseInt(c.Args[i+1])
		if !ok || limit < 0 {
			c.W.Error(reply.ErrLimitNegative)
			return
		}
	}
	sets, ok := sources(c, 2, end)
	if !ok {
		return
	}
	n := int64(0)
	intersection(sets)(func([]byte) bool {
		n++
		return n != limit
	})
	c.W.Int(n)
}

func sunion(c *keyspace.Ctx) {
	if sets, ok := sources(c, 1, len(c.Args)); ok {
		result := union(c, sets)
		c.W.Set(result.Len())
		result.reply(c.W)
	}
}

func sunionstore(c *keyspace.Ctx) {
	if sets, ok := sources(c, 2, len(c.Args)); ok {
		store(c, union(c, sets), "sunionstore")
	}
}

func union(c *keyspace.Ctx, sets []*Set) *Set {
	result := New()
	if of, rest := largest(c.Settings(), sets); of != nil {
		result, sets = merged(c.Settings(), of, inAny), rest
	}
	for _, s := range sets {
		switch {
		case s == nil:
		case s.table != nil:
			for m := range s.table.All() {
				result.addShared(c.Settings(), m)
			}
		default:
			s.Each(func(m []byte) bool {
				result.Add(c.Settings(), m)
				return true
			})
		}
	}
	return result
}

func sdiff(c *keyspace.Ctx) {
	if sets, ok := sources(c, 1, len(c.Args)); ok {
		replyEach(c, difference(sets))
	}
}

func sdiffstore(c *keyspace.Ctx) {
	sets, ok := sources(c, 2, len(c.Args))
	if !ok {
		return
	}
	if tables, ok := mergeable(sets, true); ok {
		store(c, merged(c.Settings(), tables, inFirst), "sdiffstore")
	} else {
		store(c, collect(c, difference(sets)), "sdiffstore")
	}
}

// difference yields the members of the first set that no other has.
func difference(sets []*Set) func(fn func(m []byte) bool) {
	return func(fn func(m []byte) bool) {
		if sets[0] == nil {
			return
		}
		sets[0].Each(func(m []byte) bool {
			for _, s := range sets[1:] {
				if s != nil && s.Has(m) {
					return true
				}
			}
			return fn(m)
		})
	}
}
