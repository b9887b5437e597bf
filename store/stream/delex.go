package stream

import (
	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// refPolicy says how XDELEX and XACKDEL treat groups that still refer to an entry.
type refPolicy byte

const (
	refDefault refPolicy = iota // none was given: they keep the reference
	refKeep                     // KEEPREF
	refDelete                   // DELREF: they lose it
	refAcked                    // ACKED: the entry stays
)

// The answers of XDELEX and XACKDEL for an ID.
const (
	idNotThere   = -1
	idDeleted    = 1
	idReferenced = 2
)

// refArgs reads the arguments from i on: the policy, and the IDs behind IDS, which are
// returned as they stand. Errors are answered already.
func refArgs(c *keyspace.Ctx, i int) (policy refPolicy, ids [][]byte, ok bool) {
	for ; i < len(c.Args); i++ {
		switch {
		case policy == refDefault && c.Is(i, "KEEPREF"):
			policy = refKeep
		case policy == refDefault && c.Is(i, "DELREF"):
			policy = refDelete
		case policy == refDefault && c.Is(i, "ACKED"):
			policy = refAcked
		case c.Is(i, "IDS") && i+1 < len(c.Args):
			n, isInt := redisnum.ParseInt(c.Args[i+1])
			rest := c.Args[i+2:]
			switch {
			case !isInt || n < 1:
				c.W.Error(reply.ErrNumIDs)
				return 0, nil, false
			case n > int64(len(rest)):
				c.W.Error(reply.ErrNumIDsArgs)
				return 0, nil, false
			}
			ids = rest[:n]
			i += 1 + int(n)
		default:
			c.W.Error(reply.ErrSyntax)
			return 0, nil, false
		}
	}
	if ids == nil {
		c.W.Error(reply.ErrNoIDs)
		return 0, nil, false
	}
	return policy, ids, true
}

// refIDs reads the policy and the IDs at the end of the arguments. If there is no stream
// or group, or if something is wrong, it answers and ok is false. IDs that cannot be
// there are not looked at, as in Redis.
func refIDs(c *keyspace.Ctx, at int, there bool) (policy refPolicy, ids []ID, ok bool) {
	policy, args, ok := refArgs(c, at)
	if !ok {
		return 0, nil, false
	}
	if !there {
		c.W.Array(len(args))
		for range args {
			c.W.Int(idNotThere)
		}
		return 0, nil, false
	}
	ids = make([]ID, len(args))
	for i, arg := range args {
		id, _, ok := parseID(arg, 0, false)
		if !ok {
			c.W.Error(reply.ErrStreamID)
			return 0, nil, false
		}
		ids[i] = id
	}
	return policy, ids, true
}

func xdelex(c *keyspace.Ctx) {
	key := c.Args[1]
	e := c.Lookup(key)
	s, ok := Of(c, e)
	if !ok {
		return
	}
	policy, ids, ok := refIDs(c, 2, s != nil)
	if !ok {
		return
	}
	c.W.Array(len(ids))
	deleted := false
	for _, id := range ids {
		switch {
		case policy == refAcked && s.referenced(id):
			c.W.Int(idReferenced)
			continue
		case policy == refDelete && s.pendingAnywhere(id):
			c.Edit(e)
			s.releaseAll(id)
		}
		if !s.exists(id) {
			c.W.Int(idNotThere)
			continue
		}
		c.Edit(e)
		s.delete(id)
		deleted = true
		c.W.Int(idDeleted)
	}
	if deleted {
		c.Notify('t', "xdel", key)
	}
}

func xackdel(c *keyspace.Ctx) {
	e, s, g, ok := lookupGroup(c)
	if !ok {
		return
	}
	policy, ids, ok := refIDs(c, 3, g != nil)
	if !ok {
		return
	}
	c.W.Array(len(ids))
	deleted := false
	for _, id := range ids {
		p, ok := g.pending.get(id)
		if !ok {
			c.W.Int(idNotThere)
			continue
		}
		c.Edit(e)
		g = s.takeGroup(g)
		s.release(g, p)
		if policy == refAcked && s.referenced(id) {
			c.W.Int(idReferenced)
			continue
		}
		if policy == refDelete {
			s.releaseAll(id)
		}
		deleted = s.delete(id) || deleted
		c.W.Int(idDeleted) // also if it was deleted before
	}
	if deleted {
		c.Notify('t', "xdel", c.Args[1])
	}
}

// referenced reports whether a group has still to read the entry or to acknowledge
// it.
func (s *Stream) referenced(id ID) bool {
	for _, g := range s.groups {
		if g.last.less(id) {
			return true
		}
	}
	return s.pendingAnywhere(id)
}

// pendingAnywhere reports whether a group has still to acknowledge the entry.
func (s *Stream) pendingAnywhere(id ID) bool {
	for _, g := range s.groups {
		if _, ok := g.pending.get(id); ok {
			return true
		}
	}
	return false
}

// releaseAll makes the entry pending nowhere.
func (s *Stream) releaseAll(id ID) {
	for _, g := range s.groups {
		if p, ok := g.pending.get(id); ok {
			s.release(s.takeGroup(g), p)
		}
	}
}
