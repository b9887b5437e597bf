package str

import (
	"math"

	"github.com/msredis/msredis/internal/redisnum"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// set stores without looking at what is there, which most calls ask for: one
// lookup and, for a short value, one allocation.
func set(c *keyspace.Ctx) {
	key, value := c.Args[1], c.Args[2]
	if len(c.Args) > 3 {
		var o options
		if o.parse(c, 3, ofSet) {
			setWith(c, key, value, &o)
		}
		return
	}
	c.Set(key, draft(c, value), false)
	c.Notify('$', "set", key)
	c.W.OK()
}

// setWith is SET with options.
func setWith(c *keyspace.Ctx, key, value []byte, o *options) {
	deadline, ok := o.deadline(c)
	if !ok {
		return
	}
	lease, ok := o.findLease(c)
	if !ok {
		return
	}
	if o.get || o.nx || o.xx || o.match.set() {
		e := c.Lookup(key)
		may, ok := o.allow(c, e)
		if !ok || o.get && !replyString(c, e) {
			return
		}
		if !may {
			if !o.get {
				c.W.Null()
			}
			return
		}
	}
	e := c.Set(key, draft(c, value), o.keepTTL)
	c.Notify('$', "set", key)
	switch {
	case deadline != 0:
		c.Expire(e, deadline)
		c.Notify('g', "expire", key)
		if deadline <= c.Now {
			c.Notify('x', "expired", key) // it has gone already
		}
	case lease != nil:
		c.AttachTo(e, lease)
	}
	if !o.get {
		c.W.OK()
	}
}

// allow reports whether the options let SET store where e is now. A condition
// that cannot be asked of e is answered with an error and ok false.
func (o *options) allow(c *keyspace.Ctx, e *keyspace.Entry) (may, ok bool) {
	switch {
	case e == nil:
		return !o.xx && !o.match.needsKey(), true
	case o.nx:
		return false, true
	case o.match.set():
		return o.match.holds(c, e)
	}
	return true, true
}

func setex(c *keyspace.Ctx) {
	o := options{unit: 'x', scale: 1000, timeArg: 2}
	setWith(c, c.Args[1], c.Args[3], &o)
}

func psetex(c *keyspace.Ctx) {
	o := options{unit: 'x', scale: 1, timeArg: 2}
	setWith(c, c.Args[1], c.Args[3], &o)
}

func setnx(c *keyspace.Ctx) {
	key := c.Args[1]
	if c.Lookup(key) != nil {
		c.W.Int(0)
		return
	}
	c.Set(key, draft(c, c.Args[2]), false)
	c.Notify('$', "set", key)
	c.W.Int(1)
}

func getset(c *keyspace.Ctx) {
	key := c.Args[1]
	if !replyString(c, c.Lookup(key)) {
		return
	}
	c.Set(key, draft(c, c.Args[2]), false)
	c.Notify('$', "set", key)
}

func mset(c *keyspace.Ctx) {
	if paired(c) {
		setPairs(c)
		c.W.OK()
	}
}

func msetnx(c *keyspace.Ctx) {
	if !paired(c) {
		return
	}
	for i := 1; i < len(c.Args); i += 2 {
		if c.Lookup(c.Args[i]) != nil {
			c.W.Int(0)
			return
		}
	}
	setPairs(c)
	c.W.Int(1)
}

// msetex is MSET with the options of SET that are about all keys alike.
func msetex(c *keyspace.Ctx) {
	n, ok := redisnum.ParseInt(c.Args[1])
	switch {
	case !ok || n < 1 || n > math.MaxInt32:
		c.W.Error(reply.ErrNumKeysValue)
		return
	case 2+2*n > int64(len(c.Args)):
		c.W.Error(reply.ErrNumPairs)
		return
	}
	var o options
	if !o.parse(c, int(2+2*n), ofMsetex) {
		return
	}
	deadline, ok := o.deadline(c)
	if !ok {
		return
	}
	pairs := c.Args[2 : 2+2*n]
	for i := 0; i < len(pairs) && (o.nx || o.xx); i += 2 {
		if exists := c.Lookup(pairs[i]) != nil; exists == o.nx {
			c.W.Int(0)
			return
		}
	}
	for i := 0; i < len(pairs); i += 2 {
		key := pairs[i]
		e := c.Set(key, draft(c, pairs[i+1]), o.keepTTL)
		if deadline != 0 {
			c.Expire(e, deadline)
			c.Notify('g', "expire", key)
		}
		c.Notify('$', "set", key)
		if deadline != 0 && deadline <= c.Now {
			c.Notify('x', "expired", key)
		}
	}
	c.W.Int(1)
}

// paired checks that every key has a value.
func paired(c *keyspace.Ctx) bool {
	if len(c.Args)%2 == 0 {
		c.W.Error(reply.WrongArity(c.Cmd.FullName))
		return false
	}
	return true
}

func setPairs(c *keyspace.Ctx) {
	for i := 1; i < len(c.Args); i += 2 {
		c.Set(c.Args[i], draft(c, c.Args[i+1]), false)
		c.Notify('$', "set", c.Args[i])
	}
}
