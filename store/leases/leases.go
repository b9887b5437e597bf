package leases

import (
	"math"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

func grant(c *keyspace.Ctx) {
	if len(c.Args) > 4 {
		c.W.Error(reply.ErrSyntax)
		return
	}
	ttl, ok := redisnum.ParseInt(c.Args[2])
	if !ok || ttl <= 0 || ttl > math.MaxInt64-c.Now {
		c.W.Error(reply.ErrLeaseTTL)
		return
	}
	id := int64(0)
	if len(c.Args) > 3 {
		if id, ok = parseID(c, 3); !ok {
			return
		}
	}
	l := c.Grant(id, ttl)
	if l == nil {
		c.W.Error(reply.ErrLeaseExists)
		return
	}
	c.W.Int(l.ID)
}

// parseID reads argument i as the id of a lease. It answers the error itself.
func parseID(c *keyspace.Ctx, i int) (id int64, ok bool) {
	id, ok = redisnum.ParseInt(c.Args[i])
	if !ok || id <= 0 {
		c.W.Error(reply.ErrLeaseID)
		return 0, false
	}
	return id, true
}

// find returns the lease that argument 2 names. It answers the error itself and
// returns nil if there is none.
func find(c *keyspace.Ctx) *keyspace.Lease {
	id, ok := parseID(c, 2)
	if !ok {
		return nil
	}
	l := c.Lease(id)
	if l == nil {
		c.W.Error(reply.ErrNoSuchLease)
	}
	return l
}

func attach(c *keyspace.Ctx) {
	l := find(c)
	if l == nil {
		return
	}
	n := int64(0)
	for _, key := range c.Args[3:] {
		if e := c.Lookup(key); e != nil {
			c.AttachTo(e, l)
			n++
		}
	}
	c.W.Int(n)
}

func detach(c *keyspace.Ctx) {
	n := int64(0)
	for _, key := range c.Args[2:] {
		if e := c.Lookup(key); e != nil && e.Lease() != nil {
			c.Expire(e, 0)
			c.Notify('g', "persist", key)
			n++
		}
	}
	c.W.Int(n)
}

func keepalive(c *keyspace.Ctx) {
	if l := find(c); l != nil {
		c.KeepAlive(l)
		c.W.Int(l.TTL)
	}
}

func revoke(c *keyspace.Ctx) {
	if l := find(c); l != nil {
		c.W.Int(int64(c.Revoke(l)))
	}
}

func ttl(c *keyspace.Ctx) {
	l := find(c)
	if l == nil {
		return
	}
	c.W.Map(3)
	c.W.BulkString("ttl")
	c.W.Int(max(l.Deadline()-c.Clock, 0))
	c.W.BulkString("granted")
	c.W.Int(l.TTL)
	c.W.BulkString("keys")
	c.W.Int(int64(c.LeaseSize(l)))
}

func list(c *keyspace.Ctx) {
	all := c.Leases()
	c.W.Array(len(all))
	for _, l := range all {
		c.W.Int(l.ID)
	}
}

func keys(c *keyspace.Ctx) {
	if l := find(c); l != nil {
		c.W.Strings(c.LeaseKeys(l))
	}
}
