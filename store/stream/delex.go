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

// parseIDs reads IDs. If one is none, the error is answered already.
func parseIDs(c *keyspace.Ctx, args [][]byte) ([]ID, bool) {
	ids := make([]ID, len(args))
	for i, arg := range args {
		id, _, ok := parseID(arg, 0, false)
		if !ok {
			c.W.Error(reply.ErrStreamID)
			return nil, false
		}
		ids[i] = id
	}
	return ids, true
}

// replyNone answers that none of n IDs is there.
func replyNone(c *keyspace.Ctx, n int) {
	c.W.Array(n)
	for range n {
		c.W.Int(idNotThere)
	}
}

func xdelex(c *keyspace.Ctx) {
	key := c.Args[1]
	e := c.Lookup(key)
	s, ok := Of(c, e)
	if !ok {
		return
	}
	policy, args, ok := refArgs(c, 2)
	if !ok {
		return
	}
	if s == nil {
		replyNone(c, len(args))
		return
	}
	ids, ok := parseIDs(c, args)
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
	policy, args, ok := refArgs(c, 3)
	if !ok {
		return
	}
	if g == nil {
		replyNone(c, len(args))
		return
	}
	ids, ok := parseIDs(c, args)
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
			s.release(g, p)
		}
	}
}
