package keys

import (
	"bytes"
	"fmt"
	"math"

	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

func rename(c *keyspace.Ctx)   { renameKey(c, false) }
func renamenx(c *keyspace.Ctx) { renameKey(c, true) }

func renameKey(c *keyspace.Ctx, onlyNew bool) {
	from, to := c.Args[1], c.Args[2]
	e := c.Lookup(from)
	same := bytes.Equal(from, to)
	switch {
	case e == nil:
		c.W.Error(reply.ErrNoSuchKey)
		return
	case onlyNew && (same || c.Lookup(to) != nil):
		c.W.Int(0)
		return
	case !same:
		c.MoveTo(e, c.DB, to)
		c.Notify('g', "rename_from", from)
		c.Notify('g', "rename_to", to)
	}
	if onlyNew {
		c.W.Int(1)
	} else {
		c.W.OK()
	}
}

// database reads argument i as the index of a database. It answers the error
// itself.
func database(c *keyspace.Ctx, i int) (db int, ok bool) {
	n, ok := c.Int(i)
	switch {
	case !ok:
		return 0, false
	case n < math.MinInt32 || n > math.MaxInt32:
		c.W.Error(fmt.Sprintf(reply.ErrIntRange, math.MinInt32, math.MaxInt32))
		return 0, false
	case n < 0 || n >= int64(c.Databases()):
		c.W.Error(reply.ErrDBIndex)
		return 0, false
	}
	return int(n), true
}

func moveKey(c *keyspace.Ctx) {
	key := c.Args[1]
	db, ok := database(c, 2)
	if !ok {
		return
	}
	if db == c.DB {
		c.W.Error(reply.ErrSameObject)
		return
	}
	e := c.Lookup(key)
	if e == nil || c.LookupIn(db, key) != nil {
		c.W.Int(0)
		return
	}
	c.MoveTo(e, db, key)
	c.Notify('g', "move_from", key)
	c.NotifyIn(db, 'g', "move_to", key)
	c.W.Int(1)
}

func copyKey(c *keyspace.Ctx) {
	from, to := c.Args[1], c.Args[2]
	db, replace := c.DB, false
	for i := 3; i < len(c.Args); i++ {
		switch {
		case c.Is(i, "REPLACE"):
			replace = true
		case c.Is(i, "DB") && i+1 < len(c.Args):
			i++
			var ok bool
			if db, ok = database(c, i); !ok {
				return
			}
		default:
			c.W.Error(reply.ErrSyntax)
			return
		}
	}
	if db == c.DB && bytes.Equal(from, to) {
		c.W.Error(reply.ErrSameObject)
		return
	}
	e := c.Lookup(from)
	if e == nil || !replace && c.LookupIn(db, to) != nil {
		c.W.Int(0)
		return
	}
	c.CopyTo(e, db, to)
	c.NotifyIn(db, 'g', "copy_to", to)
	c.W.Int(1)
}
