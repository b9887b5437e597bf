package keys

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/msredis/msredis/internal/glob"
	"github.com/msredis/msredis/resp/command"
	"github.com/msredis/msredis/resp/reply"
	"github.com/msredis/msredis/store/keyspace"
)

// scanCount is how many keys SCAN looks at unless COUNT tells.
const scanCount = 10

func dbsize(c *keyspace.Ctx) { c.W.Int(c.DBSize()) }

func randomkey(c *keyspace.Ctx) {
	if key, ok := c.RandomKey(); ok {
		c.W.BulkString(key)
	} else {
		c.W.Null()
	}
}

func allKeys(c *keyspace.Ctx) {
	pattern := c.Args[1]
	all := glob.MatchesAll(pattern)
	n := 0
	mark := c.W.Later()
	var name []byte
	c.Each(func(e *keyspace.Entry) bool {
		name = append(name[:0], e.Key()...)
		if all || glob.Match(pattern, name, false) {
			c.W.Bulk(name)
			n++
		}
		return !c.W.Abandoned()
	})
	c.W.CloseArray(mark, n)
}

func scan(c *keyspace.Ctx) {
	cursor, ok := c.Cursor(1)
	if !ok {
		return
	}
	var pattern, kind []byte
	count := int64(scanCount)
	for i := 2; i < len(c.Args); i += 2 {
		more := i+1 < len(c.Args)
		switch {
		case more && c.Is(i, "COUNT"):
			if count, ok = c.Int(i + 1); !ok {
				return
			}
			if count < 1 {
				c.W.Error(reply.ErrSyntax)
				return
			}
		case more && c.Is(i, "MATCH"):
			pattern = c.Args[i+1]
			if glob.MatchesAll(pattern) {
				pattern = nil
			}
		case more && c.Is(i, "TYPE"):
			kind = c.Args[i+1]
		case c.Is(i, "NOVALUES"):
			c.W.Error(reply.ErrNoValues)
			return
		default:
			c.W.Error(reply.ErrSyntax)
			return
		}
	}
	var found []string
	var name []byte
	next := c.Scan(cursor, count, func(e *keyspace.Entry) {
		if kind != nil && !bytes.EqualFold(kind, []byte(e.Value().Kind().Name)) {
			return
		}
		if pattern != nil {
			if name = append(name[:0], e.Key()...); !glob.Match(pattern, name, false) {
				return
			}
		}
		found = append(found, strings.Clone(e.Key()))
	})
	c.W.Array(2)
	c.W.BulkString(strconv.FormatUint(next, 10))
	c.W.Strings(found)
}

func countKeysInSlot(c *keyspace.Ctx) {
	slot, ok := c.Int(2)
	if !ok {
		return
	}
	if slot < 0 || slot >= command.Slots {
		c.W.Error(reply.ErrInvalidSlot)
		return
	}
	n := int64(0)
	c.EachInSlot(int(slot), func(*keyspace.Entry) bool { n++; return true })
	c.W.Int(n)
}

func getKeysInSlot(c *keyspace.Ctx) {
	slot, ok := c.Int(2)
	if !ok {
		return
	}
	limit, ok := c.Int(3)
	if !ok {
		return
	}
	if slot < 0 || slot >= command.Slots || limit < 0 {
		c.W.Error(reply.ErrInvalidSlotKey)
		return
	}
	var found []string
	if limit > 0 {
		c.EachInSlot(int(slot), func(e *keyspace.Entry) bool {
			found = append(found, strings.Clone(e.Key()))
			return int64(len(found)) < limit
		})
	}
	c.W.Strings(found)
}
